"""Belief in a statement: one documented formula over its evidence lines.

The form is INDRA's (Bachman et al. 2023, doi 10.15252/msb.202211325): a source is wrong with a
*systematic* error that repeating does not cure and a *random* error that it does, and independent
sources are joined by noisy-OR. Here a source is a research group (a paper whose group is not recorded
is its own), so five papers of one laboratory share one systematic error:

    wrong(group)   = min(1, syst + Π over its papers of rand)         syst, rand of its best line
    support        = 1 − Π over groups of wrong(group)                supporting lines
    against        = 1 − Π over groups of wrong(group)                disputing and no-effect lines
    belief         = support × (1 − against)                          dimensionless, 0 to 1

Departures from INDRA: errors depend on the experiment (system and causal test) and not on a reading
machine; a paper counts once, by its best line; "no effect" lines weigh less than disputes, since
absence of an effect is harder to show. The errors in `ERRORS` are the project's judgement of how often
such a line is misleading, ordered by the translational ladder; they are not calibrated on data. So a
belief ranks statements; it is not the frequency with which they are true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from kg.model import Evidence, Statement

__all__ = ["ERRORS", "Belief", "belief", "belief_of"]

ERRORS: dict[str, tuple[float, float]] = {
    "in vitro": (0.15, 0.40),
    "ex vivo human tissue": (0.12, 0.35),
    "rodent in vivo": (0.12, 0.35),
    "large animal in vivo": (0.10, 0.30),
    "human observational": (0.12, 0.40),
    "early trial": (0.10, 0.40),
    "randomised trial": (0.05, 0.25),
    "meta-analysis of trials": (0.05, 0.15),
}
"""Rung → (systematic, random) error of an association."""

TEST_FACTOR = {
    "association": 1.0,
    "dose response": 0.85,
    "sufficiency": 0.8,
    "necessity": 0.7,
    "rescue": 0.6,
}
"""Causal test → factor on the random error."""

NO_EFFECT_FACTOR = 1.5
"""Factor on the random error of a no-effect line (at most 0.9)."""


class Belief(NamedTuple):
    """Belief with its range: without its strongest supporting, and without its strongest opposing source."""

    value: float
    low: float
    high: float
    support: float
    against: float


def errors_of(line: Evidence) -> tuple[float, float]:
    """(systematic, random) error of one evidence line."""
    systematic, random = ERRORS[line.rung]
    random *= TEST_FACTOR[line.line.test]
    if line.direction == "no effect":
        random = min(0.9, random * NO_EFFECT_FACTOR)
    return systematic, random


def _wrong(lines: Sequence[Evidence]) -> list[float]:
    """Probability that each group is wrong, smallest first."""
    groups: dict[str, dict[str, tuple[float, float]]] = {}
    for line in lines:
        papers = groups.setdefault(line.paper.source_group, {})
        errors = errors_of(line)
        papers[line.paper.id] = min(errors, papers.get(line.paper.id, errors), key=sum)
    return sorted(
        min(1.0, min(s for s, _ in papers.values()) + prod(r for _, r in papers.values()))
        for papers in groups.values()
    )


def belief(lines: Iterable[Evidence]) -> Belief:
    """Belief from the counted lines given; 0 without support."""
    counted = [e for e in lines if e.counts]
    supporting = _wrong([e for e in counted if e.direction == "supports"])
    opposing = _wrong([e for e in counted if e.direction != "supports"])
    support, against = 1 - prod(supporting), 1 - prod(opposing)
    return Belief(
        round(support * (1 - against), 4),
        round((1 - prod(supporting[1:])) * (1 - against), 4),
        round(support * prod(opposing[1:]), 4),
        round(support, 4),
        round(against, 4),
    )


def belief_of(statement: Statement) -> Belief:
    """Belief in a statement from all its lines."""
    return belief(statement.evidence)
