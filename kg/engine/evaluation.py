"""How well pairs, signs and probabilities were foretold: the measures of the evaluation protocol.

`docs/evaluation.md` has the protocol. Ranks are filtered (other true pairs are taken off the list) and ties
count as their average; a score that is NaN counts as a failure, never as a win. All values are dimensionless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kg.engine.pairs import Floats, Ints, Pairs

__all__ = [
    "Split",
    "area_under_curve",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "calibration_error",
    "interval",
    "ranks",
    "repaired_negatives",
    "same_degree_negatives",
    "uniform_negatives",
]  # fmt: skip

PER_POSITIVE = 5
"""Negatives drawn for each positive."""


@dataclass(frozen=True, eq=False)
class Split:
    """A past and what came later; `test` are later pairs, `open_` those of them whose ends were both known.

    Pairs of the past that rest only on papers of the test pairs have left it.
    """

    all: Pairs
    past: Pairs
    test: Pairs

    @classmethod
    def at(cls, pairs: Pairs, share: float) -> Split:
        """The split at a share (0 to 1) of the pairs, at the border of a year."""
        m = pairs.until(share)
        past, test = pairs.first(m), pairs.last(m)
        later = frozenset().union(*test.papers) if test.papers else frozenset()
        kept = [i for i, papers in enumerate(past.papers) if not (papers and papers <= later)]
        if past.papers and len(kept) < len(past):
            past = past.chosen(np.array(kept, dtype=np.int64))
        return cls(pairs, past, test)

    @property
    def is_open(self) -> npt.NDArray[np.bool_]:
        """Which test pairs join two nodes that were known at the cut."""
        known = self.past.known
        found: npt.NDArray[np.bool_] = known[self.test.source] & known[self.test.target]
        return found


def ranks(split: Split, score: Floats) -> Floats:
    """Filtered ranks of the open test pairs, (pair, 2): the target among targets, the source among sources.

    `score` is (n, n). Candidates are the nodes known at the cut; ties count as their average; where the score
    of the pair is NaN the rank is infinite.
    """
    test, past, everything = split.test, split.past, split.all
    nodes = np.flatnonzero(past.known)
    found = np.full((int(split.is_open.sum()), 2), np.inf)
    targets = {s: everything.target[everything.source == s] for s in np.unique(test.source)}
    sources = {o: everything.source[everything.target == o] for o in np.unique(test.target)}
    rows = np.flatnonzero(split.is_open)
    for i, row in enumerate(rows):
        s, o = int(test.source[row]), int(test.target[row])
        for side, (line, true, others, self_) in enumerate(
            ((score[s], o, targets[s], s), (score[:, o], s, sources[o], o))
        ):
            value = line[true]
            if np.isnan(value):
                continue
            candidates = np.setdiff1d(nodes, np.append(others[others != true], self_))
            told = line[candidates]
            told = np.where(np.isnan(told), np.inf, told)
            found[i, side] = (told > value).sum() + ((told == value).sum() + 1) / 2
    return found


Drawn = tuple[Ints, Ints]


def repaired_negatives(split: Split, seed: int, per_positive: int = PER_POSITIVE) -> Drawn:
    """Pairs never reported whose sources and targets are those of open test pairs, joined anew."""
    rows = np.flatnonzero(split.is_open)
    source, target = split.test.source[rows], split.test.target[rows]
    return _drawn(split, seed, per_positive * len(rows), source, target)


def same_degree_negatives(split: Split, seed: int, per_positive: int = PER_POSITIVE) -> Drawn:
    """Pairs never reported, one for one with ends as popular as those of an open test pair.

    Each end is drawn from the ends of the test pairs whose degree in the past (out for sources, in for
    targets) is within a tenth of that of the positive's. Merely re-paired ends do not match the two degrees
    of a pair together: pairs of two popular ends are mostly known already and drop out; here popularity
    alone cannot tell the two apart.
    """
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.flatnonzero(split.is_open), per_positive)
    ends = []
    for column, counted in ((split.test.source, split.past.source), (split.test.target, split.past.target)):
        degree = np.bincount(counted, minlength=split.past.n)
        order = column[split.is_open]
        order = order[np.argsort(degree[order], kind="stable")]
        sorted_ = degree[order]
        wanted = degree[column[rows]]
        low = np.searchsorted(sorted_, 0.9 * wanted, side="left")
        high = np.searchsorted(sorted_, 1.1 * wanted, side="right")
        ends.append((order, low, high))
    found = np.full((2, len(rows)), -1)
    left = np.arange(len(rows))
    for _ in range(50):
        pair = np.array([o[lo[left] + (rng.random(len(left)) * (hi[left] - lo[left])).astype(int)]
                         for o, lo, hi in ends])  # fmt: skip
        good = (pair[0] != pair[1]) & ~split.all.holds(pair[0], pair[1])
        found[:, left[good]] = pair[:, good]
        left = left[~good]
        if not len(left):
            break
    found = found[:, found[0] >= 0]
    return found[0], found[1]


def uniform_negatives(split: Split, seed: int, per_positive: int = PER_POSITIVE) -> Drawn:
    """Pairs never reported, of any two nodes known at the cut."""
    nodes = np.flatnonzero(split.past.known)
    return _drawn(split, seed, per_positive * int(split.is_open.sum()), nodes, nodes)


def _drawn(split: Split, seed: int, n: int, sources: Ints, targets: Ints) -> Drawn:
    """Pairs of one of the sources and one of the targets that nobody reported, each drawn by chance."""
    rng = np.random.default_rng(seed)
    kept: list[Ints] = []
    total = 0
    for _ in range(1000):
        if total >= n or not len(sources):
            break
        pair = np.array([rng.choice(sources, n), rng.choice(targets, n)])
        good = (pair[0] != pair[1]) & ~split.all.holds(pair[0], pair[1])
        kept.append(pair[:, good])
        total += int(good.sum())
    found = np.concatenate(kept, axis=1)[:, :n] if kept else np.zeros((2, 0), dtype=np.int64)
    return found[0], found[1]


def area_under_curve(positive: Floats, negative: Floats) -> float:
    """Chance that a positive scores above a negative, ties as half; NaN where either is missing.

    A NaN score counts as the lowest of all for a positive and as the highest for a negative.
    """
    from scipy.stats import rankdata

    if not len(positive) or not len(negative):
        return float("nan")
    told = np.concatenate((np.nan_to_num(positive, nan=-np.inf), np.nan_to_num(negative, nan=np.inf)))
    rank = rankdata(told)[: len(positive)].sum()
    return float((rank - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))


def average_precision(positive: Floats, negative: Floats) -> float:
    """Mean precision at each positive, best first; within ties positives and negatives are spread evenly."""
    told = np.concatenate((np.nan_to_num(positive, nan=-np.inf), np.nan_to_num(negative, nan=np.inf)))
    if not len(positive):
        return float("nan")
    values, place = np.unique(-told, return_inverse=True)
    n_true = np.bincount(place[: len(positive)], minlength=len(values)).astype(float)
    n_all = np.bincount(place, minlength=len(values)).astype(float)
    before_true, before_all = np.cumsum(n_true) - n_true, np.cumsum(n_all) - n_all
    total = 0.0
    for hits, size, true, seen in zip(n_true, n_all, before_true, before_all, strict=True):
        if hits:
            k = np.arange(1, int(hits) + 1)
            total += float(((true + k) / (seen + k * size / hits)).sum())
    return total / len(positive)


def balanced_accuracy(true: Ints, plus: Floats) -> float:
    """Mean of the shares of + and of − that were called right; NaN where only one of them is there."""
    called = np.where(plus > 0.5, 1, -1)
    shares = [float((called[true == sign] == sign).mean()) for sign in (1, -1) if (true == sign).any()]
    return float(np.mean(shares)) if len(shares) == 2 else float("nan")


def brier(true: Ints, probability: Floats) -> float:
    """Mean squared distance of probabilities from what happened, 0 to 1."""
    return float(((probability - true) ** 2).mean())


def calibration_error(true: Ints, probability: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean over bins of equal width, by size, of |share − mean probability|."""
    at = np.minimum((probability * bins).astype(int), bins - 1)
    n = np.bincount(at, minlength=bins)
    share = np.bincount(at, weights=true, minlength=bins)
    told = np.bincount(at, weights=probability, minlength=bins)
    return float(np.abs(share - told).sum() / max(1, n.sum()))


def interval(
    groups: npt.ArrayLike, measure: Callable[[Ints], float], n: int = 500, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Bootstrap interval of a measure of chosen rows, resampling whole groups (sources), not rows."""
    told = np.asarray(groups)
    names, place = np.unique(told, return_inverse=True)
    members: Mapping[int, Ints] = {i: np.flatnonzero(place == i) for i in range(len(names))}
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        drawn = rng.integers(0, len(names), len(names))
        found.append(measure(np.concatenate([members[i] for i in drawn])))
    kept = [f for f in found if not np.isnan(f)]
    if not kept:
        return float("nan"), float("nan")
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
