"""Questions in names, and answers that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kg.errors import BadInput, NameNotFound
from kg.mechanism.answers import question_of
from kg.mechanism.edge_tables import CONTEXT
from kg.mechanism.paths import Question
from kg.mechanism.query import PathQuery
from kg.model import statement_id
from kg.scale.connect import Packed
from kg.scale.paths import Asked, Found, among, engine_errors, find_paths

__all__ = ["REFUSED", "ScaleAnswer", "ScalePath", "ScaleStep", "ask_paths", "numbers_of"]

REFUSED = {
    "coherent": "--coherent: contexts are compared step by step",
    "diverse": "--diverse: it compares paths with each other",
    "inherited": "--inherited: such steps are not in the table",
    "bridged": "--bridged: such steps are not in the table",
    "test": "--test: a packed graph has no tests",
    "product": "--product: a packed graph has no products",
    "tissue": "--source: a packed graph has no products",
    "route": "--route: a packed graph has no products",
    "rung": "--rung: a packed graph has no rungs",
    "until": "--until: a packed graph has no years",
}
"""Options of a path query that packed graphs cannot answer, and why."""

_NUMBER = {"+": 1, "-": -1, "?": 0}
_SIGN = {number: sign for sign, number in _NUMBER.items()}

Among = Callable[[str, bool], Mapping[str, str]]
"""What stands for a name, with its products or not, and why."""


@dataclass(frozen=True, slots=True)
class ScaleStep:
    """One edge of a path. `id` is that of the statement, as elsewhere."""

    id: str
    subject: str
    predicate: str
    sign: str
    object: str
    belief: float
    papers: tuple[str, ...]
    context: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScalePath:
    """Edges that join end to start, net sign, and score (0 to 1, for ranking)."""

    steps: tuple[ScaleStep, ...]
    sign: str
    score: float

    @property
    def entities(self) -> tuple[str, ...]:
        return (self.steps[0].subject, *(s.object for s in self.steps))

    @property
    def belief(self) -> float:
        """Product of the beliefs of the steps, 0 to 1."""
        value = 1.0
        for step in self.steps:
            value *= step.belief
        return round(value, 6)

    def data(self) -> dict[str, Any]:
        """As plain data; `sign belief rung steps` as of paths elsewhere. An engine knows no rungs."""
        steps = [
            {
                "statement_id": s.id, "subject": s.subject, "predicate": s.predicate, "sign": s.sign,
                "object": s.object, "belief": s.belief, "papers": list(s.papers), **s.context,
            }
            for s in self.steps
        ]  # fmt: skip
        return {
            "sign": self.sign, "belief": self.belief, "score": self.score, "rung": "",
            "entities": list(self.entities), "steps": steps,
        }  # fmt: skip

    def __str__(self) -> str:
        arrows = "".join(f" ─{s.predicate}→ {s.object}" for s in self.steps)
        return f"{self.entities[0]}{arrows}   net {self.sign}, score {self.score:.3f}"


class ScaleAnswer(Sequence[ScalePath]):
    """Paths, best first. What they say is fetched when it is looked at; close the connection after that.

    `at_most`: where these are only the best, how many there can be; else None.
    """

    def __init__(self, packed: Packed, found: Found, reasons: Mapping[str, str]) -> None:
        self._packed, self._found, self.reasons = packed, found, reasons

    @property
    def at_most(self) -> int | None:
        return self._found.at_most

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, i: Any) -> Any:
        return self._every[i]

    def __iter__(self) -> Iterator[ScalePath]:
        return iter(self._every)

    @cached_property
    def _every(self) -> list[ScalePath]:
        return self._told(len(self))

    def first(self, n: int) -> list[ScalePath]:
        """The best n; only their edges are fetched."""
        return self._every if n >= len(self) else self._told(n)

    def _told(self, n: int) -> list[ScalePath]:
        walks = self._found.walks[:n]
        steps = _steps(self._packed, {edge for walk in walks for edge in walk})
        return [
            ScalePath(tuple(steps[edge] for edge in walk), _SIGN[sign], score)
            for walk, sign, score in zip(walks, self._found.signs, self._found.scores, strict=False)
        ]


def _steps(packed: Packed, edges: Iterable[int]) -> dict[int, ScaleStep]:
    with engine_errors(packed):
        e = packed.edges
        rows = packed.rows(e.filter(among(packed, e.edge, edges))).to_pylist()
        ends = {row[end] for row in rows for end in ("subject", "object")}
        n = packed.nodes
        told = packed.rows(n.filter(among(packed, n.node, ends)).select("node", "name")).to_pylist()
    names = {row["node"]: row["name"] for row in told}
    found = {}
    for row in rows:
        subject, obj, sign = names[row["subject"]], names[row["object"]], _SIGN[row["sign"]]
        key = row.get("id") or statement_id(subject, f"{row['predicate']} {sign}", obj)
        papers = tuple(filter(None, (row.get("papers") or "").split("|")))
        context = {axis: row[axis] for axis in CONTEXT if row.get(axis)}
        found[row["edge"]] = ScaleStep(
            key, subject, row["predicate"], sign, obj, row["belief"], papers, context
        )
    return found


def numbers_of(packed: Packed, names: Iterable[str]) -> dict[str, int]:
    """Name → number of those names that the graph has."""
    listed = sorted(set(names))
    if not listed:
        return {}
    n = packed.nodes
    with engine_errors(packed):
        if len(listed) <= 1000:
            found = n.filter(n.name.isin(listed))
        else:
            wanted = packed.table_of(wanted=listed)
            found = n.semi_join(wanted, n.name == wanted.wanted)
        return {
            row["name"]: int(row["node"]) for row in packed.rows(found.select("name", "node")).to_pylist()
        }


def _known(packed: Packed, among_ours: Among | None) -> Among:
    """What stands for a name: itself, what our names make of it, or a category; all of it in the packed
    graph."""

    def found(name: str, products: bool) -> Mapping[str, str]:
        ours = {name: ""}
        if among_ours is not None:
            with suppress(NameNotFound):
                ours = {**among_ours(name, products), **ours} if name != "*" else ours
        there = numbers_of(packed, ours)
        if there:
            return {n: ours[n] for n in sorted(there)}
        n = packed.nodes
        with engine_errors(packed):
            of_kind = packed.rows(n.filter(n.category == name).select("name")).column("name").to_pylist()
            if of_kind:
                return dict.fromkeys(sorted(of_kind), "")
            near = n.filter(n.name.lower() == name.lower()).limit(3)
            if not packed.count(near):
                near = n.mutate(far=n.name.lower().levenshtein(name.lower())).order_by("far", "name").limit(3)
            raise NameNotFound(name, packed.rows(near).column("name").to_pylist())

    return found


def ask_paths(
    packed: Packed, query: PathQuery, *, among: Among | None = None, kin: frozenset[str] = frozenset(),
    diseases: Callable[[str, bool], Iterable[str]] | None = None,
) -> ScaleAnswer:  # fmt: skip
    """The paths of a packed graph that a query asks for, best first.

    Names are those of the packed graph; where `among` gives what a name stands for elsewhere (what is below
    it, its products), that counts too, and `kin` is as in `kg.mechanism.answers.question_of`. `diseases` does
    the same for the disease of an edge. Raises BadInput for what packed graphs cannot answer, and
    NameNotFound with the nearest names.
    """
    for name, why in REFUSED.items():
        if getattr(query, name):
            raise BadInput(f"--engine does not know {why}")
    with engine_errors(packed):
        e = packed.edges
        # Looked through only when asked for: it takes a pass over the edges.
        told = (
            packed.rows(e.select("predicate").distinct()).column("predicate").to_pylist()
            if query.predicate
            else ()
        )
    question, reasons = question_of(query, _known(packed, among), sorted(told), kin)
    context: dict[str, frozenset[str]] = {}
    if query.disease is not None:
        named = [query.disease] if diseases is None else diseases(query.disease, query.exact_disease)
        context["disease"] = frozenset(named)
    if query.species is not None:
        context["species"] = frozenset({query.species})
    return ScaleAnswer(packed, find_paths(packed, _asked(packed, question, context), query.top), reasons)


def _asked(packed: Packed, q: Question, context: Mapping[str, frozenset[str]]) -> Asked:
    every = {
        n
        for names in (q.sources, q.targets, *q.via, q.avoid, q.no_return, *(s for _, s in q.at))
        for n in names
    }
    index = numbers_of(packed, every)

    def numbers(names: Iterable[str]) -> frozenset[int]:
        return frozenset(index[n] for n in names if n in index)

    at: dict[int, frozenset[int]] = {}
    for place, names in q.at:
        at[place] = at[place] & numbers(names) if place in at else numbers(names)
    return Asked(
        numbers(q.sources), numbers(q.targets), q.max_length, tuple(map(numbers, q.via)), numbers(q.avoid),
        None if q.sign is None else _NUMBER[q.sign.value], at, q.is_exact, numbers(q.no_return), q.predicates,
        q.min_belief, context,
    )  # fmt: skip
