"""The frozen graph itself: arcs in order, both directions, and the score of a walk on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Walk = tuple[int, ...]

SMALL = 20_000
"""Arcs up to which plain Python is quicker than arrays."""

DAMPING = 0.25
"""Exponent on the arcs into and out of an inner node: a judgement, not calibrated."""

AGREEMENT = (0.5, 0.5, 0.8, 0.8)
"""Factor for a broken axis, by axis (species, disease, model, phase): a judgement, not calibrated."""


class TooMany(Exception):
    """Enumeration met its cap; inside the package only."""


@dataclass(frozen=True)
class Arcs:
    """The frozen graph. `sign` is +1, −1 or 0 (unknown); `weight` 0 to 1, all 1 where absent.

    `contexts`, where given, holds for each arc one integer with a field of bits per axis (all ones where the
    arc leaves the axis open), and the mask of each field.
    """

    n: int
    source: Sequence[int]
    target: Sequence[int]
    sign: Sequence[int]
    weight: Sequence[float] | None = None
    contexts: tuple[Sequence[int], tuple[int, ...]] | None = None

    def __len__(self) -> int:
        return len(self.source)

    @property
    def is_small(self) -> bool:
        return len(self) <= SMALL

    @cached_property
    def kept(self) -> dict[object, object]:
        """What searches prepare for an end of a question and keep for the next one."""
        return {}

    @cached_property
    def out(self) -> list[list[tuple[int, int]]]:
        """(head, arc) of every node, by arc. For small graphs."""
        found: list[list[tuple[int, int]]] = [[] for _ in range(self.n)]
        for arc, (tail, head) in enumerate(zip(self.source, self.target, strict=True)):
            found[tail].append((head, arc))
        return found

    @cached_property
    def before(self) -> list[frozenset[int]]:
        """The tails of the arcs into every node. For small graphs."""
        return [frozenset(tail for tail, _ in arcs) for arcs in self.incoming]

    @cached_property
    def incoming(self) -> list[list[tuple[int, int]]]:
        """(tail, arc) of every node, by arc. For small graphs."""
        found: list[list[tuple[int, int]]] = [[] for _ in range(self.n)]
        for arc, (tail, head) in enumerate(zip(self.source, self.target, strict=True)):
            found[head].append((tail, arc))
        return found

    def leaving(self, node: int) -> Iterable[tuple[int, int]]:
        """(head, arc) of the arcs that start at a node."""
        if self.is_small:
            return self.out[node]
        a = self.arrays
        low, high = int(a.out_start[node]), int(a.out_start[node + 1])
        return zip(a.target[low:high].tolist(), range(low, high), strict=True)

    @cached_property
    def damp(self) -> Any:
        """Factor of every node when it is inside a walk."""
        if not self.is_small:
            import numpy as np

            a = self.arrays
            degree = np.maximum(1, np.diff(a.out_start)) * np.maximum(1, np.diff(a.in_start))
            return (degree.astype(float) ** -DAMPING).astype(np.float32)
        leaving, entering = [0] * self.n, [0] * self.n
        for tail, head in zip(self.source, self.target, strict=True):
            leaving[tail] += 1
            entering[head] += 1
        return [float((max(1, a) * max(1, b)) ** -DAMPING) for a, b in zip(leaving, entering, strict=True)]

    @cached_property
    def arrays(self) -> Arrays:
        """The same as numpy arrays, both directions compressed by row."""
        import numpy as np

        source = np.asarray(self.source, np.int32)
        target = np.asarray(self.target, np.int32)
        order = np.argsort(target, kind="stable").astype(np.int32)
        return Arrays(
            source=source,
            target=target,
            sign=np.asarray(self.sign, np.int8),
            weight=None if self.weight is None else np.asarray(self.weight, np.float64),
            out_start=row_starts(source, self.n),
            in_start=row_starts(target[order], self.n),
            in_arc=order,
        )

    # Scores ---------------------------------------------------------------------------------------

    def shared(self, walk: Iterable[int]) -> int:
        """What the contexts of all arcs of a walk share, as a mask."""
        assert self.contexts is not None
        mask, masks = -1, self.contexts[0]
        for arc in walk:
            mask &= masks[arc]
        return mask

    def is_coherent(self, walk: Iterable[int]) -> bool:
        """Whether all arcs of a walk share a value on every axis of context."""
        if self.contexts is None:
            return True
        mask = self.shared(walk)
        return all(mask & bits for bits in self.contexts[1])

    def agreement(self, mask: int) -> float:
        """Factor of a joined context mask."""
        assert self.contexts is not None
        value = 1.0
        for bits, factor in zip(self.contexts[1], AGREEMENT, strict=True):
            if not mask & bits:
                value *= factor
        return value

    def score(self, walk: Walk) -> float:
        """The score of a walk, rounded to 9 digits so that equal arguments tie."""
        value = 1.0
        target, damp, weight = self.target, self.damp, self.weight
        last = len(walk) - 1
        for place, arc in enumerate(walk):
            if weight is not None:
                value *= weight[arc]
            if place < last:
                value *= damp[target[arc]]
        if self.contexts is not None:
            value *= self.agreement(self.shared(walk))
        return round(float(value), 9)

    def sign_of(self, walk: Walk) -> int:
        """Product of signs: +1, −1 or 0."""
        value = 1
        for arc in walk:
            value *= self.sign[arc]
        return int(value)


@dataclass(frozen=True)
class Arrays:
    """A graph as arrays. Arcs `out_start[v]` to `out_start[v + 1]` leave `v`; `in_arc` lists arcs by head."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    sign: NDArray[np.int8]
    weight: NDArray[np.float64] | None
    out_start: NDArray[np.int64]
    in_start: NDArray[np.int64]
    in_arc: NDArray[np.int32]


def row_starts(ends: Any, n: int) -> Any:
    import numpy as np

    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=n), out=starts[1:])
    return starts


def node_mask(n: int, nodes: Iterable[int]) -> Any:
    import numpy as np

    found = np.zeros(n, bool)
    found[np.fromiter(nodes, np.int64)] = True
    return found
