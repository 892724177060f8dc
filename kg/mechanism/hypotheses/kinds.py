"""The generators: each finds proposals of one kind, each for its own reason.

A *proposal* is a candidate before merging and ranking: which agent should do what, through what, and the
chains that say so. All take the same `World`. None proposes what a line already bears on (`Ideas`), a chain
that lies within one paper, or one that leads through the agent's own kin.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from kg import vocab
from kg.mechanism.conflicts import Conflict
from kg.mechanism.hypotheses.ideas import AGENT, Ideas
from kg.mechanism.paths import Engine, Path, Question, Step
from kg.model import Evidence, Sign

__all__ = ["GENERATORS", "Proposal", "World", "weight"]

DAMPING = 0.5
"""Exponent of the degree of each entity inside a chain, as in degree-weighted path counts."""
CONSIDERED = 40
"""Best chains between two ends that are weighed."""
LONGEST = 3
MEDIATORS = ("protein", "small molecule", "microRNA", "RNA", "cell", "pathway", "process")
OUTSIDE = ("exposure", "organism", "drug")
"""What comes from outside: no agent works through it, and none is asked to change it."""
STATES = ("disease", "outcome", "phenotype")
"""States of the whole: a chain through one says that a sick lung differs, not how something works."""
ACTIVITY = ("activates", "inhibits")
"""Predicates that change what a thing does, not how much of it there is."""
CULTURED = ("protein", "small molecule", "microRNA", "RNA", "pathway")
"""Categories of what can be read in cultured human cells or tissue."""
CARRIED = ("protein", "small molecule", "microRNA", "RNA")
CARRIES = ("secretes", "contains", "transfers")
CAUSAL = ("necessity", "sufficiency", "rescue")
MOST_AXES = 2
"""Contexts that one experiment can vary."""
REPLICATED = 2
"""Laboratories that make an effect a replicated one."""
BAD = ("death", "tumour", "tumor", "metasta", "thromb", "coagul", "infection", "superinfection", "adverse",
       "exacerbation", "graft failure", "embol")  # fmt: skip
"""Words in the names of outcomes that are bad by themselves; diseases are, too."""


@dataclass(frozen=True)
class Proposal:
    """A candidate: `pair` says whether nobody reported source and target, so that a chance can be given."""

    kind: str
    source: str
    target: str
    sign: Sign
    supporting: tuple[Path, ...]
    dissenting: tuple[Path, ...]
    reason: str
    via: str = ""
    pair: tuple[str, str] | None = None
    contexts: tuple[str, ...] = ()
    bonus: float = 1.0
    conflict: Conflict | None = None
    key: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class World:
    """What the generators look at: the graph, its ideas, which sources and targets are asked about."""

    engine: Engine
    ideas: Ideas
    conflicts: Sequence[Conflict]
    sources: frozenset[str] | None = None
    targets: frozenset[str] | None = None
    max_length: int = LONGEST

    @property
    def agents(self) -> frozenset[str]:
        """The agents asked about; without any, the family."""
        return self.ideas.family if self.sources is None else self.sources

    def wants(self, target: str) -> bool:
        return self.targets is None or target in self.targets

    @cached_property
    def out(self) -> Mapping[str, list[Step]]:
        found: dict[str, list[Step]] = defaultdict(list)
        for s in self.engine.steps:
            found[s.subject].append(s)
        return found

    @cached_property
    def into(self) -> Mapping[str, list[Step]]:
        found: dict[str, list[Step]] = defaultdict(list)
        for s in self.engine.steps:
            found[s.object].append(s)
        return found

    @cached_property
    def changes(self) -> str:
        """What was done to products, in the words of names, engineering and priming; in lower case."""
        told = set(self.ideas.changed)
        for s in self.ideas.statements:
            for e in s.evidence:
                if (agent := e.experiment.agent) is not None:
                    told |= {text for text in (agent.engineering, agent.priming) if text}
        return "\n".join(sorted(told)).casefold()

    @cached_property
    def degree(self) -> Mapping[str, int]:
        return self.engine.degree

    def category(self, name: str) -> str:
        return self.ideas.names.by_name[name].category if name in self.ideas.names.by_name else ""

    def path(self, *steps: Step) -> Path:
        """The path of some steps, with its score."""
        walk = tuple(self._number[id(s)] for s in steps)
        return self.engine.path(walk)

    @cached_property
    def _number(self) -> Mapping[int, int]:
        return {id(s): i for i, s in enumerate(self.engine.steps)}


def weight(path: Path, degree: Mapping[str, int]) -> float:
    """Score of the path (belief × context agreement), damped by the popularity of the entities inside it."""
    found = path.score if path.score else path.belief
    for name in path.entities[1:-1]:
        found *= degree.get(name, 1) ** -DAMPING
    return float(found)


def joined(paths: Iterable[Path], degree: Mapping[str, int]) -> float:
    """Noisy-OR over chains that share neither a step nor a paper, heaviest first, 0 to 1.

    Chains that share one are variants of one argument and count once.
    """
    used: set[str] = set()
    missed = 1.0
    for path in sorted(paths, key=lambda p: (-weight(p, degree), p.entities)):
        marks = {s.id for s in path.steps} | set(path.papers)
        if not marks & used:
            missed *= 1 - weight(path, degree)
        used |= marks
    return 1 - missed


def is_one_paper(steps: Sequence[Step]) -> bool:
    """Whether one paper stands behind every step: that chain is the paper's own."""
    return len(steps) > 1 and bool(set.intersection(*(set(s.papers) for s in steps)))


def groups(lines: Iterable[Evidence]) -> set[str]:
    """Independent laboratories behind some lines."""
    return {e.paper.source_group for e in lines}


def is_causal(step: Step) -> bool:
    """Whether blocking, giving alone or adding back was tested."""
    return any(e.line.test in CAUSAL for e in step.supports)


def _can_be_tested(first: Step, last: Step) -> bool:
    """Whether the mediator was moved the way a test needs: blocked if the agent raises it, else given."""
    wanted = (
        ("necessity", "rescue") if first.sign is Sign.PLUS else ("sufficiency", "rescue", "dose response")
    )
    return any(e.line.test in wanted for e in last.supports)


def _chains(w: World, sources: frozenset[str], target: str) -> list[Path]:
    """The best chains from some agents to a target, not through their kin, not within one paper."""
    closed = frozenset().union(*(w.ideas.kin(s) for s in sources)) if sources else frozenset()
    question = Question(sources, frozenset({target}), max_length=w.max_length, no_return=closed - {target})
    narrow = w.engine.narrowed(question)
    found = []
    for walk in islice(w.engine.best_walks(question), 4 * CONSIDERED):
        path = narrow.path(walk)
        inside = set(path.entities[1:-1])
        around = w.ideas.readouts(target)
        if path.sign is Sign.UNKNOWN or is_one_paper(path.steps) or inside & around:
            continue
        if any(w.category(x) in (*OUTSIDE, *STATES) for x in inside):
            continue
        found.append(path)
        if len(found) == CONSIDERED:
            break
    return found


def _by_sign(paths: Iterable[Path]) -> dict[Sign, list[Path]]:
    found: dict[Sign, list[Path]] = {Sign.PLUS: [], Sign.MINUS: []}
    for p in paths:
        found[p.sign].append(p)
    return found


def _is_bad(w: World, target: str) -> bool:
    words = target.casefold()
    return w.category(target) == "disease" or any(b in words for b in BAD)


def _is_of_agent(target: str, sources: frozenset[str], w: World) -> bool:
    """Whether a target is something about the agent itself, such as where its cells go."""
    return any(
        re.search(rf"\b{re.escape(s)}\b", target)
        for s in {*sources, *(w.ideas.product(x) for x in sources & w.ideas.family)}
    )


def missing_mechanism(w: World) -> Iterator[Proposal]:
    """Signed chains join an agent and a target that nobody measured; harm where that would be bad.

    Agents of the family are one source. Others are asked one by one.
    """
    own = w.agents & w.ideas.family
    asked = [own] if own else []
    asked += [frozenset({a}) for a in sorted(w.agents - w.ideas.family)]
    for sources in asked:
        reach = {t for t in w.engine.names if t not in sources and w.wants(t)}
        known = frozenset().union(*(w.ideas.measured(w.ideas.kin(s)) | w.ideas.kin(s) for s in sources))
        for target in sorted(reach - known):
            if w.category(target) in OUTSIDE or target not in w.into or _is_of_agent(target, sources, w):
                continue
            paths = [p for p in _chains(w, sources, target) if len(p.steps) > 1]
            if not paths:
                continue
            sides = _by_sign(paths)
            sign = max(sides, key=lambda s: joined(sides[s], w.degree))
            other = Sign.PLUS if sign is Sign.MINUS else Sign.MINUS
            best = sides[sign][0]
            source = _label(w, sources) if sources <= w.ideas.family else best.entities[0]
            bad = sign is Sign.PLUS and _is_bad(w, target)
            kind = "harm" if bad else "missing mechanism"
            n = len(sides[sign])
            reason = (
                f"{n} chain{'s' * (n != 1)} of tested steps "
                f"{'lead' if n != 1 else 'leads'} from {source} to {target}; no line here bears on the "
                "effect itself."
            )
            yield Proposal(
                kind, source, target, sign, tuple(sides[sign]), tuple(sides[other]), reason,
                via=best.entities[1], pair=(best.entities[0], target),
                key=(kind, source, w.ideas.root(target)),
            )  # fmt: skip


def _label(w: World, sources: frozenset[str]) -> str:
    """What agents of the family are called together: the product, where they are one kind of it."""
    above = [s for s in sources if all(o in w.ideas.names.matching(s) for o in sources)]
    products = {w.ideas.product(s) for s in sources}
    return products.pop() if len(products) == 1 else min(above, default=AGENT)


def missing_mediator(w: World) -> Iterator[Proposal]:
    """An effect of the family is replicated; what lies between was never blocked: candidates for it."""
    own = w.agents & w.ideas.family
    effects: dict[tuple[str, Sign], list[Step]] = defaultdict(list)
    for a in sorted(own):
        for s in w.out.get(a, ()):
            if s.sign is not Sign.UNKNOWN and w.wants(s.object):
                effects[s.object, s.sign].append(s)
    first: dict[str, list[Step]] = defaultdict(list)
    for a in sorted(own - w.ideas.changed):
        for s in w.out.get(a, ()):
            if s.sign is not Sign.UNKNOWN and w.category(s.object) in MEDIATORS:
                first[s.object].append(s)
    for (target, sign), shown in sorted(effects.items(), key=lambda item: (item[0][0], item[0][1].value)):
        lines = [e for s in shown for e in s.supports]
        if len(groups(lines)) < REPLICATED or w.category(target) in CARRIED:
            continue
        around = w.ideas.readouts(target)
        tested = {e.paper.id for e in w.ideas.lines(w.ideas.family, around)}
        for last in w.into.get(target, ()):
            mediator = last.subject
            if (
                mediator not in first
                or mediator in around
                or mediator in w.ideas.family
                or not is_causal(last)
            ):
                continue
            # A paper that has both the agent's effect on the target and the mediator's tested the idea.
            if tested & {e.paper.id for e in w.ideas.lines(w.ideas.kin(mediator), around)}:
                continue
            chains = [w.path(a, last) for a in first[mediator]
                      if a.sign * last.sign is sign and _can_be_tested(a, last)]  # fmt: skip
            against = [w.path(a, last) for a in first[mediator] if a.sign * last.sign is not sign]
            chains = [p for p in chains if not is_one_paper(p.steps)]
            if not chains:
                continue
            best = max(chains, key=lambda p: (weight(p, w.degree), p.entities))
            n = len(groups(lines))
            moved = "raise" if best.steps[0].sign is Sign.PLUS else "lower"
            reason = (
                f"{n} laboratories found that {AGENT}s or their products {_verb(sign)} {target}; they "
                f"{moved} "
                f"{mediator}, and {mediator} {last.predicate} {target} where it was tested. No paper here "
                "tested both."
            )
            yield Proposal(
                "missing mediator", w.ideas.product(best.entities[0]), target, sign, tuple(chains),
                tuple(against), reason, via=mediator, contexts=best.coherence.diseases,
                key=("missing mediator", mediator),
            )  # fmt: skip


def mechanism_transfer(w: World) -> Iterator[Proposal]:
    """An agent works through a mediator in one disease; the mediator drives another, where it was not
    tried.
    """
    own = w.agents & w.ideas.family
    proven: dict[str, list[Step]] = defaultdict(list)
    for a in sorted(own - w.ideas.changed):
        for s in w.out.get(a, ()):
            if s.sign is Sign.UNKNOWN or w.category(s.object) not in MEDIATORS:
                continue
            papers = set(s.papers)
            if any(is_causal(t) and papers & set(t.papers) for t in w.out.get(s.object, ())):
                proven[s.object].append(s)
    for mediator, firsts in sorted(proven.items()):
        for last in w.out.get(mediator, ()):
            target = last.object
            if last.sign is Sign.UNKNOWN or not w.wants(target) or target in w.ideas.family:
                continue
            causal = [e for e in last.supports if e.line.test in CAUSAL and e.experiment.disease]
            for disease in sorted({str(e.experiment.disease) for e in causal}):
                tried = w.ideas.lines(w.ideas.family, w.ideas.readouts(target))
                near = w.ideas.readouts(disease)
                if any(e.experiment.disease in near for e in tried):
                    continue
                there = w.ideas.lines(w.ideas.family, {mediator})
                if any(e.experiment.disease in near for e in there):
                    continue
                for sign in (Sign.PLUS, Sign.MINUS):
                    chains = [w.path(a, last) for a in firsts if a.sign * last.sign is sign]
                    chains = [p for p in chains if not is_one_paper(p.steps)]
                    if not chains:
                        continue
                    against = [w.path(a, last) for a in firsts if a.sign * last.sign is not sign]
                    best = max(chains, key=lambda p: (weight(p, w.degree), p.entities))
                    first = best.steps[0]
                    where = ", ".join(sorted(first.diseases)[:2]) or "another setting"
                    reason = (
                        f"In {where} it works through {mediator}; in {disease} {mediator} {last.predicate} "
                        f"{target} "
                        f"where it was blocked or given. There nobody gave {AGENT}s and measured either."
                    )
                    yield Proposal(
                        "mechanism transfer", w.ideas.product(best.entities[0]), target, sign, tuple(chains),
                        tuple(against), reason, via=mediator, contexts=(disease,),
                        pair=_if_new(w, best.entities[0], target),
                        key=("mechanism transfer", mediator, w.ideas.root(target)),
                    )  # fmt: skip


def _if_new(w: World, source: str, target: str) -> tuple[str, str] | None:
    return None if w.ideas.is_known(source, target) else (source, target)


def stronger_product(w: World) -> Iterator[Proposal]:
    """The family carries something that alone does good here, and nobody gave the product more of it."""
    own = w.agents & w.ideas.family
    carriers: dict[str, list[Step]] = defaultdict(list)
    for a in sorted(own - w.ideas.changed):
        for s in w.out.get(a, ()):
            if s.predicate in CARRIES and w.category(s.object) in CARRIED:
                carriers[s.object].append(s)
    for cargo, firsts in sorted(carriers.items()):
        if _was_changed_in(w, cargo):
            continue
        for last in w.out.get(cargo, ()):
            target = last.object
            given = any(e.line.test in ("sufficiency", "rescue", "dose response") for e in last.supports)
            if last.sign is Sign.UNKNOWN or not given or not w.wants(target):
                continue
            effect = [s for a in own for s in w.out.get(a, ()) if s.object in w.ideas.readouts(target)]
            agreeing = [s for s in effect if s.sign is last.sign]
            if not agreeing or len(groups(e for s in agreeing for e in s.supports)) < REPLICATED:
                continue
            chains = [p for p in (w.path(a, last) for a in firsts) if not is_one_paper(p.steps)]
            against = [w.path(s) for s in effect if s.sign is not last.sign and s.sign is not Sign.UNKNOWN]
            if not chains:
                continue
            reason = (
                f"{firsts[0].subject} {firsts[0].predicate} {cargo}, and {cargo} {last.predicate} {target} "
                "where it "
                "was given. The plain product does the same; nobody here gave one with more "
                f"{cargo}."
            )
            yield Proposal(
                "stronger product", f"{AGENT} made to carry more {cargo}", target, last.sign, tuple(chains),
                tuple(against), reason, via=cargo, contexts=last.diseases[:3],
                key=("stronger product", cargo),
            )  # fmt: skip


def priming(w: World) -> Iterator[Proposal]:
    """A stimulus makes the cells carry more of something that does good here; nobody primed them for that."""
    own = w.agents & w.ideas.family
    if not any(w.category(a) == "cell" for a in own):
        return
    carried = {s.object for a in own for s in w.out.get(a, ()) if s.predicate in CARRIES}
    for stimulus in sorted(w.out):
        if stimulus in w.ideas.family or w.category(stimulus) not in (*CARRIED, "exposure", "drug"):
            continue
        if _was_changed_in(w, stimulus):
            continue
        for first in w.out[stimulus]:
            cargo = first.object
            # Given to the cells: where it was blocked, it may be a part of them.
            in_cells = [e for e in first.supports if e.experiment.system == "in vitro" and e.experiment.agent
                        and e.experiment.agent.product == "cells"
                        and e.line.test not in ("necessity", "rescue")]  # fmt: skip
            if first.sign is not Sign.PLUS or cargo not in carried or not in_cells:
                continue
            for last in w.out.get(cargo, ()):
                target = last.object
                given = any(e.line.test in ("sufficiency", "rescue", "dose response") for e in last.supports)
                if last.sign is Sign.UNKNOWN or not given or not w.wants(target):
                    continue
                agreeing = [s for a in own for s in w.out.get(a, ())
                            if s.object in w.ideas.readouts(target) and s.sign is last.sign]  # fmt: skip
                path = w.path(first, last)
                if not agreeing or is_one_paper(path.steps) or target in w.ideas.readouts(stimulus):
                    continue
                reason = (
                    f"{stimulus} makes {AGENT}s hold more {cargo} in culture ({in_cells[0].paper.id}), and "
                    f"{cargo} "
                    f"{last.predicate} {target} where it was given. Nobody here primed them "
                    "with it."
                )
                yield Proposal(
                    "stronger product", f"{AGENT} primed with {stimulus}", target, last.sign, (path,), (),
                    reason,
                    via=cargo, contexts=last.diseases[:3], key=("stronger product", stimulus, cargo),
                )  # fmt: skip


def _was_changed_in(w: World, factor: str) -> bool:
    """Whether some product was changed in a factor: loaded with it, made to express it, primed by it."""
    entity = w.ideas.names.by_name[factor]
    spelled = [factor, entity.label, *entity.aliases]
    return any(s.casefold() in w.changes for s in spelled if len(s) > 2)


def substitution(w: World) -> Iterator[Proposal]:
    """Cells need a factor for an effect, and a cell-free product carries it."""
    own = w.agents & w.ideas.family - w.ideas.changed
    carried: dict[str, list[Step]] = defaultdict(list)
    for a in sorted(own):
        if w.category(a) in ("vesicle", "medium", "organelle"):
            for s in w.out.get(a, ()):
                if s.predicate in CARRIES and w.category(s.object) in CARRIED:
                    carried[s.object].append(s)
    for factor, firsts in sorted(carried.items()):
        for last in w.out.get(factor, ()):
            target = last.object
            if last.sign is Sign.UNKNOWN or not w.wants(target):
                continue
            needed = [e for e in last.supports if e.line.test in ("necessity", "rescue")
                      and e.experiment.agent and e.experiment.agent.product == "cells"]  # fmt: skip
            if not needed:
                continue
            by_product: dict[str, list[Step]] = defaultdict(list)
            for carrying in firsts:
                by_product[w.ideas.product(carrying.subject)].append(carrying)
            for product, steps in sorted(by_product.items()):
                kin = frozenset(n for n in w.ideas.family if w.ideas.product(n) == product or n == product)
                if target in w.ideas.measured(kin):
                    continue
                chains = [p for p in (w.path(a, last) for a in steps) if not is_one_paper(p.steps)]
                if not chains:
                    continue
                reason = (
                    f"Cells need {factor} for what they do to {target} ({needed[0].paper.id}); "
                    f"{steps[0].subject} "
                    f"{steps[0].predicate} {factor}. Nobody here gave {product} and measured {target}."
                )
                yield Proposal(
                    "substitution", product, target, last.sign, tuple(chains), (), reason, via=factor,
                    contexts=last.diseases[:3], pair=(steps[0].subject, target),
                    key=("substitution", product, w.ideas.root(target)),
                )  # fmt: skip


def rung_gap(w: World) -> Iterator[Proposal]:
    """Two laboratories showed it in animals, none in human cells or tissue or in people."""
    own = w.agents & w.ideas.family
    effects: dict[tuple[str, str, Sign], list[Step]] = defaultdict(list)
    for a in sorted(own - w.ideas.changed):
        for s in w.out.get(a, ()):
            readable = w.category(s.object) in CULTURED and s.predicate not in ACTIVITY
            if s.sign is not Sign.UNKNOWN and w.wants(s.object) and readable:
                effects[w.ideas.product(a), s.object, s.sign].append(s)
    for (product, target, sign), steps in sorted(effects.items(), key=lambda i: (*i[0][:2], i[0][2].value)):
        lines = [e for s in steps for e in s.supports]
        animal = [e for e in lines if e.rung and vocab.level_of(e.rung) == "animal"]
        if len(groups(animal)) < REPLICATED:
            continue
        around = w.ideas.readouts(target)
        everything = w.ideas.lines(w.ideas.family, around)
        if any(_in_human(e) for e in everything):
            continue
        opposite = [s for a in own for s in w.out.get(a, ()) if s.object == target and s.sign is not sign]
        diseases = sorted({str(e.experiment.disease) for e in animal if e.experiment.disease})
        reason = (
            f"{len(groups(animal))} laboratories showed it in animals ({', '.join(diseases[:3])}); no line "
            "here is "
            "from human cells, human tissue or people, for or against."
        )
        paths = sorted((w.path(s) for s in steps), key=lambda p: -p.score)
        yield Proposal(
            "rung gap", product, target, sign, tuple(paths), tuple(w.path(s) for s in opposite), reason,
            contexts=tuple(diseases[:3]), key=("rung gap", w.ideas.root(target), sign.value),
        )  # fmt: skip


def _in_human(e: Evidence) -> bool:
    return e.experiment.species == "human" or e.rung in vocab.HUMAN_RUNGS


def conflict(w: World) -> Iterator[Proposal]:
    """Findings disagree, and a context could be why: the one to vary."""
    for c in w.conflicts:
        if c.subject not in w.agents or not w.wants(c.object) or c.verdict.how == "curated":
            continue
        n_one, n_other = len(groups(c.one_side)), len(groups(c.other_side))
        axes = c.verdict.axes
        if c.verdict.papers or n_one + n_other <= REPLICATED or not 0 < len(axes) <= MOST_AXES:
            continue
        if c.shared_groups or _is_one_model(w, c) or any(p in c.one + c.other for p in CARRIES):
            continue
        steps = [s for s in w.out.get(c.subject, ()) if s.object == c.object]
        if not steps:
            continue
        main = max(steps, key=lambda s: (len(s.supports), s.id))
        paths = [w.path(s) for s in steps if s.sign is main.sign]
        against = [w.path(s) for s in steps if s.sign is not main.sign]
        told = c.verdict.reason if axes else "no context that is reported separates them"
        reason = (
            f"{n_one} laborator{'y' if n_one == 1 else 'ies'}: {c.one}; {n_other}: {c.other}. Of what is "
            f"reported: {told}."
        )
        balance = min(n_one, n_other) / max(n_one, n_other)
        yield Proposal(
            "conflict", c.subject, c.object, main.sign, tuple(paths), tuple(against), reason,
            via=" or ".join(axes[:3]), bonus=balance * (1 if axes else 0.5), conflict=c,
            key=("conflict", w.ideas.root(c.object), *axes),
        )  # fmt: skip


def _is_one_model(w: World, c: Conflict) -> bool:
    """Whether the sides part by disease where one is a model or a kind of the other."""
    if "disease" not in c.verdict.axes:
        return False
    one, other = c.contexts("disease")
    near = {
        m
        for d in one
        for m in (*w.ideas.readouts(d), *w.ideas.bridges.models_of(d), *w.ideas.bridges.modelled_by(d))
    }
    return bool(near & set(other))


def drug_interaction(w: World) -> Iterator[Proposal]:
    """A drug against what the agent's effect needs should weaken it; one that works another way should add.

    Needed: blocking the mediator in a paper that gave the agent took the effect away. Two agents that share a
    mediator may only share its limit, so nothing is proposed of them.
    """
    own = w.agents & w.ideas.family - w.ideas.changed
    needed: dict[str, list[tuple[Step, Step]]] = defaultdict(list)
    for a in sorted(own):
        for first in w.out.get(a, ()):
            if first.sign is Sign.UNKNOWN or w.category(first.object) not in MEDIATORS:
                continue
            for last in w.out.get(first.object, ()):
                shared = set(first.papers) & {
                    e.paper.id for e in last.supports if e.line.test in ("necessity", "rescue")
                }
                if shared and last.sign is not Sign.UNKNOWN and w.wants(last.object):
                    needed[last.object].append((first, last))
    for drug in sorted(n for n in w.out if w.category(n) == "drug"):
        for d in w.out[drug]:
            if d.sign is Sign.UNKNOWN or w.category(d.object) not in MEDIATORS:
                continue
            for target, pairs in sorted(needed.items()):
                for first, last in pairs:
                    yield from _interaction(w, drug, d, target, first, last)


def _interaction(w: World, drug: str, d: Step, target: str, first: Step, last: Step) -> Iterator[Proposal]:
    """One drug's step beside one mechanism: interference on its mediator, or a second way to its target."""
    diseases = frozenset(x for n in last.diseases for x in w.ideas.readouts(n))
    if d.diseases and diseases and not diseases & set(d.diseases):
        return
    own = w.path(first, last)
    agent, mediator = first.subject, first.object
    where = last.diseases[:3]
    if d.object == mediator and d.sign is not first.sign:
        does = "lowers" if d.sign is Sign.MINUS else "raises"
        reason = (
            f"What {agent} does to {target} needs {mediator} ({last.papers[0]}); {drug} {does} {mediator} "
            f"({', '.join(d.papers[:2])}). Given together {drug} should weaken the effect; nobody here "
            "gave both."
        )
        sign = Sign.PLUS if own.sign is Sign.MINUS else Sign.MINUS
        yield Proposal(
            "drug interaction", f"{drug} given with {agent}", target, sign, (w.path(d, last), own), (),
            reason, via=mediator, contexts=where, key=("drug interaction", drug, mediator),
        )  # fmt: skip
    for other in w.out.get(d.object, ()):
        if other.object != target or d.object == mediator or not is_causal(other):
            continue
        way = w.path(d, other)
        if way.sign is not own.sign or is_one_paper(way.steps):
            continue
        reason = (
            f"{agent} changes {target} through {mediator} ({last.papers[0]}), {drug} through {d.object} "
            f"({', '.join(d.papers[:2])}): two ways to one end. Together they should do more than either; "
            "nobody here gave both."
        )
        yield Proposal(
            "drug interaction", f"{drug} given with {agent}", target, own.sign, (way, own), (), reason,
            via=d.object, contexts=where, key=("drug interaction", drug, d.object),
        )  # fmt: skip


def _verb(sign: Sign) -> str:
    return {Sign.PLUS: "raise", Sign.MINUS: "lower", Sign.UNKNOWN: "change"}[sign]


GENERATORS = (
    missing_mediator, mechanism_transfer, missing_mechanism, stronger_product, priming, substitution,
    rung_gap, conflict, drug_interaction,
)  # fmt: skip
