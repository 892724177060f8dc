"""Which causes explain a set of measured changes: signed causal reasoning with an exact test.

An experiment gives a signature: entities measured up, down or unchanged. A mechanism here is a cause with a
sign, "MSC raised" or "TNF lowered", and what statements then predict within a few steps. Each mechanism is
compared with the signature, tested, and shown with the paths that explain and those that contradict.

Prediction. An entity takes the net sign of the shortest signed paths from the cause; where shortest paths of
both signs reach it, it is ambiguous. A cause starts from itself and everything below it; statements without a
known sign predict nothing. A measured entity stands for itself and everything below it, except what a more
specific measured entity stands for; the nearest of them decides.

Test. The score is the ternary dot product of prediction and measurement, correct minus incorrect. Its p-value
is the share of all ways to hand the measured labels (how many up, down and unchanged stays fixed) to the
entities that score at least as high: exact, a sum over all 3×3 tables with these margins (Chindelevitch, Loh,
Enayetallah, Berger, Ziemek 2012, Assessing statistical significance in causal graphs, doi
10.1186/1471-2105-13-35). Ambiguous counts as predicted unchanged. With no predicted and no measured decrease
it is Fisher's exact test, one-sided.

Counted are measured entities that some statement leads to. Departure: what was measured of the cause itself
is told but not counted, as no change explains itself.
"""

from __future__ import annotations

import csv
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath

import numpy as np

from kg.curation.tables import read_text
from kg.errors import BadInput, FileProblems, Problem
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine, Path, Question, order_of
from kg.model import Entity, Sign

__all__ = [
    "CHANGES",
    "OUTCOMES",
    "Effect",
    "Explanation",
    "Measured",
    "Mechanism",
    "Signature",
    "adjusted",
    "explain",
    "read_signature",
    "ternary_p",
]

CHANGES = {1: "up", -1: "down", 0: "unchanged"}
"""Words for a measured change."""

WORDS = {
    1: ("up", "+", "increase", "increased", "raised", "higher"),
    -1: ("down", "-", "−", "decrease", "decreased", "lowered", "lower"),
    0: ("unchanged", "no change", "none", "ns", "="),
}
"""What may stand in the column `change`, besides a number."""

MISSING = ("", "na", "nan", "n/a")
NAME_COLUMNS = ("entity", "gene", "symbol", "name")
CHANGE_COLUMNS = ("change", "log2fc", "log2foldchange", "logfc")
P_COLUMNS = ("q", "padj", "fdr", "adj.p.val", "p", "pvalue", "p_value", "p.value")
"""Headers that are understood, in any case; of several the first in this order is read."""

OUTCOMES = ("correct", "incorrect", "ambiguous", "unconfirmed", "unexplained", "quiet")
"""Measured as predicted; the opposite of it; changed, but predicted both ways; predicted, but unchanged;
changed, but not reached; unchanged, and nothing or both ways predicted."""

HINTS = 20
"""Unknown names that get their nearest spellings; finding them is slow."""

PATHS = 3
"""Paths kept for each measured entity."""

CHUNK = 1 << 20
"""Cells of a table of joint counts held at once."""

Row = tuple[str | Entity, str | float] | tuple[str | Entity, str | float, float | None]


# The signature ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """An entity and how it changed: 1 up, -1 down, 0 unchanged. `place` is where that was read."""

    entity: str
    change: int
    place: str

    @property
    def word(self) -> str:
        """up, down or unchanged."""
        return CHANGES[self.change]

    def __str__(self) -> str:
        return f"{self.entity} {self.word}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What was measured, a row for each entity; `skipped` are unknown names, `missing` had no value."""

    rows: tuple[Measured, ...]
    skipped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def count(self, change: int) -> int:
        return sum(row.change == change for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row as written."""

    path: str
    line: int
    name: str | Entity
    change: str
    p: str | None

    def problem(self, rule: str, message: str) -> Problem:
        return Problem(self.path, self.line, rule, message)


def read_signature(
    source: str | os.PathLike[str] | Iterable[Row], names: Names, *,
    min_change: float = 0.0, max_p: float | None = None, skip_unknown: bool = False,
) -> Signature:  # fmt: skip
    """The signature in a TSV or CSV file with the columns entity and change, or in rows of the same.

    A change is a word (up, down, unchanged, +, −, …) or a number, such as a log2 fold change; a number nearer
    to 0 than `min_change` is unchanged. With `max_p`, so is a row whose p-value (column q or p; in rows the
    third value) is higher or missing. Rows without a change are left out. `skip_unknown` leaves out names
    that the graph does not know. Lines that start with # are comments.

    Raises FileProblems with everything that is wrong, and BadInput.
    """
    if not (math.isfinite(min_change) and min_change >= 0):
        raise BadInput(f"--min-change {min_change:g}: a number of 0 or more")
    if max_p is not None and not 0 < max_p <= 1:
        raise BadInput(f"--max-p {max_p:g}: a number above 0, at most 1")
    problems: list[Problem] = []
    if isinstance(source, (str, os.PathLike)):
        place = str(source)
        cells = _file_cells(read_text(FilePath(source)), place, max_p is not None, problems)
    else:
        place = "rows"
        cells = _row_cells(source, place, problems)
    found: dict[str, tuple[int, _Cells]] = {}
    skipped: list[str] = []
    missing: list[str] = []
    n_unknown = n_rows = 0
    for row in cells:
        n_rows += 1
        name, unknown = _named(row, names, n_unknown < HINTS and not skip_unknown)
        change = _change(row, min_change, max_p)
        if isinstance(name, Problem):
            if unknown and skip_unknown:
                skipped.append(str(row.name))
                continue
            n_unknown += unknown
            problems.append(name)
        if isinstance(change, Problem):
            problems.append(change)
        elif isinstance(name, str) and change is None:
            missing.append(name)
        elif isinstance(name, str) and change is not None:
            before, first = found.setdefault(name, (change, row))
            if before != change:
                told = f"{name} is {CHANGES[change]} here and {CHANGES[before]} in line {first.line}"
                problems.append(row.problem("contradiction", f"{told}; keep one"))
    if not n_rows and not problems:
        problems.append(Problem(place, 1, "empty", "no measured entity"))
    if problems:
        hint = "; --skip-unknown leaves unknown names out" if n_unknown else ""
        raise FileProblems(f"{place} is no signature that can be used", sorted(problems), hint)
    rows = tuple(Measured(n, c, f"{row.path}:{row.line}") for n, (c, row) in sorted(found.items()))
    if not any(row.change for row in rows):
        left = f" ({len(skipped)} unknown name(s) skipped)" if skipped else ""
        raise BadInput(f"{place}: nothing in it is up or down{left}, so there is nothing to explain")
    return Signature(rows, tuple(sorted(set(skipped))), tuple(sorted(set(missing))))


def _file_cells(text: str, place: str, needs_p: bool, problems: list[Problem]) -> Iterator[_Cells]:
    lines = text.removeprefix("\ufeff").splitlines()
    kept = [
        (n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if not kept:
        return
    delimiter = "\t" if "\t" in kept[0][1] else ","
    header: list[str] = []
    for number, line in kept:
        try:
            row = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error as error:
            problems.append(Problem(place, number, "cells", str(error)))
            continue
        if not header:
            header = [cell.casefold() for cell in row]
            at = {
                what: next((header.index(c) for c in known if c in header), None)
                for what, known in (("entity", NAME_COLUMNS), ("change", CHANGE_COLUMNS), ("p", P_COLUMNS))
            }
            lacking = [what for what in ("entity", "change") if at[what] is None]
            if needs_p and at["p"] is None:
                lacking.append("q or p, which --max-p asks for")
            if lacking:
                told = f"the first line names the columns and lacks {' and '.join(lacking)}: {', '.join(row)}"
                problems.append(Problem(place, number, "columns", told))
                return
            continue
        if len(row) != len(header):
            told = f"{len(row)} cell(s) where the header names {len(header)} columns"
            problems.append(Problem(place, number, "cells", told))
            continue
        name, change, p = (row[i] if i is not None else None for i in (at["entity"], at["change"], at["p"]))
        assert name is not None
        assert change is not None
        yield _Cells(place, number, name, change, p)


def _row_cells(rows: Iterable[object], place: str, problems: list[Problem]) -> Iterator[_Cells]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, (tuple, list)) or len(row) not in (2, 3):
            told = f"{row!r} is neither (entity, change) nor (entity, change, p)"
            problems.append(Problem(place, number, "cells", told))
            continue
        p = row[2] if len(row) == 3 else None
        yield _Cells(place, number, row[0], str(row[1]).strip(), None if p is None else str(p))


def _named(row: _Cells, names: Names, with_hint: bool) -> tuple[str | Problem, bool]:
    """The entity's name, or what is wrong with it and whether nothing is called so."""
    if isinstance(row.name, Entity):
        return row.name.name, False
    if not row.name:
        return row.problem("name", "the entity is missing"), False
    found = names.known(row.name)
    if len(found) == 1:
        return found[0], False
    if found:
        listed = ", ".join(f"{n} ({names.by_name[n].id})" for n in found)
        told = f"{row.name!r} names {len(found)} entities; write one of {listed}"
        return row.problem("ambiguous", told), False
    nearest = names.nearest(row.name) if with_hint else []
    hint = f"; did you mean {', '.join(map(repr, nearest))}?" if nearest else ""
    return row.problem("unknown", f"no entity is called {row.name!r}{hint}"), True


def _change(row: _Cells, min_change: float, max_p: float | None) -> int | Problem | None:
    """1, -1 or 0; None where the cell holds no value."""
    text = row.change.casefold()
    change = next((c for c, words in WORDS.items() if text in words), None)
    if change is None:
        if text in MISSING:
            return None
        value = _number(text)
        if value is None or not math.isfinite(value):
            return row.problem("change", f"{row.change!r} is neither up, down, unchanged nor a number")
        change = 0 if abs(value) < min_change or value == 0 else 1 if value > 0 else -1
    if max_p is None:
        return change
    if row.p is None or row.p.casefold() in MISSING:
        return 0
    p = _number(row.p)
    if p is None or not 0 <= p <= 1:
        return row.problem("p", f"{row.p!r} is no p-value; a number from 0 to 1, or NA")
    return change if p <= max_p else 0


def _number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None


# The test -----------------------------------------------------------------------------------------


def ternary_p(score: int, predicted: tuple[int, int, int], observed: tuple[int, int, int]) -> float:
    """Chance of this score or a higher one when labels are handed out at random, 0 to 1.

    `predicted` and `observed` count the entities up, down and neither.
    Raises ValueError where they do not count the same entities.
    """
    if sum(predicted) != sum(observed) or min(*predicted, *observed) < 0:
        raise ValueError(f"{predicted} and {observed} do not count the same entities")
    return _rounded(_tail(_scores(predicted, observed), predicted, score))


def _tail(chances: tuple[float, ...], predicted: tuple[int, int, int], score: int) -> float:
    return math.fsum(chances[max(0, score + predicted[0] + predicted[1]) :])


def _rounded(p: float) -> float:
    """Ten digits: the same on every machine."""
    return min(1.0, float(f"{p:.10g}"))


@lru_cache(maxsize=4096)
def _scores(predicted: tuple[int, int, int], observed: tuple[int, int, int]) -> tuple[float, ...]:
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
        found[i] = _rounded(least)
    return found


# Mechanisms ---------------------------------------------------------------------------------------


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
    """

    cause: str
    sign: Sign
    score: int
    p: float
    q: float
    least_p: float
    effects: tuple[Effect, ...]
    itself: tuple[Measured, ...] = ()

    def __str__(self) -> str:
        word = "raised" if self.sign is Sign.PLUS else "lowered"
        n, n_not = len(self.of("correct")), len(self.of("incorrect"))
        return (
            f"{self.cause} {word}   score {self.score:+d}: {n} as measured, {n_not} opposite; p {self.p:.3g}"
        )

    def of(self, outcome: str) -> tuple[Effect, ...]:
        """The effects with one of `OUTCOMES`."""
        return tuple(e for e in self.effects if e.outcome == outcome)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Mechanisms that explain more changes than they contradict: by p, then score (highest first), then name.

    `mechanisms` are the best of `n_found`, out of `n_tested`; `outside` are measured entities that no
    statement leads to.
    """

    mechanisms: tuple[Mechanism, ...]
    n_found: int
    n_tested: int
    signature: Signature
    outside: tuple[Measured, ...]
    max_length: int


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
    arrows: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for step in engine.steps:
        s = step.statement
        if s.sign is not Sign.UNKNOWN:
            arrows[s.subject].append((s.object, PLUS if s.sign is Sign.PLUS else MINUS))
    led_to = {end for ends in arrows.values() for end, _ in ends}
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
        key=lambda item: (_rounded(item[0].p), -item[0].score, item[0].cause, item[0].sign.value),
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


PLUS, MINUS = 1, 2
"""Bits for the signs of the shortest paths to an entity; both are set where they disagree."""


def _stands_for(signature: Signature, names: Names) -> Mapping[str, frozenset[str]]:
    """Measured entity → itself and what is below it, without what is below a more specific measured one."""
    below = {m.entity: frozenset(names.matching(m.entity)) for m in signature.rows}
    return {
        name: covered.difference(*(below[low] for low in covered if low != name and low in below))
        for name, covered in below.items()
    }


def _reached(
    arrows: Mapping[str, Sequence[tuple[str, int]]], starts: Iterable[str], max_length: int
) -> dict[str, tuple[int, int]]:
    """Entity → (steps, signs) of the shortest paths to it, breadth first: they go on from shortest paths."""
    seen = dict.fromkeys(starts, (0, PLUS))
    frontier: dict[str, int] = dict.fromkeys(seen, PLUS)
    for length in range(1, max_length + 1):
        reached: dict[str, int] = defaultdict(int)
        for name, signs in frontier.items():
            flipped = (signs & PLUS) << 1 | (signs & MINUS) >> 1
            for end, sign in arrows.get(name, ()):
                if end not in seen:
                    reached[end] |= signs if sign == PLUS else flipped
        seen |= {name: (length, signs) for name, signs in reached.items()}
        frontier = reached
    return seen


@dataclass(frozen=True, slots=True)
class _Tested:
    """A mechanism before its paths are looked up. `reached`: (measured, steps, signs if it is raised)."""

    cause: str
    starts: frozenset[str]
    sign: Sign
    score: int
    p: float
    least_p: float
    reached: tuple[tuple[Measured, int, int], ...]
    itself: tuple[Measured, ...]

    def mechanism(self, q: float, engine: Engine, stands_for: Mapping[str, frozenset[str]]) -> Mechanism:
        effects = []
        for measured, length, signs in self.reached:
            predicted = _direction(signs) if self.sign is Sign.PLUS else -_direction(signs)
            paths: list[Path] = []
            if length:
                question = Question(self.starts, stands_for[measured.entity], max_length=length)
                paths = [p for p in engine.paths(question) if p.sign is not Sign.UNKNOWN]
            outcome = _outcome(predicted, measured.change, signs)
            shown = _best(paths) if outcome == "ambiguous" else paths[:PATHS]
            effects.append(Effect(measured, predicted, outcome, length, len(paths), tuple(shown)))
        return Mechanism(
            self.cause,
            self.sign,
            self.score,
            _rounded(self.p),
            q,
            _rounded(self.least_p),
            tuple(effects),
            self.itself,
        )


def _best(paths: Sequence[Path]) -> list[Path]:
    """The best path of either sign, then others; best first."""
    firsts = [next(p for p in paths if p.sign is sign) for sign in (Sign.PLUS, Sign.MINUS)]
    others = [p for p in paths if p not in firsts][: PATHS - len(firsts)]
    return sorted([*firsts, *others], key=order_of)


def _direction(signs: int) -> int:
    return {PLUS: 1, MINUS: -1}.get(signs, 0)


def _outcome(predicted: int, change: int, signs: int) -> str:
    if predicted and change:
        return "correct" if predicted == change else "incorrect"
    if predicted:
        return "unconfirmed"
    if change:
        return "ambiguous" if signs else "unexplained"
    return "quiet"


def _both_signs(
    cause: str,
    starts: frozenset[str],
    reached: Mapping[str, tuple[int, int]],
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
        length = min((length for length, _ in found), default=0)
        signs = 0
        for at, bits in found:
            signs |= bits if at == length else 0
        rows.append((m, length, signs))
    directions = [_direction(signs) for _, _, signs in rows]
    up, down = directions.count(1), directions.count(-1)
    if not up + down:
        return
    changes = [m.change for m, _, _ in rows]
    predicted = (up, down, len(rows) - up - down)
    observed = (changes.count(1), changes.count(-1), changes.count(0))
    score = sum(d * c for d, c in zip(directions, changes, strict=True))
    chances = _scores(predicted, observed)
    # Lowered, every prediction turns round: its scores are these with the other sign.
    for sign, factor, seen in ((Sign.PLUS, 1, chances), (Sign.MINUS, -1, chances[::-1])):
        yield _Tested(
            cause, starts, sign, factor * score,
            p=_tail(seen, predicted, factor * score),
            least_p=next(x for x in reversed(seen) if x > 0),
            reached=tuple(rows),
            itself=tuple(itself),
        )  # fmt: skip
