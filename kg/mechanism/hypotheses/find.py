"""Proposals merged into ideas, scored, ranked within their kind, and told in full.

Score of a hypothesis, 0 to 1, for ranking within its kind:

    weight(chain) = path score (belief × context agreement) × Π over inner entities of degree^-0.5
    support(sign) = 1 − Π (1 − weight) over chains of that net sign that share neither step nor paper score
    = support × (1 − support of the other sign) × what the kind adds (such as how even a conflict is)

The damping is that of degree-weighted path counts (Himmelstein et al. 2017, doi 10.7554/eLife.26726).
Evidence of sibling sources counts: members of one family are chains of one idea, discounted by `SIBLING`
where they are not the source named. A sign that has less than `VOTE` of the support is not called, and the
proposal dropped.

Where nobody reported the pair, it gets the ranker's calibrated chance too (`kg.engine.ranker`), and those
of a kind are ordered by score × chance × chance of the sign: what the chains say, and what the past says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from kg import vocab
from kg.mechanism.hypotheses.experiment import experiment_of, stakes_of
from kg.mechanism.hypotheses.hypothesis import KINDS, Hypothesis
from kg.mechanism.hypotheses.kinds import GENERATORS, Proposal, World, joined, weight
from kg.mechanism.paths import Path, Step
from kg.model import Statement

if TYPE_CHECKING:
    from kg.mechanism.hypotheses.foresight import Chance, Foresight

__all__ = ["Wanted", "find_hypotheses"]

SHOWN = 5
"""Chains shown on each side."""
SIBLING = 0.8
"""Factor on chains of another member of the family than the source named."""
VOTE = 0.6
"""Least share of the support that a sign needs to be called."""
AGAINST = 0.3
"""A sign that the past gives less than this chance, judged by the signs around the pair, is not called."""
NEARBY = 3


@dataclass(frozen=True)
class Wanted:
    """Which hypotheses are asked for; an empty or None field asks for nothing.

    `diseases` and `species`: the contexts in which it should hold. `min_rung`: of the weakest step of the
    best chain. `category`: of the target. `one_per_idea`: merge sources, products and readouts (the
    default).
    """

    kinds: frozenset[str] = frozenset()
    diseases: frozenset[str] | None = None
    species: str | None = None
    category: str | None = None
    min_rung: str | None = None
    one_per_idea: bool = True

    def keeps(self, w: World, h: Hypothesis) -> bool:
        best = h.supporting[0] if h.supporting else None
        if self.category is not None and w.category(h.target) != self.category:
            return False
        if self.diseases is not None and not self.diseases & {*h.contexts, *_diseases(h)}:
            return False
        if self.species is not None and (best is None or self.species not in best.species):
            return False
        if self.min_rung is not None:
            least = vocab.RUNGS.index(self.min_rung)
            return best is not None and bool(best.rung) and vocab.RUNGS.index(best.rung) >= least
        return True


def _diseases(h: Hypothesis) -> set[str]:
    """Diseases in which every step of the best chain was seen."""
    if not h.supporting:
        return set()
    steps = [set(s.diseases) for s in h.supporting[0].steps]
    return set.intersection(*steps) | ({h.target} if h.target else set())


def find_hypotheses(
    w: World,
    wanted: Wanted | None = None,
    foresight: Foresight | None = None,
    p_value: Callable[[Hypothesis], float | None] | None = None,
    limit: int | None = 20,
    progress: Callable[[str], None] = lambda message: None,
) -> list[Hypothesis]:
    """Hypotheses, kinds taking turns, best of each first.

    `p_value` is asked for those that are returned only.
    """
    wanted = wanted or Wanted()
    proposals: list[Proposal] = []
    for generate in GENERATORS:
        progress(generate.__name__.replace("_", " "))
        proposals += [p for p in generate(w) if not wanted.kinds or p.kind in wanted.kinds]
    chances = foresight.chances(sorted({p.pair for p in proposals if p.pair})) if foresight else {}
    ideas: dict[tuple[str, ...], list[Proposal]] = defaultdict(list)
    for n, p in enumerate(proposals):
        ideas[p.key if wanted.one_per_idea and p.key else (str(n),)].append(p)
    by_kind: dict[str, list[tuple[Hypothesis, float, float]]] = defaultdict(list)
    for found in ideas.values():
        if (made := _hypothesis(w, found, chances, foresight)) and wanted.keeps(w, made[0]):
            by_kind[made[0].kind].append(made)
    ranked: dict[str, list[Hypothesis]] = {}
    for kind, several in by_kind.items():
        several.sort(key=lambda m: (-m[1], m[0].source, m[0].target, m[0].via))
        by_degree = sorted(range(len(several)), key=lambda i: -several[i][2])
        place = {i: n for n, i in enumerate(by_degree, 1)}
        ranked[kind] = [
            replace(h, rank=n, degree_rank=place[n - 1] if h.probability is not None else None)
            for n, (h, _, _) in enumerate(several, 1)
        ]
    turns = zip_longest(*(ranked[k] for k in KINDS if k in ranked))
    chosen = [h for turn in turns for h in turn if h is not None][:limit]
    progress("details")
    return [_told(w, h, p_value) for h in chosen]


Chances = Mapping[tuple[str, str], "Chance"]


def _hypothesis(
    w: World, found: Sequence[Proposal], chances: Chances, foresight: Foresight | None
) -> tuple[Hypothesis, float, float] | None:
    """An idea of some proposals, what it is ordered by, and its score by degree; None where no sign is
    called.
    """
    supports = [_support(w, p) for p in found]
    first = max(range(len(found)), key=lambda i: (supports[i][0] * (1 - supports[i][1]), found[i].source))
    p = found[first]
    support, dissent = supports[first]
    if not support or support / (support + dissent) < VOTE:
        return None
    score = round(support * (1 - dissent) * p.bonus, 6)
    chance = chances.get(p.pair) if p.pair else None
    if chance and chance.of_sign(p.sign) < AGAINST:
        return None
    others = sorted(
        {f"{x.source} → {x.target}" for x in found} - {f"{p.source} → {p.target}"}
        | {f"in {d}" for x in found for d in x.contexts if x.kind == "mechanism transfer"}
        - {f"in {d}" for d in p.contexts}
        | {path.entities[0] for x in found for path in x.supporting if path.entities[0] in w.ideas.family}
        - {p.source}
    )
    best = sorted(p.supporting, key=lambda path: (-weight(path, w.degree), path.entities))
    against = sorted(p.dissenting, key=lambda path: (-weight(path, w.degree), path.entities))
    made = Hypothesis(
        p.kind, p.source, p.target, p.sign, p.reason, score, round(support, 6), round(dissent, 6),
        p.supporting if p.kind == "drug interaction" else _disjoint(best), _disjoint(against),
        experiment_of(w, p if p.kind == "drug interaction" else replace(p, supporting=tuple(best))),
        via=p.via, probability=chance.probability if chance else None,
        base_rate=foresight.ranker.base_rate if chance and foresight else None,
        sign_probability=round(chance.of_sign(p.sign), 3) if chance else None,
        years=foresight.ranker.years if chance and foresight else None, contexts=p.contexts or _held(best),
        merged=tuple(others), n_paths=len(p.supporting) + len(p.dissenting),
        stakes=stakes_of(w, replace(p, supporting=tuple(best))),
    )  # fmt: skip
    if chance is None:
        return made, score, 0.0
    return made, score * chance.probability * chance.of_sign(p.sign), chance.by_degree


def _support(w: World, p: Proposal) -> tuple[float, float]:
    """Support of the sign and of the other; chains of other members of the family are discounted."""
    named = p.supporting[0].entities[0] if p.supporting else ""
    sides = []
    for paths in (p.supporting, p.dissenting):
        own = [x for x in paths if x.entities[0] == named]
        kin = [x for x in paths if x.entities[0] != named]
        a, b = joined(own, w.degree), joined(kin, w.degree)
        sides.append(1 - (1 - a) * (1 - SIBLING * b))
    return sides[0], sides[1]


def _disjoint(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The best chains that share no step, at most SHOWN."""
    kept: list[Path] = []
    used: set[str] = set()
    for path in paths:
        ids = {s.id for s in path.steps}
        if not ids & used:
            kept.append(path)
            used |= ids
        if len(kept) == SHOWN:
            break
    return tuple(kept)


def _held(paths: Sequence[Path]) -> tuple[str, ...]:
    return tuple(paths[0].coherence.diseases[:3]) if paths else ()


def _told(w: World, h: Hypothesis, p_value: Callable[[Hypothesis], float | None] | None) -> Hypothesis:
    """With what is known nearby, and its p-value."""
    return replace(h, known_nearby=_nearby(w, h), p_value=p_value(h) if p_value and h.supporting else None)


def _nearby(w: World, h: Hypothesis) -> tuple[Statement, ...]:
    """The closest statements: of the agent's kin on what is near the target, then of others on the target."""
    source = h.supporting[0].entities[0] if h.supporting else h.source
    kin = w.ideas.kin(source) if source in w.ideas.names.by_name else frozenset()
    names = w.ideas.names
    near: set[str] = set(w.ideas.readouts(h.target))
    for parent in names.parents(h.target):
        near |= {parent, *names.children(parent)}
    used = {s.statement.id for p in h.supporting for s in p.steps}

    def best(steps: Iterable[Step]) -> list[Statement]:
        kept = [s for s in steps if s.statement.id not in used]
        return [s.statement for s in sorted(kept, key=lambda s: (-s.belief.value, s.statement.id))]

    mine = best(s for a in sorted(kin) for s in w.out.get(a, ()) if s.object in near)
    same = best(
        s for t in sorted(w.ideas.readouts(h.target)) for s in w.into.get(t, ()) if s.subject not in kin
    )
    return tuple(dict.fromkeys([*mine[:NEARBY], *same]))[:NEARBY]
