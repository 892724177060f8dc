"""Belief in a statement: one documented formula over its evidence lines, with an interval.

The form is INDRA's (Bachman et al. 2023, doi 10.15252/msb.202211325): a source is wrong with a
*systematic* error that repeating does not cure and a *random* error that it does, and independent
sources are joined by noisy-OR. Here a source is a research group (a paper whose group is not recorded
is its own), so five papers of one laboratory share one systematic error:

    wrong(group)   = min(1, syst + Π over its papers of rand)         syst, rand of its best line
    support        = 1 − Π over groups of wrong(group)                supporting lines
    weight for     = Σ over groups of −ln wrong(group)                supporting lines
    weight against = Σ over groups of −ln wrong(group) × relevance    disputing and no-effect lines
    belief         = support × weight for / (weight for + weight against)      dimensionless, 0 to 1

So with nothing against, belief is INDRA's noisy-OR; what is against takes away the share that it has in all
the weight of evidence. *Relevance* of a line against is 1 where its context can be that of a line for, and
less for each axis on which it is another than all of theirs.

Departures from INDRA: that division; errors depend on the experiment (system, causal test, and for a null its
size and whether it was what a trial set out to measure) and not on a reading machine; a paper counts once, by
its best line. Every number stands in `PARAMETERS`. The errors are the project's
judgement of how often such a line is misleading, ordered by the translational ladder; they are not
calibrated on data (`kg.mechanism.calibration` says why). So a belief ranks statements; it is not the
frequency with which they are true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from math import exp, factorial, log, prod
from random import Random
from typing import NamedTuple

from kg import vocab
from kg.model import Evidence, Statement

__all__ = ["PARAMETERS", "Belief", "Parameter", "Source", "belief", "belief_of", "sources"]


class Parameter(NamedTuple):
    """One number of the formula: what it is, which lines it is for, its value, and why it is so."""

    what: str
    of: str
    value: float
    why: str


SYSTEMATIC, RANDOM, FACTOR = "systematic error", "random error", "factor on the random error"
RELEVANCE = "relevance of a line against"

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(SYSTEMATIC, "in vitro", 0.15, "a culture is not a lung, however often repeated"),
    Parameter(SYSTEMATIC, "ex vivo human tissue", 0.12, "human, but cut off from blood and immune system"),
    Parameter(SYSTEMATIC, "rodent in vivo", 0.12, "a whole animal, of another species"),
    Parameter(SYSTEMATIC, "other animal in vivo", 0.12, "a whole animal, of another species"),
    Parameter(SYSTEMATIC, "large animal in vivo", 0.10, "lungs nearer to ours"),
    Parameter(SYSTEMATIC, "human observational", 0.12, "the right species, open to confounding"),
    Parameter(SYSTEMATIC, "early trial", 0.10, "given to people, without a random control"),
    Parameter(SYSTEMATIC, "randomised trial", 0.05, "confounding is cut by chance"),
    Parameter(SYSTEMATIC, "meta-analysis of trials", 0.05, "no less bias than the trials it pools"),
    Parameter(RANDOM, "in vitro", 0.40, "one experiment with few replicates"),
    Parameter(RANDOM, "ex vivo human tissue", 0.35, "few donors"),
    Parameter(RANDOM, "rodent in vivo", 0.35, "small groups"),
    Parameter(RANDOM, "other animal in vivo", 0.35, "small groups"),
    Parameter(RANDOM, "large animal in vivo", 0.30, "small groups, measured more closely"),
    Parameter(RANDOM, "human observational", 0.40, "people differ more than inbred animals"),
    Parameter(RANDOM, "early trial", 0.40, "small, not powered for effects"),
    Parameter(RANDOM, "randomised trial", 0.25, "a planned size"),
    Parameter(RANDOM, "meta-analysis of trials", 0.15, "many patients"),
    Parameter(FACTOR, "association", 1.00, "the base: given or measured, and the object changed with it"),
    Parameter(FACTOR, "dose response", 0.85, "more of it did more"),
    Parameter(FACTOR, "sufficiency", 0.80, "it alone gave the effect"),
    Parameter(FACTOR, "necessity", 0.70, "blocking it took the effect away"),
    Parameter(FACTOR, "rescue", 0.60, "blocking took the effect away, adding it brought it back"),
    Parameter(FACTOR, "null, size not stated", 1.50, "absence of an effect is harder to show than an effect"),
    Parameter(FACTOR, "null, under 30", 2.00, "too few to see anything but a large effect"),
    Parameter(FACTOR, "null, 30 to 99", 1.50, "a middling effect is easily missed"),
    Parameter(FACTOR, "null, 100 to 299", 1.20, "a middling effect would mostly be seen"),
    Parameter(FACTOR, "null, 300 or more", 0.90, "even a small effect would mostly be seen"),
    Parameter(FACTOR, "null, primary endpoint", 0.80, "what the trial was planned and sized for"),
    Parameter(RELEVANCE, "another disease", 0.50, "no effect in influenza says less of bacterial sepsis"),
    Parameter(RELEVANCE, "another product", 0.70, "vesicles are not cells"),
    Parameter(RELEVANCE, "another tissue source", 0.80, "sources differ less than products"),
    Parameter("highest random error", "every line", 0.90, "a line that counts at all says a little"),
    Parameter("highest belief given", "a line of joined data", 0.99, "no single source is certain"),
    Parameter("level of the interval", "every belief", 0.95, "percentile interval over resampled sources"),
    Parameter("resamples", "many kinds of sources", 2000, "where outcomes are too many to list"),
)
"""Every number that belief depends on. Judgement, not calibration."""


def _of(what: str) -> dict[str, float]:
    return {p.of: p.value for p in PARAMETERS if p.what == what}


_SYSTEMATIC, _RANDOM, _FACTOR, _RELEVANCE = _of(SYSTEMATIC), _of(RANDOM), _of(FACTOR), _of(RELEVANCE)
HIGHEST_RANDOM = _of("highest random error")["every line"]
HIGHEST_GIVEN = _of("highest belief given")["a line of joined data"]
LEVEL = _of("level of the interval")["every belief"]
RESAMPLES = int(_of("resamples")["many kinds of sources"])

LISTED = 5_000
"""Most outcomes of resampling that are listed; above it they are sampled."""


@dataclass(frozen=True, slots=True)
class Belief:
    """Belief in a statement, 0 to 1, with what is for and against it, and its interval.

    `supporting` and `opposing` hold the probability of each independent source to be wrong, smallest first;
    that of an opposing source to the power of its relevance, so that −ln of it is its weight. A belief that
    comes from elsewhere (an edge table) has no sources and no width. `factor`: what a belief taken over from
    another statement is worth.
    """

    value: float
    support: float
    against: float
    supporting: tuple[float, ...] = field(default=(), repr=False)
    opposing: tuple[float, ...] = field(default=(), repr=False)
    factor: float = field(default=1.0, repr=False)

    def scaled(self, factor: float) -> Belief:
        """The belief and what is for it, times a factor of 0 to 1."""
        return replace(
            self, value=round(self.value * factor, 4), support=round(self.support * factor, 4),
            factor=self.factor * factor,
        )  # fmt: skip

    @property
    def interval(self) -> tuple[float, float]:
        """95 % bootstrap interval over sources; see `interval`."""
        if not (self.supporting or self.opposing):
            return self.value, self.value
        low, high = interval(self.supporting, self.opposing)
        return round(low * self.factor, 4), round(high * self.factor, 4)

    @property
    def low(self) -> float:
        return self.interval[0]

    @property
    def high(self) -> float:
        return self.interval[1]

    @property
    def without_strongest(self) -> float:
        """What is left without the strongest supporting source; 0 where all rests on one."""
        if not self.supporting:
            return 0.0
        return round(_joined(self.supporting[1:], self.opposing) * self.factor, 4)


class Source(NamedTuple):
    """An independent source: a research group, or a paper without one, with its papers and its error."""

    name: str
    papers: tuple[str, ...]
    systematic: float
    random: tuple[float, ...]
    wrong: float
    relevance: float = 1.0


def errors_of(line: Evidence) -> tuple[float, float]:
    """(systematic, random) error of a line; of one whose system is not known, that of the lowest rung.

    A belief that came with a line of joined data is taken at its word: the line is wrong with the rest of it.
    """
    if line.line.given_belief is not None:
        return 0.0, max(1 - HIGHEST_GIVEN, 1 - line.line.given_belief)
    rung = line.rung or vocab.RUNGS[0]
    random = _RANDOM[rung] * _FACTOR.get(line.line.test, 1.0)
    if line.direction == "no effect":
        random *= _null_factor(line)
    return _SYSTEMATIC[rung], min(HIGHEST_RANDOM, random)


def _null_factor(line: Evidence) -> float:
    """What a null is worth by its size, and by whether it was the primary endpoint of a trial."""
    n = line.n
    size = "size not stated"
    if n is not None:
        size = "under 30" if n < 30 else "30 to 99" if n < 100 else "100 to 299" if n < 300 else "300 or more"
    is_primary = line.line.endpoint is not None and line.line.endpoint.rank == "primary"
    return _FACTOR[f"null, {size}"] * (_FACTOR["null, primary endpoint"] if is_primary else 1.0)


_AXES = (("disease", "another disease"), ("product", "another product"), ("source", "another tissue source"))


def relevance(line: Evidence, others: Iterable[Evidence]) -> float:
    """How relevant a line against is to what the others found, 0 to 1: 1 where it can be one of their
    contexts.

    Each axis on which it differs from all of them costs its factor; what a line leaves open can be anything.
    """
    others = list(others)
    if not others:
        return 1.0
    found = 1.0
    for axis, of in (
        ("disease", "another disease"),
        ("product", "another product"),
        ("source", "another tissue source"),
    ):
        mine = _context(axis, line)
        theirs = {_context(axis, other) for other in others}
        if mine is not None and None not in theirs and mine not in theirs:
            found *= _RELEVANCE[of]
    return found


def _context(axis: str, line: Evidence) -> str | None:
    if axis == "disease":
        return line.experiment.disease
    value: str | None = getattr(line.experiment.agent, axis, None)
    return None if value in vocab.OPEN_VALUES else value


_Errors = tuple[float, float]


def _grouped(lines: Iterable[Evidence]) -> dict[str, dict[str, _Errors]]:
    """Group → paper → errors of the paper's best line."""
    groups: dict[str, dict[str, _Errors]] = {}
    for line in lines:
        papers, paper, errors = groups.setdefault(line.paper.source_group, {}), line.paper.id, errors_of(line)
        known = papers.get(paper)
        papers[paper] = errors if known is None or sum(errors) < sum(known) else known
    return groups


def _wrong(papers: Iterable[_Errors]) -> float:
    """Probability that a group is wrong, from the errors of its papers."""
    errors = sorted(papers)
    return min(1.0, errors[0][0] + prod(random for _, random in errors))


def sources(lines: Iterable[Evidence], against: Iterable[Evidence] = ()) -> list[Source]:
    """The independent sources of lines that say one thing, most reliable first.

    `against`: the lines that they speak against; their relevance to those then lowers what they weigh.
    """
    lines, others = list(lines), list(against)
    relevant: dict[str, float] = {}
    for line in lines if others else ():
        group = line.paper.source_group
        relevant[group] = max(relevant.get(group, 0.0), relevance(line, others))
    found = [
        Source(
            name, tuple(sorted(papers)), min(s for s, _ in papers.values()),
            tuple(sorted(r for _, r in papers.values())),
            _wrong(papers.values()) ** relevant.get(name, 1.0), relevant.get(name, 1.0),
        )
        for name, papers in _grouped(lines).items()
    ]  # fmt: skip
    return sorted(found, key=lambda s: (s.wrong, s.name))


def belief(lines: Iterable[Evidence]) -> Belief:
    """Belief from the counted lines given; 0 without support."""
    for_it: list[Evidence] = []
    against_it: list[Evidence] = []
    for line in lines:
        if line.counts:
            (for_it if line.line.direction == "supports" else against_it).append(line)
    supporting = tuple(sorted(s.wrong for s in sources(for_it)))
    opposing = tuple(sorted(s.wrong for s in sources(against_it, for_it)))
    value = round(_joined(supporting, opposing), 4)
    return Belief(value, round(1 - prod(supporting), 4), round(1 - prod(opposing), 4), supporting, opposing)


def _joined(supporting: Iterable[float], opposing: Iterable[float]) -> float:
    """Belief from the probabilities of independent sources to be wrong."""
    return _value(-sum(map(log, supporting)), -sum(map(log, opposing)))


def _value(weight_for: float, weight_against: float) -> float:
    if weight_for <= 0:
        return 0.0
    return (1 - exp(-weight_for)) * weight_for / (weight_for + weight_against)


def belief_of(statement: Statement) -> Belief:
    """Belief in a statement from all its lines, or the one that came with it."""
    if statement.given_belief is not None:
        return Belief(statement.given_belief, statement.given_belief, 0.0)
    return belief(statement.evidence)


# The interval -------------------------------------------------------------------------------------


def _poisson(mean: int) -> list[float]:
    """Probabilities of 0, 1, 2 … draws, as far as one in a million is left."""
    found: list[float] = []
    while 1 - sum(found) > 1e-6:
        found.append(exp(-mean) * mean ** len(found) / factorial(len(found)))
    return found


@lru_cache(maxsize=4096)
def interval(supporting: tuple[float, ...], opposing: tuple[float, ...]) -> tuple[float, float]:
    """(low, high): where belief lies in 95 % of redrawn literatures, each source drawn Poisson(1) times.

    A bootstrap over sources, supporting and opposing together. How many sources there are is itself an
    accident, so their number is drawn too (that is why each is drawn Poisson(1) times, and not n out of
    n): a single source gives the wide interval that it deserves, where n out of n would give none. Sources of
    equal error are drawn as one Poisson(m), which is the same. Where outcomes are few they are all listed
    with their probabilities, else `RESAMPLES` of them are drawn from a generator with a fixed start: equal
    sources give equal intervals, in any order. The value lies inside.
    """
    counts = Counter([(log(w), True) for w in supporting] + [(log(w), False) for w in opposing])
    kinds = sorted(counts)
    chances = [_poisson(counts[kind]) for kind in kinds]
    found = sorted(_outcomes(kinds, chances))
    total = sum(chance for _, chance in found)
    tail = (1 - LEVEL) / 2
    return round(_percentile(found, tail * total), 4), round(_percentile(found, (1 - tail) * total), 4)


def _outcomes(
    kinds: Sequence[tuple[float, bool]], chances: Sequence[list[float]]
) -> Iterator[tuple[float, float]]:
    """(belief, probability) of redrawn literatures."""

    def value(drawn: Sequence[int]) -> float:
        for_it = sum(n * w for n, (w, supports) in zip(drawn, kinds, strict=True) if supports)
        against = sum(n * w for n, (w, supports) in zip(drawn, kinds, strict=True) if not supports)
        return _value(-for_it, -against)

    if prod(map(len, chances)) <= LISTED:
        for drawn in product(*(range(len(c)) for c in chances)):
            yield value(drawn), prod(c[n] for c, n in zip(chances, drawn, strict=True))
        return
    generator = Random(0)
    for _ in range(RESAMPLES):
        yield value([_drawn(c, generator.random()) for c in chances]), 1 / RESAMPLES


def _drawn(chances: Sequence[float], at: float) -> int:
    """How many draws the point `at` of the cumulative distribution stands for."""
    for n, chance in enumerate(chances):
        at -= chance
        if at < 0:
            return n
    return len(chances) - 1


def _percentile(found: Sequence[tuple[float, float]], share: float) -> float:
    """The smallest value up to which `share` of the probability lies."""
    reached = 0.0
    for value, chance in found:
        reached += chance
        if reached >= share - 1e-12:
            return value
    return found[-1][0]


assert set(_SYSTEMATIC) == set(_RANDOM) == set(vocab.RUNGS)
