"""Signed walks and paths counted with sparse matrices, never enumerated.

A *walk* may visit a node twice, a *path* may not. Parallel arcs are different steps. An arc from a node
to itself is on no path and is left out. Counts are float64: exact to 2**53, rounded above. With weights
a walk counts as the product of the weights of its steps. `kg.engine.matrices` says how signs are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.engine.matrices import (
    BySign,
    Floats,
    Mask,
    Matrix,
    SignedCounts,
    checked_ends,
    checked_signs,
    frozen,
    signed,
    three_matrices,
)
from kg.errors import BadInput

__all__ = [
    "DAMPING",
    "SignedArcs",
    "path_counts",
    "path_counts_between",
    "upper_bound",
    "walk_counts",
    "walk_counts_between",
]

DAMPING = 0.4
"""Exponent on degrees, 0 (popularity ignored) to 1; 0.4 in doi 10.7554/eLife.26726."""


LARGE = 100_000
"""Arcs above which a step that starts from few nodes reads their rows only."""


PIECE = 128
"""Nodes from which walks of two steps are held at once."""


@dataclass(frozen=True, eq=False)
class SignedArcs(BySign):
    """A frozen signed multigraph over the nodes 0 to n − 1.

    `sign` is 1, −1 or 0 (unknown); `weight`, where given, is a factor of each arc, 0 or more (a belief).
    Raises BadInput on ends, signs or weights outside their ranges, and on columns of unequal length.

    >>> arcs = SignedArcs(3, [0, 1], [1, 2], [-1, -1])
    >>> walk_counts(arcs, [0], 2).plus[1].tolist()
    [0.0, 0.0, 1.0]
    """

    n: int
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    sign: npt.NDArray[np.int8]
    weight: Floats | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "source", checked_ends("source", self.source, self.n))
        put(self, "target", checked_ends("target", self.target, self.n))
        put(self, "sign", checked_signs(self.sign))
        columns: list[npt.NDArray[Any]] = [self.source, self.target, self.sign]
        if self.weight is not None:
            put(self, "weight", frozen(self.weight, np.float64))
            if not (np.isfinite(self.weight) & (self.weight >= 0)).all():
                raise BadInput("weights: use numbers of 0 or more")
            columns.append(self.weight)
        if len({len(column) for column in columns}) > 1:
            raise BadInput("arcs: source, target, sign and weight must have the same length")

    @property
    def n_arcs(self) -> int:
        return len(self.source)

    @cached_property
    def _matrices(self) -> tuple[Matrix, Matrix, Matrix]:
        source, target, sign, weight = self.source, self.target, self.sign, self.weight
        kept = source != target
        if not kept.all():
            source, target, sign = source[kept], target[kept], sign[kept]
            weight = None if weight is None else weight[kept]
        return three_matrices((self.n, self.n), source, target, sign, weight)

    @cached_property
    def by_sign(self) -> tuple[Matrix, Matrix, Matrix]:
        """Arcs from row to column that are positive, negative, and of unknown sign."""
        kept = self.source != self.target
        found = []
        for sign in (1, -1, 0):
            chosen = kept & (self.sign == sign)
            data = np.ones(int(chosen.sum())) if self.weight is None else self.weight[chosen]
            ends = (self.source[chosen], self.target[chosen])
            found.append(sparse.coo_array((data, ends), shape=(self.n, self.n)).tocsr())
        return found[0], found[1], found[2]

    def damped(self, damping: float = DAMPING) -> SignedArcs:
        """The arcs with their weight times (out-degree of the source × in-degree of the target)**−damping.

        Degrees count arcs of every sign. A walk then counts for less the more popular its nodes are.
        """
        out_degree = np.bincount(self.source, minlength=self.n)[self.source]
        in_degree = np.bincount(self.target, minlength=self.n)[self.target]
        factor = (out_degree * in_degree.astype(float)) ** -damping
        weight = factor if self.weight is None else factor * self.weight
        return SignedArcs(self.n, self.source, self.target, self.sign, weight)

    def mask(self, nodes: Iterable[int]) -> Mask:
        """Which nodes are among those given. Raises BadInput where one is none of the graph's."""
        chosen = checked_ends("nodes", np.array(sorted(nodes), dtype=np.int64), self.n)
        found = np.zeros(self.n, dtype=np.bool_)
        found[chosen] = True
        return found


def _checked_length(max_length: int, most: int | None = None) -> None:
    if max_length < 1 or (most is not None and max_length > most):
        raise BadInput(f"length {max_length}: choose 1 or more steps" + (f", at most {most}" if most else ""))


def _forward(matrix: Matrix, at: Floats) -> Floats:
    """One step along the arcs: `at` holds walks by where they stand, a column for each start."""
    if matrix.nnz > LARGE:
        rows = np.flatnonzero(at if at.ndim == 1 else at.any(axis=1))
        n_arcs = int((matrix.indptr[rows + 1] - matrix.indptr[rows]).sum())
        if n_arcs < matrix.nnz // 8:
            matrix, at = matrix[rows], at[rows]
    found: Floats = matrix.T @ at
    return found


def _backward(matrix: Matrix, at: Floats) -> Floats:
    """One step against the arcs."""
    found: Floats = matrix @ at
    return found


def walk_counts(
    arcs: SignedArcs,
    starts: Iterable[int],
    max_length: int,
    *,
    backward: bool = False,
    avoid: Iterable[int] = (),
) -> SignedCounts[Floats]:
    """Walks from any of the starts to every node, arrays (max_length, n).

    `backward`: walks from every node to any of the starts. Nodes to avoid are on no walk. There are never
    fewer walks than simple paths.
    """
    _checked_length(max_length)
    kept = ~arcs.mask(avoid)
    step = _backward if backward else _forward
    plus, minus, unknown = arcs.by_sign
    found = np.zeros((3, max_length, arcs.n))
    # A column for each sign: one pass over the arcs serves all of them, at half the traffic of three counts.
    at = np.zeros((arcs.n, 3 if unknown.nnz else 2))
    at[:, 0] = arcs.mask(starts) & kept
    for k in range(max_length):
        now = step(plus, at) + step(minus, at[:, [1, 0, 2][: at.shape[1]]])
        if unknown.nnz:
            now[:, 2] += step(unknown, at.sum(axis=1))
        at = now * kept[:, None]
        found[: at.shape[1], k] = at.T
    return SignedCounts(found[0], found[1], found[2])


def upper_bound(
    arcs: SignedArcs,
    sources: Iterable[int],
    targets: Iterable[int],
    max_length: int,
    *,
    avoid: Iterable[int] = (),
) -> SignedCounts[Floats]:
    """At least as many as the simple paths from a source to another node that is a target, by length.

    Summed over pairs: walks that do not come back to their own source (or, where targets are fewer, do
    not pass their own target before the end). Exact to 2 steps; for one pair use `walk_counts_between`.
    """
    _checked_length(max_length)
    kept = ~arcs.mask(avoid)
    from_, to = (np.flatnonzero(arcs.mask(ends) & kept) for ends in (sources, targets))
    step = _forward
    if len(to) < len(from_):
        from_, to, step = to, from_, _backward
    columns = np.arange(len(from_))
    first = np.zeros((arcs.n, len(from_)))
    first[from_, columns] = 1

    def count(matrix: Matrix) -> Floats:
        totals = np.zeros(max_length)
        at = first
        for k in range(max_length):
            at = step(matrix, at) * kept[:, None]
            at[from_, columns] = 0
            totals[k] = at[to].sum()
        return totals

    return signed(arcs, count)


def walk_counts_between(
    arcs: SignedArcs, source: int, target: int, max_length: int, *, avoid: Iterable[int] = ()
) -> SignedCounts[Floats]:
    """Walks from one node to another that meet neither in between, by length; met in the middle.

    Exactly the simple paths up to 3 steps, at least as many beyond. Half of the steps are taken from each
    end, so that the steps that reach everything are seldom needed.
    """
    _checked_length(max_length)
    return _pair(arcs, source, target, max_length, avoid, _between)


def path_counts_between(
    arcs: SignedArcs, source: int, target: int, max_length: int, *, avoid: Iterable[int] = ()
) -> SignedCounts[Floats]:
    """Simple paths from one node to another by length, for up to 5 steps, exactly.

    From the walks that meet neither end in between, those are taken off that visit another node twice:
    with inner nodes a b c (d) that is a = c, b = d and a = d, and a = c with b = d put back. On millions of
    arcs, 5 steps between popular nodes take most of a minute; their walks take a moment.
    """
    _checked_length(max_length, 5)
    return _pair(arcs, source, target, max_length, avoid, _between_simple)


Counter = Callable[[Matrix, int, int, int, Mask], Floats]


def _pair(
    arcs: SignedArcs, source: int, target: int, max_length: int, avoid: Iterable[int], count: Counter
) -> SignedCounts[Floats]:
    avoided = arcs.mask(avoid)
    ends = arcs.mask((source, target))
    if source == target or avoided[[source, target]].any():
        return SignedCounts(*np.zeros((3, max_length)))
    return signed(arcs, lambda matrix: count(matrix, source, target, max_length, ~(ends | avoided)))


def _halves(matrix: Matrix, source: int, target: int, length: int, inner: Mask) -> tuple[Any, Any]:
    """Walks of 1, 2, … steps from the source, and to the target, that stand on an inner node."""
    first = np.zeros(matrix.shape[0])
    first[source] = 1
    last = np.zeros(matrix.shape[0])
    last[target] = 1
    ahead, behind = [], []
    for k in range(1, length):
        if k <= (length + 1) // 2:
            first = _forward(matrix, first) * inner
            ahead.append(first)
        if k <= max(1, length // 2):
            last = _backward(matrix, last) * inner
            behind.append(last)
    return ahead, behind


def _between(matrix: Matrix, source: int, target: int, length: int, inner: Mask) -> Floats:
    ahead, behind = _halves(matrix, source, target, length, inner)
    return _joined(matrix[source, target], ahead, behind, length)


def _joined(direct: float, ahead: Sequence[Floats], behind: Sequence[Floats], length: int) -> Floats:
    totals = np.zeros(length)
    totals[0] = direct
    for k in range(2, length + 1):
        half = (k + 1) // 2
        totals[k - 1] = (ahead[half - 1] * behind[k - half - 1]).sum()
    return totals


def _between_simple(matrix: Matrix, source: int, target: int, length: int, inner: Mask) -> Floats:
    ahead, behind = _halves(matrix, source, target, max(length, 2), inner)
    totals = _joined(matrix[source, target], ahead, behind, length)
    if length < 4:
        return totals
    first, last = ahead[0], behind[0]
    both = np.flatnonzero(first * last)
    two, three = _closed(matrix, both, inner, n_steps=3 if length > 4 else 2)
    totals[3] -= (first[both] * two) @ last[both]
    if length == 5:
        totals[4] -= (first[both] * three) @ last[both]
        for one, other in ((first, behind[1]), (ahead[1], last)):
            rows = np.flatnonzero(one * other)
            totals[4] -= (one[rows] * _closed(matrix, rows, inner, n_steps=2)[0]) @ other[rows]
        rows = np.flatnonzero(first)
        totals[4] += first[rows] @ (_there_and_back(matrix, rows) @ last)
    return totals


def _closed(matrix: Matrix, rows: npt.NDArray[Any], inner: Mask, n_steps: int) -> tuple[Floats, Floats]:
    """Walks of 2 and of 3 steps (0 if not asked for) from each row's node back to it over inner nodes."""
    if n_steps > 2 and len(rows) > PIECE:
        # What stands between two steps fills much memory on a large graph.
        pieces = [rows[at : at + PIECE] for at in range(0, len(rows), PIECE)]
        found = [_closed(matrix, piece, inner, n_steps) for piece in pieces]
        return np.concatenate([two for two, _ in found]), np.concatenate([three for _, three in found])
    out, back = matrix[rows], matrix[:, rows].T.tocsr()
    _drop(out, inner)
    two = np.asarray(out.multiply(back).sum(axis=1))
    if n_steps < 3:
        return two, np.zeros_like(two)
    onwards = out @ matrix
    _drop(onwards, inner)
    return two, np.asarray(onwards.multiply(back).sum(axis=1))


def _there_and_back(matrix: Matrix, rows: npt.NDArray[Any]) -> Matrix:
    """Walks a → b → a → b for the rows' nodes a and every b."""
    out, back = matrix[rows], matrix[:, rows].T.tocsr()
    return out.multiply(back).multiply(out)


def _drop(matrix: Matrix, inner: Mask) -> None:
    """Set to 0, in place, what stands in columns of other than inner nodes."""
    matrix.data *= inner[matrix.indices]


def path_counts(
    arcs: SignedArcs, source: int, max_length: int, *, avoid: Iterable[int] = ()
) -> SignedCounts[Floats]:
    """Simple paths from one node to every other, arrays (max_length, n), for up to 4 steps, exactly.

    Of the walks s a b c t that do not come back to s, those with a = t, b = t or a = c are taken off, and
    those with a = c and b = t put back.
    """
    _checked_length(max_length, 4)
    inner = ~arcs.mask(avoid)
    if not inner[arcs.mask((source,))].all():
        return SignedCounts(*np.zeros((3, max_length, arcs.n)))
    inner[source] = False
    start = np.zeros(arcs.n)
    start[source] = 1

    def count(matrix: Matrix) -> Floats:
        rows = np.empty((max_length, arcs.n))
        at = start
        for row in rows:
            at = _forward(matrix, at) * inner
            row[:] = at
        if max_length < 3:
            return rows
        first, second = rows[0].copy(), rows[1].copy()
        near = np.flatnonzero(first)
        two, three = _closed(matrix, near, inner, n_steps=max_length)
        turned = np.zeros(arcs.n)
        turned[near] = first[near] * two
        rows[2] -= turned
        if max_length == 4:
            far = np.flatnonzero(second)
            rows[3] -= _forward(matrix, turned) * inner
            rows[3, near] -= first[near] * three
            rows[3, far] -= second[far] * _closed(matrix, far, inner, n_steps=2)[0]
            rows[3] += (_there_and_back(matrix, near).T @ first[near]) * inner
        return rows

    return signed(arcs, count)
