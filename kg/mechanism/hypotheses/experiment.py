"""The cheapest experiment that could refute a hypothesis, and what it would teach."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kg import vocab
from kg.mechanism.belief import belief
from kg.mechanism.hypotheses.hypothesis import Experiment, Stake
from kg.mechanism.hypotheses.kinds import ACTIVITY, CAUSAL, Proposal, World
from kg.mechanism.paths import Step
from kg.model import Evidence, Sign

__all__ = ["experiment_of", "stakes_of"]

COST = {"in vitro": 0, "ex vivo": 1, "in vivo": 2, "clinical": 3}
INTERFERES = re.compile(
    "deficien|knock|lacking|null|deplet|remov|minipump|transgenic|overexpress|neutrali|antagonis|blocked|transfer|"
    "given|-/-",
    re.IGNORECASE,
)
"""Words of a model that hold an intervention already."""


def _cheapest(lines: Iterable[Evidence]) -> Evidence | None:
    """The line of the least costly system; of those the newest paper."""
    found = sorted(lines, key=lambda e: (COST.get(e.experiment.system, 9), -e.paper.year, e.paper.id))
    return found[0] if found else None


def _where(w: World, p: Proposal) -> Evidence | None:
    """The line whose experiment the test is done in.

    Where the agent's own effect on the target was shown, if it was; else where the last step was, without an
    intervention in the model itself: an animal without the mediator can't show what the mediator does.
    """
    best = p.supporting[0]
    shown = (
        w.ideas.lines(w.ideas.family, {p.target})
        if p.kind in ("missing mediator", "stronger product")
        else []
    )
    shown = [e for e in shown if e.direction == "supports" and e.experiment.system != "clinical"]
    lines = [e for e in best.steps[-1].supports if not p.contexts or e.experiment.disease in p.contexts]
    for some in (shown, lines, list(best.steps[-1].supports)):
        clean = [e for e in some if not INTERFERES.search(e.experiment.model or "")]
        if found := _cheapest(clean):
            return found
    return None


def _setting(e: Evidence) -> str:
    x = e.experiment
    where = x.model or x.disease or x.system
    told = {"in vitro": f"cultured cells ({where})", "ex vivo": f"tissue outside the body ({where})",
            "clinical": f"cells or tissue of such patients ({where})"}.get(x.system, where)  # fmt: skip
    species = x.species if x.species not in (None, "not stated", "several") else ""
    if x.system == "clinical" or not species or species in told.casefold():
        return told
    return f"{species} {told}"


def _intervention(w: World, via: str, first: Step | None, target: str) -> tuple[str, list[Evidence]]:
    """What to do to the mediator, and the lines that did it already.

    What the agent raises is blocked: were it added, that would imitate the agent. What it lowers is added
    back, for the same reason.
    """
    if first is None or not via:
        return "", []
    causal = [e for s in w.out.get(via, ()) for e in s.supports if e.line.test in CAUSAL]
    here = [e for e in causal if e.line.object == target] or causal
    is_cell = w.category(via) == "cell"
    if first.sign is Sign.PLUS:
        did = [e for e in here if e.line.test in ("necessity", "rescue")] or here
        return (f"{via} depleted" if is_cell else f"{via} blocked or knocked out"), did
    did = [e for e in here if e.line.test in ("sufficiency", "rescue")] or here
    return (f"{via} transferred back" if is_cell else f"{via} added back"), did


def _refutes_interaction(p: Proposal, drug: str, agent: str) -> str:
    """Two that add do more together than the better one; one that weakens leaves less of the effect."""
    if p.supporting[0].sign is p.supporting[-1].sign:
        return f"both together do no more to {p.target} than the better of {drug} and {agent} alone"
    return f"{agent} does as much to {p.target} with {drug} as without"


def experiment_of(w: World, p: Proposal) -> Experiment:
    """Model, readout, control and intervention from the experiments behind the steps, each cited."""
    if p.conflict is not None:
        return Experiment(
            "", "", p.target, "both sides of the conflict side by side", "",
            tuple(sorted({e.paper.id for e in (*p.conflict.one_side, *p.conflict.other_side)}))[:4],
            p.conflict.experiment,
            f"both results return in every arm, or neither does, whatever {p.via or 'varies'}",
        )  # fmt: skip
    best = p.supporting[0]
    first = best.steps[0]
    readout_line = _where(w, p)
    readout = p.target
    if best.steps[-1].predicate in ACTIVITY:
        readout = f"the activity of {p.target}"
    moves = {Sign.PLUS: "rise", Sign.MINUS: "fall", Sign.UNKNOWN: "change"}[p.sign]
    if p.kind == "rung gap":
        human = "precision-cut human lung slices or cells of patients"
        cited = tuple(dict.fromkeys(e.paper.id for s in best.steps for e in s.supports))[:3]
        text = (
            f"Give {p.source} to {human} ({', '.join(p.contexts) or 'the disease of the animal work'}) and "
            "measure "
            f"{p.target}, against vehicle and against the same product of fibroblasts; the animal work is in "
            f"{', '.join(cited)}."
        )
        return Experiment(
            human, "human", p.target, "vehicle; the same product of fibroblasts", "", cited, text,
            f"{p.target} does not {moves}",
        )  # fmt: skip
    disease = p.contexts[0] if p.contexts else next(iter(best.steps[-1].diseases), "")
    setting = _setting(readout_line) if readout_line else f"a model of {disease}" if disease else "culture"
    species = (readout_line.experiment.species or "") if readout_line else ""
    if p.kind == "drug interaction":
        drug = p.source.split(" given with ")[0]
        agent = p.source.split(" given with ")[1]
        cited = tuple(
            dict.fromkeys(e.paper.id for s in (*best.steps, *p.supporting[-1].steps) for e in s.supports)
        )[:4]
        text = (
            f"In {setting}, measure {p.target} and {p.via} with {agent}, with {drug}, with both and with "
            "neither "
            f"(2 × 2)."
        )
        return Experiment(
            setting, species, p.target, "each alone, and neither",
            f"{p.via} measured in every arm", cited, text,
            _refutes_interaction(p, drug, agent),
        )  # fmt: skip
    agent_step = next((s for s in best.steps if s.object == p.via), first)
    what, did = _intervention(w, p.via, agent_step, p.target)
    shown = _cheapest(did)
    cited = tuple(dict.fromkeys(
        [e.paper.id for e in (readout_line, shown) if e is not None]
        + [e.paper.id for e in first.supports[:1]]
    ))  # fmt: skip
    how = f" (as in {shown.paper.id})" if shown is not None else ""
    if p.kind == "stronger product":
        text = (
            f"In {setting}, give {p.source} and the plain product at the same dose and measure {p.target}; "
            f"a third arm has {what or p.via}{how}."
        )
        return Experiment(
            setting, species, p.target, "the plain product at the same dose; vehicle", what, cited, text,
            f"{p.target} does not {moves} more than with the plain product",
        )  # fmt: skip
    with_what = f", with and without {what}{how}" if what else ""
    alone = (
        f" An arm with {what} and no {p.source} shows what that does by itself."
        if what.endswith("back")
        else ""
    )
    text = f"In {setting}, give {p.source} or vehicle and measure {readout}{with_what}.{alone}"
    refuted = f"{readout} does not {moves} with {p.source}"
    if p.kind == "missing mediator":
        refuted = f"{p.target} {moves}s as much with {what} as without"
    elif what:
        refuted += f", or {moves}s as much with {what}"
    return Experiment(setting, species, readout, "vehicle", what, cited, text, refuted)


def stakes_of(w: World, p: Proposal, most: int = 3) -> tuple[Stake, ...]:
    """The statements of the best chain whose belief the experiment would move most.

    If confirmed, each gains one more supporting line like its own best from a new laboratory; if refuted, it
    gains a no-effect line of that kind.
    """
    if not p.supporting:
        return ()
    found = []
    for step in p.supporting[0].steps:
        lines = step.evidence
        best = max(step.supports, key=lambda e: vocab.RUNGS.index(e.rung) if e.rung else -1)
        up, down = (belief((*lines, _like(best, direction))).value for direction in ("supports", "no effect"))
        found.append(Stake(step.statement, step.belief.value, round(up, 4), round(down, 4)))
    found.sort(key=lambda s: (-s.moves, s.statement.id))
    return tuple(found[:most])


def _like(e: Evidence, direction: str) -> Evidence:
    """The same line as a new laboratory would report it, with that result."""
    from dataclasses import replace

    line = replace(e.line, direction=direction)
    paper = replace(e.paper, pmid=None, doi=None, group=None, path="the experiment proposed")
    return replace(e, id=f"{e.id}?", line=line, paper=paper)
