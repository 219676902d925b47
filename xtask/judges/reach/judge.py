"""Compares answers with a packet simulator and with Z3: `judge.py [simulator|z3|both] < lines`.

Each line has a template, questions, our answers, and what the analyser said with a planted mistake
where that differed. Every mistake must be noticed by a judge."""

import json
import sys
import time

from packets import Asker, Packets
from templates import Net

WORDS = {"reachable": "always", "sometimes": "sometimes", "blocked": "never"}


def main():
    which = sys.argv[1] if len(sys.argv) > 1 else "both"
    planted = sys.argv[2].split(",") if len(sys.argv) > 2 else []
    kinds = {"simulator": Packets}
    if which in ("z3", "both"):
        from formulas import Formulas

        kinds["z3"] = Formulas
    if which == "z3":
        del kinds["simulator"]
    asked, unknown, wrong, counts = 0, 0, 0, {}
    seconds = dict.fromkeys(kinds, 0.0)
    noticed = {}
    for line in sys.stdin:
        case = json.loads(line)
        net = Net(case["template"])
        askers = {name: Asker(net, kind(net)) for name, kind in kinds.items()}
        for question in case["questions"]:
            ours = WORDS.get(question["answer"])
            if ours is None:
                unknown += 1
                continue
            asked += 1
            counts[ours] = counts.get(ours, 0) + 1
            for name, asker in askers.items():
                begin = time.monotonic()
                theirs = asker.ask(question)
                seconds[name] += time.monotonic() - begin
                if theirs != ours:
                    wrong += 1
                    short = {key: question[key] for key in ("from", "to", "port", "protocol", "family", "health")}
                    print(f"seed {case['seed']}: {short}: ours {ours}, {name} {theirs}")
                for fault, said in question["faults"].items():
                    if WORDS.get(said) != theirs:
                        noticed[fault] = noticed.get(fault, 0) + 1
            if wrong > 20:
                sys.exit("too many disagreements")
    missed = [it for it in planted if it not in noticed]
    times = ", ".join(f"{name} {1000 * it / max(asked, 1):.2f} ms a question" for name, it in seconds.items())
    print(
        f"reachability: {asked} questions ({', '.join(f'{it} {counts[it]}' for it in sorted(counts))}), "
        f"{unknown} unknown, {wrong} disagreements, {len(noticed)} planted mistakes noticed; {times}"
    )
    if missed:
        print(f"nobody noticed: {', '.join(missed)}")
    sys.exit(1 if wrong or missed else 0)


if __name__ == "__main__":
    main()
