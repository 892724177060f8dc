"""Which causes explain a set of measured changes: signed causal reasoning with an exact test.

An experiment gives a signature: entities measured up, down or unchanged. A mechanism here is a cause with a
sign, "MSC raised" or "TNF lowered", and what statements then predict within a few steps. Each mechanism is
compared with the signature, tested, and shown with the paths that explain and those that contradict.

Prediction. An entity takes the sign that most of the belief in the shortest signed paths from the cause is
on: by sign, paths are joined by noisy-OR of their beliefs, and a sign with less than 60 % of both is called
ambiguous. So one contrary line does not silence an edge that many lines support. A cause starts from itself
and everything below it; statements without a known sign predict nothing. A measured entity stands for
itself and everything below it, except what a more specific measured entity stands for; the nearest of them
decides.

Test. The score is the ternary dot product of prediction and measurement, correct minus incorrect. Its p-value
is the share of all ways to hand the measured labels (how many up, down and unchanged stays fixed) to the
entities that score at least as high: exact, a sum over all 3×3 tables with these margins (Chindelevitch, Loh,
Enayetallah, Berger, Ziemek 2012, Assessing statistical significance in causal graphs, doi
10.1186/1471-2105-13-35). Ambiguous counts as predicted unchanged. With no predicted and no measured decrease
it is Fisher's exact test, one-sided.

Order. Mechanisms are listed by *weight*: the sum over measured changes of the confidence in the prediction
(belief for the sign less belief against it, times 0.3 for each step after the first), with the measured sign.
Many causes predict the same few changes and so have the same p; what sets them apart is how well each step
is supported and how near it is. p says whether that is more than chance.

Counted are measured entities that some statement leads to. Departure: what was measured of the cause itself
is listed but not counted, as no change explains itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from kg.frames import frame, html_table
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine, Path, Question, order_of
from kg.mechanism.signature import CHANGES, Measured, Signature
from kg.mechanism.ternary import adjusted, rounded, scores_of, tail
from kg.model import Sign

__all__ = ["OUTCOMES", "Effect", "Explanation", "Mechanism", "explain"]

OUTCOMES = ("correct", "incorrect", "ambiguous", "unconfirmed", "unexplained", "quiet")
"""Measured as predicted; the opposite of it; changed, but predicted both ways; predicted, but unchanged;
changed, but not reached; unchanged, and nothing or both ways predicted."""


FADE = 0.3
"""Factor on confidence for each step after the first: a judgement."""

VOTE = 0.6
"""Least share of the belief that a sign needs to be called."""

PATHS = 3
"""Paths kept for each measured entity."""


COLUMNS = ("rank", "cause", "sign", "score", "p", "q", *(f"n_{o}" for o in OUTCOMES), "papers", "weight")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a mechanism says of one measured entity.

    `predicted`: 1, -1, or 0 where it is not reached or ambiguous. `length`: steps of the shortest paths, 0
    where there are none. `paths`: the best few of `n_paths`, best first.
    """

    measured: Measured
    predicted: int
    outcome: str
    length: int
    n_paths: int = 0
    paths: tuple[Path, ...] = ()

    @property
    def word(self) -> str | None:
        """The prediction, up or down; None where there is none."""
        return CHANGES[self.predicted] if self.predicted else None


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A cause, raised (+) or lowered (−), held against the signature.

    `p` is exact, `q` its Benjamini-Hochberg value over all mechanisms tested, `least_p` the lowest p that
    these numbers of predictions and changes allow. `itself`: what was measured of the cause, not counted.
    `weight`: confidence in what it predicts rightly, less that in what it predicts wrongly; they are listed
    by it.
    """

    cause: str
    sign: Sign
    score: int
    p: float
    q: float
    least_p: float
    effects: tuple[Effect, ...]
    itself: tuple[Measured, ...] = ()
    weight: float = 0.0

    def __str__(self) -> str:
        word = "raised" if self.sign is Sign.PLUS else "lowered"
        n, n_not = len(self.of("correct")), len(self.of("incorrect"))
        return (
            f"{self.cause} {word}   score {self.score:+d}: {n} as measured, {n_not} opposite; p "
            f"{self.p:.3g}, "
            f"weight {self.weight:.2f}"
        )

    def of(self, outcome: str) -> tuple[Effect, ...]:
        """The effects with one of `OUTCOMES`."""
        return tuple(e for e in self.effects if e.outcome == outcome)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Mechanisms that explain more changes than they contradict: by weight, then p, then name.

    `mechanisms` are the best of `n_found`, out of `n_tested`; `outside` are measured entities that no
    statement leads to.
    """

    mechanisms: tuple[Mechanism, ...]
    n_found: int
    n_tested: int
    signature: Signature
    outside: tuple[Measured, ...]
    max_length: int

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of its table, one a mechanism, best first; `papers`: of the paths that explain."""
        for n, m in enumerate(self.mechanisms, 1):
            papers = sorted({p for e in m.of("correct") for path in e.paths for p in path.papers})
            counts = (len(m.of(outcome)) for outcome in OUTCOMES)
            yield n, m.cause, str(m.sign), m.score, m.p, m.q, *counts, papers, m.weight

    def to_frame(self) -> Any:
        """The mechanisms as a pandas DataFrame, one row each, best first.

        Raises BadInput without pandas.
        """
        return frame(COLUMNS, self.rows())

    def _repr_html_(self) -> str:
        told = f"{len(self.mechanisms)} of {self.n_found} mechanisms that explain, of {self.n_tested} tested"
        return html_table(COLUMNS, self.rows(), told)


def explain(
    engine: Engine, names: Names, signature: Signature, *,
    agents: frozenset[str] | None = None, max_length: int = 3, limit: int | None = 10,
) -> Explanation:  # fmt: skip
    """The best `limit` mechanisms (None: all), each with its paths.

    `agents`: only these causes; else every entity that acts on something, and MSCs with their products.
    Only mechanisms that predict a change of something measured are tested; that hangs on the graph and not on
    what was measured, so that it does not bend the p-values.
    Raises BadInput.
    """
    Question(frozenset(), frozenset(), max_length=max_length)
    arrows: Arrows = defaultdict(list)
    for step in engine.steps:
        s = step.statement
        if s.sign is not Sign.UNKNOWN:
            arrows[s.subject].append((s.object, s.sign is Sign.PLUS, step.belief.value))
    led_to = {end for ends in arrows.values() for end, _, _ in ends}
    stands_for = _stands_for(signature, names)
    inside = [m for m in signature.rows if stands_for[m.entity] & led_to]
    causes = set(arrows) if agents is None else set(agents)
    if agents is None and "MSC" in names.by_name:
        causes |= set(names.matching("MSC", products=True))
    tested: list[_Tested] = []
    for cause in sorted(causes):
        starts = frozenset(names.matching(cause))
        if starts & arrows.keys():
            tested += _both_signs(cause, starts, _reached(arrows, starts, max_length), inside, stands_for)
    qs = adjusted([t.p for t in tested])
    ranked = sorted(
        ((t, q) for t, q in zip(tested, qs, strict=True) if t.score > 0),
        key=lambda item: (-item[0].weight, rounded(item[0].p), item[0].cause, item[0].sign.value),
    )
    inside_names = {m.entity for m in inside}
    return Explanation(
        tuple(t.mechanism(q, engine, stands_for) for t, q in ranked[:limit]),
        len(ranked),
        len(tested),
        signature,
        tuple(m for m in signature.rows if m.entity not in inside_names),
        max_length,
    )


Arrows = dict[str, list[tuple[str, bool, float]]]
"""Subject → (object, whether its sign is +, belief) of each statement."""

Reached = tuple[int, float, float]
"""Steps of the shortest paths, and the belief joined over those of net sign + and over those of −."""


def _stands_for(signature: Signature, names: Names) -> Mapping[str, frozenset[str]]:
    """Measured entity → itself and what is below it, without what is below a more specific measured one."""
    below = {m.entity: frozenset(names.matching(m.entity)) for m in signature.rows}
    return {
        name: covered.difference(*(below[low] for low in covered if low != name and low in below))
        for name, covered in below.items()
    }


def _reached(arrows: Arrows, starts: Iterable[str], max_length: int) -> dict[str, Reached]:
    """What the shortest paths say of each entity, breadth first: they go on from shortest paths."""
    seen: dict[str, Reached] = dict.fromkeys(starts, (0, 1.0, 0.0))
    frontier = {name: (plus, minus) for name, (_, plus, minus) in seen.items()}
    for length in range(1, max_length + 1):
        missed: dict[str, tuple[float, float]] = {}
        for name, signs in frontier.items():
            for end, is_plus, belief in arrows.get(name, ()):
                if end not in seen:
                    plus, minus = signs if is_plus else signs[::-1]
                    one, other = missed.get(end, (1.0, 1.0))
                    missed[end] = one * (1 - belief * plus), other * (1 - belief * minus)
        frontier = {name: (1 - one, 1 - other) for name, (one, other) in missed.items()}
        seen |= {name: (length, *signs) for name, signs in frontier.items()}
    return seen


@dataclass(frozen=True, slots=True)
class _Tested:
    """A mechanism before its paths are looked up. `reached`: what it says of each if raised."""

    cause: str
    starts: frozenset[str]
    sign: Sign
    score: int
    p: float
    least_p: float
    reached: tuple[tuple[Measured, Reached], ...]
    itself: tuple[Measured, ...]
    weight: float

    def mechanism(self, q: float, engine: Engine, stands_for: Mapping[str, frozenset[str]]) -> Mechanism:
        effects = []
        for measured, reached in self.reached:
            length = reached[0]
            predicted = _direction(reached) if self.sign is Sign.PLUS else -_direction(reached)
            paths: list[Path] = []
            if length:
                question = Question(self.starts, stands_for[measured.entity], max_length=length)
                paths = [p for p in engine.paths(question) if p.sign is not Sign.UNKNOWN]
            outcome = _outcome(predicted, measured.change, length)
            shown = _best(paths) if outcome == "ambiguous" else paths[:PATHS]
            effects.append(Effect(measured, predicted, outcome, length, len(paths), tuple(shown)))
        return Mechanism(
            self.cause,
            self.sign,
            self.score,
            rounded(self.p),
            q,
            rounded(self.least_p),
            tuple(effects),
            self.itself,
            round(self.weight, 4),
        )


def _best(paths: Sequence[Path]) -> list[Path]:
    """The best path of either sign, then others; best first."""
    firsts = [
        p for sign in (Sign.PLUS, Sign.MINUS) if (p := next((x for x in paths if x.sign is sign), None))
    ]
    others = [p for p in paths if p not in firsts][: PATHS - len(firsts)]
    return sorted([*firsts, *others], key=order_of)


def _direction(reached: Reached) -> int:
    """The sign with enough of the belief; 0 where neither has it."""
    _, plus, minus = reached
    least = VOTE * (plus + minus)
    return int(plus > minus and plus >= least) - int(minus > plus and minus >= least)


def _outcome(predicted: int, change: int, length: int) -> str:
    if predicted and change:
        return "correct" if predicted == change else "incorrect"
    if predicted:
        return "unconfirmed"
    if change:
        return "ambiguous" if length else "unexplained"
    return "quiet"


def _both_signs(
    cause: str,
    starts: frozenset[str],
    reached: Mapping[str, Reached],
    inside: Sequence[Measured],
    stands_for: Mapping[str, frozenset[str]],
) -> Iterator[_Tested]:
    """The cause raised and lowered; nothing where it predicts no change of anything measured."""
    rows, itself = [], []
    for m in inside:
        covered = stands_for[m.entity]
        if m.entity in starts or not covered.isdisjoint(starts):
            itself.append(m)
            continue
        found = [reached[n] for n in covered if n in reached]
        length = min((at for at, _, _ in found), default=0)
        nearest = [(plus, minus) for at, plus, minus in found if at == length]
        plus, minus = (1 - prod(1 - both[i] for both in nearest) for i in (0, 1))
        rows.append((m, (length, plus, minus)))
    directions = [_direction(said) for _, said in rows]
    up, down = directions.count(1), directions.count(-1)
    if not up + down:
        return
    changes = [m.change for m, _ in rows]
    predicted = (up, down, len(rows) - up - down)
    observed = (changes.count(1), changes.count(-1), changes.count(0))
    score = sum(d * c for d, c in zip(directions, changes, strict=True))
    weight = sum(
        m.change * abs(direction) * (plus - minus) * FADE ** (length - 1)
        for (m, (length, plus, minus)), direction in zip(rows, directions, strict=True)
        if length
    )
    chances = scores_of(predicted, observed)
    # Lowered, every prediction turns round: its scores are these with the other sign.
    for sign, factor, seen in ((Sign.PLUS, 1, chances), (Sign.MINUS, -1, chances[::-1])):
        yield _Tested(
            cause, starts, sign, factor * score,
            p=tail(seen, predicted, factor * score),
            least_p=next(x for x in reversed(seen) if x > 0),
            reached=tuple(rows),
            itself=tuple(itself),
            weight=factor * weight,
        )  # fmt: skip
