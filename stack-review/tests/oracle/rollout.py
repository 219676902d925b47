"""Tries every order of starts and stops, on every instance, and compares what it finds.

Reads one deployment and the simulator's verdict a line, as JSON; writes each disagreement, then how
many were compared. Written from the rules of the scheduler alone:

- a floor of desired x minimum / 100 healthy tasks, rounded up; a ceiling of desired x maximum / 100
  tasks that run or start, rounded down;
- an old task may be told to stop only while the floor stays; it keeps what it takes until it is gone;
- a new task may be started only below the ceiling, where everything it takes is free;
- no two tasks of the service on an instance when they are to be distinct, those told to stop apart;
- a daemon is distinct, has one task for each eligible instance and no more than that;
- blue/green stops no old task before all new ones are healthy.

Standard library only.
"""

import json
import math
import sys

RUN, STOPPING, STARTING, HEALTHY = range(4)  # what a place counts: old, old, new, new


class Case:
    def __init__(self, it):
        self.places = it["instances"]
        self.before, self.after = it["before"], it["after"]
        self.strategy = it["strategy"]
        self.distinct = it["distinct"] or self.strategy == "DAEMON"
        self.desired = it["desired"]
        maximum, minimum = it["maximum"], it["minimum"]
        if self.strategy == "DAEMON":
            self.desired = sum(place["eligible"] for place in self.places)
            maximum = 100
        if self.strategy == "BLUE_GREEN":
            minimum, maximum = 100, 200
        self.floor = math.ceil(self.desired * minimum / 100)
        self.ceiling = math.floor(self.desired * maximum / 100)
        self.standing = it["standing"]

    def fits(self, number, counts):
        place = self.places[number]
        if not place["eligible"]:
            return False
        old, new = counts[RUN] + counts[STOPPING], counts[STARTING] + counts[HEALTHY]
        if self.distinct and counts[RUN] + new > 0:
            return False
        for amount in ("cpu", "memory", "interfaces", "gpus"):
            taken = place["taken"][amount] + old * self.before[amount] + new * self.after[amount]
            if taken + self.after[amount] > place[amount] and self.after[amount] > 0:
                return False
        ports = set(place["taken"]["ports"])
        ports |= set(self.before["ports"]) if old else set()
        ports |= set(self.after["ports"]) if new else set()
        return not ports & set(self.after["ports"])

    def next(self, state):
        """Everything that can happen or be done next."""
        total = [sum(place[phase] for place in state) for phase in range(4)]
        healthy = total[RUN] + total[HEALTHY]
        running = healthy + total[STARTING]
        new = total[STARTING] + total[HEALTHY]

        def change(number, less, more):
            counts = list(state[number])
            if less is not None:
                counts[less] -= 1
            if more is not None:
                counts[more] += 1
            return state[:number] + (tuple(counts),) + state[number + 1 :]

        may_stop = healthy - 1 >= self.floor
        if self.strategy == "BLUE_GREEN":
            may_stop = total[HEALTHY] == self.desired
        for number, counts in enumerate(state):
            if counts[RUN] and may_stop:
                yield change(number, RUN, STOPPING)
            if counts[STOPPING]:
                yield change(number, STOPPING, None)
            if counts[STARTING]:
                yield change(number, STARTING, HEALTHY)
            if new < self.desired and running < self.ceiling and self.fits(number, counts):
                yield change(number, None, STARTING)

    def canonical(self, state):
        """The same for states that differ in which of two like instances is which."""
        return tuple(sorted(zip(self.likeness, state)))

    def can_finish(self):
        if len(self.standing) < self.desired:
            return False
        texts = [json.dumps(place, sort_keys=True) for place in self.places]
        self.likeness = [texts.index(text) for text in texts]
        counts = [[0, 0, 0, 0] for _ in self.places]
        for number in self.standing:
            counts[number][RUN] += 1
        start = tuple(tuple(it) for it in counts)
        open_states, seen = [start], {self.canonical(start)}
        while open_states:
            state = open_states.pop()
            healthy = sum(place[HEALTHY] for place in state)
            others = sum(place[RUN] + place[STOPPING] + place[STARTING] for place in state)
            if healthy == self.desired and others == 0:
                return True
            for following in self.next(state):
                key = self.canonical(following)
                if key not in seen:
                    seen.add(key)
                    open_states.append(following)
        return False


def main():
    compared = wrong = 0
    for line in sys.stdin:
        it = json.loads(line)
        found = Case(it).can_finish()
        compared += 1
        # Finishing is finishing; a deadlock says itself whether another choice would have helped.
        said = True if it["verdict"] == "finishes" else it["another_choice"]
        if said is not found:
            wrong += 1
            print(f"said {it['verdict']} ({it['another_choice']}), found {found}: {line.strip()}")
    print(f"{compared} compared, {wrong} disagree")
    sys.exit(1 if wrong else 0)


main()
