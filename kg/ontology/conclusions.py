"""What a reasoner concludes, whichever it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Conclusions", "conclusions_of"]


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What a reasoner concludes: superclasses of classes, and classes of exemplars, both by CURIE."""

    superclasses: Mapping[str, frozenset[str]]
    types: Mapping[str, frozenset[str]]


def conclusions_of(above: Mapping[str, Iterable[str]], types: Mapping[str, Iterable[str]]) -> Conclusions:
    thing = {"owl:Thing", "owl:Nothing"}
    return Conclusions(
        {
            low: highs
            for low in sorted(above)
            if low not in thing and (highs := frozenset(set(above[low]) - {low} - thing))
        },
        {entity: frozenset(set(types[entity]) - thing) for entity in sorted(types)},
    )
