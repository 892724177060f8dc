"""What a graph of signed pairs says of every other pair, by degree and by structure, from the past only.

A feature is one number for an ordered pair of nodes (s, o). The first six are *degree* terms: what popularity
alone says. All counts along arrows are degree-normalised: an arc weighs (out-degree of its source × in-degree
of its target)^−1/2, as in degree-weighted path counts (Himmelstein & Baranzini 2015, doi
10.1371/journal.pcbi.1004259). Counts are skewed, so they are given as log(1 + v / median of those above 0).

`sign_features` are about the direction of an effect: each is a balance of signs, −1 to 1, shrunk to 0 where
little stands behind it.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.engine.pairs import Ints, Pairs

__all__ = ["DEGREE", "NAMES", "SIGN_NAMES", "Features"]

Block = npt.NDArray[np.float32]

DEGREE = (
    "out-degree of source", "in-degree of target", "in-degree of source", "out-degree of target",
    "recent out-degree of source", "recent in-degree of target",
)  # fmt: skip
STRUCTURE = (
    "paths of 2 steps", "paths of 3 steps", "belief joined over 2-step paths", "co-regulation",
    "shared regulators", "shared targets", "common neighbours", "undirected paths of 3 steps",
    "random walk along arrows", "random walk", "reported the other way round", "sibling evidence",
    "categories of the ends",
)  # fmt: skip
NAMES = (*DEGREE, *STRUCTURE)
"""Every feature, in the order of their numbers.

Recent degrees count the latest quarter of the pairs. *Belief joined*: noisy-OR over the nodes in the middle
of beliefs × degree damping; such paths share no step. *Co-regulation*: s → x ← s′ → o. *Shared regulators*:
s ← x → y → o. *Shared targets*: s → y → x ← o. *Random walk*: with restart (0.3), along arrows or both
ways. *Sibling evidence*: share of nodes like s that have the pair with o, and of nodes like o that s has.
*Categories*: log of how much denser pairs between such categories are than between any nodes.
"""
SIGN_NAMES = (
    "signs that leave the source", "signs that enter the target", "paths of 2 steps", "paths of 3 steps",
    "co-regulation", "common neighbours", "undirected paths of 3 steps", "reported the other way round",
    "sibling evidence", "categories of the ends",
)  # fmt: skip

RESTART = 0.3
STEPS = 10
"""Steps of the random walk; what is left is below 3 %."""
RECENT = 0.25
SHRINK = 2.0
"""Pairs without any sign that a tendency starts from."""
SAMPLED = 400
"""Most rows from which medians are taken."""
_COUNTS = slice(len(DEGREE), len(DEGREE) + 10)


def _normalised(m: sparse.csr_array) -> sparse.csr_array:
    size = abs(m)
    row = np.maximum(np.asarray(size.sum(axis=1)).ravel(), 1) ** -0.5
    column = np.maximum(np.asarray(size.sum(axis=0)).ravel(), 1) ** -0.5
    return sparse.csr_array(sparse.diags_array(row) @ m @ sparse.diags_array(column))


class Features:
    """Features of the pairs of a past, made for some sources against all targets at once."""

    def __init__(self, past: Pairs) -> None:
        self.past = past
        n, s, o = past.n, past.source, past.target
        shape = (n, n)

        def matrix(values: npt.ArrayLike) -> sparse.csr_array:
            data = np.asarray(values, dtype=np.float32)
            return sparse.csr_array((data, (s, o)), shape=shape)

        self._arcs = matrix(np.ones(len(past)))
        self._signed = matrix(past.sign)
        self._belief = matrix(np.minimum(past.belief, 0.999))
        self._alike = sparse.csr_array(
            (np.ones(len(past.alike), dtype=np.float32), (past.alike[:, 0], past.alike[:, 1])), shape=shape
        )
        recent = past.last(len(past) - round(len(past) * RECENT))
        count = np.bincount
        self.out_degree, self.in_degree = count(s, minlength=n), count(o, minlength=n)
        self._recent_out = count(recent.source, minlength=n)
        self._recent_in = count(recent.target, minlength=n)

    # The graph in forms that products are made of --------------------------------------------------

    @cached_property
    def _n(self) -> sparse.csr_array:
        return _normalised(self._arcs)

    @cached_property
    def _nt(self) -> sparse.csr_array:
        return sparse.csr_array(self._n.T)

    @cached_property
    def _u(self) -> sparse.csr_array:
        return _normalised(sparse.csr_array(self._arcs + self._arcs.T))

    @cached_property
    def _ns(self) -> sparse.csr_array:
        """The normalised arcs with their signs."""
        return sparse.csr_array(self._n.multiply(self._signed))

    @cached_property
    def _us(self) -> sparse.csr_array:
        both = sparse.csr_array(self._signed + self._signed.T)
        both.data = np.sign(both.data)
        return sparse.csr_array(self._u.multiply(both))

    @cached_property
    def _steps(self) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Chances of a random step along arrows, and either way."""
        found = []
        for m in (self._arcs, sparse.csr_array(self._arcs + self._arcs.T)):
            total = np.maximum(np.asarray(m.sum(axis=1)).ravel(), 1)
            found.append(sparse.csr_array((sparse.diags_array(1 / total) @ m).T))
        return found[0], found[1]

    @cached_property
    def _joined(self) -> sparse.csr_array:
        """−log of what noisy-OR over the middles of 2-step paths leaves: one entry per joined pair."""
        into, out = sparse.csc_array(self._belief), self._belief
        damp = np.maximum(self.out_degree + self.in_degree, 1) ** -0.5
        rows, columns, values = [], [], []
        for x in np.flatnonzero((self.in_degree > 0) & (self.out_degree > 0)):
            a, b = slice(*into.indptr[x : x + 2]), slice(*out.indptr[x : x + 2])
            weight = np.outer(into.data[a], out.data[b]) * damp[x]
            rows.append(np.repeat(into.indices[a], weight.shape[1]))
            columns.append(np.tile(out.indices[b], weight.shape[0]))
            values.append(-np.log1p(-np.minimum(weight.ravel(), 0.999)))
        if not rows:
            return sparse.csr_array((self.past.n, self.past.n), dtype=np.float32)
        data = (np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.csr_array(data, shape=(self.past.n, self.past.n))

    @cached_property
    def _category(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """By categories of source and target: log of relative density, and shrunk balance of signs."""
        past = self.past
        assert past.kind is not None
        k = int(past.kind.max(initial=0)) + 1
        cell = past.kind[past.source] * k + past.kind[past.target]
        told = np.bincount(cell, minlength=k * k).reshape(k, k)
        size = np.bincount(past.kind[past.known], minlength=k).astype(float)
        possible = np.outer(size, size)
        expected = possible * len(past) / max(possible.sum(), 1)
        density = np.log((told + 1) / (expected + 1))
        balance = np.bincount(cell, weights=past.sign, minlength=k * k).reshape(k, k) / (told + SHRINK)
        return density, balance

    def _walk(self, rows: Ints, step: sparse.csr_array) -> Block:
        start = np.zeros((self.past.n, len(rows)), dtype=np.float32)
        start[rows, np.arange(len(rows))] = 1
        found, now = RESTART * start, start
        for _ in range(STEPS):
            now = (1 - RESTART) * (step @ now)
            found += RESTART * now
        found[rows, np.arange(len(rows))] = 0
        return np.asarray(found.T, dtype=np.float32)

    # Features --------------------------------------------------------------------------------------

    @cached_property
    def _medians(self) -> npt.NDArray[np.float32]:
        """Of each count, the median of its values above 0 in some rows spread over all."""
        rows = np.flatnonzero(self.past.known)
        some = rows[np.linspace(0, len(rows) - 1, min(len(rows), SAMPLED)).astype(int)] if len(rows) else rows
        counts = self._counts(some)
        kept = [c[c > 1e-9] for c in counts]
        return np.array([np.median(c) if len(c) else 1 for c in kept], dtype=np.float32)

    def _counts(self, rows: Ints) -> Block:
        """The ten features that are counts, as they are."""
        n, nt, u = self._n, self._nt, self._u
        a, at, au = n[rows], nt[rows], u[rows]
        two, undirected = a @ n, au @ u
        along, either = self._steps
        products = (
            two, two @ n, self._joined[rows], (a @ nt) @ n, (at @ n) @ n, two @ nt, undirected,
            undirected @ u,
        )  # fmt: skip
        dense = [np.asarray(p.toarray(), dtype=np.float32) for p in products]
        return np.stack([*dense, self._walk(rows, along), self._walk(rows, either)])

    def of(self, rows: Ints) -> Block:
        """Features of some sources against every target: array (feature, source, target)."""
        rows = np.asarray(rows, dtype=np.int64)
        n = self.past.n
        found = np.zeros((len(NAMES), len(rows), n), dtype=np.float32)
        logs = [np.log1p(d) for d in (self.out_degree, self.in_degree, self._recent_out, self._recent_in)]
        out, into, recent_out, recent_in = logs
        found[0], found[1] = out[rows, None], into[None]
        found[2], found[3] = into[rows, None], out[None]
        found[4], found[5] = recent_out[rows, None], recent_in[None]
        found[_COUNTS] = np.log1p(self._counts(rows) / self._medians[:, None, None])
        found[16] = self._arcs.T.tocsr()[rows].toarray()
        found[17] = self._siblings(self._arcs, rows)
        if self.past.kind is not None:
            density, _ = self._category
            found[18] = density[self.past.kind[rows]][:, self.past.kind]
        return found

    def _siblings(self, arcs: sparse.csr_array, rows: Ints) -> Block:
        if not self._alike.nnz:
            return np.zeros((len(rows), self.past.n), dtype=np.float32)
        number = np.maximum(np.asarray(self._alike.sum(axis=1)).ravel(), 1)
        by_source = (self._alike[rows] @ arcs).toarray() / number[rows, None]
        by_target = (arcs[rows] @ self._alike).toarray() / number[None]
        return np.asarray(by_source + by_target, dtype=np.float32)

    def sign_features(self, rows: Ints) -> Block:
        """Balances of signs of some sources against every target: array (feature, source, target)."""
        rows = np.asarray(rows, dtype=np.int64)
        past, n = self.past, self.past.n
        found = np.zeros((len(SIGN_NAMES), len(rows), n), dtype=np.float32)
        leaving = np.bincount(past.source, weights=past.sign, minlength=n) / (self.out_degree + SHRINK)
        entering = np.bincount(past.target, weights=past.sign, minlength=n) / (self.in_degree + SHRINK)
        found[0], found[1] = leaving[rows, None], entering[None]
        signed, unsigned = (
            self._balances(rows, *forms) for forms in ((self._ns, self._us), (self._n, self._u))
        )
        for i, (balance, size) in enumerate(zip(signed, unsigned, strict=True), 2):
            above = size[size > 1e-9]
            shrink = float(np.median(above)) if len(above) else 1.0
            found[i] = balance / (size + shrink)
        found[7] = self._signed.T.tocsr()[rows].toarray()
        found[8] = self._siblings(self._signed, rows)
        if past.kind is not None:
            _, balance_of = self._category
            found[9] = balance_of[past.kind[rows]][:, past.kind]
        return found

    @staticmethod
    def _balances(rows: Ints, n: sparse.csr_array, u: sparse.csr_array) -> list[Block]:
        a, au = n[rows], u[rows]
        two, undirected = a @ n, au @ u
        products = (two, two @ n, (a @ n.T.tocsr()) @ n, undirected, undirected @ u)
        return [np.asarray(p.toarray(), dtype=np.float32) for p in products]
