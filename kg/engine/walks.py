"""Every walk that answers, in order of merit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from kg.engine.arcs import Arcs, TooMany, Walk
from kg.engine.ask import Ask, Reach, way_point_bits

CAP = 1_000_000
"""Walks that are enumerated at most."""


def _small(arcs: Arcs, ask: Ask, cap: int) -> list[Walk]:
    """Every walk that answers, in no order of merit.

    Raises TooMany beyond `cap`.
    """
    reach = Reach(arcs, ask)
    opened, out, targets = reach.open, arcs.out, ask.targets - ask.avoid
    limit, exact = ask.max_length, ask.exact
    found: list[Walk] = []
    on_path: set[int] = set()
    onward: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(limit)]
    full = (1 << len(ask.via)) - 1
    bits = way_point_bits(ask.via)

    def near(node: int, depth: int) -> list[tuple[int, int]]:
        known = onward[depth]
        if node not in known:
            layer = opened[depth + 1]
            known[node] = [pair for pair in out[node] if pair[0] in layer]
        return known[node]

    def grow(node: int, depth: int, walk: Walk) -> None:
        more = depth + 1 < limit
        for head, arc in near(node, depth):
            if head in on_path:
                continue
            longer = (*walk, arc)
            if head in targets and (not exact or not more):
                found.append(longer)
            if more:
                on_path.add(head)
                grow(head, depth + 1, longer)
                on_path.discard(head)
        if len(found) > cap:
            raise TooMany

    def grow_via(node: int, depth: int, walk: Walk, met: int) -> None:
        more = depth + 1 < limit
        for head, arc in near(node, depth):
            if head in on_path:
                continue
            longer = (*walk, arc)
            if met == full and head in targets and (not exact or not more):
                found.append(longer)
            if more:
                now = met | bits.get(head, 0)
                if not reach.may_stand(head, depth + 1, now):
                    continue
                on_path.add(head)
                grow_via(head, depth + 1, longer, now)
                on_path.discard(head)
        if len(found) > cap:
            raise TooMany

    for start in ask.starts:
        if start in opened[0]:
            on_path.add(start)
            if ask.via:
                grow_via(start, 0, (), 0)
            else:
                grow(start, 0, ())
            on_path.discard(start)
    if ask.sign is not None:
        sign = arcs.sign_of
        found = [walk for walk in found if sign(walk) == ask.sign]
    if ask.coherent:
        found = list(filter(arcs.is_coherent, found))
    return found


class Walks(Sequence[Walk]):
    """Walks in order of merit. Scores are worked out when the order is first asked for."""

    def __init__(self, arcs: Arcs, found: list[Walk] | list[Any], tables: bool = False) -> None:
        self._arcs, self._found, self._tables = arcs, found, tables
        self._n = sum(map(len, found)) if tables else len(found)

    def __len__(self) -> int:
        return self._n

    @cached_property
    def _ordered(self) -> Sequence[Walk]:
        if self._tables:
            from kg.engine.halves import OrderedTables

            return OrderedTables(self._arcs, self._found)
        score = self._arcs.score
        ranked = sorted((-score(walk), len(walk), walk) for walk in self._found)
        return [walk for _, _, walk in ranked]

    def __getitem__(self, i: Any) -> Any:
        return self._ordered[i]

    def __iter__(self) -> Iterator[Walk]:
        return iter(self._ordered)


def enumerate_walks(arcs: Arcs, ask: Ask, cap: int = CAP) -> Walks:
    """Every walk that answers.

    Raises TooMany where there are more than `cap`.
    """
    if arcs.is_small:
        return Walks(arcs, _small(arcs, ask, cap))
    from kg.engine.halves import half_walks_joined

    return Walks(arcs, half_walks_joined(arcs, ask, cap), tables=True)
