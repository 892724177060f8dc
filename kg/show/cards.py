"""Answers as people and programs read them: cards of text, and plain data for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.mechanism.belief import Belief, belief_of
from kg.mechanism.conflicts import Conflict
from kg.mechanism.hypotheses import Hypothesis
from kg.mechanism.path_conflicts import PathConflict
from kg.mechanism.paths import AXES, Path, Step
from kg.mechanism.trials import TrialReport
from kg.model import CURATED, Entity, Evidence, Paper, Statement
from kg.ontology.terms import Profile, Touch

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.explanation import Effect, Explanation, Mechanism
    from kg.mechanism.signature import Measured

__all__ = [
    "conflict_card",
    "conflict_data",
    "disease_card",
    "entity_card",
    "entity_data",
    "explanation_data",
    "hypothesis_card",
    "hypothesis_data",
    "hypothesis_numbers",
    "mechanism_card",
    "mechanism_data",
    "paper_card",
    "paper_data",
    "paper_link",
    "path_card",
    "path_conflict_card",
    "path_conflict_data",
    "path_data",
    "term_card",
    "term_data",
]


def paper_link(paper: Paper) -> str:
    """Where a person can read the paper; empty for a row of an edge table that names none."""
    return vocab.paper_address(paper.id)


def belief_text(b: Belief) -> str:
    return f"{b.value:.2f} ({b.low:.2f} to {b.high:.2f})"


def balance(s: Statement) -> dict[str, dict[str, int]]:
    """Independent sources for, without effect and against, by level: human, animal, in vitro."""
    found: dict[str, dict[str, int]] = {}
    for level in reversed(vocab.LEVELS):
        sides = {"for": s.supports, "no effect": s.no_effects, "against": s.disputes}
        counts = {
            side: len({e.paper.source_group for e in lines if vocab.level_of(e.rung) == level})
            for side, lines in sides.items()
        }
        if any(counts.values()):
            found[level] = counts
    return found


def balance_text(s: Statement) -> str:
    """The balance on one line: `sources: for 6 (animal 6), no effect 4 (human 4)`."""
    told = []
    for side in ("for", "no effect", "against"):
        by_level = {level: counts[side] for level, counts in balance(s).items() if counts[side]}
        if not by_level:
            continue
        where = f" ({', '.join(f'{level} {n}' for level, n in by_level.items())})" if by_level else ""
        told.append(f"{side} {sum(by_level.values())}{where}")
    return f"sources: {', '.join(told) or 'none counts'}"


def line_text(e: Evidence) -> str:
    """One evidence line on one line."""
    x, a = e.experiment, e.experiment.agent
    context = [x.species, x.system, x.disease, x.model]
    if a:
        context += [a.product, a.source, a.route]
    mark = {"supports": "for", "disputes": "against", "no effect": "no effect"}[e.direction]
    withdrawn = "" if e.counts else " [withdrawn]"
    where = "; ".join(filter(None, (e.line.test, ", ".join(c for c in context if c))))
    # What an edge table does not tell is left out.
    told = [e.line.finding, where and f"[{where}]", e.paper.id, e.paper.year and f"({e.paper.year})"]
    origin = f" {{{e.origin}}}" if e.line.origin else ""
    return f"{mark}: {' '.join(str(part) for part in told if part)}{withdrawn}{origin}"


def origins_text(s: Statement) -> str:
    """The data of the user's that a statement is from, in braces; empty where all of it was curated."""
    own = [o for o in s.origins if o != CURATED]
    return f"  {{{', '.join(s.origins)}}}" if own else ""


# Paths --------------------------------------------------------------------------------------------


def step_data(step: Step) -> dict[str, Any]:
    s = step.statement
    return {
        "statement_id": s.id,
        "subject": s.subject,
        "predicate": s.predicate,
        "sign": s.sign.value,
        "object": s.object,
        "papers": list(step.papers),
        "belief": step.belief.value,
        "belief_range": [step.belief.low, step.belief.high],
        "rung": step.rung,
        "level": step.level,
        "species": list(step.species),
        "diseases": list(step.diseases),
        "n_supports": len(step.supports),
        "n_against": len(step.against),
        "inherited_from": step.inherited_from or None,
        "bridged_by": step.bridged_by or None,
        "origins": list(s.origins),
    }


def path_data(path: Path) -> dict[str, Any]:
    """A path as plain data; the keys `sign belief rung steps` are a contract."""
    c = path.coherence
    return {
        "sign": path.sign.value,
        "belief": path.belief,
        "belief_range": list(path.belief_range),
        "score": path.score,
        "rung": path.rung,
        "human_share": round(path.human_share, 4),
        "entities": list(path.entities),
        "species": list(path.species),
        "papers": list(path.papers),
        "coherence": {
            "species": list(c.species),
            "diseases": list(c.diseases),
            "models": list(c.shared[2]),
            "phases": list(c.shared[3]),
            **{f"{axis}_break": broken for axis, broken in zip(AXES, c.breaks, strict=True)},
        },
        "sentence": path.sentence(),
        "steps": [step_data(s) for s in path.steps],
    }


def path_card(path: Path, conflicts: Iterable[Conflict] = ()) -> str:
    """A path with every line behind it."""
    low, high = path.belief_range
    facts = (
        f"net sign {path.sign}",
        f"score {path.score:.3f}",
        f"belief {path.belief:.3f} ({low:.3f} to {high:.3f})",
        f"weakest rung: {path.rung or 'not stated'}",
        f"steps with human support: {path.human_share:.0%}",
    )
    out = [path.sentence(), f"  {'   '.join(facts)}", f"  holds together: {path.coherence}"]
    for number, step in enumerate(path.steps, 1):
        s = step.statement
        told = f"[{s.sign}]  belief {belief_text(step.belief)}  {step.rung}  {s.id}{origins_text(s)}"
        out.append(f"  {number}. {s}   {told}")
        if step.inherited_from:
            out.append(f"       taken over from what is stated of {step.inherited_from}")
        if step.bridged_by:
            out.append(f"       stated of a marker: {step.bridged_by}")
        out += [f"       {line_text(e)}" for e in step.evidence]
    for c in conflicts:
        if effect := c.effect_on(path):
            out += [f"  conflict: {c}", f"    {effect}"]
    return "\n".join(out)


# Entities -----------------------------------------------------------------------------------------


def _touch_data(t: Touch) -> dict[str, int]:
    return {"n_statements": t.n_statements, "n_lines": t.n_lines, "n_papers": t.n_papers}


def term_data(profile: Profile) -> dict[str, Any]:
    """A class of the ontology as plain data."""
    term = profile.term
    return {
        "name": term.name,
        "id": term.id,
        "kind": term.kind,
        "label": term.label,
        "definition": term.definition,
        "synonyms": list(term.synonyms),
        "note": term.note,
        "parents": list(profile.parents),
        "children": list(profile.children),
        "equals": list(profile.equals),
        "members": list(profile.members),
        "mappings": [{"match": match, "id": curie} for match, curie in term.mappings],
        "sources": list(term.sources),
        "version": term.version,
        "licence": term.licence,
        "evidence": _touch_data(profile.evidence),
        "entities_below": list(profile.below),
        "evidence_below": _touch_data(profile.evidence_below),
    }


def entity_data(entity: Entity, profile: Profile, statements: Sequence[Statement]) -> dict[str, Any]:
    """An entity as plain data: what `term_data` gives, and the statements that touch it."""
    touching = [s for s in statements if entity.name in (s.subject, s.object)]
    return {
        **term_data(profile),
        "category": entity.category,
        "aliases": list(entity.aliases),
        "n_lines": sum(len(s.evidence) for s in touching),
        "statements": [statement_data(s) for s in touching],
    }


def statement_data(s: Statement) -> dict[str, Any]:
    b = belief_of(s)
    return {
        "statement_id": s.id,
        "subject": s.subject,
        "predicate": s.predicate,
        "sign": s.sign.value,
        "object": s.object,
        "n_supports": len(s.supports),
        "n_disputes": len(s.disputes),
        "n_no_effect": len(s.no_effects),
        "belief": b.value,
        "belief_range": [b.low, b.high],
        "belief_without_strongest": b.without_strongest,
        "rung": s.rung,
        "papers": list(s.papers),
        "mark": s.mark,
        "words": str(s),
        "balance": balance(s),
        "origins": list(s.origins),
    }


def _some(names: Sequence[str], most: int = 12) -> str:
    more = f", … and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _place(profile: Profile, aliases: Sequence[str] = ()) -> list[str]:
    """Lines on synonyms, parents, children, mappings, source and evidence of a class."""
    term, out = profile.term, []
    if others := [s for s in term.synonyms if s not in (*aliases, term.name)]:
        out.append(f"  synonyms: {_some(others)}")
    if profile.equals:
        out.append(f"  same as: {_some(profile.equals)}")
    if profile.parents:
        out.append(f"  is a: {_some(profile.parents)}")
    if profile.children:
        out.append(f"  above: {_some(profile.children)}")
    if term.mappings:
        out.append(f"  maps to: {', '.join(f'{curie} ({match})' for match, curie in term.mappings)}")
    source = "this project" if term.id.startswith("mscm:") else term.id.partition(":")[0]
    if drawn := [vocab.compress(s) for s in term.sources if vocab.compress(s) != vocab.ONTOLOGY_IRI]:
        source += f"; defined after {', '.join(drawn)}"
    out.append(f"  source: {', '.join(x for x in (source, term.version, term.licence) if x)}")
    n_more = len(set(profile.below) - {term.name})
    out.append(f"  evidence: {profile.evidence if term.kind == 'entity' else profile.evidence_below}")
    if n_more and term.kind == "entity":
        out.append(f"    with the {n_more} below it: {profile.evidence_below}")
    elif n_more:
        out[-1] += f", through {n_more} {'entity' if n_more == 1 else 'entities'}"
    return out


def term_card(profile: Profile, axiom: str = "") -> str:
    """What a class is that is no entity; `axiom` is what defines it."""
    term = profile.term
    out = [f"{term.name}   {term.id}, {term.kind}"]
    out += [f"  {text}" for text in (term.definition,) if text]
    if axiom:
        out.append(f"  is defined as: {axiom}")
        out.append(f"  members ({len(profile.members)}): {_some(profile.members, 60)}")
    return "\n".join([*out, *_place(profile)])


def entity_card(
    entity: Entity, profile: Profile, statements: Sequence[Statement], lines: bool = False
) -> str:
    """What an entity is, and the statements that touch it; with `lines` also their evidence."""
    out = [f"{entity.name}   {entity.id} ({entity.label}), {entity.category}"]
    if entity.aliases:
        out.append(f"  also: {', '.join(entity.aliases)}")
    if entity.note:
        out.append(f"  {entity.note}")
    if profile.term.definition not in ("", entity.note):
        out.append(f"  {profile.term.definition}")
    out += _place(profile, entity.aliases)
    acts = [s for s in statements if s.subject == entity.name]
    acted = [s for s in statements if s.object == entity.name]
    for title, group in (("does", acts), ("is acted on", acted)):
        if group:
            out.append(f"  {title} ({len(group)} statements):")
        for s in sorted(group, key=lambda s: (-belief_of(s).value, s.subject, s.object)):
            against = len(s.disputes) + len(s.no_effects)
            counts = f"{len(s.supports)} for" + (f", {against} against" if against else "")
            if s.is_null:
                rung = max((e.rung for e in s.no_effects if e.rung), key=vocab.RUNGS.index, default="")
                out.append(f"    {s}   [0] {len(s.no_effects)} lines  {rung}  {s.id}{origins_text(s)}")
            else:
                told = f"[{s.mark}] {belief_text(belief_of(s))} {counts}  {s.rung}  {s.id}{origins_text(s)}"
                out.append(f"    {s}   {told}")
            if lines:
                out += [f"        {line_text(e)}" for e in s.evidence]
    if not acts and not acted:
        out.append("  no statement starts or ends at it")
    return "\n".join(out)


def disease_card(entity: Entity, counted: Mapping[str, str], view: Graph) -> str:
    """The evidence from a disease: what counts as it, who acts in it and how, trials, nulls."""
    out = []
    if others := {name: why for name, why in counted.items() if why}:
        out.append(f"  its evidence takes along: {'; '.join(others.values())}")
    statements = view.statements()
    lines = [e for s in statements for e in s.evidence]
    papers = {e.paper.id for e in lines}
    nulls = [s for s in statements if s.is_null]
    out.append(
        f"  evidence from it: {len(statements)} statements, {len(lines)} lines, {len(papers)} papers; "
        f"{len(nulls)} only found absent"
    )
    rungs = Counter(e.rung for e in lines if e.rung)
    out.append(f"    by rung: {', '.join(f'{r} {rungs[r]}' for r in vocab.RUNGS if rungs[r])}")
    agents = Counter(s.subject for s in statements if any(e.experiment.agent for e in s.evidence))
    told = [f"{name} {n}" for name, n in sorted(agents.items(), key=lambda i: (-i[1], i[0]))]
    out.append(f"    acting (statements): {_some(told)}")
    for title, group in (("strongest", [s for s in statements if s.is_asserted]), ("no effect", nulls)):
        best = sorted(group, key=lambda s: (-belief_of(s).value, -len(s.papers), str(s)))[:8]
        if best:
            out.append(f"  {title} ({len(group)}):")
        out += [f"    {s}   [{s.mark}] {balance_text(s)}  {s.id}" for s in best]
    trials = view.trials()
    if trials:
        out.append(f"  trials ({len(trials)}), see `kg trials --disease '{entity.name}'`:")
    for t in trials:
        n = t.paper.trial.n if t.paper.trial else None
        out.append(
            f"    {t.paper.year} {t.paper.id}: {t.of_agents('source') or 'source not stated'}, "
            f"n = {n or 'not stated'}, primary endpoint {t.primary}, {len(t.unmet)} outcomes without gain"
        )
    return "\n".join(out)


def paper_data(paper: Paper, lines: Sequence[Evidence]) -> dict[str, Any]:
    """A paper as plain data, with its evidence lines."""
    return {
        "id": paper.id,
        "pmid": paper.pmid,
        "doi": paper.doi,
        "title": paper.title,
        "journal": paper.journal,
        "year": paper.year,
        "kind": paper.kind,
        "group": paper.group,
        "status": paper.status,
        "url": paper_link(paper),
        "file": paper.path,
        "lines": [
            {
                "id": e.id,
                "subject": e.line.subject,
                "predicate": e.line.predicate,
                "object": e.line.object,
                "direction": e.direction,
                "test": e.line.test,
                "finding": e.line.finding,
                "experiment": e.experiment.name,
                "rung": e.rung,
            }
            for e in lines
        ],
    }


def paper_card(paper: Paper, lines: Sequence[Evidence]) -> str:
    """A paper: what it is, how it was read, and every line from it."""
    out = [f"{paper.title}", f"  {paper.journal}, {paper.year}. {paper.id}  {paper_link(paper)}"]
    second = paper.second_reading
    checked = f"; second reading {second.date}, {second.dropped or 0} claims dropped" if second else ""
    out.append(f"  {paper.kind}; {paper.read} read {paper.curation.date} by {paper.curation.agent}{checked}")
    if paper.status:
        out.append(f"  {paper.status}: {paper.notice}")
    name = ""
    for e in lines:
        if e.experiment.name != name:
            name = e.experiment.name
            out.append(f"  {name}:")
        words = {"no effect": "no effect on", "disputes": f"does not {e.line.predicate}"}
        out.append(f"    {e.line.subject} ─{words.get(e.direction, e.line.predicate)}→ {e.line.object}")
        out.append(f"        {line_text(e)}")
    return "\n".join(out)


def statement_card(s: Statement, conflicts: Iterable[Conflict] = ()) -> str:
    rung = s.rung or ("not stated" if s.is_asserted else "unsupported")
    out = [f"{s}   [{s.mark}]  {s.id}", f"  {balance_text(s)}"]
    if s.is_null:
        out.append("  looked for and not found: no effect")
    else:
        out.append(f"  belief {belief_text(belief_of(s))}   rung: {rung}")
    for e in s.evidence:
        out.append(f"  {line_text(e)}")
        if not e.line.anchor:
            continue
        second = e.paper.second_reading
        checked = f"; second reading {second.date} by {second.agent}: {e.line.reading}" if second else ""
        out.append(f"      {e.paper.title} {e.paper.journal}. {paper_link(e.paper)}")
        out.append(
            f"      line {e.id}, anchor {e.line.anchor}, {e.paper.path}; read {e.paper.curation.date} "
            f"by {e.paper.curation.agent} ({e.paper.read}){checked}"
        )
    out += [f"  conflict: {c}" for c in conflicts if s.id in c.statements]
    return "\n".join(out)


# Conflicts and hypotheses -------------------------------------------------------------------------


def conflict_data(c: Conflict) -> dict[str, Any]:
    def side(told: str, lines: Sequence[Evidence], belief: float, year: int) -> dict[str, Any]:
        return {
            "says": told,
            "lines": [e.id for e in lines],
            "papers": sorted({e.paper.id for e in lines}),
            "findings": [e.line.finding for e in lines],
            "belief": belief,
            "first_year": year,
        }

    v = c.verdict
    return {
        "subject": c.subject,
        "object": c.object,
        "kind": c.kind,
        "statements": list(c.statements),
        "one": side(c.one, c.one_side, c.beliefs[0], c.years[0]),
        "other": side(c.other, c.other_side, c.beliefs[1], c.years[1]),
        "axes": {axis: [list(v) for v in c.contexts(axis)] for axis in c.axes},
        "id": c.id,
        "adjudication": {
            "how": v.how,
            "axes": list(v.axes),
            "reason": v.reason,
            "chance": v.chance,
            "papers": list(v.papers),
            "note": v.note,
            "separations": [
                {
                    "axis": s.axis, "one": list(s.one), "other": list(s.other), "n_reporting": s.n_reporting,
                    "n_sources": s.n_sources, "chance": s.chance,
                }
                for s in v.separations
            ],
        },
        "favours": c.favours,
        "shared_groups": list(c.shared_groups),
        "experiment": c.experiment,
    }  # fmt: skip


CONFLICT_COLUMNS = (
    "subject", "object", "kind", "one", "n_one", "other", "n_other", "axes", "statements",
    "id", "how", "explained_by", "chance", "belief_one", "belief_other", "favours", "first_one",
    "first_other", "shared_groups", "experiment",
)  # fmt: skip
"""A contract: further columns may follow, these stay."""


CONFLICT_SHOWN = (
    "subject", "object", "one", "n_one", "other", "n_other", "how", "explained_by", "favours", "id",
)  # fmt: skip
"""Columns of a table of conflicts in a notebook."""


def conflict_row(c: Conflict) -> tuple[object, ...]:
    """A conflict as one row of a table."""
    chance = "" if c.verdict.chance is None else c.verdict.chance
    return (
        c.subject, c.object, c.kind, c.one, len(c.one_side), c.other, len(c.other_side), "|".join(c.axes),
        "|".join(c.statements), c.id, c.verdict.how, "|".join(c.verdict.axes), chance, *c.beliefs, c.favours,
        *c.years, "|".join(c.shared_groups), c.experiment,
    )  # fmt: skip


def conflict_card(c: Conflict) -> str:
    out = [f"{c}   {c.id}"]
    sides = ((c.one, c.one_side, c.beliefs[0]), (c.other, c.other_side, c.beliefs[1]))
    for told, lines, weight in sides:
        first = min(e.paper.year for e in lines)
        out.append(f"  {told} (belief {weight:.2f}{f', first in {first}' if first else ''}):")
        out += [f"    {line_text(e)}" for e in lines]
    for axis in c.axes:
        left, right = c.contexts(axis)
        out.append(f"  {axis}: {', '.join(left)} | {', '.join(right)}")
    explained = str(c.verdict) if c.verdict.axes else "nothing that is reported"
    out.append(f"  explained by: {explained}")
    if c.shared_groups:
        out.append(f"  on both sides: {', '.join(g.removeprefix('group:') for g in c.shared_groups)}")
    out.append(f"  would settle it: {c.experiment}")
    return "\n".join(out)


def path_conflict_data(c: PathConflict) -> dict[str, Any]:
    def side(paths: Sequence[Path], belief: float) -> dict[str, Any]:
        return {"n_paths": len(paths), "belief": belief, "best": path_data(paths[0])}

    a, b = (s.statement.id for s in c.parting_steps)
    return {
        "source": c.source,
        "target": c.target,
        "plus": side(c.plus, c.beliefs[0]),
        "minus": side(c.minus, c.beliefs[1]),
        "favours": c.favours.value if c.favours else None,
        "parting": {"step": c.parting, "plus": a, "minus": b, "is_one_statement": c.is_one_statement},
        "contexts": {x: [list(v) for v in c.contexts(x)] for x in AXES},
        "axes": list(c.axes),
    }


PATH_CONFLICT_COLUMNS = (
    "source", "target", "n_plus", "belief_plus", "n_minus", "belief_minus", "favours", "parting", "plus",
    "minus", "axes",
)  # fmt: skip


def path_conflict_row(c: PathConflict) -> tuple[object, ...]:
    """A conflict between paths as one row of a table."""
    a, b = (s.statement.id for s in c.parting_steps)
    return (
        c.source, c.target, len(c.plus), c.beliefs[0], len(c.minus), c.beliefs[1], c.favours or "", c.parting,
        a, b, "|".join(c.axes),
    )  # fmt: skip


def path_conflict_card(c: PathConflict) -> str:
    """Both sides with their best paths, where those part, and the contexts in which each holds."""
    out = [str(c)]
    for sign, paths in (("+", c.plus), ("−", c.minus)):
        out.append(f"  {sign} best (belief {paths[0].belief:.3f}): {paths[0]}")
        out.append(f"    holds together: {paths[0].coherence}")
    if c.axes:
        out.append(f"  hold in different contexts: {', '.join(c.axes)}")
    told = f"net sign {c.favours}" if c.favours else "neither side"
    out.append(f"  more belief on: {told}")
    return "\n".join(out)


def hypothesis_data(h: Hypothesis) -> dict[str, Any]:
    return {
        "id": h.id,
        "kind": h.kind,
        "claim": h.claim,
        "source": h.source,
        "target": h.target,
        "sign": h.sign.value,
        "via": h.via,
        "reason": h.reason,
        "rank": h.rank,
        "degree_rank": h.degree_rank,
        "score": h.score,
        "support": h.support,
        "dissent": h.dissent,
        "vote": h.vote,
        "probability": h.probability,
        "sign_probability": h.sign_probability,
        "base_rate": h.base_rate,
        "years": h.years,
        "p_value": h.p_value,
        "rung": h.rung,
        "contexts": list(h.contexts),
        "n_paths": h.n_paths,
        "supporting": [path_data(p) for p in h.supporting],
        "dissenting": [path_data(p) for p in h.dissenting],
        "known_nearby": [
            {"statement_id": s.id, "statement": str(s), "sign": s.mark, "papers": list(s.papers)}
            for s in h.known_nearby
        ],
        "test": h.test,
        "refuted_by": h.refuted_by,
        "experiment": {
            "model": h.experiment.model, "species": h.experiment.species, "readout": h.experiment.readout,
            "control": h.experiment.control, "intervention": h.experiment.intervention,
            "papers": list(h.experiment.papers),
        },
        "stakes": [
            {"statement_id": s.statement.id, "statement": str(s.statement), "belief": round(s.now, 4),
             "if_confirmed": s.confirmed, "if_refuted": s.refuted}
            for s in h.stakes
        ],
        "merged": list(h.merged),
    }  # fmt: skip


HYPOTHESIS_COLUMNS = (
    "rank", "source", "sign", "target", "score", "support", "dissent", "n_paths", "best_path", "test",
    "papers", "id", "kind", "via", "probability", "base_rate", "p_value", "degree_rank", "refuted_by",
    "contexts", "reason", "merged",
)  # fmt: skip
"""A contract: further columns may follow, these stay."""

HYPOTHESIS_SHOWN = (
    "kind", "rank", "source", "sign", "target", "via", "score", "probability", "p_value", "best_path", "test",
)  # fmt: skip
"""Columns of a table of hypotheses in a notebook."""


def hypothesis_rows(hypotheses: Iterable[Hypothesis]) -> Iterator[tuple[Any, ...]]:
    """One row per hypothesis; `papers` are those of the paths kept, for and against."""
    for h in hypotheses:
        yield (
            h.rank, h.source, h.sign.value, h.target, h.score, h.support, h.dissent, h.n_paths,
            " > ".join(h.supporting[0].entities) if h.supporting else "", h.test, list(h.papers), h.id,
            h.kind, h.via, h.probability, h.base_rate, h.p_value, h.degree_rank, h.refuted_by,
            list(h.contexts), h.reason, list(h.merged),
        )  # fmt: skip


def hypothesis_numbers(h: Hypothesis) -> str:
    """Its numbers in one line, each with what it is compared with."""
    out = [f"score {h.score:.3f} (rank {h.rank} of its kind)"]
    if h.probability is not None and h.base_rate:
        fold = h.probability / h.base_rate
        out.append(
            f"chance to be reported within {h.years:g} years {h.probability:.2%}, {fold:.1f} × that of any "
            "open pair; "
            f"popularity alone would rank it {h.degree_rank}"
        )
    if h.p_value is not None:
        out.append(f"p = {h.p_value:.3g} against shuffles with the same degrees")
    out.append(f"{h.vote:.0%} of the support for this sign")
    return "; ".join(out)


def hypothesis_card(h: Hypothesis, whole: bool = False) -> str:
    """A hypothesis on a terminal: the claim, why, for, against, what is known nearby, the test.

    `whole`: with every chain that is kept, the contexts, and each statement it would teach about.
    """
    n = 5 if whole else 3
    out = [
        f"{h.claim[0].upper()}{h.claim[1:]}.   [{h.kind}, {h.id}]",
        f"  why:     {h.reason}",
        f"  numbers: {hypothesis_numbers(h)}",
        *(f"  for:     {p}" for p in h.supporting[:n]),
        *(f"  against: {p}" for p in h.dissenting[: n - 1]),
        *([f"  holds:   in {', '.join(h.contexts)}"] if whole and h.contexts else []),
        *(f"  known:   {s} ({', '.join(s.papers[:2])})" for s in h.known_nearby),
        *([f"  also:    {', '.join(h.merged[:6])}"] if h.merged else []),
        f"  test:    {h.test}",
        f"  refuted: if {h.refuted_by}",
    ]
    out += [
        f"  teaches: about {s.statement}: belief {s.now:.2f} becomes {s.confirmed:.2f}, {s.refuted:.2f} if "
        "refuted"
        for s in h.stakes[: 3 if whole else 1]
    ]
    return "\n".join(out)


# Trials -------------------------------------------------------------------------------------------

TRIAL_COLUMNS = (
    "paper", "year", "id", "phase", "n", "randomised", "blinded", "primary_endpoint", "disease", "product",
    "source", "route", "dose", "agent", "endpoint", "rank", "met", "result", "numbers", "finding",
)  # fmt: skip
"""A contract: further columns may follow, these stay."""

TRIAL_SHOWN = (
    "paper", "year", "disease", "n", "agent", "endpoint", "rank", "met", "result", "numbers", "finding",
)  # fmt: skip
"""Columns of a table of trials in a notebook."""


def trial_rows(reports: Iterable[TrialReport]) -> Iterator[tuple[Any, ...]]:
    """One row per outcome of some trials, as values: numbers are numbers, several things a list."""
    for report in reports:
        d = report.data()
        for o in report.outcomes:
            yield (
                *(d[k] for k in TRIAL_COLUMNS[:8]), list(report.diseases),
                *(d[k] for k in TRIAL_COLUMNS[9:13]), o.statement.subject, o.statement.object, o.rank, o.met,
                o.result, o.numbers, o.line.line.finding,
            )  # fmt: skip


# Signatures ---------------------------------------------------------------------------------------


def _effect_data(e: Effect) -> dict[str, Any]:
    return {
        "entity": e.measured.entity,
        "measured": e.measured.word,
        "predicted": e.word,
        "outcome": e.outcome,
        "length": e.length,
        "n_paths": e.n_paths,
        "place": e.measured.place,
        "paths": [path_data(p) for p in e.paths],
    }


def _measured_data(m: Measured) -> dict[str, Any]:
    return {"entity": m.entity, "measured": m.word, "place": m.place}


def mechanism_data(m: Mechanism) -> dict[str, Any]:
    from kg.mechanism.explanation import OUTCOMES

    return {
        "cause": m.cause,
        "sign": m.sign.value,
        "score": m.score,
        "p": m.p,
        "q": m.q,
        "least_p": m.least_p,
        "weight": m.weight,
        **{f"n_{outcome}": len(m.of(outcome)) for outcome in OUTCOMES},
        "effects": [_effect_data(e) for e in m.effects],
        "itself": [_measured_data(row) for row in m.itself],
    }


def explanation_data(x: Explanation) -> dict[str, Any]:
    return {
        "mechanisms": [mechanism_data(m) for m in x.mechanisms],
        "n_found": x.n_found,
        "n_tested": x.n_tested,
        "max_length": x.max_length,
        "measured": [_measured_data(row) for row in x.signature.rows],
        "outside": [_measured_data(row) for row in x.outside],
        "skipped": list(x.signature.skipped),
        "missing": list(x.signature.missing),
    }


def mechanism_card(m: Mechanism) -> str:
    """A mechanism with the paths that explain, then what contradicts, then what it says nothing of."""
    out = [f"{m}, q {m.q:.3g}   (lowest p possible here: {m.least_p:.3g})"]
    for outcome, title in (
        ("correct", "explains"),
        ("incorrect", "contradicted by"),
        ("ambiguous", "ambiguous, as shortest paths disagree"),
        ("unconfirmed", "predicted, but measured unchanged"),
    ):
        effects = m.of(outcome)
        if effects:
            out.append(f"  {title}:")
        for e in effects:
            opposite = f", predicted {e.word}" if outcome in ("incorrect", "unconfirmed") else ""
            some = f"{len(e.paths)} of {e.n_paths} shortest paths" if e.n_paths > len(e.paths) else ""
            out.append(f"    {e.measured}{opposite}" + (f"   ({some})" if some else ""))
            out += [f"      {p}" for p in e.paths]
    if m.of("unexplained"):
        out.append(f"  does not reach: {', '.join(str(e.measured) for e in m.of('unexplained'))}")
    if m.itself:
        out.append(f"  measured itself, not counted: {', '.join(map(str, m.itself))}")
    return "\n".join(out)


def reasons_text(reasons: Mapping[str, str], used: Iterable[str]) -> str:
    """Why names on an answer match what was asked."""
    return "; ".join(sorted({reasons[n] for n in used if n in reasons}))
