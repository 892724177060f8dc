"""The graph as signed pairs by year, and the ranker that its own past teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.mechanism.belief import belief
from kg.mechanism.hypotheses.ideas import Ideas
from kg.model import Sign

if TYPE_CHECKING:
    from kg.engine.pairs import Pairs
    from kg.graph import Graph

__all__ = ["pairs_of_graph", "pairs_of_ideas"]

_NUMBER = {Sign.PLUS: 1, Sign.MINUS: -1, Sign.UNKNOWN: 0}


def _siblings(ideas: Ideas) -> list[tuple[str, str]]:
    """Entities that are kinds of one thing, both ways round: tissue sources of one product, and others by
    is-a.
    """
    found: set[tuple[str, str]] = set()
    by_product: dict[str, list[str]] = {}
    for name in sorted(ideas.family - ideas.changed):
        by_product.setdefault(ideas.product(name), []).append(name)
    groups: list[Any] = list(by_product.values())
    groups += [ideas.names.children(e.name) for e in ideas.names.entities if e.name not in ideas.family]
    for group in groups:
        found |= {(a, b) for a in group for b in group if a != b}
    return sorted(found)


def pairs_of_ideas(ideas: Ideas) -> tuple[tuple[str, ...], Pairs]:
    """Names in order, and the pairs of all supporting lines; a line of a null is no report of an effect."""
    from kg.engine.pairs import Report, pairs_of

    reports: list[Report] = []
    for s in ideas.statements:
        for e in s.evidence:
            if e.counts and e.direction == "supports":
                worth = belief((e,)).value
                reports.append((s.subject, _NUMBER[s.sign], s.object, e.paper.year, e.paper.id, worth))
    kinds = {e.name: e.category for e in ideas.names.entities}
    return pairs_of(reports, kinds, alike=_siblings(ideas))


def pairs_of_graph(g: Graph) -> tuple[tuple[str, ...], Pairs]:
    """The same of a graph."""
    return pairs_of_ideas(Ideas(g.names, g.bridges, g.statements()))
