"""Walks one by one, best first, without making the others."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from functools import lru_cache

from kg.engine.arcs import Arcs, Walk, node_mask
from kg.engine.ask import Ask, Reach, way_point_bits


@lru_cache(maxsize=64)
def _promise(
    graph: _ById, targets: frozenset[int], avoid: frozenset[int], limit: int
) -> list[Sequence[float]]:
    """By arcs left and by node inside a walk: the best that can follow, or more; 0 where nothing can."""
    arcs = graph.of
    if not arcs.is_small:
        return _promise_large(arcs, targets, avoid, limit)
    weight, damp, incoming = arcs.weight, arcs.damp, arcs.incoming
    found: list[Sequence[float]] = [[0.0] * arcs.n]
    for _ in range(limit):
        before = found[-1]
        layer = list(before)
        for head in range(arcs.n):
            value = 1.0 if head in targets else before[head] * damp[head]
            if value and head not in avoid:
                for tail, arc in incoming[head]:
                    reached = value * weight[arc] if weight is not None else value
                    if reached > layer[tail]:
                        layer[tail] = reached
        found.append(layer)
    return found


def _promise_large(
    arcs: Arcs, targets: frozenset[int], avoid: frozenset[int], limit: int
) -> list[Sequence[float]]:
    import numpy as np

    a = arcs.arrays
    ends, blocked = node_mask(arcs.n, targets), node_mask(arcs.n, avoid)
    rows = np.flatnonzero(np.diff(a.out_start))
    found = [np.zeros(arcs.n)]
    for _ in range(limit):
        value = found[-1] * np.asarray(arcs.damp)
        value[ends] = 1.0
        value[blocked] = 0.0
        reached = value[a.target] if a.weight is None else value[a.target] * a.weight
        layer = found[-1].copy()
        layer[rows] = np.maximum(layer[rows], np.maximum.reduceat(reached, a.out_start[rows]))
        found.append(layer)
    return [layer.tolist() for layer in found]


class _ById:
    """An `Arcs` as a key by identity; it never changes."""

    def __init__(self, of: Arcs) -> None:
        self.of = of

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.of is self.of


def best_first(arcs: Arcs, ask: Ask) -> Iterator[Walk]:
    """Walks that answer, best first, in the same order as `enumerate_walks` gives; none is made in vain long.

    The next one costs the more, the more walks share its score.
    """
    limit, exact = ask.max_length, ask.exact
    targets = ask.targets - ask.avoid
    promise = _promise(_ById(arcs), ask.targets, ask.avoid, limit)
    weight, damp = arcs.weight, arcs.damp
    masks, fields = arcs.contexts if arcs.contexts is not None else ((), ())
    full, bits = (1 << len(ask.via)) - 1, way_point_bits(ask.via)
    # Scores are rounded, bounds are not; the slack keeps a bound from falling below a score it bounds.
    slack = 1e-8
    reach = Reach(arcs, ask) if arcs.is_small and (exact or ask.via) else None
    heap: list[tuple[float, int, int, Walk, int, float, int, frozenset[int], int]] = []
    every = 0
    for bit in fields:
        every |= bit
    for start in ask.starts:
        if promise[limit][start]:
            item = (-promise[limit][start] - slack, 0, 0, (), start, 1.0, every, frozenset({start}), 0)
            heapq.heappush(heap, item)
    number = 0
    while heap:
        _, is_whole, _, walk, node, value, mask, seen, met = heapq.heappop(heap)
        if is_whole:
            yield walk
            continue
        depth = len(walk)
        left = limit - depth - 1
        follow = promise[left]
        allowed = ask.at.get(depth + 1)
        for head, arc in arcs.leaving(node):
            if head in seen or head in ask.avoid or (allowed is not None and head not in allowed):
                continue
            here = value * weight[arc] if weight is not None else value
            joined = mask & masks[arc] if masks else 0
            agreed = arcs.agreement(joined) if masks else 1.0
            if ask.coherent and not all(joined & bit for bit in fields):
                continue
            longer = (*walk, arc)
            if (
                head in targets
                and met == full
                and (not exact or not left)
                and (ask.sign is None or arcs.sign_of(longer) == ask.sign)
            ):
                score = arcs.score(longer)
                heapq.heappush(heap, (-score, 1, len(longer), longer, head, 0.0, 0, seen, 0))
            if left and follow[head]:
                now = met | bits.get(head, 0)
                if reach is not None and not reach.may_stand(head, depth + 1, now):
                    continue
                inner = here * damp[head]
                number += 1
                heapq.heappush(
                    heap,
                    (
                        -inner * agreed * follow[head] - slack, 0, number, longer, head, inner, joined,
                        seen | {head}, now,
                    ),
                )  # fmt: skip
