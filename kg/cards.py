"""Answers as people and programs read them: cards of text, and plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kg.belief import Belief, belief_of
from kg.conflicts import Conflict
from kg.hypotheses import Hypothesis
from kg.model import Entity, Evidence, Paper, Statement
from kg.paths import Path, Step
from kg.terms import Profile, Touch

__all__ = [
    "conflict_card",
    "conflict_data",
    "entity_card",
    "entity_data",
    "hypothesis_card",
    "hypothesis_data",
    "paper_link",
    "path_card",
    "path_data",
    "term_card",
    "term_data",
]


def paper_link(paper: Paper) -> str:
    """Where a person can read the paper."""
    if paper.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{paper.pmid}/"
    return f"https://doi.org/{paper.doi}"


def belief_text(b: Belief) -> str:
    return f"{b.value:.2f} ({b.low:.2f} to {b.high:.2f})"


def line_text(e: Evidence) -> str:
    """One evidence line on one line."""
    x, a = e.experiment, e.experiment.agent
    context = [x.species, x.system, x.disease, x.model]
    if a:
        context += [a.product, a.source, a.route]
    mark = {"supports": "for", "disputes": "against", "no effect": "no effect"}[e.direction]
    withdrawn = "" if e.counts else " [withdrawn]"
    where = ", ".join(c for c in context if c)
    return f"{mark}: {e.line.finding} [{e.line.test}; {where}] {e.paper.id} ({e.paper.year}){withdrawn}"


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
        "species": list(step.species),
        "diseases": list(step.diseases),
        "n_supports": len(step.supports),
        "n_against": len(step.against),
    }


def path_data(path: Path) -> dict[str, Any]:
    """A path as plain data; the keys `sign belief rung steps` are a contract."""
    c = path.coherence
    return {
        "sign": path.sign.value,
        "belief": path.belief,
        "belief_range": list(path.belief_range),
        "rung": path.rung,
        "human_share": round(path.human_share, 4),
        "entities": list(path.entities),
        "species": list(path.species),
        "papers": list(path.papers),
        "coherence": {
            "species": list(c.species),
            "diseases": list(c.diseases),
            "species_break": c.species_break,
            "disease_break": c.disease_break,
        },
        "sentence": path.sentence(),
        "steps": [step_data(s) for s in path.steps],
    }


def path_card(path: Path, conflicts: Iterable[Conflict] = ()) -> str:
    """A path with every line behind it."""
    low, high = path.belief_range
    facts = (
        f"net sign {path.sign}",
        f"belief {path.belief:.3f} ({low:.3f} to {high:.3f})",
        f"weakest rung: {path.rung}",
        f"steps with human support: {path.human_share:.0%}",
    )
    out = [path.sentence(), f"  {'   '.join(facts)}", f"  holds together: {path.coherence}"]
    ids = {s.id for s in path.statements}
    for number, step in enumerate(path.steps, 1):
        s = step.statement
        out.append(f"  {number}. {s}   [{s.sign}]  belief {belief_text(step.belief)}  {step.rung}  {s.id}")
        out += [f"       {line_text(e)}" for e in step.evidence]
    out += [f"  conflict: {c}" for c in conflicts if ids & set(c.statements)]
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
        "rung": s.rung,
        "papers": list(s.papers),
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
            out.append(f"    {s}   [{s.sign}] {belief_text(belief_of(s))} {counts}  {s.rung}  {s.id}")
            if lines:
                out += [f"        {line_text(e)}" for e in s.evidence]
    if not acts and not acted:
        out.append("  no statement bears on it")
    return "\n".join(out)


def statement_card(s: Statement, conflicts: Iterable[Conflict] = ()) -> str:
    out = [
        f"{s}   [{s.sign}]  {s.id}",
        f"  belief {belief_text(belief_of(s))}   rung: {s.rung or 'unsupported'}",
    ]
    for e in s.evidence:
        out.append(f"  {line_text(e)}")
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
    def side(told: str, lines: Sequence[Evidence]) -> dict[str, Any]:
        return {
            "says": told,
            "lines": [e.id for e in lines],
            "papers": sorted({e.paper.id for e in lines}),
            "findings": [e.line.finding for e in lines],
        }

    return {
        "subject": c.subject,
        "object": c.object,
        "kind": c.kind,
        "statements": list(c.statements),
        "one": side(c.one, c.one_side),
        "other": side(c.other, c.other_side),
        "axes": {axis: [list(v) for v in c.contexts(axis)] for axis in c.axes},
    }


def conflict_card(c: Conflict) -> str:
    out = [str(c)]
    for told, lines in ((c.one, c.one_side), (c.other, c.other_side)):
        out += [f"  {told}:", *(f"    {line_text(e)}" for e in lines)]
    for axis in c.axes:
        left, right = c.contexts(axis)
        out.append(f"  {axis}: {', '.join(left)} | {', '.join(right)}")
    return "\n".join(out)


def hypothesis_data(h: Hypothesis) -> dict[str, Any]:
    return {
        "source": h.source,
        "target": h.target,
        "sign": h.sign.value,
        "score": h.score,
        "support": h.support,
        "dissent": h.dissent,
        "n_paths": h.n_paths,
        "supporting": [path_data(p) for p in h.supporting],
        "dissenting": [path_data(p) for p in h.dissenting],
        "test": h.test,
    }


def hypothesis_card(h: Hypothesis) -> str:
    out = [
        str(h),
        *(f"  for:     {p}" for p in h.supporting[:3]),
        *(f"  against: {p}" for p in h.dissenting[:2]),
    ]
    return "\n".join([*out, f"  test:    {h.test}"])


def reasons_text(reasons: Mapping[str, str], used: Iterable[str]) -> str:
    """Why names on an answer match what was asked."""
    return "; ".join(sorted({reasons[n] for n in used if n in reasons}))
