"""Untested effects that the graph suggests, in nine kinds, each with its evidence and what would refute it.

Lives here: the kinds and their generators, what counts as new, ranking, the experiment. From outside, use
`find_hypotheses` and what it returns; the ranking of pairs itself is `kg.engine.ranker`.
"""

from kg.mechanism.hypotheses.find import Wanted, find_hypotheses
from kg.mechanism.hypotheses.foresight import Foresight
from kg.mechanism.hypotheses.hypothesis import KINDS, Experiment, Hypothesis, Stake
from kg.mechanism.hypotheses.ideas import Ideas
from kg.mechanism.hypotheses.kinds import World

__all__ = [
    "KINDS",
    "Experiment",
    "Foresight",
    "Hypothesis",
    "Ideas",
    "Stake",
    "Wanted",
    "World",
    "find_hypotheses",
]
