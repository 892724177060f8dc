"""The exact test of signed causal reasoning.

The score is the ternary dot product of prediction and measurement, correct minus incorrect. Its p-value
is the share of all ways to hand the measured labels (how many up, down and unchanged stays fixed) to the
entities that score at least as high: exact, a sum over all 3×3 tables with these margins (Chindelevitch, Loh,
Enayetallah, Berger, Ziemek 2012, Assessing statistical significance in causal graphs, doi
10.1186/1471-2105-13-35). With no predicted and no measured decrease it is Fisher's exact test, one-sided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

__all__ = ["adjusted", "ternary_p"]

CHUNK = 1 << 20
"""Cells of a table of joint counts held at once."""


def ternary_p(score: int, predicted: tuple[int, int, int], observed: tuple[int, int, int]) -> float:
    """Chance of this score or a higher one when labels are handed out at random, 0 to 1.

    `predicted` and `observed` count the entities up, down and neither.
    Raises ValueError where they do not count the same entities.
    """
    if sum(predicted) != sum(observed) or min(*predicted, *observed) < 0:
        raise ValueError(f"{predicted} and {observed} do not count the same entities")
    return rounded(tail(scores_of(predicted, observed), predicted, score))


def tail(chances: tuple[float, ...], predicted: tuple[int, int, int], score: int) -> float:
    return math.fsum(chances[max(0, score + predicted[0] + predicted[1]) :])


def rounded(p: float) -> float:
    """Ten digits: the same on every machine."""
    return min(1.0, float(f"{p:.10g}"))


@lru_cache(maxsize=4096)
def scores_of(predicted: tuple[int, int, int], observed: tuple[int, int, int]) -> tuple[float, ...]:
    """Chance of every score, from the lowest (minus the number of predictions) to the highest.

    Sums over the tables by the counts of two rows, (n++, n+-) and (n-+, n--), which settle the third. Each
    term is made from logarithms of factorials and all are positive: small chances are as exact as large.
    """
    (up, down, neither), (n_up, n_down, n_same) = predicted, observed
    total = up + down + neither
    log = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, total + 1)))))
    reach = up + down

    def row(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a, b = (x.ravel() for x in np.indices((min(n, n_up) + 1, min(n, n_down) + 1)))
        possible = a + b <= n
        a, b = a[possible], b[possible]
        return a, b, log[n] - log[a] - log[b] - log[n - a - b]

    ups, downs = np.indices((n_up + 1, n_down + 1))  # labels left for the third row
    left = neither - ups - downs
    third = np.where(left >= 0, log[neither] - log[ups] - log[downs] - log[np.maximum(left, 0)], -np.inf) - (
        log[total] - log[n_up] - log[n_down] - log[n_same]
    )
    a, b, first = row(up)
    c, d, second = row(down)
    chances = np.zeros(2 * reach + 1)
    step = max(1, CHUNK // len(c))
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        e = n_up - a[part, None] - c
        f = n_down - b[part, None] - d
        i, j = np.nonzero((e >= 0) & (f >= 0))
        weights = np.exp(first[part][i] + second[j] + third[e[i, j], f[i, j]])
        score = (a - b)[part][i] + (d - c)[j] + reach
        chances += np.bincount(score, weights, 2 * reach + 1)
    return tuple(chances.tolist())


def adjusted(ps: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg q-values, in the order given, 0 to 1.

    The same as `scipy.stats.false_discovery_control`, which takes longer to import than all else here.
    """
    order = sorted(range(len(ps)), key=lambda i: -ps[i])
    found = [1.0] * len(ps)
    least = 1.0
    for rank, i in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[i] * len(ps) / rank)
        found[i] = rounded(least)
    return found
