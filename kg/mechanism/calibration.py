"""Does belief foretell what later, independent groups find? A test on the graph's own years.

For a statement and each research group that reports on it for the first time in year y, the prediction is
made from the lines published before y (other groups by definition), and the outcome is what the group
found: *held* (its lines support the statement), or *not held* (its lines dispute it, show no effect, or
support a statement of opposite sign between the same ends). Left out: groups whose lines point both ways,
and statements without earlier support. Predictions are so always made before what they foretell, on
knowledge of that year (prequential); nothing is fitted.

Three scores are compared on the same records: belief (`kg.mechanism.belief`); a plain noisy-OR,
1 − Π over supporting papers of rand, without systematic error, groups or opposition; and the number of
supporting papers. Discrimination is AUROC (ties count half), with a 95 % percentile interval from
resampling statements, since records of one statement depend on each other; accuracy of a probability is
the Brier score, to be read beside that of always saying the base rate.

What such records can not tell: papers with null results are published, and found, less often than others,
so the share that held is too high; a later group mostly repeats what was seen to work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from random import Random

from kg.mechanism.belief import belief, errors_of
from kg.model import Evidence, Sign, Statement

__all__ = ["Calibration", "Record", "Score", "auroc", "calibration", "records"]

BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Edges of the reliability table."""

NEEDED = 100
"""Least number of records that held, and that did not, for beliefs to be calibrated on them."""

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """What was known of a statement before a year, and what a new group then found."""

    statement: str
    year: int
    group: str
    belief: float
    noisy_or: float
    n_papers: int
    held: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One score on all records: AUROC, by how much belief's is higher, and of a probability Brier.

    The ranges are 95 % intervals; belief and the other score are compared on the same resamples.
    """

    name: str
    auroc: float
    auroc_range: tuple[float, float]
    belief_leads: float
    belief_leads_range: tuple[float, float]
    brier: float | None
    brier_range: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Records whose belief lies in [low, high): mean belief, and the share that held with its interval."""

    low: float
    high: float
    n: int
    mean_belief: float
    held: float
    held_range: tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """The records with all that was worked out from them."""

    records: tuple[Record, ...]
    n_mixed: int
    scores: tuple[Score, ...]
    bins: tuple[Bin, ...]

    @property
    def n_held(self) -> int:
        return sum(r.held for r in self.records)

    @property
    def base_rate(self) -> float:
        return self.n_held / len(self.records) if self.records else 0.0

    @property
    def base_brier(self) -> float:
        """Brier score of always saying the base rate."""
        return self.base_rate * (1 - self.base_rate)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough records of both outcomes to calibrate on."""
        return min(self.n_held, len(self.records) - self.n_held) >= NEEDED


def noisy_or(lines: Iterable[Evidence]) -> float:
    """1 − Π over supporting papers of the random error of their best line."""
    best: dict[str, float] = {}
    for e in lines:
        if e.counts and e.direction == "supports":
            best[e.paper.id] = min(errors_of(e)[1], best.get(e.paper.id, 1.0))
    return 1 - prod(best.values())


def records(statements: Iterable[Statement]) -> tuple[list[Record], int]:
    """Every prediction with its outcome, in a fixed order, and how many were left out as mixed."""
    ends: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for s in statements:
        ends[s.subject, s.object].append(s)
    found: list[Record] = []
    n_mixed = 0
    for group in ends.values():
        for s in group:
            contrary = {Sign.PLUS: Sign.MINUS, Sign.MINUS: Sign.PLUS}.get(s.sign)
            verdicts = [(e, e.direction == "supports") for e in s.evidence if e.counts]
            verdicts += [(e, False) for o in group if o.sign is contrary for e in o.supports]
            made, mixed = _records(s, verdicts)
            found += made
            n_mixed += mixed
    return sorted(found, key=lambda r: (r.statement, r.year, r.group)), n_mixed


def _records(s: Statement, verdicts: Sequence[tuple[Evidence, bool]]) -> tuple[list[Record], int]:
    first: dict[str, int] = {}
    for e, _ in verdicts:
        first[e.paper.source_group] = min(e.paper.year, first.get(e.paper.source_group, e.paper.year))
    found, n_mixed = [], 0
    for group, year in first.items():
        earlier = [e for e in s.evidence if e.counts and e.paper.year < year]
        if not any(e.direction == "supports" for e in earlier):
            continue
        said = {held for e, held in verdicts if e.paper.source_group == group and e.paper.year == year}
        if len(said) == 2:
            n_mixed += 1
            continue
        papers = {e.paper.id for e in earlier if e.direction == "supports"}
        value = belief(earlier).value
        found.append(Record(s.id, year, group, value, noisy_or(earlier), len(papers), said.pop()))
    return found, n_mixed


def auroc(scores: Sequence[float], held: Sequence[bool]) -> float:
    """Probability that one that held scores above one that did not; ties count half, 0.5 without both.

    >>> auroc([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    0.875
    """
    import numpy as np

    from kg.engine.evaluation import area_under_curve

    if all(held) or not any(held):
        return 0.5
    told, is_held = np.array(scores, dtype=float), np.array(held, dtype=bool)
    return area_under_curve(told[is_held], told[~is_held])


def _brier(scores: Sequence[float], held: Sequence[bool]) -> float:
    return sum((p - h) ** 2 for p, h in zip(scores, held, strict=True)) / len(held)


def _resampled(found: Sequence[Record]) -> list[list[Record]]:
    """Samples of as many statements, with replacement, from a fixed start."""
    by_statement: dict[str, list[Record]] = defaultdict(list)
    for r in found:
        by_statement[r.statement].append(r)
    groups = [by_statement[key] for key in sorted(by_statement)]
    generator = Random(0)
    return [
        [r for _ in groups for r in groups[int(generator.random() * len(groups))]] for _ in range(RESAMPLES)
    ]


def _range(values: Iterable[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[min(len(ordered) - 1, int(0.975 * len(ordered)))]


def wilson(n_held: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson's score interval); (0, 1) of nothing.

    >>> [round(x, 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not n:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(n_held, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def _bins(found: Sequence[Record]) -> Iterable[Bin]:
    for low, high in pairwise(BINS):
        inside = [r for r in found if low <= r.belief < high or r.belief == high == BINS[-1]]
        if inside:
            n_held = sum(r.held for r in inside)
            mean = sum(r.belief for r in inside) / len(inside)
            yield Bin(low, high, len(inside), mean, n_held / len(inside), wilson(n_held, len(inside)))


def calibration(statements: Iterable[Statement]) -> Calibration:
    """The test on these statements; without records, one with neither scores nor bins."""
    found, n_mixed = records(statements)
    if not found:
        return Calibration((), n_mixed, (), ())
    samples = _resampled(found)
    asked: tuple[tuple[str, Callable[[Record], float], bool], ...] = (
        ("belief", lambda r: r.belief, True),
        ("plain noisy-OR", lambda r: r.noisy_or, True),
        ("number of papers", lambda r: r.n_papers, False),
    )
    drawn = (found, *samples)

    def measured(
        measure: Callable[[Sequence[float], Sequence[bool]], float], value: Callable[[Record], float]
    ) -> list[float]:
        """On the records, then on every resample."""
        return [measure([value(r) for r in sample], [r.held for r in sample]) for sample in drawn]

    aurocs = {name: measured(auroc, value) for name, value, _ in asked}
    scores = []
    for name, value, is_probability in asked:
        mine, leads = aurocs[name], [a - b for a, b in zip(aurocs["belief"], aurocs[name], strict=True)]
        briers = measured(_brier, value) if is_probability else []
        scores.append(
            Score(
                name, mine[0], _range(mine[1:]), leads[0], _range(leads[1:]),
                briers[0] if briers else None, _range(briers[1:]) if briers else None,
            )
        )  # fmt: skip
    return Calibration(tuple(found), n_mixed, tuple(scores), tuple(_bins(found)))
