"""Conditional logistic regression: of several alternatives one was chosen; which features made it so.

A choice lays out alternatives, each with its features; one of them was chosen. The weights are those that
make what was chosen most likely (McFadden 1974: softmax of weighted features over the alternatives of one
choice), with a ridge that keeps them small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kg.engine.pairs import Floats, Ints

__all__ = ["RIDGES", "Choices", "fit_choices", "moments", "tried_ridges"]

RIDGES = (1.0, 4.0, 16.0, 64.0, 256.0)
"""Strengths of the ridge that are tried, in choices."""


@dataclass(eq=False)
class Choices:
    """Alternatives (rows of features), where each choice starts, and the row that was chosen in each."""

    rows: npt.NDArray[Any]
    starts: Ints
    chosen: Ints

    def standardise(self, mean: Floats, scale: Floats) -> None:
        self.rows = (self.rows - mean.astype(np.float32)) / scale.astype(np.float32)

    def chances(self, w: Floats) -> tuple[float, Floats]:
        """−log likelihood of what was chosen, and the chance of each alternative in its choice."""
        told = (self.rows @ w.astype(np.float32)).astype(np.float64)
        top = np.maximum.reduceat(told, self.starts)
        choice = np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(told))))
        weight = np.exp(told - top[choice])
        whole = np.add.reduceat(weight, self.starts)
        value = -float((told[self.chosen] - top - np.log(whole)).sum())
        return value, weight / whole[choice]

    def slope(self, chance: Floats) -> Floats:
        """Gradient of the loss."""
        expected = chance.astype(np.float32) @ self.rows
        return np.asarray(expected - self.rows[self.chosen].sum(axis=0), dtype=np.float64)

    def curvature(self, chance: Floats) -> Floats:
        """Hessian of the loss: the spread of the features within each choice, weighted by chance."""
        weighted = self.rows * chance.astype(np.float32)[:, None]
        mean = np.add.reduceat(weighted, self.starts, axis=0)
        return np.asarray(weighted.T @ self.rows - mean.T @ mean, dtype=np.float64)


def moments(laid_out: Sequence[Choices]) -> tuple[Floats, Floats]:
    """Mean and spread of each feature over the alternatives of all choices."""
    width = laid_out[0].rows.shape[1]
    n = sum(len(c.rows) for c in laid_out)
    mean = sum((c.rows.sum(axis=0, dtype=np.float64) for c in laid_out), np.zeros(width)) / n
    squares = sum((((c.rows - mean) ** 2).sum(axis=0) for c in laid_out), np.zeros(width))
    return mean, np.sqrt(squares / n) + 1e-6


def fit_choices(laid_out: Sequence[Choices], ridge: float, start: Floats | None = None) -> Floats:
    """Weights of a conditional logistic regression with a ridge."""
    from scipy.optimize import minimize

    width = laid_out[0].rows.shape[1]
    known: dict[bytes, list[tuple[float, Floats]]] = {}

    def told(w: Floats) -> list[tuple[float, Floats]]:
        """Loss and chances at some weights, kept for the gradient and the Hessian there."""
        key = w.tobytes()
        if key not in known:
            known.clear()
            known[key] = [c.chances(w) for c in laid_out]
        return known[key]

    found = minimize(
        lambda w: 0.5 * ridge * float(w @ w) + sum(value for value, _ in told(w)),
        np.zeros(width) if start is None else start,
        jac=lambda w: ridge * w + sum(c.slope(p) for c, (_, p) in zip(laid_out, told(w), strict=True)),
        hess=lambda w: (
            ridge * np.eye(width) + sum(c.curvature(p) for c, (_, p) in zip(laid_out, told(w), strict=True))
        ),
        method="trust-exact",
        options={"gtol": 1e-3 * sum(len(c.starts) for c in laid_out) ** 0.5},
    )
    return np.asarray(found.x, dtype=np.float64)


def tried_ridges(early: Sequence[Choices], last: Choices) -> tuple[float, Floats]:
    """The ridge with which weights of the early choices foretell the last ones best, and those weights."""
    tried: dict[float, Floats] = {}
    start = None
    for each in sorted(RIDGES, reverse=True):
        start = tried[each] = fit_choices(early, each, start)
    ridge = min(RIDGES, key=lambda r: last.chances(tried[r])[0])
    return ridge, tried[ridge]
