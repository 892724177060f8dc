"""What would have been proposed at the end of an earlier year, and what became of it.

The graph is frozen at a year; the hypotheses of then are held against the papers that came later. A *decoy*
stands beside each: another target (or mediator) of the same category that was as popular then and that no
chain singled out. A kind is worth something where its hypotheses were borne out more often than their
decoys.

Borne out means, by kind:

- missing mechanism, harm, substitution: a later line of the agent's kin bears on the target or a readout of
  it;
- mechanism transfer: one from that disease or a model of it;
- missing mediator: a later paper holds both the agent's effect on the target and the mediator's;
- stronger product: a later product was changed in that factor;
- rung gap: a later line of the agent's kin on it is from human cells, human tissue or people.

A conflict or a drug interaction is not judged. What nobody has measured yet is not refuted: shares are
floors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from kg import vocab
from kg.errors import BadInput
from kg.mechanism.hypotheses.hypothesis import KINDS, Hypothesis
from kg.mechanism.hypotheses.ideas import Ideas
from kg.model import Evidence, Sign

if TYPE_CHECKING:
    from kg.graph import Graph

__all__ = ["Outcome", "Tally", "backtest", "tallies"]

JUDGED = tuple(k for k in KINDS if k not in ("conflict", "drug interaction"))
DECOYS = 5
"""Decoys beside each hypothesis."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A hypothesis of a year, and what became of it: the papers that bear it out, and whether its sign was
    right.

    `sign_right` is None where no later line is of exactly that pair. `decoys`: how many of its decoys were
    borne out, of `n_decoys`.
    """

    until: int
    hypothesis: Hypothesis
    papers: tuple[str, ...]
    first_year: int | None
    sign_right: bool | None
    decoys: int
    n_decoys: int

    @property
    def is_borne_out(self) -> bool:
        return bool(self.papers)


@dataclass(frozen=True, slots=True)
class Tally:
    """Hypotheses of one kind and year: how many, how many borne out; of the best ten, of the decoys."""

    until: int
    kind: str
    n: int
    borne_out: int
    best_n: int
    best_borne_out: int
    decoys: int
    n_decoys: int
    signs_right: int
    n_signs: int

    @property
    def share(self) -> float:
        return self.borne_out / self.n if self.n else 0.0

    @property
    def decoy_share(self) -> float:
        return self.decoys / self.n_decoys if self.n_decoys else 0.0


class _Later:
    """What was reported after a year."""

    def __init__(self, g: Graph, ideas: Ideas, until: int) -> None:
        self.ideas, self.until = ideas, until
        self.by_pair: dict[tuple[str, str], list[tuple[Sign, Evidence]]] = defaultdict(list)
        for s in g.statements():
            for e in s.evidence:
                if e.counts and e.paper.year > until:
                    self.by_pair[s.subject, s.object].append((s.sign, e))
        self.objects: dict[str, set[str]] = defaultdict(set)
        for subject, obj in self.by_pair:
            self.objects[subject].add(obj)

    def lines(self, agents: Iterable[str], targets: Iterable[str]) -> list[tuple[Sign, Evidence]]:
        wanted = set(targets)
        return [x for a in agents for o in self.objects.get(a, set()) & wanted for x in self.by_pair[a, o]]

    def of(self, h: Hypothesis, target: str, via: str) -> list[tuple[Sign, Evidence]]:
        """The lines that bear a hypothesis out, were its target and mediator these."""
        ideas = self.ideas
        around = ideas.readouts(target)
        source = h.supporting[0].entities[0] if h.supporting else h.source
        kin = ideas.kin(source)
        if h.kind == "substitution":
            kin = frozenset(n for n in ideas.family if ideas.product(n) == h.source)
        found = self.lines(kin, around)
        if h.kind == "mechanism transfer":
            near = ideas.readouts(h.contexts[0])
            found = [x for x in found if x[1].experiment.disease in near]
        if h.kind == "missing mediator":
            papers = {e.paper.id for _, e in self.lines(ideas.kin(via), around)}
            found = [x for x in found if x[1].paper.id in papers]
        if h.kind == "rung gap":
            found = [x for x in found
                     if x[1].experiment.species == "human" or x[1].rung in vocab.HUMAN_RUNGS]  # fmt: skip
        if h.kind == "stronger product":
            found = [x for a in ideas.changed for o in self.objects.get(a, ()) for x in self.by_pair[a, o]
                     if via.casefold() in f"{a} {_change(x[1])}".casefold()]  # fmt: skip
        return found


def _change(e: Evidence) -> str:
    agent = e.experiment.agent
    return f"{agent.engineering or ''} {agent.priming or ''}" if agent else ""


def backtest(
    g: Graph,
    years: Sequence[int] = (2010, 2013, 2016, 2019),
    kinds: Iterable[str] = JUDGED,
    progress: Callable[[str], None] = lambda message: None,
) -> list[Outcome]:
    """What became of the hypotheses of each year, in the order in which they were ranked then.

    Raises BadInput for a kind that is not judged.
    """
    found = []
    wanted = list(kinds)
    if wrong := [k for k in wanted if k not in JUDGED]:
        raise BadInput(f"{wrong[0]!r} is not judged by later papers; one of {', '.join(JUDGED)}")
    for until in years:
        progress(f"as of {until}")
        then = g.within(until=until)
        ideas = then._ideas
        later = _Later(g, Ideas(g.names, g.bridges, g.statements()), until)
        degree = then.engine.degree
        hypotheses = then.hypotheses(kind=wanted, limit=None, p_values=False)
        taken = {(h.kind, h.target) for h in hypotheses} | {(h.kind, h.via) for h in hypotheses}
        for h in sorted(hypotheses, key=lambda h: (JUDGED.index(h.kind), h.rank)):
            lines = later.of(h, h.target, h.via)
            source = h.supporting[0].entities[0] if h.supporting else h.source
            kin = ideas.kin(source)
            exact = {sign for sign, e in lines if e.line.object == h.target and e.line.subject in kin
                     and e.direction == "supports"}  # fmt: skip
            fake = _decoys(then, h, degree, taken)
            outcome = Outcome(
                until, h, tuple(sorted({e.paper.id for _, e in lines})),
                min((e.paper.year for _, e in lines), default=None),
                (h.sign in exact) if exact and h.kind != "missing mediator" else None,
                sum(bool(later.of(h, *decoy)) for decoy in fake), len(fake),
            )  # fmt: skip
            found.append(outcome)
    return found


def _decoys(
    then: Graph, h: Hypothesis, degree: Mapping[str, int], taken: set[tuple[str, str]]
) -> list[tuple[str, str]]:
    """(target, mediator) of decoys: what varies is the mediator where the kind is about one, else the
    target.
    """
    by_mediator = h.kind in ("missing mediator", "stronger product")
    true = h.via if by_mediator else h.target
    ideas = then._ideas
    category = then.names.by_name[true].category
    source = h.supporting[0].entities[0] if h.supporting else h.source
    known = frozenset() if by_mediator or h.kind == "rung gap" else ideas.measured(ideas.kin(source))
    around = ideas.readouts(true)
    want = degree.get(true, 0)
    others = [
        n for n, d in degree.items()
        if then.names.by_name[n].category == category and n not in around and n not in known
        and n not in ideas.family and (h.kind, n) not in taken and want / 2 <= d <= 2 * want
    ]  # fmt: skip
    drawn = Random(h.id).sample(sorted(others), min(DECOYS, len(others)))
    return [(h.target, n) if by_mediator else (n, h.via) for n in drawn]


def tallies(outcomes: Iterable[Outcome], best: int = 10) -> list[Tally]:
    """One row per year and kind, in their order."""
    by: dict[tuple[int, str], list[Outcome]] = defaultdict(list)
    for o in outcomes:
        by[o.until, o.hypothesis.kind].append(o)
    found = []
    for (until, kind), some in sorted(by.items(), key=lambda item: (item[0][0], JUDGED.index(item[0][1]))):
        top = [o for o in some if o.hypothesis.rank <= best]
        signs = [o.sign_right for o in some if o.sign_right is not None]
        found.append(Tally(
            until, kind, len(some), sum(o.is_borne_out for o in some),
            len(top), sum(o.is_borne_out for o in top),
            sum(o.decoys for o in some), sum(o.n_decoys for o in some), sum(signs), len(signs),
        ))  # fmt: skip
    return found
