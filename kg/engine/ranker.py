"""Which pairs will be reported next, with which sign: a choice model trained on earlier slices of time.

*Training.* The past is cut at four earlier moments. At each, features are made from what was known then; the
pairs first reported between it and the next moment are what was to be foretold. For each such pair (s, o)
two choices are laid out: o among all targets that s was not known with, and s among all sources of o. The
weights are those of a conditional logistic regression (`kg.engine.choice`): they are learned on the very
lists that are ranked, not on a few drawn negatives, which reward degree. How strong the ridge is, the last
slice says: weights of the first three are tried on it.

*Probability.* The score is calibrated by a logistic regression (Platt 1999) on the last slice, with weights
of the first three only, against all pairs that were open then, and so is stated for a base rate: the share
of open pairs that were reported in a slice as long as the last.

*Sign.* A logistic regression over balances of signs, trained on the same slices, signs weighted equally.
Where its confidence is low it can abstain.

Degree terms are features of their own, so that the part of a score that is popularity can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from kg.engine.choice import Choices, fit_choices, moments, tried_ridges
from kg.engine.features import DEGREE, NAMES, SIGN_NAMES, Features
from kg.engine.pairs import Floats, Ints, Pairs
from kg.errors import BadInput

__all__ = ["Ranker", "Scored"]

SLICES = (0.4, 0.55, 0.7, 0.85, 1.0)
"""Moments, as shares of the past: features are made at each but the last, labels come up to the next."""
CHOICES = 1_200_000
"""Most alternatives, over all choices of training; beyond it labels are thinned evenly."""
FEWEST = 20
"""Fewest foretold pairs that a ranker is trained on."""
ROWS = 256
"""Sources that are scored at once."""
OPEN = 200_000
"""Open pairs that are drawn to calibrate on."""
SAMPLES = ("open", "uniform", "matched")
"""What a probability can be about: all open pairs; five drawn ones for each that was reported, of any two
nodes, or of sources and targets of those reported."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of some sources (rows) against all targets, and the parts they are made of.

    `score`: log of the odds of being chosen, up to a constant; `degree`: the part that popularity says.
    `plus`: probability, 0 to 1, that the sign is +.
    """

    score: Floats
    degree: Floats
    plus: Floats


@dataclass(frozen=True, eq=False)
class Ranker:
    """Weights that were learned, as plain numbers: made by `fit`, kept as JSON, used without a library.

    `calibrations`: slope and intercept of the probability by what the open pairs are (`SAMPLES`);
    `base_rate`: share of open pairs that were reported in the last slice, over `years` years.
    `sign_weights` ends with the intercept.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    ridge: float
    calibrations: Mapping[str, tuple[float, float]]
    base_rate: float
    years: float
    sign_scale: Floats
    sign_weights: Floats
    n_labels: int

    # Training -------------------------------------------------------------------------------------

    @classmethod
    def fit(cls, past: Pairs) -> Ranker:
        """The ranker that a past teaches. Raises BadInput where it is too short to learn from."""
        from sklearn.linear_model import LogisticRegression

        slices = [_Slice(past, *ends) for ends in _moments(past)]
        slices = [s for s in slices if len(s.labels)]
        n_labels = sum(len(s.labels) for s in slices)
        if n_labels < FEWEST or len(slices) < 2:
            raise BadInput(
                f"{n_labels} pairs between known nodes can be foretold in the past of {len(past)} pairs; "
                f"a ranker needs {FEWEST}, in two slices of time at least"
            )
        laid_out = [s.choices(CHOICES // len(slices)) for s in slices]
        mean, scale = moments(laid_out)
        for c in laid_out:
            c.standardise(mean, scale)
        ridge, early = tried_ridges(laid_out[:-1], laid_out[-1])
        calibrations, base_rate = _platt(slices[-1], early, mean, scale)
        weights = fit_choices(laid_out, ridge, early)
        at = np.concatenate([s.signs[0] for s in slices])
        sign = np.concatenate([s.signs[1] for s in slices])
        sign_scale = at.std(axis=0) + 1e-6
        if len({*sign.tolist()}) == 2:
            model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000).fit(
                at / sign_scale, sign
            )
            sign_weights = np.append(model.coef_[0], model.intercept_[0])
        else:
            sign_weights = np.zeros(len(SIGN_NAMES) + 1)
            sign_weights[-1] = 3.0 * (sign[0] if len(sign) else 0)
        years = float(slices[-1].years)
        return cls(
            mean, scale, weights, ridge, calibrations, base_rate, years, sign_scale, sign_weights, n_labels
        )

    # Use ------------------------------------------------------------------------------------------

    def scores(self, features: Features, rows: Ints) -> Scored:
        """Scores of some sources against all targets, from what the features know."""
        rows = np.asarray(rows, dtype=np.int64)
        n, n_degree = features.past.n, len(DEGREE)
        score, degree, plus = (np.empty((len(rows), n)) for _ in range(3))
        unit = (self.weights / self.scale).astype(np.float32)
        shift = float(self.mean @ (self.weights / self.scale))
        for at in range(0, len(rows), ROWS):
            part = slice(at, at + ROWS)
            block = features.of(rows[part])
            degree[part] = np.tensordot(unit[:n_degree], block[:n_degree], axes=1) - shift
            score[part] = degree[part] + np.tensordot(unit[n_degree:], block[n_degree:], axes=1)
            balances = features.sign_features(rows[part])
            told = np.tensordot(
                (self.sign_weights[:-1] / self.sign_scale).astype(np.float32), balances, axes=1
            )
            plus[part] = 1 / (1 + np.exp(-(told + self.sign_weights[-1])))
        return Scored(score, degree, plus)

    def probability(self, score: npt.ArrayLike, among: str = "open") -> Floats:
        """Chance, 0 to 1, that a pair of this score is reported within `years` years.

        It is for one of all open pairs, or for one of a sample of those reported and five times as many that
        were not (`SAMPLES`).
        """
        slope, intercept = self.calibrations[among]
        found: Floats = 1 / (1 + np.exp(-(slope * np.asarray(score) + intercept)))
        return found

    def contributions(self, features: Features, source: int, target: int) -> dict[str, float]:
        """What each feature adds to the score of a pair, compared with the mean alternative."""
        values = features.of(np.array([source]))[:, 0, target]
        parts = (values - self.mean) / self.scale * self.weights
        return dict(zip(NAMES, parts.tolist(), strict=True))

    def data(self) -> dict[str, Any]:
        """Everything as plain values; `from_data` reads it back."""
        return {
            "features": list(NAMES), "mean": self.mean.tolist(), "scale": self.scale.tolist(),
            "weights": self.weights.tolist(), "ridge": self.ridge,
            "calibrations": {k: list(v) for k, v in self.calibrations.items()},
            "base_rate": self.base_rate, "years": self.years, "sign_features": list(SIGN_NAMES),
            "sign_scale": self.sign_scale.tolist(), "sign_weights": self.sign_weights.tolist(),
            "n_labels": self.n_labels,
        }  # fmt: skip

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Ranker:
        """Raises KeyError, TypeError or ValueError where the values are none that `data` wrote."""
        if tuple(data["features"]) != NAMES or tuple(data["sign_features"]) != SIGN_NAMES:
            raise ValueError("weights of other features")
        mean, scale, weights, sign_scale, sign_weights = (
            np.array(data[k], dtype=float) for k in ("mean", "scale", "weights", "sign_scale", "sign_weights")
        )
        calibrations = {k: (float(slope), float(at)) for k, (slope, at) in data["calibrations"].items()}
        return cls(
            mean, scale, weights, float(data["ridge"]), {k: calibrations[k] for k in SAMPLES},
            float(data["base_rate"]), float(data["years"]), sign_scale, sign_weights, int(data["n_labels"]),
        )  # fmt: skip


def _moments(past: Pairs) -> Iterator[tuple[int, int]]:
    """Ends of the slices, in pairs; a year is never split where it need not be."""
    cuts = [past.until(share) for share in SLICES]
    if len(set(cuts)) < 3:
        cuts = [round(len(past) * share) for share in SLICES]
    distinct = sorted(set(cuts) - {0})
    yield from pairwise(distinct)


class _Slice:
    """What was known at a moment, and what was reported up to the next between nodes known by then."""

    def __init__(self, past: Pairs, known: int, upto: int) -> None:
        self.before, self.all = past.first(known), past.first(upto)
        self.features = Features(self.before)
        seen = self.before.known
        rows = np.arange(known, upto)
        self.labels = rows[seen[past.source[rows]] & seen[past.target[rows]]]
        self.past = past
        self.nodes = np.flatnonzero(seen)
        self.years = past.year[upto - 1] - past.year[known - 1] if upto > known else 0
        source, target = past.source[self.labels], past.target[self.labels]
        signed = past.sign[self.labels] != 0
        self.signs = self._signs(source[signed], target[signed], past.sign[self.labels][signed])

    def _signs(self, source: Ints, target: Ints, sign: Ints) -> tuple[Floats, Ints]:
        found = np.zeros((len(source), len(SIGN_NAMES)))
        for s in np.unique(source):
            here = source == s
            found[here] = self.features.sign_features(np.array([s]))[:, 0, target[here]].T
        return found, sign

    def choices(self, budget: int) -> Choices:
        """Two choices for each label, thinned evenly to a number of alternatives."""
        past, nodes = self.past, self.nodes
        labels = self.labels
        most = max(1, budget // (2 * max(1, len(nodes))))
        if len(labels) > most:
            labels = labels[np.linspace(0, len(labels) - 1, most).astype(int)]
        source, target = past.source[labels], past.target[labels]
        rows: list[npt.NDArray[np.float32]] = []
        chosen: list[int] = []
        sizes: list[int] = []
        whole = self._whole
        for s, o in zip(source.tolist(), target.tolist(), strict=True):
            targets = nodes[(nodes != s) & (~self.all.holds(np.full(len(nodes), s), nodes) | (nodes == o))]
            sources = nodes[(nodes != o) & (~self.all.holds(nodes, np.full(len(nodes), o)) | (nodes == s))]
            for others, true, block in (
                (targets, o, whole[:, s, targets]),
                (sources, s, whole[:, sources, o]),
            ):
                rows.append(block.T)
                chosen.append(sum(sizes) + int(np.searchsorted(others, true)))
                sizes.append(len(others))
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
        return Choices(np.concatenate(rows), starts, np.array(chosen, dtype=np.int64))

    @cached_property
    def _whole(self) -> npt.NDArray[np.float32]:
        """Features of every pair of known nodes: array (feature, source, target)."""
        n = self.past.n
        found = np.zeros((len(NAMES), n, n), dtype=np.float32)
        for at in range(0, len(self.nodes), ROWS):
            part = self.nodes[at : at + ROWS]
            found[:, part] = self.features.of(part)
        return found

    def sample(self, among: str, rng: np.random.Generator) -> tuple[npt.NDArray[np.float32], Ints, float]:
        """Features and labels (1 reported, 0 not) of pairs, and how many pairs each 0 stands for.

        Of all open pairs many are drawn; of the other samples, five for each that was reported.
        """
        past, nodes = self.past, self.nodes
        true_s, true_o = past.source[self.labels], past.target[self.labels]
        most = OPEN if among == "open" else 8 * len(true_s)
        ends = (true_s, true_o) if among == "matched" else (nodes, nodes)
        source, target = (rng.choice(e, most) for e in ends)
        kept = (source != target) & ~self.all.holds(source, target)
        source, target = source[kept], target[kept]
        weight = 1.0
        if among == "open":
            n_open = len(nodes) * (len(nodes) - 1) - len(self.before) - len(true_s)
            weight = n_open / max(1, len(source))
        else:
            source, target = source[: 5 * len(true_s)], target[: 5 * len(true_s)]
        whole = self._whole
        at = np.concatenate((whole[:, true_s, true_o].T, whole[:, source, target].T))
        label = np.concatenate((np.ones(len(true_s)), np.zeros(len(source)))).astype(np.int64)
        return at, label, weight


def _platt(
    last: _Slice, weights: Floats, mean: Floats, scale: Floats
) -> tuple[dict[str, tuple[float, float]], float]:
    """Slopes and intercepts that turn scores into probabilities, and the base rate of the last slice."""
    from sklearn.linear_model import LogisticRegression

    found = {}
    for among in reversed(SAMPLES):
        at, label, weight = last.sample(among, np.random.default_rng(0))
        told = ((at - mean) / scale) @ weights
        each = np.where(label == 1, 1.0, weight)
        model = LogisticRegression(C=1e6, max_iter=1000).fit(told[:, None], label, sample_weight=each)
        found[among] = float(model.coef_[0, 0]), float(model.intercept_[0])
    return found, float(label.sum() / each.sum())
