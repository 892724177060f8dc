"""A table of signed edges as a graph: its entities, its statements, its engine.

The numbers stay in arrays; a statement is made when somebody looks at it. A row without papers counts as one
source of its own, so that every edge has evidence; nothing is said of how it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kg.engine import SMALL, Arcs
from kg.mechanism.belief import belief_of
from kg.mechanism.edge_tables import EdgeTable
from kg.mechanism.paths import AXES, Engine, Step
from kg.model import (
    Curation,
    Entity,
    Evidence,
    Experiment,
    Knowledge,
    Line,
    Paper,
    Relation,
    Sign,
    Statement,
    statement_id,
)

__all__ = ["engine_of", "knowledge_of", "step_of_edge"]

_SIGN = {1: Sign.PLUS, -1: Sign.MINUS, 0: Sign.UNKNOWN}
UNSORTED = "process"
"""Category of an entity for which the table gives none."""


def knowledge_of(table: EdgeTable) -> Knowledge:
    """Entities and predicates of a table; it has no papers of its own."""
    import numpy as np

    entities = tuple(Entity(n, n, n, table.categories.get(n, UNSORTED)) for n in table.names)
    signs: dict[str, set[int]] = {}
    # One number for predicate and sign, so that millions of edges are looked through at once.
    for both in set(np.unique(table.predicate * 3 + table.sign + 1).tolist()):
        signs.setdefault(table.predicates[both // 3], set()).add(both % 3 - 1)
    relations = tuple(
        Relation(name, _SIGN[min(told)] if len(told) == 1 else Sign.UNKNOWN, (), (), "", (), "")
        for name, told in sorted(signs.items())
    )
    return Knowledge(entities, relations, ())


@lru_cache(maxsize=4096)
def _paper(key: str) -> Paper:
    prefix, _, local = key.partition(":")
    return Paper(
        key, "", 0, "primary", "", Curation("", ""),
        pmid=local if prefix == "PMID" else None,
        doi=local if prefix == "doi" else None,
        path="" if prefix in ("PMID", "doi") else key,
    )  # fmt: skip


def step_of_edge(table: EdgeTable, number: int) -> Step:
    """The step of one edge, with the papers and the context that the table gives."""
    subject, obj = table.names[table.subject[number]], table.names[table.object[number]]
    predicate, sign = table.predicates[table.predicate[number]], _SIGN[int(table.sign[number])]
    context = table.contexts.get(number, {})
    line = Line(subject, predicate, obj, "", "", "")
    experiment = Experiment(
        "", context.get("species", ""), context.get("system", ""), context.get("disease"),
        context.get("model"), context.get("phase"), lines=(line,),
    )  # fmt: skip
    key = statement_id(subject, f"{predicate} {sign}", obj)
    papers = table.papers.get(number) or (f"edge {number + 1}",)
    evidence = tuple(
        Evidence(f"e{key[1:]}.{i}", line, experiment, _paper(paper)) for i, paper in enumerate(papers)
    )
    worth = 1.0 if table.belief is None else float(table.belief[number])
    statement = Statement(key, subject, predicate, obj, sign, evidence, worth)
    return Step(
        statement,
        evidence,
        belief_of(statement),
        evidence[0].rung,
        tuple(frozenset({context[axis]}) if axis in context else None for axis in AXES),
    )


class _Steps(Sequence[Step]):
    """The steps of a table, made when looked at."""

    def __init__(self, table: EdgeTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        return step_of_edge(self._table, i % len(self))


def engine_of(table: EdgeTable) -> Engine:
    """The engine of a whole table."""
    n = len(table)
    if n <= SMALL or table.contexts:
        return Engine.of_steps(step_of_edge(table, i) for i in range(n))
    columns: tuple[Any, Any, Any] = (table.subject, table.object, table.sign)
    weight: Any = table.belief
    arcs = Arcs(len(table.names), *columns, weight)
    return Engine.of_arcs(table.names, arcs, _Steps(table))
