"""Enumeration on a large graph: half walks from both ends as arrays, joined in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kg.engine.arcs import Arcs, Arrays, TooMany, Walk, node_mask, row_starts
from kg.engine.ask import Ask


def _ranges(starts: Any, counts: Any) -> Any:
    """start₀, start₀+1, …, for every start as many as its count, joined."""
    total = int(counts.sum())
    if total == 0:
        return np.empty(0, np.int64)
    shift = np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return shift + np.arange(total)


class _Half:
    """Half walks as rows: their nodes and arcs by column, in walking order."""

    def __init__(self, nodes: list[Any], arcs: list[Any]) -> None:
        self.nodes, self.arcs = nodes, arcs

    def take(self, rows: Any) -> _Half:
        return _Half([c[rows] for c in self.nodes], [c[rows] for c in self.arcs])

    def __len__(self) -> int:
        return len(self.nodes[0])


def half_walks_joined(arcs: Arcs, ask: Ask, cap: int) -> list[Any]:
    """Every walk that answers, as one matrix of arc numbers per length.

    Raises TooMany where the join would give more than `cap` rows.
    """
    a = arcs.arrays
    free = np.ones(arcs.n, bool)
    free[np.fromiter(ask.avoid, np.int64)] = False
    starts = np.fromiter(ask.starts, np.int32)
    ends = np.fromiter(sorted(ask.targets - ask.avoid), np.int32)
    lengths = [ask.max_length] if ask.exact else list(range(1, ask.max_length + 1))
    first = (max(lengths) + 1) // 2

    def allowed(position: int) -> Any:
        return free & node_mask(arcs.n, ask.at[position]) if position in ask.at else free

    chains: dict[int, list[_Half]] = {}

    def behind(length: int) -> _Half:
        """Half walks of the second half of a length. Where no position is asked for, lengths share them."""
        last = ends[allowed(length)[ends]] if length in ask.at else ends
        chain = chains.setdefault(length if ask.at else 0, [_Half([last], [])])
        while len(chain) <= length // 2:
            chain.append(_back(a, chain[-1], allowed(length - len(chain)), cap))
        return chain[length // 2]

    waiting = np.zeros(arcs.n, bool)
    for length in lengths:
        waiting[behind(length).nodes[0]] = True
    forward = [_Half([starts], [])]
    for depth in range(first):
        # The last step before the middle must land where a half walk from the other end waits.
        landing = allowed(depth + 1) if depth + 1 < first else allowed(depth + 1) & waiting
        forward.append(_forth(a, forward[-1], landing, cap))
    tables: list[Any] = []
    for length in lengths:
        matrix, nodes = _join(
            forward[length - length // 2], behind(length), arcs.n, cap - sum(map(len, tables))
        )
        keep = np.ones(len(matrix), bool)
        for via in ask.via:
            within = node_mask(arcs.n, via)
            keep &= np.logical_or.reduce([within[c] for c in nodes[1:-1]]) if length > 1 else False
        if ask.sign is not None and len(matrix):
            keep &= a.sign[matrix].prod(axis=1) == ask.sign
        if ask.coherent and arcs.contexts is not None:
            keep &= np.fromiter(map(arcs.is_coherent, matrix.tolist()), bool, len(matrix))
        tables.append(matrix if keep.all() else matrix[keep])
    return tables


def _forth(a: Arrays, half: _Half, free: Any, cap: int) -> _Half:
    """Every half walk with one more arc at its end."""
    ends = half.nodes[-1]
    counts = a.out_start[ends + 1] - a.out_start[ends]
    if counts.sum() > 50 * cap:
        raise TooMany
    chosen = _ranges(a.out_start[ends], counts)
    heads = a.target[chosen]
    keep = free[heads]
    rows = np.repeat(np.arange(len(ends), dtype=np.int32), counts)[keep]
    chosen, heads = chosen[keep].astype(np.int32), heads[keep]
    longer = half.take(rows)
    fresh = np.ones(len(heads), bool)
    for column in longer.nodes:
        fresh &= column != heads
    if not fresh.all():
        longer, chosen, heads = longer.take(fresh), chosen[fresh], heads[fresh]
    return _Half([*longer.nodes, heads], [*longer.arcs, chosen])


def _back(a: Arrays, half: _Half, free: Any, cap: int) -> _Half:
    """Every half walk with one more arc at its start."""
    heads = half.nodes[0]
    counts = a.in_start[heads + 1] - a.in_start[heads]
    if counts.sum() > 50 * cap:
        raise TooMany
    chosen = a.in_arc[_ranges(a.in_start[heads], counts)]
    tails = a.source[chosen]
    keep = free[tails]
    rows = np.repeat(np.arange(len(heads), dtype=np.int32), counts)[keep]
    chosen, tails = chosen[keep], tails[keep]
    longer = half.take(rows)
    fresh = np.ones(len(tails), bool)
    for column in longer.nodes:
        fresh &= column != tails
    if not fresh.all():
        longer, chosen, tails = longer.take(fresh), chosen[fresh], tails[fresh]
    return _Half([tails, *longer.nodes], [chosen, *longer.arcs])


def _join(ahead: _Half, behind: _Half, n: int, cap: int) -> tuple[Any, list[Any]]:
    """Half walks joined where one ends and the other starts, no node twice: arcs, and nodes by column."""
    order = np.argsort(behind.nodes[0], kind="stable")
    waiting = row_starts(behind.nodes[0], n)
    middle = ahead.nodes[-1]
    counts = waiting[middle + 1] - waiting[middle]
    if counts.sum() > cap:
        raise TooMany
    left = np.repeat(np.arange(len(middle), dtype=np.int32), counts)
    right = order[_ranges(waiting[middle], counts)]
    one, other = ahead.take(left), behind.take(right)
    fresh = np.ones(len(left), bool)
    for a in one.nodes[:-1]:
        for b in other.nodes[1:]:
            fresh &= a != b
    if not fresh.all():
        one, other = one.take(fresh), other.take(fresh)
    columns = [*one.arcs, *other.arcs]
    matrix = np.stack(columns, axis=1) if columns else np.empty((0, 0), np.int32)
    return matrix.astype(np.int32, copy=False), [*one.nodes, *other.nodes[1:]]


class OrderedTables(Sequence[Walk]):
    """Rows of several matrices in one order."""

    def __init__(self, arcs: Arcs, tables: Sequence[Any]) -> None:
        self._tables = tables
        scores = np.concatenate([_scores(arcs, t) for t in tables]) if tables else np.empty(0)
        lengths = np.concatenate([np.full(len(t), t.shape[1], np.int8) for t in tables])
        self._starts = np.cumsum([0, *map(len, tables)])
        # Rows of one matrix come sorted by arc numbers; a stable sort on the rest keeps that order.
        within = np.concatenate(
            [start + np.lexsort(t.T[::-1]) for t, start in zip(tables, self._starts, strict=False)]
        )
        ranked = np.lexsort((lengths[within], -scores[within]))
        self._order = within[ranked]

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        row = int(self._order[i])
        table = int(np.searchsorted(self._starts, row, "right")) - 1
        return tuple(map(int, self._tables[table][row - int(self._starts[table])]))


def _scores(arcs: Arcs, matrix: Any) -> Any:
    value = np.ones(len(matrix))
    a = arcs.arrays
    for place in range(matrix.shape[1]):
        column = matrix[:, place]
        if a.weight is not None:
            value *= a.weight[column]
        if place < matrix.shape[1] - 1:
            value *= np.asarray(arcs.damp)[a.target[column]]
    if arcs.contexts is not None:
        value *= np.array([arcs.agreement(arcs.shared(row)) for row in matrix.tolist()])
    return np.round(value, 9)
