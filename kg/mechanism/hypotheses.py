"""Untested pairs that signed paths join, ranked, each with what speaks for and against it.

A candidate is a pair (source, target) on which no line bears directly: not between the two, not between
anything below either, not between a broader source and the target. At least one signed path joins them.

Score, first version (a later one may replace it; `find_hypotheses` stays):

    weight(path)   = Π beliefs of steps × Π over inner entities of degree^-0.5
    support(sign)  = 1 − Π (1 − weight) over paths of that net sign that share no statement,
                     chosen greedily, heaviest first
    score          = support(predicted sign) × (1 − support(opposite sign))         0 to 1, for ranking only

The damping is that of degree-weighted path counts (Himmelstein et al. 2017, doi 10.7554/eLife.26726);
independent paths join by noisy-OR so that variants of one argument count once. The score is no probability.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from kg.frames import html_table
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine, Path, Question, order_of
from kg.model import Sign, Statement

__all__ = ["Hypothesis", "find_hypotheses", "weight"]

DAMPING = 0.5
SHOWN = 5


@dataclass(frozen=True)
class Hypothesis:
    """An untested effect: which way it should go, why, why not, and how to test it."""

    source: str
    target: str
    sign: Sign
    score: float
    support: float
    dissent: float
    n_paths: int
    supporting: tuple[Path, ...]
    dissenting: tuple[Path, ...]
    test: str

    def __str__(self) -> str:
        moves = "raise" if self.sign is Sign.PLUS else "lower"
        joined = "1 path" if self.n_paths == 1 else f"{self.n_paths} paths"
        return f"{self.source} should {moves} {self.target}   [{self.sign}] score {self.score:.3f}, {joined}"

    def _repr_html_(self) -> str:
        sides = (("for", self.supporting), ("against", self.dissenting))
        rows = [
            (side, " > ".join(p.entities), p.sign, p.belief, p.rung, p.papers)
            for side, paths in sides
            for p in paths
        ]
        columns = ("paths", "path", "net sign", "belief", "rung", "papers")
        return html_table(columns, rows, f"hypothesis, no finding: {self}", (f"test: {self.test}",))


def weight(path: Path, degree: dict[str, int]) -> float:
    """Belief of the path, damped by the popularity of the entities inside it."""
    return float(path.belief * prod(degree[n] ** -DAMPING for n in path.entities[1:-1]))


def _joined(paths: Iterable[Path], degree: dict[str, int]) -> float:
    """Noisy-OR over paths that share no statement, heaviest first."""
    used: set[str] = set()
    missed = 1.0
    for path in sorted(paths, key=lambda p: (-weight(p, degree), order_of(p))):
        ids = {s.id for s in path.statements}
        if not ids & used:
            used |= ids
            missed *= 1 - weight(path, degree)
    return 1 - missed


def _tested(statements: Iterable[Statement], names: Names) -> set[tuple[str, str]]:
    """Pairs on which some line bears, whichever way it went."""
    known: set[tuple[str, str]] = set()
    below = {e.name: frozenset(names.matching(e.name)) for e in names.entities}
    for s in statements:
        subjects = {s.subject, *names.ancestors(s.subject), *below[s.subject]}
        objects = {s.object, *names.ancestors(s.object)}
        known |= {(a, b) for a in subjects for b in objects}
    return known


def _experiment(path: Path, target: str, sign: Sign) -> str:
    """The smallest experiment that could refute the best path."""
    last = path.steps[-1]
    contexts = Counter(
        (e.experiment.species or "", e.experiment.disease or e.experiment.system or "") for e in last.supports
    )
    (species, setting), _ = max(contexts.items(), key=lambda item: (item[1], item[0]))
    told = ", ".join(filter(None, (species, setting)))
    where = f" ({told})" if told else ""
    middle = path.entities[1]
    weakest = min(path.steps, key=lambda s: s.belief.value)
    moves = {Sign.PLUS: "rises", Sign.MINUS: "falls", Sign.UNKNOWN: "changes"}[sign]
    return (
        f"Give {path.entities[0]}{where} and measure {target}, with and without {middle} blocked. "
        f"Refuted if {target} does not change, or {moves} as much with {middle} blocked. "
        f"Weakest step: {weakest.statement} ({weakest.rung}, belief {weakest.belief.value:.2f})."
    )


def find_hypotheses(
    engine: Engine,
    statements: Iterable[Statement],
    names: Names,
    sources: frozenset[str] | None,
    targets: frozenset[str] | None,
    max_length: int = 3,
    limit: int | None = 20,
) -> list[Hypothesis]:
    """Ranked hypotheses; without sources, from MSC, everything below it and their products."""
    if sources is None:
        sources = (
            frozenset(names.matching("MSC", products=True))
            if "MSC" in names.by_name
            else frozenset(engine.index)
        )
    wanted = targets if targets is not None else frozenset(engine.index)
    tested = _tested(statements, names)
    degree = dict(engine.degree)
    found: list[Hypothesis] = []
    for source in sorted(sources):
        paths: dict[str, list[Path]] = defaultdict(list)
        question = Question(frozenset({source}), wanted, max_length=max_length)
        for path in engine.paths(question):
            target = path.entities[-1]
            if (source, target) not in tested and path.sign is not Sign.UNKNOWN:
                paths[target].append(path)
        for target, joining in paths.items():
            found.append(_hypothesis(source, target, joining, degree))
    found.sort(key=lambda h: (-h.score, h.source, h.target))
    return found[:limit]


def _hypothesis(source: str, target: str, joining: list[Path], degree: dict[str, int]) -> Hypothesis:
    by_sign = {sign: [p for p in joining if p.sign is sign] for sign in (Sign.MINUS, Sign.PLUS)}
    joined = {sign: _joined(paths, degree) for sign, paths in by_sign.items()}
    sign = max(joined, key=lambda s: joined[s])
    other = Sign.PLUS if sign is Sign.MINUS else Sign.MINUS
    ranked = sorted(by_sign[sign], key=lambda p: (-weight(p, degree), order_of(p)))
    against = sorted(by_sign[other], key=lambda p: (-weight(p, degree), order_of(p)))
    return Hypothesis(
        source, target, sign,
        score=round(joined[sign] * (1 - joined[other]), 6),
        support=round(joined[sign], 6),
        dissent=round(joined[other], 6),
        n_paths=len(joining),
        supporting=tuple(ranked[:SHOWN]),
        dissenting=tuple(against[:SHOWN]),
        test=_experiment(ranked[0], target, sign),
    )  # fmt: skip
