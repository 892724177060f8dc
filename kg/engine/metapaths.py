"""Degree-weighted path counts along a metapath.

The count is that of Himmelstein & Baranzini 2015 (doi 10.1371/journal.pcbi.1004259), used with damping 0.4
by Himmelstein et al. 2017 (doi 10.7554/eLife.26726): the sum over paths of Π degree**−damping, where each
step brings the degree of its two ends among the arcs of that step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.engine.counts import DAMPING, SignedArcs
from kg.engine.matrices import (
    BySign,
    Floats,
    Mask,
    Matrix,
    SignedCounts,
    by_sign,
    checked_ends,
    checked_signs,
    diagonal,
    off_diagonal,
    product,
    scaled,
    three_matrices,
)
from kg.errors import BadInput

__all__ = ["Hop", "degree_weighted_counts", "signed_degree_weighted_counts"]


@dataclass(frozen=True, eq=False)
class Hop(BySign):
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
        put(self, "source", checked_ends(self.source_kind, self.source, self.n_source))
        put(self, "target", checked_ends(self.target_kind, self.target, self.n_target))
        signs = checked_signs(np.ones(len(self.source)) if self.sign is None else self.sign)
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
            numbers = checked_ends(kind, members, arcs.n)
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
        return three_matrices(shape, self.source, self.target, self.sign, None)

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
    return by_sign(everything, known, count("balance"))


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
    total = product(m)
    if len(m) == 3:
        a, b, c = m
        if same(0, 2):
            total = total - scaled(diagonal(a, b), c)
        if same(1, 3):
            total = total - scaled(a, diagonal(b, c))
        if same(0, 2) and same(1, 3):
            total = total + a.multiply(b.T).multiply(c)
    if len(m) == 4:
        a, b, c, d = m
        if same(0, 2):
            total = total - product([scaled(diagonal(a, b), c), d])
        if same(1, 3):
            total = total - product([scaled(a, diagonal(b, c)), d])
        if same(2, 4):
            total = total - product([a, scaled(b, diagonal(c, d))])
        if same(0, 3):
            total = total - scaled(diagonal(a, b @ c), d)
        if same(1, 4):
            total = total - scaled(a, diagonal(b @ c, d))
        if same(0, 2) and same(1, 3):
            total = total + product([a.multiply(b.T).multiply(c), d])
        if same(1, 3) and same(2, 4):
            total = total + product([a, b.multiply(c.T).multiply(d)])
        if same(0, 2) and same(1, 4):
            total = total + a.multiply(b.T).multiply(c @ d)
        if same(0, 3) and same(1, 4):
            total = total + a.multiply((b @ c).T).multiply(d)
        if same(0, 3) and same(2, 4):
            total = total + (a @ b).multiply(c.T).multiply(d)
    if same(0, len(m)):
        total = off_diagonal(sparse.csr_array(total))
    return total
