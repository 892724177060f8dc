"""Signed paths between two ends of a graph that no machine holds, up to 4 steps, as Ibis expressions.

How a question is answered. The edges out of the sources and into the targets are taken first; both are small
against the graph. Paths of 2 steps are these two, joined. For 3 and 4 steps the graph itself is read once or
twice, and only edges are kept whose ends the halves have reached: a *semi-join* with a small table, which
every engine broadcasts, so that the edges are never moved. Half-paths then meet in the middle.

Why hubs don't stall it. A hub on the way costs its edges once, when the graph is read; it never multiplies
them with those of another node unless the other half has arrived there too, and then every row is an answer.
The half with fewer edges is taken first, and the other only where the first has arrived, so that a hub at one
end costs no more than its own edges. Where half-paths meet on one hub, Spark splits the skewed partition over
its workers (adaptive execution, on by default), and DuckDB spills. `Asked.max_through` leaves hubs out
altogether, if wanted.

Order and score are those of `kg.engine`, without the agreement of contexts: Π beliefs × Π over inner nodes of
(edges in × edges out)^−0.25, the degrees being those of the whole graph, whatever steps the question allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, mul, or_
from typing import Any

from kg.engine import CAP
from kg.engine.arcs import DAMPING
from kg.errors import BadInput, KGError
from kg.mechanism.edge_tables import CONTEXT
from kg.scale.connect import Packed, ibis

__all__ = ["LONGEST", "Asked", "Found", "Kept", "among", "find_paths"]

LONGEST = 4
"""Most steps of a path."""

FEW = 1_000
"""Paths given, best first, where there are more than `kg.engine.CAP`."""

LISTED = 1_000
"""Nodes up to which a set is written into the query; larger ones are joined."""


@dataclass(frozen=True)
class Asked:
    """A question in numbers of nodes, as `kg.engine.Ask`, and what each step must be.

    `no_return`: nodes that no step leads to. `predicates`: of every step, empty for any. `context`: axis →
    values, one of which the edge must state. `max_through`: inner nodes lie on no more paths of two steps
    than this (in × out).
    """

    sources: frozenset[int]
    targets: frozenset[int]
    max_length: int
    via: tuple[frozenset[int], ...] = ()
    avoid: frozenset[int] = frozenset()
    sign: int | None = None
    at: Mapping[int, frozenset[int]] = field(default_factory=dict)
    exact: bool = False
    no_return: frozenset[int] = frozenset()
    predicates: frozenset[str] = frozenset()
    min_belief: float | None = None
    context: Mapping[str, frozenset[str]] = field(default_factory=dict)
    max_through: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.max_length <= LONGEST:
            raise BadInput(f"--max-length {self.max_length}: on an engine choose 1 to {LONGEST} steps")
        for axis in self.context:
            if axis not in CONTEXT:
                raise BadInput(
                    f"{axis!r} is no column of context in a packed graph; one of {', '.join(CONTEXT)}"
                )

    @property
    def lengths(self) -> tuple[int, ...]:
        return (self.max_length,) if self.exact else tuple(range(1, self.max_length + 1))


@dataclass(frozen=True)
class Found:
    """Paths, best first: edge numbers, net sign (1, −1, 0) and score of each.

    `at_most`: where these are only the best, how many there can be (walks are counted); else None.
    """

    walks: Sequence[tuple[int, ...]]
    signs: Sequence[int]
    scores: Sequence[float]
    at_most: int | None = None

    def __len__(self) -> int:
        return len(self.walks)


class Kept:
    """Intermediate tables that the engine keeps while a question is asked."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._tables: list[Any] = []

    def keep(self, expression: Any) -> tuple[Any, int]:
        """The table, worked out, and its number of rows: what an engine knows the size of, it joins well."""
        table = expression.cache()
        self._tables.append(table)
        return table, self._packed.count(table)

    def release(self) -> None:
        while self._tables:
            self._tables.pop().release()


@contextmanager
def keeping(packed: Packed) -> Iterator[Kept]:
    kept = Kept(packed)
    try:
        yield kept
    finally:
        kept.release()


def among(packed: Packed, column: Any, nodes: Iterable[Any]) -> Any:
    """Whether a column's value is one of some nodes."""
    listed = sorted(nodes)
    if len(listed) <= LISTED:
        return column.isin(listed) if listed else ibis().literal(False)
    return column.isin(packed.table_of(wanted=listed).wanted.cast(column.type()))


def allowed_edges(packed: Packed, asked: Asked) -> Any:
    """The edges that may stand in an answer."""
    e = packed.edges
    tests = [e.subject != e.object]
    if asked.predicates:
        tests.append(e.predicate.isin(sorted(asked.predicates)))
    if asked.min_belief is not None:
        tests.append(e.belief >= asked.min_belief)
    for axis, values in asked.context.items():
        stated = ibis().literal("|") + e[axis] + "|"
        tests.append(reduce(or_, (stated.contains(f"|{value}|") for value in sorted(values))))
    if asked.avoid:
        tests += [~among(packed, e.subject, asked.avoid), ~among(packed, e.object, asked.avoid)]
    if asked.no_return:
        tests.append(~among(packed, e.object, asked.no_return))
    chosen = e.filter(*tests)
    return chosen.select("edge", "subject", "object", "sign", "belief", "through")


def _reached(table: Any, column: str) -> Any:
    """The nodes in a column, each once."""
    return table.select(reached=table[column]).distinct()


def _where(edges: Any, end: str, nodes: Any) -> Any:
    """The edges one end of which is among nodes."""
    return edges.semi_join(nodes, edges[end] == nodes.reached)


def _hop(place: int, edges: Any) -> Any:
    """The edges as the step to a place, its columns named after it."""
    return edges.select(
        **{
            f"n{place - 1}": edges.subject,
            f"e{place}": edges.edge,
            f"g{place}": edges.sign.cast("int32"),
            f"b{place}": edges.belief,
            f"t{place}": edges.through,
            f"n{place}": edges.object,
        }
    )


def _chains(packed: Packed, asked: Asked, kept: Kept) -> Mapping[int, Sequence[Any]]:
    """By length, the tables whose join in a row gives the walks; no length where there can be none."""
    edges = allowed_edges(packed, asked)
    sources = asked.sources & asked.at[0] if 0 in asked.at else asked.sources
    first, last = (
        edges.filter(among(packed, edges.subject, sources)),
        edges.filter(among(packed, edges.object, asked.targets)),
    )
    if 1 in asked.at:
        first = first.filter(among(packed, first.object, asked.at[1]))
    found: dict[int, Sequence[Any]] = {}
    ahead, n_ahead = kept.keep(first)
    if not n_ahead:
        return found
    if 1 in asked.lengths:
        found[1] = [ahead.filter(among(packed, ahead.object, asked.targets))]
    if asked.max_length == 1:
        return found
    behind, n_behind = kept.keep(last)
    if not n_behind:
        return found
    if 2 in asked.lengths:
        found[2] = [ahead, behind]
    if asked.max_length == 2:
        return found
    onward = ahead
    if asked.max_through is not None:
        onward = ahead.filter(ahead.through <= asked.max_through)
    heads, tails = _reached(onward, "object"), _reached(behind, "subject")
    if asked.max_length == 3:
        middle, n_middle = kept.keep(_where(_where(edges, "subject", heads), "object", tails))
        return {**found, 3: [ahead, middle, behind]} if n_middle else found
    # The smaller half first, the other one only where it has arrived.
    if n_ahead <= n_behind:
        second, n_second = kept.keep(_where(edges, "subject", heads))
        met = _reached(second, "object")
        third, _ = kept.keep(_where(_where(edges, "object", tails), "subject", met))
    else:
        third, _ = kept.keep(_where(edges, "object", tails))
        arrived = _reached(third, "subject").union(tails).distinct()
        second, n_second = kept.keep(_where(_where(edges, "subject", heads), "object", arrived))
    if not n_second:
        return found
    if 3 in asked.lengths:
        found[3] = [ahead, second, behind]
    found[4] = [ahead, second, third, behind]
    return found


def _walks(tables: Sequence[Any]) -> Any:
    """The tables joined in a row, in the middle last."""
    hops = [_hop(place, table) for place, table in enumerate(tables, 1)]

    def joined(parts: Sequence[Any], at: int) -> Any:
        made = parts[0]
        for i, part in enumerate(parts[1:], at + 1):
            made = made.join(part, f"n{i}")
        return made

    if len(hops) < 4:
        return joined(hops, 0)
    return joined(hops[:2], 0).join(joined(hops[2:], 2), "n2")


def _answers(packed: Packed, asked: Asked, length: int, tables: Sequence[Any]) -> Any:
    """The walks of one length that answer, no node twice: edges, sign and score."""
    t = _walks(tables)
    nodes = [t[f"n{i}"] for i in range(length + 1)]
    tests = [nodes[a] != nodes[b] for a in range(length + 1) for b in range(a + 2, length + 1)]
    tests += [
        among(packed, nodes[place], allowed) for place, allowed in asked.at.items() if 1 < place <= length
    ]
    for via in asked.via:
        inner = nodes[1:-1]
        tests.append(
            reduce(or_, (among(packed, node, via) for node in inner)) if inner else ibis().literal(False)
        )
    if asked.max_through is not None:
        tests += [t[f"t{i}"] <= asked.max_through for i in range(1, length)]
    sign = reduce(mul, (t[f"g{i}"] for i in range(1, length + 1)))
    if asked.sign is not None:
        tests.append(sign == asked.sign)
    score = t.b1
    for i in range(2, length + 1):
        score = score * t[f"t{i - 1}"].cast("float64").pow(-DAMPING) * t[f"b{i}"]
    nothing = ibis().null("int64")
    edges = {f"e{i}": t[f"e{i}"] if i <= length else nothing for i in range(1, asked.max_length + 1)}
    columns = {
        "length": ibis().literal(length, "int32"),
        "sign": sign.cast("int32"),
        "score": score.round(9),
        **edges,
    }
    return t.filter(reduce(and_, tests)).select(**columns) if tests else t.select(**columns)


def _n_walks(packed: Packed, chains: Mapping[int, Sequence[Any]]) -> int:
    """How many walks the joins give, counted by what arrives at each node and not one by one."""
    total = 0
    for tables in chains.values():
        now = tables[0].group_by(node="object").agg(n=tables[0].count().cast("float64"))
        for table in tables[1:]:
            step = table.join(now, table.subject == now.node)
            now = step.group_by(node="object").agg(n=step.n.sum())
        total += int(packed.rows(now.aggregate(n=now.n.sum())).column("n")[0].as_py() or 0)
    return total


def find_paths(packed: Packed, asked: Asked, top: int | None = None, cap: int | None = None) -> Found:
    """The paths that answer, best first: all, or the `top` best; the best 1,000 where there are more than
    `cap`.

    Raises BadInput where the engine does not answer.
    """
    cap = CAP if cap is None else cap
    with keeping(packed) as kept, engine_errors(packed):
        chains = _chains(packed, asked, kept)
        if not chains:
            return Found((), (), ())
        answers = reduce(
            lambda one, other: one.union(other),
            (_answers(packed, asked, k, tables) for k, tables in chains.items()),
        )
        if top is None:
            # Sorted here: the engine stops as soon as there are too many.
            table = packed.rows(answers.limit(cap + 1))
            if table.num_rows <= cap:
                return _found(table, None)
        n = FEW if top is None else top
        numbers = [answers[f"e{i}"] for i in range(1, asked.max_length + 1)]
        best = packed.rows(answers.order_by(answers.score.desc(), answers.length, *numbers).limit(n + 1))
        if best.num_rows <= n:
            return _found(best, None)
        return _found(best.slice(0, best.num_rows - 1), _n_walks(packed, chains), n)


def _found(table: Any, at_most: int | None, n: int | None = None) -> Found:
    columns = [name for name in table.column_names if name.startswith("e")]
    rows = zip(
        *(table.column(name).to_pylist() for name in ("score", "length", "sign", *columns)), strict=True
    )
    ordered = sorted(
        (-score, length, tuple(int(e) for e in edges[:length]), sign) for score, length, sign, *edges in rows
    )[:n]
    return Found(
        [walk for _, _, walk, _ in ordered],
        [int(sign) for *_, sign in ordered],
        [-score for score, *_ in ordered],
        at_most,
    )


@contextmanager
def engine_errors(packed: Packed) -> Iterator[None]:
    """What an engine's driver raises, as one message."""
    try:
        yield
    except (KGError, AssertionError, TypeError, AttributeError):
        raise
    except Exception as error:
        told = next((line for line in str(error).splitlines() if line.strip()), repr(error))
        raise BadInput(f"--engine {packed.url!r}: {packed.engine} does not answer: {told}") from None
