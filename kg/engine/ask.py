"""A question in numbers, and which nodes can still arrive in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kg.engine.arcs import Arcs


@dataclass(frozen=True)
class Ask:
    """A question in numbers.

    `via`: inside the walk, one node of each set. `at`: position → nodes allowed there (0 is the source).
    `exact`: walks of just `max_length` arcs. `coherent`: no axis of context is broken.
    """

    sources: frozenset[int]
    targets: frozenset[int]
    max_length: int
    via: tuple[frozenset[int], ...] = ()
    avoid: frozenset[int] = frozenset()
    sign: int | None = None
    at: Mapping[int, frozenset[int]] = field(default_factory=dict)
    exact: bool = False
    coherent: bool = False

    @property
    def starts(self) -> list[int]:
        found = self.sources - self.avoid
        if 0 in self.at:
            found &= self.at[0]
        return sorted(found)


def _distances(arcs: Arcs, start: Mapping[int, int], limit: int, blocked: frozenset[int]) -> dict[int, int]:
    """Fewest arcs from each node to one of `start` plus what stands there, as far as `limit`."""
    found = {node: far for node, far in start.items() if far <= limit and node not in blocked}
    by_depth: dict[int, list[int]] = {}
    for node, far in found.items():
        by_depth.setdefault(far, []).append(node)
    into = arcs.into
    for depth in range(limit):
        for node in by_depth.get(depth, ()):
            if found[node] != depth:
                continue
            for tail in into[node]:
                if tail not in blocked and found.get(tail, limit + 1) > depth + 1:
                    found[tail] = depth + 1
                    by_depth.setdefault(depth + 1, []).append(tail)
    return found


class Reach:
    """Which nodes may stand at which position, so that the walk can still arrive in time."""

    def __init__(self, arcs: Arcs, ask: Ask) -> None:
        limit = ask.max_length
        targets = ask.targets - ask.avoid
        if ask.exact:
            self.open = self._layers(arcs, ask, targets)
        else:
            far = _distances(arcs, dict.fromkeys(targets, 0), limit, ask.avoid)
            layers = []
            for depth in range(limit + 1):
                layer = {node for node, steps in far.items() if steps <= limit - depth}
                layers.append(layer & ask.at[depth] if depth in ask.at else layer)
            self.open = layers
        self.needs: list[dict[int, int]] = []
        if ask.via:
            far = _distances(arcs, dict.fromkeys(targets, 0), limit, ask.avoid)
            for via in ask.via:
                # A way-point is inside: at least one arc follows it.
                onward = {v: max(1, far[v]) for v in via if v in far}
                self.needs.append(_distances(arcs, onward, limit, ask.avoid))

        self._limit, self._full = limit, (1 << len(ask.via)) - 1

    def may_stand(self, node: int, depth: int, met: int) -> bool:
        """Whether a walk that has met some way-points may go on from a node at a position."""
        if node not in self.open[depth]:
            return False
        left = self._limit - depth
        return met == self._full or not any(
            not met >> i & 1 and need.get(node, left + 1) > left for i, need in enumerate(self.needs)
        )

    @staticmethod
    def _layers(arcs: Arcs, ask: Ask, targets: frozenset[int]) -> list[set[int]]:
        layer = set(targets & ask.at.get(ask.max_length, targets))
        layers = [layer]
        for depth in range(ask.max_length - 1, -1, -1):
            before = {tail for node in layer for tail in arcs.into[node]} - ask.avoid
            layer = before & ask.at[depth] if depth in ask.at else before
            layers.append(layer)
        return layers[::-1]


def way_point_bits(via: Sequence[frozenset[int]]) -> dict[int, int]:
    """Node → which way-points it is, one bit each."""
    found: dict[int, int] = {}
    for i, nodes in enumerate(via):
        for node in nodes:
            found[node] = found.get(node, 0) | 1 << i
    return found
