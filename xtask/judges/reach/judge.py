"""Compares answers with a packet simulator and with Z3: `judge.py < lines`.

Each line has a template, questions, our answers, and what the analyser says with a planted mistake
where that differs. Disagreements are told on standard error; the summary is one line of JSON."""

import json
import sys
import time

from formulas import Formulas
from packets import Asker, Packets
from templates import Net

WORDS = {"reachable": "always", "sometimes": "sometimes", "blocked": "never"}
JUDGES = {"simulator": Packets, "z3": Formulas}


def main():
    summary = {"asked": 0, "unknown": 0, "wrong": 0, "always": 0, "sometimes": 0, "never": 0}
    seconds = dict.fromkeys(JUDGES, 0.0)
    noticed = set()
    for line in sys.stdin:
        case = json.loads(line)
        net = Net(case["template"])
        askers = {name: Asker(net, judge(net)) for name, judge in JUDGES.items()}
        for question in case["questions"]:
            ours = WORDS.get(question["answer"])
            if ours is None:
                summary["unknown"] += 1
                continue
            summary["asked"] += 1
            summary[ours] += 1
            for name, asker in askers.items():
                begin = time.monotonic()
                theirs = asker.ask(question)
                seconds[name] += time.monotonic() - begin
                if theirs != ours:
                    summary["wrong"] += 1
                    short = {key: question[key] for key in ("from", "to", "port", "protocol", "family", "health")}
                    print(f"seed {case['seed']}: {short}: ours {ours}, {name} {theirs}", file=sys.stderr)
                noticed |= {fault for fault, said in question["faults"].items() if WORDS.get(said) != theirs}
            if summary["wrong"] > 20:
                sys.exit("too many disagreements")
    summary["milliseconds"] = {name: round(1000 * it / max(summary["asked"], 1), 2) for name, it in seconds.items()}
    summary["noticed"] = sorted(noticed)
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
