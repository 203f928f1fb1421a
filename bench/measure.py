"""The measuring itself: everybody is asked the same, in turn, round after round."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.drivers import Driver, Sample
from bench.entrants import Entrant
from bench.growth import growth
from bench.normalise import difference
from bench.requests import Refused
from bench.results import Results
from bench.stage import Stage
from bench.statements import count_statements
from bench.workloads import WORKLOADS, Workload

CONNECTIONS = 8
LATENCY_CONNECTIONS = (1, 8, 64)
LATENCY_WORKLOADS = ("nested", "one")
GROWTH_WORKLOAD = "nested"
_ANSWERS_EACH = 10
"""A slow contender is driven for longer, until each connection may have had so many answers: the last ones, on their
way when time is up, are not counted. But never for more than `_LONGEST` times as long."""
_LONGEST = 5
_SHORT = 0.995
"""How much of the usual length an answer has at least; microseconds may end in a zero that is left out."""


@dataclass(frozen=True)
class Plan:
    """How long, and what."""

    rounds: int = 5
    seconds: int = 3
    warm_up: int = 2
    workloads: Sequence[Workload] = field(default_factory=lambda: list(WORKLOADS.values()))


class Measurement:
    """One run. Everything ends up in `results`."""

    def __init__(self, stage: Stage, entrants: Sequence[Entrant], driver: Driver, plan: Plan, results: Results) -> None:
        self._stage = stage
        self._entrants = list(entrants)
        self._driver = driver
        self._plan = plan
        self.results = results

    def run(self) -> None:
        """All of it, in the order in which it is printed."""
        memory = {each.name: each.running.memory for each in self._entrants}
        for workload in self._plan.workloads:
            self._compare(workload)
            self._count(workload)
        self._warm_up()
        for number in range(self._plan.rounds):
            self._round(number)
        self._latency()
        if any(workload.name == GROWTH_WORKLOAD for workload in self._plan.workloads):
            self.results.growth = growth(self._entrants, self._plan.seconds)
        for entrant in self._entrants:
            self.results.memory[entrant.name] = {"before": memory[entrant.name], "after": entrant.running.memory}
        for workload in self._plan.workloads:
            self._compare_again(workload)

    def _compare(self, workload: Workload) -> None:
        found = self.results.equal.setdefault(workload.name, {})
        reference = None
        for entrant in self._entrants:
            try:
                answer = entrant.answer(workload)
            except Refused as refused:
                found[entrant.name] = f"refused: {refused}"
                continue
            reference = answer if reference is None else reference
            differs = difference(reference, answer)
            found[entrant.name] = "yes" if differs is None else f"no: {differs}"

    def _compare_again(self, workload: Workload) -> None:
        """Whoever began to answer otherwise while driven has figures that count for nothing."""
        before = self.results.equal[workload.name].copy()
        self._compare(workload)
        for name, said in self.results.equal[workload.name].items():
            if said != before[name]:
                self._note(name, f"{workload.name}: answers changed during the run, {said}")

    def _count(self, workload: Workload) -> None:
        found = self.results.statements.setdefault(workload.name, {})
        for entrant in self._takers(workload):
            found[entrant.name] = count_statements(self._stage, entrant, workload)
            self._tidy(workload)

    def _warm_up(self) -> None:
        for workload in self._plan.workloads:
            for entrant in self._takers(workload):
                self._drive(entrant, workload, CONNECTIONS, self._plan.warm_up)

    def _round(self, number: int) -> None:
        """Nobody is always first, or always after the same."""
        print(f"Round {number + 1} of {self._plan.rounds}", flush=True)
        for workload in self._plan.workloads:
            takers = self._takers(workload)
            start = number % max(len(takers), 1)
            for entrant in takers[start:] + takers[:start]:
                self._turn(entrant, workload)

    def _turn(self, entrant: Entrant, workload: Workload) -> None:
        began = entrant.running.cpu
        sample = self._drive(entrant, workload, CONNECTIONS, self._plan.seconds)
        spent = (entrant.running.cpu - began) * 1000 / max(sample.answers, 1)
        for kept, figure in ((self.results.throughput, sample.per_second), (self.results.processor, spent)):
            kept.setdefault(workload.name, {}).setdefault(entrant.name, []).append(figure)

    def _latency(self) -> None:
        chosen = [workload for workload in self._plan.workloads if workload.name in LATENCY_WORKLOADS]
        for workload in chosen:
            for connections in LATENCY_CONNECTIONS:
                found = self.results.latency.setdefault(workload.name, {}).setdefault(connections, {})
                for entrant in self._takers(workload):
                    sample = self._drive(entrant, workload, connections, self._plan.seconds)
                    found[entrant.name] = {"p50": sample.p50, "p99": sample.p99}

    def _drive(self, entrant: Entrant, workload: Workload, connections: int, seconds: int) -> Sample:
        size, one = entrant.settle(workload)
        enough = math.ceil(one * connections * _ANSWERS_EACH)
        seconds = min(max(seconds, enough), seconds * _LONGEST)
        sample = self._driver.drive(entrant.port, entrant.request(workload), connections, seconds)
        self._tidy(workload)
        if problem := _problem(sample, size):
            self._note(entrant.name, f"{workload.name}, {connections} connected: {problem}")
        return sample

    def _takers(self, workload: Workload) -> list[Entrant]:
        """Who answers this workload at all."""
        refused = self.results.equal[workload.name]
        return [each for each in self._entrants if not refused[each.name].startswith("refused")]

    def _tidy(self, workload: Workload) -> None:
        if workload.writes:
            self._stage.tidy()

    def _note(self, name: str, problem: str) -> None:
        found = self.results.problems.setdefault(name, {})
        found[problem] = found.get(problem, 0) + 1


def _problem(sample: Sample, size: int) -> str | None:
    """Drivers see that an answer failed by its status, if that tells; an answer with errors in it is shorter."""
    if sample.failures:
        return f"{sample.failures} failures"
    if not sample.per_second:
        return "no answer within the time"
    if sample.bytes_each < size * _SHORT:
        return "answers shorter than they should be: some had errors in them"
    return None
