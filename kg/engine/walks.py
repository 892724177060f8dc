"""Every walk that answers, in order of merit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from kg.engine.arcs import Arcs, TooMany, Walk
from kg.engine.ask import Ask, Reach, way_point_bits

CAP = 1_000_000
"""Walks that are enumerated at most."""

KEPT = 256
"""Ends of questions whose preparations are kept for the next one."""


def _small(arcs: Arcs, ask: Ask, cap: int) -> list[Walk]:
    """Every walk that answers, in no order of merit.

    Raises TooMany beyond `cap`.
    """
    found = _through(arcs, ask, cap) if ask.via else _straight(arcs, ask, cap)
    if ask.sign is not None:
        sign = arcs.sign_of
        found = [walk for walk in found if sign(walk) == ask.sign]
    if ask.coherent:
        found = list(filter(arcs.is_coherent, found))
    return found


class _Onward:
    """What the end of a question says of its walks, whatever their start: kept, since graphs never change."""

    def __init__(self, arcs: Arcs, ask: Ask) -> None:
        self.opened = Reach(arcs, ask).open
        self._out, self._at, self._limit = arcs.out, ask.at, ask.max_length
        targets = ask.targets - ask.avoid
        # A walk that has met the only target cannot meet it again.
        self._inner = [layer - targets for layer in self.opened] if len(targets) == 1 else self.opened
        self._near: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(ask.max_length)]
        self._pairs: dict[int, list[tuple[int, int, Walk]]] = {}
        self._ends: dict[int, list[tuple[int, int]]] = {}
        for head in targets:
            for tail, arc in arcs.incoming[head]:
                self._ends.setdefault(tail, []).append((head, arc))

    def final(self, node: int, depth: int) -> Sequence[tuple[int, int]]:
        """Head and arc of the arcs that end a walk."""
        last = self._ends.get(node, ())
        layer = self._at.get(depth + 1)
        return last if layer is None else [p for p in last if p[0] in layer]

    def near(self, node: int, depth: int) -> list[tuple[int, int]]:
        """Head and arc of the arcs after which a walk can go on."""
        known = self._near[depth]
        if node not in known:
            layer = self._inner[depth + 1]
            known[node] = [p for p in self._out[node] if p[0] in layer]
        return known[node]

    def last_two(self, node: int) -> list[tuple[int, int, Walk]]:
        """Middle, head and arcs of the pairs of arcs that end a walk."""
        if node not in self._pairs:
            self._pairs[node] = [
                (middle, head, (first, second))
                for middle, first in self.near(node, self._limit - 2)
                for head, second in self.final(middle, self._limit - 1)
                if head != middle
            ]
        return self._pairs[node]


def _onward(arcs: Arcs, ask: Ask) -> _Onward:
    """The same object for the same end of a question."""
    key = (ask.targets, ask.avoid, ask.max_length, ask.exact, tuple(sorted(ask.at.items())))
    kept = arcs.kept
    if key not in kept:
        if len(kept) >= KEPT:
            kept.clear()
        kept[key] = _Onward(arcs, ask)
    found = kept[key]
    assert isinstance(found, _Onward)
    return found


def _straight(arcs: Arcs, ask: Ask, cap: int) -> list[Walk]:
    """Every walk, without regard to way-points and signs.

    Most of the work is at the ends of walks, so the last two arcs are made once per node and added in one go.
    """
    onward = _onward(arcs, ask)
    final, near, last_two = onward.final, onward.near, onward.last_two
    limit, exact = ask.max_length, ask.exact
    found: list[Walk] = []
    on_path: set[int] = set()

    def grow(node: int, depth: int, walk: Walk) -> None:
        rest = limit - depth
        if not exact or rest == 1:
            found.extend([(*walk, arc) for head, arc in final(node, depth) if head not in on_path])
        if rest == 2:
            found.extend(
                [
                    walk + both
                    for middle, head, both in last_two(node)
                    if middle not in on_path and head not in on_path
                ]
            )
        elif rest > 2:
            for head, arc in near(node, depth):
                if head not in on_path:
                    on_path.add(head)
                    grow(head, depth + 1, (*walk, arc))
                    on_path.discard(head)
        if len(found) > cap:
            raise TooMany

    for start in ask.starts:
        if start in onward.opened[0]:
            on_path.add(start)
            grow(start, 0, ())
            on_path.discard(start)
    return found


def _through(arcs: Arcs, ask: Ask, cap: int) -> list[Walk]:
    """Every walk that has the way-points inside, without regard to signs."""
    reach = Reach(arcs, ask)
    opened, out, targets = reach.open, arcs.out, ask.targets - ask.avoid
    limit, exact = ask.max_length, ask.exact
    full, bits = (1 << len(ask.via)) - 1, way_point_bits(ask.via)
    found: list[Walk] = []
    on_path: set[int] = set()

    def grow(node: int, depth: int, walk: Walk, met: int) -> None:
        more = depth + 1 < limit
        layer = opened[depth + 1]
        for head, arc in out[node]:
            if head in on_path or head not in layer:
                continue
            longer = (*walk, arc)
            if met == full and head in targets and (not exact or not more):
                found.append(longer)
            if more:
                now = met | bits.get(head, 0)
                if reach.may_stand(head, depth + 1, now):
                    on_path.add(head)
                    grow(head, depth + 1, longer, now)
                    on_path.discard(head)
        if len(found) > cap:
            raise TooMany

    for start in ask.starts:
        if start in opened[0]:
            on_path.add(start)
            grow(start, 0, (), 0)
            on_path.discard(start)
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


def enumerate_walks(arcs: Arcs, ask: Ask, cap: int | None = None) -> Walks:
    """Every walk that answers.

    Raises TooMany where there are more than `cap`, or than `CAP`.
    """
    cap = CAP if cap is None else cap
    if arcs.is_small:
        return Walks(arcs, _small(arcs, ask, cap))
    from kg.engine.halves import half_walks_joined

    return Walks(arcs, half_walks_joined(arcs, ask, cap), tables=True)
