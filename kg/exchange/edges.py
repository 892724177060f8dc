"""Statements as edges that a format can be made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kg.errors import FileProblems
from kg.mechanism.belief import belief_of
from kg.mechanism.overlay import Edge, End
from kg.model import Knowledge, Statement

if TYPE_CHECKING:
    from kg.exchange.reading import Reading
    from kg.mechanism.edge_tables import EdgeTable

__all__ = ["edges_of", "table_of_edges"]


def edges_of(statements: Iterable[Statement], knowledge: Knowledge) -> Iterator[Edge]:
    """An edge for each statement with support, in their order; what was only found absent is none."""
    ends: dict[str, End] = {}
    for s in statements:
        if not s.is_asserted:
            continue
        for name in (s.subject, s.object):
            if name not in ends:
                entity = knowledge.by_name[name]
                ends[name] = End(name, entity.id if ":" in entity.id else "", entity.category)
        relation = knowledge.by_predicate.get(s.predicate)
        yield Edge(
            ends[s.subject], s.predicate, s.sign.value, ends[s.object], belief_of(s).value, s.papers,
            {"species": s.species, "disease": s.diseases}, "supports", "", "|".join(s.origins), s.id,
            {
                "rung": s.rung, "n_supports": len(s.supports), "n_disputes": len(s.disputes),
                "n_no_effect": len(s.no_effects), "origins": s.origins,
                "agents": tuple(sorted({e.paper.curation.agent for e in s.supports})),
                "definition": relation.definition if relation else "",
            },
        )  # fmt: skip


def table_of_edges(reading: Reading, shown: str) -> EdgeTable:
    """What was read as a table of edges, ends under their names.

    Raises FileProblems with every row that could not be read.
    """
    from kg.mechanism.edge_tables import CONTEXT, table_of_rows

    if reading.problems:
        raise FileProblems(f"{shown} ({reading.format}) cannot be used as it is", reading.problems)
    categories: dict[str, str] = {}

    def rows() -> Iterator[tuple[str, tuple[object, ...]]]:
        for edge in reading.edges:
            if edge.direction != "supports":
                continue
            for end in (edge.subject, edge.object):
                if end.category:
                    categories[end.name] = end.category
            context = {a: v[0] for a, v in edge.context.items() if a in CONTEXT and len(v) == 1}
            belief, papers = edge.belief, list(edge.papers)
            told = (edge.subject.name, edge.predicate, edge.sign or "?", edge.object.name)
            yield edge.place, (*told, belief, papers, context)

    return table_of_rows(rows(), categories)
