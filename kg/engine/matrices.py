"""Sparse matrices of signed counts: the three counts that say everything, products, diagonals.

The sign of a walk is the product of the signs of its steps, unknown as soon as one of them is. So three
ordinary counts say everything: `all` walks, those of `known` sign, and the `balance` of known walks,
each counted as +1 or −1. All three multiply and add like plain path counts (each is one matrix per
graph), whatever correction a count needs is written once, and

    plus = (known + balance) / 2      minus = (known − balance) / 2      unknown = all − known
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.errors import BadInput

__all__ = ["SignedCounts"]

Floats = npt.NDArray[np.float64]


Mask = npt.NDArray[np.bool_]


Matrix = Any
"""A scipy.sparse.csr_array of float64, or a dense array of the same shape."""


Counted = TypeVar("Counted")


@dataclass(frozen=True)
class SignedCounts(Generic[Counted]):
    """Numbers of walks or paths by net sign. In arrays over lengths, row k − 1 is exactly k steps."""

    plus: Counted
    minus: Counted
    unknown: Counted


def signed(arcs: BySign, count: Callable[[Matrix], Any]) -> SignedCounts[Any]:
    """The three ordinary counts turned into counts by sign."""
    everything = count(arcs.all)
    known = count(arcs.known) if arcs.known is not arcs.all else everything
    balance = count(arcs.balance)
    return by_sign(everything, known, balance)


def three_matrices(
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


def frozen(values: npt.ArrayLike, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """The values as a one-dimensional array that cannot be written through this view."""
    array = np.asarray(values, dtype=kind).reshape(-1).view()
    array.flags.writeable = False
    return array


def checked_ends(what: str, ends: npt.ArrayLike, n: int) -> npt.NDArray[Any]:
    found = np.asarray(ends)
    if found.size and not (np.issubdtype(found.dtype, np.integer) and 0 <= found.min() <= found.max() < n):
        raise BadInput(f"{what}: nodes are whole numbers from 0 to {n - 1}")
    return frozen(found, np.int32)


def checked_signs(sign: npt.ArrayLike) -> npt.NDArray[Any]:
    found = np.asarray(sign)
    if found.size and not np.isin(found, (-1, 0, 1)).all():
        raise BadInput("signs: use 1, -1, or 0 for unknown")
    return frozen(found, np.int8)


class BySign:
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


def off_diagonal(matrix: Matrix) -> Matrix:
    """The matrix without what leads from a node to itself."""
    entries = matrix.tocoo()
    kept = entries.row != entries.col
    data = (entries.data[kept], (entries.row[kept], entries.col[kept]))
    return sparse.coo_array(data, shape=matrix.shape).tocsr()


def diagonal(left: Matrix, right: Matrix) -> Floats:
    """Diagonal of left · right."""
    return np.asarray(left.multiply(right.T.tocsr()).sum(axis=1))


def scaled(left: Any, right: Any) -> Matrix:
    """A matrix times a diagonal, or a diagonal times a matrix."""
    if isinstance(left, np.ndarray):
        data = right.data * np.repeat(left, np.diff(right.indptr))
        return sparse.csr_array((data, right.indices, right.indptr), shape=right.shape)
    return sparse.csr_array((left.data * right[left.indices], left.indices, left.indptr), shape=left.shape)


DENSE = 0.1
"""Share of cells from which the right half of a product is written out in full …"""


DENSE_CELLS = 4_000_000
"""… unless it has more cells than this (32 MB)."""


def product(chain: Sequence[Matrix]) -> Matrix:
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


def by_sign(everything: Any, known: Any, balance: Any) -> SignedCounts[Any]:
    return SignedCounts((known + balance) / 2, (known - balance) / 2, everything - known)
