"""Signed walks and paths counted with sparse matrices, never enumerated.

The sign of a walk is the product of the signs of its steps, unknown as soon as one of them is. So three
ordinary counts say everything: `all` walks, those of `known` sign, and the `balance` of known walks,
each counted as +1 or −1. All three multiply and add like plain path counts (each is one matrix per
graph), whatever correction a count needs is written once, and

    plus = (known + balance) / 2      minus = (known − balance) / 2      unknown = all − known

A *walk* may visit a node twice, a *path* may not. Parallel arcs are different steps. An arc from a node
to itself is on no path and is left out. Counts are float64: exact to 2**53, rounded above. With weights
a walk counts as the product of the weights of its steps.

The degree-weighted path count along a metapath is that of Himmelstein & Baranzini 2015
(doi 10.1371/journal.pcbi.1004259), used with damping 0.4 by Himmelstein et al. 2017
(doi 10.7554/eLife.26726): the sum over paths of Π degree**−damping, where each step brings the degree of
its two ends among the arcs of that step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.errors import BadInput

__all__ = [
    "DAMPING",
    "Hop",
    "SignedArcs",
    "SignedCounts",
    "degree_weighted_counts",
    "path_counts",
    "path_counts_between",
    "signed_degree_weighted_counts",
    "upper_bound",
    "walk_counts",
    "walk_counts_between",
]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Matrix = Any
"""A scipy.sparse.csr_array of float64, or a dense array of the same shape."""

DAMPING = 0.4
"""Exponent on degrees, 0 (popularity ignored) to 1; 0.4 in doi 10.7554/eLife.26726."""

LARGE = 100_000
"""Arcs above which a step that starts from few nodes reads their rows only."""

PIECE = 128
"""Nodes from which walks of two steps are held at once."""

Counted = TypeVar("Counted")


@dataclass(frozen=True)
class SignedCounts(Generic[Counted]):
    """Numbers of walks or paths by net sign. In arrays over lengths, row k − 1 is exactly k steps."""

    plus: Counted
    minus: Counted
    unknown: Counted


def _signed(arcs: SignedArcs | Hop, count: Callable[[Matrix], Any]) -> SignedCounts[Any]:
    """The three ordinary counts turned into counts by sign."""
    everything = count(arcs.all)
    known = count(arcs.known) if arcs.known is not arcs.all else everything
    balance = count(arcs.balance)
    return _by_sign(everything, known, balance)


def _by_sign(everything: Any, known: Any, balance: Any) -> SignedCounts[Any]:
    return SignedCounts((known + balance) / 2, (known - balance) / 2, everything - known)


def _three(
    shape: tuple[int, int],
    source: npt.NDArray[Any],
    target: npt.NDArray[Any],
    sign: npt.NDArray[np.int8],
    weight: Floats | None,
) -> tuple[Matrix, Matrix, Matrix]:
    """Matrices of all arcs, of those with a known sign, and of these with their sign.

    They share one structure. Parallel arcs are added up.
    """

    def csr(factor: npt.NDArray[np.int8] | None) -> Matrix:
        # Whole numbers are added up as such: half the memory while the matrix is made.
        data = np.ones(len(source), dtype=np.int32) if weight is None else weight
        if factor is not None:
            data = factor.astype(np.int32) if weight is None else weight * factor
        made = sparse.coo_array((data, (source, target)), shape=shape).tocsr()
        return made if weight is not None else made.astype(np.float64)

    everything = csr(None)
    balance = csr(sign)
    balance.indices, balance.indptr = everything.indices, everything.indptr
    if sign.all():
        return everything, everything, balance
    known = csr(np.abs(sign))
    known.indices, known.indptr = everything.indices, everything.indptr
    return everything, known, balance


def _frozen(values: npt.ArrayLike, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """The values as a one-dimensional array that cannot be written through this view."""
    array = np.asarray(values, dtype=kind).reshape(-1).view()
    array.flags.writeable = False
    return array


def _checked_ends(what: str, ends: npt.ArrayLike, n: int) -> npt.NDArray[Any]:
    found = np.asarray(ends)
    if found.size and not (np.issubdtype(found.dtype, np.integer) and 0 <= found.min() <= found.max() < n):
        raise BadInput(f"{what}: nodes are whole numbers from 0 to {n - 1}")
    return _frozen(found, np.int32)


def _checked_signs(sign: npt.ArrayLike) -> npt.NDArray[Any]:
    found = np.asarray(sign)
    if found.size and not np.isin(found, (-1, 0, 1)).all():
        raise BadInput("signs: use 1, -1, or 0 for unknown")
    return _frozen(found, np.int8)


class _BySign:
    """Three matrices of one set of arcs, from row to column."""

    @cached_property
    def _matrices(self) -> tuple[Matrix, Matrix, Matrix]:
        raise NotImplementedError

    @property
    def all(self) -> Matrix:
        """Arcs from row to column, whatever their sign."""
        return self._matrices[0]

    @property
    def known(self) -> Matrix:
        """Arcs of known sign; the same object as `all` where no sign is unknown."""
        return self._matrices[1]

    @property
    def balance(self) -> Matrix:
        """Positive minus negative arcs."""
        return self._matrices[2]


@dataclass(frozen=True, eq=False)
class SignedArcs(_BySign):
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
        put(self, "source", _checked_ends("source", self.source, self.n))
        put(self, "target", _checked_ends("target", self.target, self.n))
        put(self, "sign", _checked_signs(self.sign))
        columns: list[npt.NDArray[Any]] = [self.source, self.target, self.sign]
        if self.weight is not None:
            put(self, "weight", _frozen(self.weight, np.float64))
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
        return _three((self.n, self.n), source, target, sign, weight)

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
        chosen = _checked_ends("nodes", np.array(sorted(nodes), dtype=np.int64), self.n)
        found = np.zeros(self.n, dtype=np.bool_)
        found[chosen] = True
        return found


def _checked_length(max_length: int, most: int | None = None) -> None:
    if max_length < 1 or (most is not None and max_length > most):
        raise BadInput(f"length {max_length}: choose 1 or more steps" + (f", at most {most}" if most else ""))


# Walks -------------------------------------------------------------------------------------------


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

    return _signed(arcs, count)


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
    return _signed(arcs, lambda matrix: count(matrix, source, target, max_length, ~(ends | avoided)))


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

    return _signed(arcs, count)


# Metapaths ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Hop(_BySign):
    """One step of a metapath: the arcs from nodes of one kind to nodes of another.

    Nodes are numbered from 0 within their kind. Two places of a metapath with the same kind are the same
    nodes, and a path holds none of them twice. Signs default to +.
    """

    source_kind: str
    target_kind: str
    n_source: int
    n_target: int
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    sign: npt.NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "source", _checked_ends(self.source_kind, self.source, self.n_source))
        put(self, "target", _checked_ends(self.target_kind, self.target, self.n_target))
        signs = _checked_signs(np.ones(len(self.source)) if self.sign is None else self.sign)
        put(self, "sign", signs)
        if not len(self.source) == len(self.target) == len(signs):
            raise BadInput("hop: source, target and sign must have the same length")
        if self.source_kind == self.target_kind and self.n_source != self.n_target:
            raise BadInput(f"hop: {self.source_kind} has {self.n_source} nodes or {self.n_target}, not both")

    @classmethod
    def between(
        cls,
        arcs: SignedArcs,
        sources: tuple[str, npt.ArrayLike],
        targets: tuple[str, npt.ArrayLike],
        chosen: Mask | None = None,
    ) -> Hop:
        """The arcs from nodes of one kind to nodes of another: (kind, its nodes in order) each.

        `chosen` says which of the arcs may be taken, such as those of one predicate.
        """
        places = []
        for kind, members in (sources, targets):
            place = np.full(arcs.n, -1, dtype=np.int32)
            numbers = _checked_ends(kind, members, arcs.n)
            place[numbers] = np.arange(len(numbers))
            places.append((place, len(numbers)))
        (at_source, n_source), (at_target, n_target) = places
        source, target = at_source[arcs.source], at_target[arcs.target]
        kept = (source >= 0) & (target >= 0)
        if chosen is not None:
            kept &= chosen
        return cls(sources[0], targets[0], n_source, n_target, source[kept], target[kept], arcs.sign[kept])

    @property
    def reversed(self) -> Hop:
        """The same arcs taken against their direction."""
        return Hop(
            self.target_kind,
            self.source_kind,
            self.n_target,
            self.n_source,
            self.target,
            self.source,
            self.sign,
        )

    @cached_property
    def _matrices(self) -> tuple[Matrix, Matrix, Matrix]:
        assert self.sign is not None
        shape = (self.n_source, self.n_target)
        return _three(shape, self.source, self.target, self.sign, None)

    @cached_property
    def degrees(self) -> tuple[Floats, Floats]:
        """How many of the arcs start at, and end at, each node."""
        return (
            np.bincount(self.source, minlength=self.n_source).astype(float),
            np.bincount(self.target, minlength=self.n_target).astype(float),
        )


def _weighted(hops: Sequence[Hop], matrices: Sequence[Matrix], damping: float) -> list[Matrix]:
    """Each hop's matrix with its entries times (degrees of their two ends in that hop)**−damping.

    Dropped are entries that the hop before does not lead to or the next does not go on from, and those
    from a node to itself.
    """
    found = []
    for k, (hop, matrix) in enumerate(zip(hops, matrices, strict=True)):
        out_degree, in_degree = hop.degrees
        with np.errstate(divide="ignore"):
            row, column = out_degree**-damping, in_degree**-damping
        if k:
            row[hops[k - 1].degrees[1] == 0] = 0
        if k + 1 < len(hops):
            column[hops[k + 1].degrees[0] == 0] = 0
        rows = np.flatnonzero(row)
        part = matrix[rows]
        at_row = np.repeat(rows, np.diff(part.indptr))
        data = row[at_row] * column[part.indices] * part.data
        kept = data != 0
        if hop.source_kind == hop.target_kind:
            kept &= part.indices != at_row
        starts = np.concatenate(([0], np.cumsum(np.bincount(at_row[kept], minlength=hop.n_source))))
        entries = (data[kept], part.indices[kept], starts.astype(matrix.indptr.dtype))
        found.append(sparse.csr_array(entries, shape=matrix.shape))
    return found


def degree_weighted_counts(hops: Sequence[Hop], damping: float = DAMPING) -> Matrix:
    """Degree-weighted path counts along a metapath, first kind × last kind, a sparse array.

    Every pair at once. Paths, not walks: no node twice, which is exact up to 4 steps, and for any length
    where no kind returns after another. Chains are multiplied in the order that makes the least work, and
    walks that come back are taken off by diagonals. With damping 0 these are plain path counts.
    Raises BadInput where hops do not join, or paths cannot be told from walks.
    """
    same = _repeats(hops)
    return sparse.csr_array(_paths_along(_weighted(hops, [hop.all for hop in hops], damping), same))


def signed_degree_weighted_counts(hops: Sequence[Hop], damping: float = DAMPING) -> SignedCounts[Matrix]:
    """The same by net sign: three sparse arrays whose sum is `degree_weighted_counts`."""
    same = _repeats(hops)

    def count(which: str) -> Matrix:
        matrices = _weighted(hops, [getattr(hop, which) for hop in hops], damping)
        return sparse.csr_array(_paths_along(matrices, same))

    everything = count("all")
    known = everything if all(hop.known is hop.all for hop in hops) else count("known")
    return _by_sign(everything, known, count("balance"))


Same = Callable[[int, int], bool]


def _repeats(hops: Sequence[Hop]) -> Same:
    """Whether two places of the metapath have one kind; checks that the hops join."""
    if not hops:
        raise BadInput("metapath: give at least one hop")
    for before, after in pairwise(hops):
        if (before.target_kind, before.n_target) != (after.source_kind, after.n_source):
            raise BadInput(
                f"metapath: a hop to {before.target_kind} ({before.n_target} nodes) cannot be followed by "
                f"one from {after.source_kind} ({after.n_source} nodes)"
            )
    kinds = [hops[0].source_kind, *(hop.target_kind for hop in hops)]
    last = len(hops)
    again = [
        (i, j)
        for i in range(last + 1)
        for j in range(i + 2, last + 1)
        if kinds[i] == kinds[j] and j - i < last
    ]
    if again and last > 4:
        raise BadInput(
            f"metapath of {last} steps: {kinds[again[0][0]]} returns, and paths without repeated nodes are "
            "counted up to 4 steps; shorten it, or give the places different kinds to count walks"
        )
    return lambda i, j: kinds[i] == kinds[j]


def _paths_along(m: Sequence[Matrix], same: Same) -> Matrix:
    """Sum over paths of the product of entries.

    Inclusion and exclusion over which places hold the same node. Neighbouring places never do (diagonals
    were dropped); first and last place only do on the diagonal, which is set to 0 at the end.
    """
    total = _product(m)
    if len(m) == 3:
        a, b, c = m
        if same(0, 2):
            total = total - _scaled(_diagonal(a, b), c)
        if same(1, 3):
            total = total - _scaled(a, _diagonal(b, c))
        if same(0, 2) and same(1, 3):
            total = total + a.multiply(b.T).multiply(c)
    if len(m) == 4:
        a, b, c, d = m
        if same(0, 2):
            total = total - _product([_scaled(_diagonal(a, b), c), d])
        if same(1, 3):
            total = total - _product([_scaled(a, _diagonal(b, c)), d])
        if same(2, 4):
            total = total - _product([a, _scaled(b, _diagonal(c, d))])
        if same(0, 3):
            total = total - _scaled(_diagonal(a, b @ c), d)
        if same(1, 4):
            total = total - _scaled(a, _diagonal(b @ c, d))
        if same(0, 2) and same(1, 3):
            total = total + _product([a.multiply(b.T).multiply(c), d])
        if same(1, 3) and same(2, 4):
            total = total + _product([a, b.multiply(c.T).multiply(d)])
        if same(0, 2) and same(1, 4):
            total = total + a.multiply(b.T).multiply(c @ d)
        if same(0, 3) and same(1, 4):
            total = total + a.multiply((b @ c).T).multiply(d)
        if same(0, 3) and same(2, 4):
            total = total + (a @ b).multiply(c.T).multiply(d)
    if same(0, len(m)):
        total = _off_diagonal(sparse.csr_array(total))
    return total


def _off_diagonal(matrix: Matrix) -> Matrix:
    """The matrix without what leads from a node to itself."""
    entries = matrix.tocoo()
    kept = entries.row != entries.col
    data = (entries.data[kept], (entries.row[kept], entries.col[kept]))
    return sparse.coo_array(data, shape=matrix.shape).tocsr()


def _diagonal(left: Matrix, right: Matrix) -> Floats:
    """Diagonal of left · right."""
    return np.asarray(left.multiply(right.T.tocsr()).sum(axis=1))


def _scaled(left: Any, right: Any) -> Matrix:
    """A matrix times a diagonal, or a diagonal times a matrix."""
    if isinstance(left, np.ndarray):
        data = right.data * np.repeat(left, np.diff(right.indptr))
        return sparse.csr_array((data, right.indices, right.indptr), shape=right.shape)
    return sparse.csr_array((left.data * right[left.indices], left.indices, left.indptr), shape=left.shape)


DENSE = 0.1
"""Share of cells from which the right half of a product is written out in full …"""

DENSE_CELLS = 4_000_000
"""… unless it has more cells than this (32 MB)."""


def _product(chain: Sequence[Matrix]) -> Matrix:
    """Product of a chain, in the order with the fewest multiplications as estimated from entries."""
    if len(chain) == 1:
        return chain[0]
    n = len(chain)
    # Rows and columns that hold anything.
    rows = [float(np.count_nonzero(np.diff(matrix.indptr))) for matrix in chain]
    columns = [float(np.count_nonzero(np.bincount(m.indices, minlength=1))) for m in chain]
    best: dict[tuple[int, int], tuple[float, float, int]] = {}
    for i, matrix in enumerate(chain):
        best[i, i] = (0.0, float(matrix.nnz), i)
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            cells = max(1.0, rows[i] * columns[j])
            options = []
            for k in range(i, j):
                left, right = best[i, k], best[k + 1, j]
                work = left[1] * right[1] / max(1.0, columns[k], rows[k + 1])
                # Entries of the product, were they strewn at random.
                options.append((left[0] + right[0] + work, cells * -np.expm1(-work / cells), k))
            best[i, j] = min(options)

    def multiplied(i: int, j: int) -> Matrix:
        if i == j:
            return chain[i]
        k = best[i, j][2]
        left, right = multiplied(i, k), multiplied(k + 1, j)
        cells = right.shape[0] * right.shape[1]
        if sparse.issparse(right) and right.nnz > DENSE * cells and cells <= DENSE_CELLS:
            right = right.toarray()
        return left @ right

    return multiplied(0, n - 1)
