"""Signed walks and paths counted on an engine, never enumerated.

Matrices of `kg.engine.matrices` become tables: `row`, `column`, and the three counts that say everything
(`all`, `known`, `balance`), so that a product is a join and a sum by group. The formulas are those of
`kg.engine.metapaths`, and so are the results, as sums of float64.

A frontier holds each node once, with how many walks stand there, so a hub costs its edges once per step
however many walks reach it. Sums by group are made in part before they are moved, which keeps the sums at a
hub small.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

from kg.engine.counts import DAMPING
from kg.errors import BadInput
from kg.scale.connect import Packed, ibis
from kg.scale.paths import Kept, among, engine_errors, keeping

__all__ = ["Hop", "degree_weighted_counts", "hypothesis_features", "walk_counts"]

LONGEST = 4
VALUES = ("all", "known", "balance")


@dataclass(frozen=True)
class Hop:
    """One step of a metapath: edges between entities of two categories (None: any), with these predicates
    (any)."""

    source: str | None = None
    target: str | None = None
    predicates: frozenset[str] = frozenset()


def walk_counts(
    packed: Packed,
    starts: Iterable[int],
    max_length: int,
    *,
    backward: bool = False,
    avoid: Iterable[int] = (),
) -> Any:
    """Walks from any of the starts to every node they reach, a pyarrow table: node, length, plus, minus,
    unknown.

    As `kg.engine.counts.walk_counts`; rows by length, then node. `backward`: walks from every node to a
    start. Raises BadInput.
    """
    if max_length < 1:
        raise BadInput(f"length {max_length}: choose 1 or more steps")
    e, avoided = packed.edges, frozenset(avoid)
    near, far = ("object", "subject") if backward else ("subject", "object")
    chosen = e.filter(e.subject != e.object, *([~among(packed, e[far], avoided)] if avoided else []))
    chosen = chosen.select(near=chosen[near], far=chosen[far], sign=chosen.sign)
    with keeping(packed) as kept, engine_errors(packed):
        firsts = sorted(frozenset(starts) - avoided)
        # The first step has no frontier to be joined with.
        step = chosen.filter(among(packed, chosen.near, firsts))
        one = _number(1)
        now, n = kept.keep(_by_node(step, one, _number(0), _number(0)))
        found = [(1, now)]
        for length in range(2, max_length + 1):
            if not n:
                break
            step = chosen.join(now, chosen.near == now.node)
            now, n = kept.keep(_by_node(step, step.plus, step.minus, step.unknown))
            found.append((length, now))
        columns = ("node", "length", "plus", "minus", "unknown")
        tables = [t.mutate(length=ibis().literal(length, "int32")).select(*columns) for length, t in found]
        every = reduce(lambda one, other: one.union(other), tables)
        return packed.rows(every.order_by("length", "node"))


def _number(value: int) -> Any:
    """A number as float64 on every engine; Spark takes 1.0 for a decimal."""
    return ibis().literal(value, "int64").cast("float64")


def _by_node(step: Any, plus: Any, minus: Any, unknown: Any) -> Any:
    """What arrives at each node when walks of three signs take a step."""

    def arriving(if_plus: Any, if_minus: Any, if_unknown: Any) -> Any:
        by_sign = ((step.sign == 1, if_plus), (step.sign == -1, if_minus))
        return ibis().cases(*by_sign, else_=if_unknown).cast("float64").sum()

    nothing = _number(0)
    return step.group_by(node=step.far).agg(
        plus=arriving(plus, minus, nothing),
        minus=arriving(minus, plus, nothing),
        unknown=arriving(unknown, unknown, plus + minus + unknown),
    )


# Matrices as tables -------------------------------------------------------------------------------


def _summed(table: Any, row: Any, column: Any, values: Sequence[Any]) -> Any:
    totals = {name: value.sum() for name, value in zip(VALUES, values, strict=True)}
    return table.group_by(row=row, column=column).agg(**totals)


def _product(a: Any, b: Any) -> Any:
    b = b.view()
    t = a.join(b, a.column == b.row, rname="{name}_b")
    return _summed(t, t.row, t.column_b, [t[name] * t[f"{name}_b"] for name in VALUES])


def _times(a: Any, b: Any) -> Any:
    """Entry by entry."""
    b = b.view()
    t = a.join(b, [a.row == b.row, a.column == b.column], rname="{name}_b")
    return t.select("row", "column", **{name: t[name] * t[f"{name}_b"] for name in VALUES})


def _turned(a: Any) -> Any:
    return a.select(row=a.column, column=a.row, **{name: a[name] for name in VALUES})


def _diagonal(a: Any, b: Any) -> Any:
    """Diagonal of a · b, as a matrix that has nothing else."""
    t = _times(a, _turned(b))
    return _summed(t, t.row, t.row, [t[name] for name in VALUES])


def _scaled(a: Any, factor: Any) -> Any:
    return a.mutate(**{name: a[name] * factor for name in VALUES})


def _paths_along(m: Sequence[Any], same: Any, kept: Kept) -> Any:
    """Sum over paths of the product of entries: `kg.engine.metapaths` has the reasons for each term."""
    plus: list[Any] = []
    minus: list[Any] = []
    if len(m) <= 2:
        plus.append(m[0] if len(m) == 1 else _product(*m))
    elif len(m) == 3:
        a, b, c = m
        plus.append(_product(_product(a, b), c))
        if same(0, 2):
            minus.append(_product(_diagonal(a, b), c))
        if same(1, 3):
            minus.append(_product(a, _diagonal(b, c)))
        if same(0, 2) and same(1, 3):
            plus.append(_times(_times(a, _turned(b)), c))
    else:
        a, b, c, d = m
        ab, cd = (kept.keep(_product(*both))[0] for both in ((a, b), (c, d)))
        plus.append(_product(ab, cd))
        if same(0, 2):
            minus.append(_product(_diagonal(a, b), cd))
        if same(1, 3):
            minus.append(_product(_product(a, _diagonal(b, c)), d))
        if same(2, 4):
            minus.append(_product(ab, _diagonal(c, d)))
        if same(0, 3):
            minus.append(_product(_diagonal(ab, c), d))
        if same(1, 4):
            minus.append(_product(a, _diagonal(b, cd)))
        if same(0, 2) and same(1, 3):
            plus.append(_product(_times(_times(a, _turned(b)), c), d))
        if same(1, 3) and same(2, 4):
            plus.append(_product(a, _times(_times(b, _turned(c)), d)))
        if same(0, 2) and same(1, 4):
            plus.append(_times(_times(a, _turned(b)), cd))
        if same(0, 3) and same(1, 4):
            plus.append(_times(_there_by_two(a, b, c), d))
        if same(0, 3) and same(2, 4):
            plus.append(_times(_times(ab, _turned(c)), d))
    terms = [*plus, *(_scaled(t, -1.0) for t in minus)]
    total = reduce(lambda one, other: one.union(other), (t.select("row", "column", *VALUES) for t in terms))
    total = _summed(total, total.row, total.column, [total[name] for name in VALUES])
    return total.filter(total.row != total.column)


def _there_by_two(a: Any, b: Any, c: Any) -> Any:
    """a ∘ (b · c)ᵀ, without making b · c: from each entry of `a`, two steps back to where it started."""
    c = c.view()
    b = b.view()
    t = a.join(b, a.column == b.row, rname="{name}_b")
    t = t.select(
        "row", "column", over=t.column_b, **{name: t[name] * t[f"{name}_b"] for name in VALUES}
    ).view()
    t = t.join(c, [t.over == c.row, t.row == c.column], rname="{name}_c")
    return _summed(t, t.row, t.column, [t[name] * t[f"{name}_c"] for name in VALUES])


def _matrices(
    packed: Packed, hops: Sequence[Hop], damping: float, sources: Any, targets: Any, kept: Kept
) -> list[Any]:
    """Each hop as a table, entries times (degrees of their ends in that hop)**−damping; only what walks
    need."""
    made: dict[Hop, tuple[Any, Any, Any]] = {}
    for hop in hops:
        if hop not in made:
            edges = _edges_of(packed, hop)
            degrees = tuple(
                edges.group_by(node=edges[end]).agg(degree=edges.count().cast("float64"))
                for end in ("subject", "object")
            )
            if hop == Hop():
                # Of the whole graph the degrees are known.
                n = packed.nodes
                degrees = tuple(
                    n.select("node", degree=n[name].cast("float64")) for name in ("n_out", "n_in")
                )
            made[hop] = (edges.filter(edges.subject != edges.object), *degrees)
    chosen = _needed(packed, [made[hop][0] for hop in hops], sources, targets, kept)
    found = []
    for hop, edges in zip(hops, chosen, strict=True):
        sign = edges.sign.cast("float64")
        t = edges.group_by(row=edges.subject, column=edges.object).agg(
            all=edges.count().cast("float64"), known=sign.abs().sum(), balance=sign.sum()
        )
        if damping:
            _, leaving, entering = made[hop]
            t = t.join(leaving.view().select(at_row="node", leaves="degree"), [("row", "at_row")])
            t = t.join(entering.view().select(at_column="node", enters="degree"), [("column", "at_column")])
            t = _scaled(t, (t.leaves * t.enters).pow(-damping)).select("row", "column", *VALUES)
        found.append(kept.keep(t)[0])
    return found


def _needed(packed: Packed, chosen: list[Any], sources: Any, targets: Any, kept: Kept) -> list[Any]:
    """Of the edges of each hop, those on walks between the ends: settled from the smaller end towards the
    other."""
    last = len(chosen) - 1
    settled: dict[int, int] = {}

    def settle(place: int) -> None:
        t = chosen[place]
        if place == 0 and sources is not None:
            t = t.filter(among(packed, t.subject, sources))
        if place == last and targets is not None:
            t = t.filter(among(packed, t.object, targets))
        for beside, end, its in ((place - 1, "subject", "object"), (place + 1, "object", "subject")):
            if beside in settled:
                met = chosen[beside].select(reached=chosen[beside][its]).distinct()
                t = t.semi_join(met, t[end] == met.reached)
        chosen[place], settled[place] = kept.keep(t)

    if sources is not None:
        settle(0)
    if targets is not None and last not in settled:
        settle(last)
    while settled and len(settled) <= last:
        edge_of = [
            place for place in settled if ({place - 1, place + 1} & set(range(last + 1))) - settled.keys()
        ]
        near = min(edge_of, key=lambda place: (settled[place], place))
        settle(min(place for place in (near - 1, near + 1) if 0 <= place <= last and place not in settled))
    return chosen


def _edges_of(packed: Packed, hop: Hop) -> Any:
    e = packed.edges
    chosen = e.filter(e.predicate.isin(sorted(hop.predicates))) if hop.predicates else e
    for end, category in (("subject", hop.source), ("object", hop.target)):
        if category is not None:
            of_kind = packed.nodes.filter(packed.nodes.category == category).select("node").view()
            chosen = chosen.semi_join(of_kind, chosen[end] == of_kind.node)
    return chosen.select("subject", "object", "sign")


def degree_weighted_counts(
    packed: Packed, hops: Sequence[Hop], *, sources: Iterable[int] | None = None,
    targets: Iterable[int] | None = None, damping: float = DAMPING,
) -> Any:  # fmt: skip
    """Degree-weighted counts of paths along a metapath by net sign, a pyarrow table.

    Columns source, target (numbers of nodes), plus, minus, unknown; a row for each pair that walks join. As
    `kg.engine.metapaths`: no node twice, up to 4 steps, damping 0 gives plain counts. Give sources or
    targets: every pair of a large graph is more than any machine holds. Raises BadInput.
    """
    _checked(hops)
    with keeping(packed) as kept, engine_errors(packed):
        return packed.rows(
            _counted(packed, hops, sources, targets, damping, kept).order_by("source", "target")
        )


def _checked(hops: Sequence[Hop]) -> None:
    if not 1 <= len(hops) <= LONGEST:
        raise BadInput(f"metapath of {len(hops)} steps: on an engine choose 1 to {LONGEST}")
    for before, after in pairwise(hops):
        if before.target != after.source:
            raise BadInput(
                f"metapath: a hop to {before.target or 'anything'} cannot be followed by one from "
                f"{after.source or 'anything'}"
            )


def _counted(
    packed: Packed, hops: Sequence[Hop], sources: Any, targets: Any, damping: float, kept: Kept
) -> Any:
    kinds = [hops[0].source, *(hop.target for hop in hops)]

    def same(i: int, j: int) -> bool:
        return kinds[i] == kinds[j] or None in (kinds[i], kinds[j])

    starts, stops = (None if nodes is None else frozenset(nodes) for nodes in (sources, targets))
    matrices = _matrices(packed, hops, damping, starts, stops, kept)
    t = _paths_along(matrices, same, kept)
    return t.select(
        source=t.row, target=t.column, plus=(t.known + t.balance) / 2, minus=(t.known - t.balance) / 2,
        unknown=t.all - t.known,
    )  # fmt: skip


def hypothesis_features(
    packed: Packed,
    sources: Iterable[int],
    targets: Iterable[int],
    max_length: int = 3,
    damping: float = DAMPING,
) -> Any:
    """Degree-normalised signed path counts of pairs, from which models of untested effects learn; a pyarrow
    table.

    Columns source, target, then `plus_1 minus_1 unknown_1 plus_2 …` up to `max_length`; a row for each pair
    that a walk of some length joins. A path counts Π (out-degree × in-degree of each step)**−damping, as
    `kg.engine.counts.SignedArcs.damped`. Raises BadInput.
    """
    sources, targets = frozenset(sources), frozenset(targets)
    with keeping(packed) as kept, engine_errors(packed):
        parts = []
        names = ("plus", "minus", "unknown")
        for length in range(1, max_length + 1):
            hops = [Hop()] * length
            _checked(hops)
            t = _counted(packed, hops, sources, targets, damping, kept)
            zero = _number(0)
            parts.append(
                t.select(
                    "source", "target",
                    **{
                        f"{name}_{k}": t[name] if k == length else zero
                        for k in range(1, max_length + 1)
                        for name in names
                    },
                )
            )  # fmt: skip
        every = reduce(lambda one, other: one.union(other), parts)
        summed = every.group_by("source", "target").agg(**{c: every[c].sum() for c in every.columns[2:]})
        return packed.rows(summed.order_by("source", "target"))
