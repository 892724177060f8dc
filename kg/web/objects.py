"""What the web shows, as plain data: one function per address under `/api/`.

Each gives what the command of that name prints with `--json`, where there is one, and more keys beside them
where a page needs them. The static site holds the same objects.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kg import __version__, vocab
from kg.errors import BadInput, KGError, NameNotFound
from kg.mechanism.belief import PARAMETERS, belief_of, sources
from kg.mechanism.conflicts import Conflict
from kg.mechanism.query import PathQuery
from kg.mechanism.trials import TrialReport
from kg.model import Evidence, Paper, Statement
from kg.show import cards
from kg.show.comparison import comparison_data
from kg.show.nearest import why_empty
from kg.show.stats import DISEASES, MECHANISMS, coverage, members, summary
from kg.store.queries import named_queries, query_text

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.answers import Answer

__all__ = [
    "QUESTIONS",
    "answer",
    "cell",
    "compare",
    "conflict",
    "conflicts",
    "entity",
    "explain",
    "find",
    "hypotheses",
    "mapped",
    "ontology",
    "paper",
    "path_query",
    "paths",
    "queries",
    "recognised",
    "search",
    "start",
    "statement",
    "stats",
    "trials",
]

QUESTIONS: tuple[tuple[str, str], ...] = (
    ("How do MSCs reduce fibrosis through regulatory T cells?",
     "paths?source=MSC&target=fibrosis&via=Treg&sign=-"),
    ("… and through macrophages?", "paths?source=MSC&target=fibrosis&via=macrophage&sign=-"),
    ("How do MSCs raise regulatory T cells?", "paths?source=MSC&target=Treg&sign=%2B&max_length=3"),
    ("What do MSCs do to neutrophils, and what do neutrophils do to the lung?",
     "paths?source=MSC&target=lung+injury&via=neutrophil"),
    ("What dampens inflammation in ARDS?", "paths?source=MSC&target=lung+inflammation&disease=ARDS&sign=-"),
    ("What was known in 2012?", "paths?source=MSC&target=lung+inflammation&until=2012"),
    ("What have trials in COPD shown, and which endpoints were not met?", "trials?disease=COPD"),
    ("Is it safe?", "trials?safety=1"),
    ("Do cells and vesicles do the same?", "compare?one=cells&other=vesicles"),
    ("MSCs or corticosteroids: what is shared, what differs?", "compare?one=MSC&other=corticosteroid"),
    ("Which findings disagree, and what may explain it?", "conflicts"),
    ("What if IL-10 is blocked?", "paths?source=MSC&target=death&without=IL-10&sign=-"),
    ("What is untested, but suggested?", "hypotheses?source=MSC"),
)  # fmt: skip
"""Questions to start from, and the views that answer them."""


# Start --------------------------------------------------------------------------------------------


def start(g: Graph) -> dict[str, Any]:
    """What the first page shows: counts, the coverage grid, starting points, and the lists to choose from."""
    grid = coverage(g.statements(), g.knowledge, g.names)
    cells: dict[str, dict[str, dict[str, int]]] = {}
    for disease, mechanism, *counts in grid.rows:
        by_level: Counter[str] = Counter()
        for rung, n in zip(vocab.RUNGS, counts, strict=True):
            by_level[vocab.level_of(rung)] += int(n)
        cells.setdefault(str(disease), {})[str(mechanism)] = {k: v for k, v in by_level.items() if v}
    experiments = [x for p in g.papers for x in p.experiments]
    agents = [x.agent for x in experiments if x.agent]
    years = [p.year for p in g.papers if p.year]

    def used(values: Iterable[str | None], order: Sequence[str]) -> list[str]:
        found = {v for v in values if v}
        return [v for v in order if v in found] + sorted(found - set(order))

    return {
        "version": __version__,
        "counts": {name.strip(): n for name, n in summary(g.statements(), g.knowledge).items()},
        "grid": {
            "diseases": {label: list(roots) for label, roots in DISEASES.items()},
            "mechanisms": {label: list(roots) for label, roots in MECHANISMS.items()},
            "levels": list(vocab.LEVELS),
            "cells": cells,
        },
        "questions": [{"text": text, "view": view} for text, view in QUESTIONS],
        "choices": {
            "disease": used((x.disease for x in experiments), ()),
            "species": used((x.species for x in experiments), tuple(vocab.SPECIES)),
            "product": used((a.product for a in agents), vocab.PRODUCTS),
            "tissue": used((a.source for a in agents), vocab.SOURCES),
            "route": used((a.route for a in agents), vocab.ROUTES),
            "rung": list(vocab.RUNGS),
            "test": list(vocab.TESTS),
            "predicate": list(g.knowledge.by_predicate),
        },
        "years": [min(years, default=0), max(years, default=0)],
        "entities": sorted(_used(g)),
        "predicates": {p.name: p.sign.value for p in g.knowledge.by_predicate.values()},
        "beliefs": [p._asdict() for p in PARAMETERS],
    }


def _used(g: Graph) -> frozenset[str]:
    return frozenset(n for s in g.statements() for n in (s.subject, s.object))


def cell(g: Graph, disease: str, mechanism: str) -> dict[str, Any]:
    """The statements that a cell of the coverage grid counts, those with most papers first.

    Raises BadInput for a row or column that there is not.
    """
    for value, rows, what in ((disease, DISEASES, "disease"), (mechanism, MECHANISMS, "mechanism")):
        if value not in rows:
            raise BadInput(f"{value!r} is no {what} of the grid; one of {', '.join(rows)}")
    within = members(g.names, DISEASES[disease])
    about = members(g.names, MECHANISMS[mechanism])
    if mechanism == "microRNA":
        about |= {e.name for e in g.entities if e.category == "microRNA"}
    found = [
        (s, lines)
        for s in g.statements()
        if about & {s.subject, s.object}
        and (lines := [e for e in s.evidence if e.counts and e.experiment.disease in within])
    ]
    found.sort(key=lambda item: (-len({e.paper.id for e in item[1]}), item[0].subject, item[0].object))
    return {
        "disease": disease,
        "mechanism": mechanism,
        "n_lines": sum(len(lines) for _, lines in found),
        "statements": [brief(s) for s, _ in found],
    }


def stats(g: Graph) -> dict[str, Any]:
    """Counts and coverage, as `kg stats --json`."""
    grid = coverage(g.statements(), g.knowledge, g.names)
    return {
        "counts": summary(g.statements(), g.knowledge),
        "coverage": [dict(zip(grid.columns, row, strict=True)) for row in grid.rows],
    }


def queries() -> list[dict[str, str]]:
    """The named SPARQL queries: name, the question in words, and the text with its prefixes declared."""
    found = []
    for q in named_queries():
        text = query_text(q.name)
        used = [p for p in vocab.PREFIXES if re.search(rf"(?<![\w:]){p}:", text)]
        heads = "".join(f"PREFIX {p}: <{vocab.PREFIXES[p]}>\n" for p in used)
        found.append({"name": q.name, "question": q.question, "query": heads + text})
    return found


# Finding ------------------------------------------------------------------------------------------


def find(g: Graph, text: str) -> list[dict[str, Any]]:
    """Entities and classes whose names hold a text, best first, as `kg find --json`."""
    columns = ("name", "id", "category", "label", "aliases", "kind")
    rows = [(e.name, e.id, e.category, e.label, "|".join(e.aliases), "entity") for e in g.find(text)]
    rows += [(t.name, t.id, "", t.label, "|".join(t.synonyms), t.kind) for t in g.find_terms(text)]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def search(g: Graph, text: str, limit: int = 20) -> dict[str, Any]:
    """What a search field offers: a path question read from plain words, entities, papers, near names."""
    text = text.strip()
    hits = find(g, text) if text else []
    if text and not hits:
        hits = mapped(g, text)
    known = set(g.names.known(text)) if text else set()
    hits.sort(key=lambda h: h["name"] not in known)
    counts = Counter(n for s in g.statements() for n in (s.subject, s.object))
    words = (
        text.casefold().removeprefix("https://doi.org/").removeprefix("pmid:").removeprefix("doi:").strip()
    )
    papers = [
        p for p in g.papers
        if words and (words in p.title.casefold() or words in (p.pmid, (p.doi or "").casefold()))
    ]  # fmt: skip
    asked = question(g, text)
    return {
        "question": asked,
        "entities": [{**h, "n_statements": counts[h["name"]]} for h in hits[:limit]],
        "n_entities": len(hits),
        "papers": [_paper_head(p) for p in papers[:limit]],
        "n_papers": len(papers),
        "near": [] if hits or papers or asked or not text else list(g.terms.nearest(text)),
        "understood": [] if hits or papers or asked else recognised(g, text),
    }


def mapped(g: Graph, text: str) -> list[dict[str, Any]]:
    """Classes that map to an identifier of elsewhere (UniProt, Ensembl, NCBI Gene …), prefix or not.

    As `find`.
    """
    wanted = text.strip().casefold().replace("uniprot:", "uniprotkb:").replace(" ", "")
    return [
        {"name": t.name, "id": t.id, "category": "", "label": t.label, "aliases": curie, "kind": t.kind}
        for t in g.terms.by_id.values()
        for _, curie in t.mappings
        if wanted in (curie.casefold(), curie.partition(":")[2].casefold())
    ]


def recognised(g: Graph, text: str) -> list[str]:
    """Entities whose names stand in a text, longest names first, in the order of the text."""
    words = re.findall(r"[^\s?!.,;:()]+", text)
    found: list[str] = []
    at = 0
    while at < len(words):
        for n in range(min(5, len(words) - at), 0, -1):
            known = g.names.known(" ".join(words[at : at + n]))
            if len(known) == 1:
                if known[0] not in found:
                    found.append(known[0])
                at += n - 1
                break
        at += 1
    return found


_LOWERS = re.compile(
    r"\b(reduc|lower|decreas|less|suppress|inhibit|attenuat|ameliorat|dampen|prevent|calm)\w*", re.I
)
_RAISES = re.compile(r"\b(increas|rais|promot|induc|enhanc|boost|improv|restor|support|more)\w*", re.I)
_VERB = re.compile(
    r"\b(?:reduc|lower|decreas|suppress|inhibit|attenuat|ameliorat|dampen|prevent|calm|increas|rais|promot|induc|"
    r"enhanc|boost|improv|restor|support|affect|act|chang|influenc|do(?:es)?)\w*\b", re.I,
)  # fmt: skip


def question(g: Graph, text: str) -> dict[str, Any] | None:
    """A path question read from plain words ("how do MSCs reduce fibrosis through Treg in mice"), or None.

    Only words that name something here are taken; what was understood is shown before it is asked.
    """
    words = re.sub(r"[?!.]+$", "", text.strip())
    words = re.sub(r"^(how|why|what)\b\s*", "", words, flags=re.I)
    words = re.sub(r"^(do|does|did|can|could|would|will)\b\s*", "", words, flags=re.I)
    verb = next((m for m in _VERB.finditer(words) if m.start() > 0), None)
    if verb is None:
        return None
    source, rest = words[: verb.start()].strip(), words[verb.end() :].strip()
    rest = re.sub(r"^(on|to|in|the)\s+", "", rest, flags=re.I)
    parts = re.split(r"\b(through|via|by way of|without|avoiding|in)\b", rest, flags=re.I)
    found: dict[str, Any] = {"source": source, "target": parts[0].strip()}
    for word, value in zip(parts[1::2], parts[2::2], strict=False):
        kind, value = word.casefold(), re.sub(r"^(the|a|an)\s+", "", value.strip(), flags=re.I)
        if kind == "in":
            lines = {
                "mice": "mouse",
                "people": "human",
                "humans": "human",
                "patients": "human",
                "rats": "rat",
            }
            name = lines.get(value.casefold(), value)
            if name in vocab.SPECIES:
                found["species"] = name
            elif (known := g.names.known(value)) and g.entity(known[0]).category == "disease":
                found["disease"] = known[0]
            else:
                return None
        else:
            found["avoid" if kind in ("without", "avoiding") else "via"] = value
    for key in ("source", "target", "via", "avoid"):
        if key in found:
            known = g.names.known(found[key])
            if len(known) != 1:
                return None
            found[key] = known[0]
    if _LOWERS.match(verb[0]):
        found["sign"] = "-"
    elif _RAISES.match(verb[0]):
        found["sign"] = "+"
    return found


def _paper_head(p: Paper) -> dict[str, Any]:
    return {
        "id": p.id, "title": p.title, "journal": p.journal, "year": p.year, "kind": p.kind,
        "url": cards.paper_link(p), "status": p.status,
    }  # fmt: skip


# One thing ----------------------------------------------------------------------------------------


def line(e: Evidence) -> dict[str, Any]:
    """An evidence line with all that is recorded of it."""
    x, a, p, told = e.experiment, e.experiment.agent, e.paper, e.line
    second = p.second_reading
    return _filled(
        {
            "id": e.id, "direction": e.direction, "counts": e.counts, "finding": told.finding,
            "test": told.test,
            "measured": told.measured, "measured_in": told.measured_in, "assay": told.assay,
            "note": told.note,
            "effect": _fields(told.effect), "endpoint": _fields(told.endpoint),
            "reported": {"subject": told.reported_subject, "object": told.reported_object},
            "experiment": x.name, "species": x.species, "system": x.system, "disease": x.disease,
            "model": x.model, "phase": x.phase, "comparator": x.comparator, "agent": _fields(a),
            "rung": e.rung,
            "level": vocab.level_of(e.rung), "anchor": told.anchor, "reading": told.reading,
            "read": f"{p.curation.date} by {p.curation.agent} ({p.read})",
            "second_reading": f"{second.date} by {second.agent}" if second else None, "file": p.path,
            "origin": told.origin, "paper": _paper_head(p), "group": p.group,
            "withdrawn": p.is_withdrawn or None,
        }
    )  # fmt: skip


def _fields(value: Any) -> dict[str, Any] | None:
    return None if value is None else _filled({f: getattr(value, f) for f in value.__slots__})


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in data.items() if v not in (None, "", {}, [])}


def brief(s: Statement) -> dict[str, Any]:
    """A statement as a row of a list."""
    papers = {e.paper.id: e.paper.year for e in s.evidence}
    return {
        **cards.statement_data(s),
        "diseases": sorted({e.experiment.disease for e in s.evidence if e.experiment.disease}),
        "species": sorted({e.experiment.species for e in s.evidence if e.experiment.species}),
        "tests": sorted({e.line.test for e in s.supports}),
        "level": vocab.level_of(s.rung or _null_rung(s)),
        "n_papers_for": len({e.paper.id for e in s.supports}),
        "findings": [e.line.finding for e in s.no_effects[:3]] if s.is_null else [],
        "years": sorted({y for y in papers.values() if y}),
    }


def _weight(s: Statement) -> tuple[float, int, str, str]:
    """Sort key: most believed first, then most papers, then by name."""
    return -belief_of(s).value, -len(s.papers), s.subject, s.object


def _null_rung(s: Statement) -> str:
    return max((e.rung for e in s.no_effects if e.rung), key=vocab.RUNGS.index, default="")


def statement(g: Graph, key: str) -> dict[str, Any]:
    """A statement with every line, how its belief comes about, and the conflicts it is in.

    Raises BadInput.
    """
    s = g.statement(key)

    def told(lines: Sequence[Evidence], against: Sequence[Evidence] = ()) -> list[dict[str, Any]]:
        return [
            {"source": x.name.removeprefix("group:"), "papers": list(x.papers), "systematic": x.systematic,
             "random": list(x.random), "wrong": round(x.wrong, 4), "relevance": round(x.relevance, 3)}
            for x in sources(lines, against)
        ]  # fmt: skip

    counted = [e for e in s.evidence if e.counts]
    against = [e for e in counted if e.direction != "supports"]
    return {
        **brief(s),
        "lines": [line(e) for e in s.evidence],
        "sources_for": told(s.supports),
        "sources_against": told(against, s.supports),
        "opposite": [brief(o) for o in _opposite(g, s)],
        "conflicts": [_conflict_head(c) for c in g.conflicts() if s.id in c.statements],
    }


def _opposite(g: Graph, s: Statement) -> list[Statement]:
    """Supported statements between the same ends that say the reverse."""
    signs = {s.sign.value, "+" if s.sign.value == "-" else "-"}
    if s.sign.value not in ("+", "-"):
        return []
    return [
        o for o in g.statements(s.subject, None, s.object, subclasses=False)
        if o.is_asserted and o.sign is not s.sign and o.sign.value in signs
    ]  # fmt: skip


def entity(g: Graph, name: str) -> dict[str, Any]:
    """An entity: what `kg show NAME --json` gives, its statements with contexts, papers by year, trials.

    Raises NameNotFound and AmbiguousName.
    """
    e = g.entity(name)
    profile = g.profile(g.term(e.name))
    is_disease = e.category == "disease"
    view = g.within(disease=e) if is_disease else g
    touching = sorted((s for s in g.statements() if e.name in (s.subject, s.object)), key=_weight)
    inside = [s for s in view.statements() if s not in touching] if is_disease else []
    below = set(profile.below) - {e.name}
    lower = [] if is_disease else [s for s in g.statements() if below & {s.subject, s.object}]
    years = Counter(
        p for s in (*touching, *inside) for p in {x.paper.id: x.paper.year for x in s.evidence}.items()
    )
    wanted = g.matching(e, products=True)
    reports = view.trials() if is_disease else g.trials(e)
    return {
        **cards.entity_data(e, profile, touching),
        "note": e.note,
        "url": vocab.expand(e.id) if ":" in e.id else "",
        "statements": [brief(s) for s in touching],
        "in_disease": [brief(s) for s in sorted(inside, key=_weight)],
        "below": [brief(s) for s in sorted(lower, key=_weight)[:400]],
        "n_below": len(lower),
        "papers_by_year": dict(sorted(Counter(y for _, y in years if y).items())),
        "counted_as": {n: why for n, why in (g.diseases_as(e) if is_disease else wanted).items() if why},
        "conflicts": [_conflict_head(c) for c in g.conflicts(e)],
        "trials": [trial(t) for t in reports],
    }


def paper(g: Graph, key: str) -> dict[str, Any]:
    """A paper with its experiments and every line; what `kg show PMID:… --json` gives, and more.

    Raises BadInput and NameNotFound.
    """
    found = g.paper(key)
    if found is None:
        raise NameNotFound(key, ())
    lines = g.evidence_of(found)
    ids = {(s.subject, s.predicate, s.object): s.id for s in g.statements()}
    data = cards.paper_data(found, lines)
    second = found.second_reading
    by_end = [(e.line.subject, e.line.predicate, e.line.object) for e in lines]
    return {
        **data,
        "read": found.read,
        "curation": f"{found.curation.date} by {found.curation.agent}",
        "second_reading": f"{second.date} by {second.agent}" if second else None,
        "dropped": (second.dropped or 0) if second else None,
        "notice": found.notice,
        "trial": _fields(found.trial),
        "lines": [
            {**row, **line(e), "paper": found.id, "statement_id": ids.get(end), "predicate": e.line.predicate}
            for row, e, end in zip(data["lines"], lines, by_end, strict=True)
        ],
    }


def ontology(g: Graph, name: str | None = None) -> dict[str, Any]:
    """A class with its parents and children; without a name, the classes that have no parent.

    Raises NameNotFound and AmbiguousName.
    """
    if name is None:
        roots = [t for t in g.terms.by_id.values() if not g.superclasses(t, direct=True)]
        return {"roots": [_term(g, t) for t in sorted(roots, key=lambda t: t.name.casefold())]}
    term = g.term(name)
    profile = g.profile(term)
    axiom = g.defined[term.label].axiom if term.kind == "defined class" and term.label in g.defined else ""
    return {
        **cards.term_data(profile),
        "axiom": axiom,
        "above": [_term(g, t) for t in g.superclasses(term, direct=True)],
        "next": [_term(g, t) for t in g.subclasses(term, direct=True)],
    }


def _term(g: Graph, t: Any) -> dict[str, Any]:
    return {"name": t.name, "id": t.id, "kind": t.kind, "label": t.label, "n": len(g.subclasses(t))}


# Conflicts, trials, comparisons, hypotheses -------------------------------------------------------


def _conflict_head(c: Conflict) -> dict[str, Any]:
    return {"id": c.id, "subject": c.subject, "object": c.object, "kind": c.kind, "words": str(c)}


def conflicts(g: Graph, name: str | None = None, **options: Any) -> list[dict[str, Any]]:
    """Conflicts, as `kg conflicts --json`.

    Raises NameNotFound, AmbiguousName and BadInput.
    """
    return [{**cards.conflict_data(c), "words": str(c)} for c in g.conflicts(name, **options)]


def conflict(g: Graph, key: str) -> dict[str, Any]:
    """One conflict with the lines of both sides.

    Raises NameNotFound.
    """
    found = next((c for c in g.conflicts() if c.id == key), None)
    if found is None:
        raise NameNotFound(key, ())
    data = cards.conflict_data(found)
    data["one"]["evidence"] = [line(e) for e in found.one_side]
    data["other"]["evidence"] = [line(e) for e in found.other_side]
    explained = str(found.verdict) if found.verdict.axes else "nothing that was reported"
    return {**data, "words": str(found), "explained": explained}


def trial(t: TrialReport) -> dict[str, Any]:
    """A trial report, as `kg trials --json` gives it, with its link and numbers in words."""
    data = t.data()
    for told, o in zip(data["outcomes"], t.outcomes, strict=True):
        told["numbers"], told["unmet"] = o.numbers, o.is_unmet
    return {**data, "url": cards.paper_link(t.paper), "journal": t.paper.journal}


def trials(
    g: Graph, agent: str | None = None, *, disease: str | None = None, exact_disease: bool = False,
    until: int | None = None, unmet: bool = False, safety: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Trials, as `kg trials --json`.

    Raises NameNotFound, AmbiguousName and BadInput.
    """
    found = []
    for t in g.trials(agent, disease=disease, exact_disease=exact_disease, until=until):
        data = trial(t)
        data["outcomes"] = [
            o for o in data["outcomes"] if (not unmet or o["unmet"]) and (not safety or o["harm"])
        ]
        if data["outcomes"]:
            found.append(data)
    return found


def compare(g: Graph, one: str, other: str, **context: Any) -> list[dict[str, Any]]:
    """Two sides, as `kg compare ONE OTHER --json`.

    Raises NameNotFound, AmbiguousName and BadInput.
    """
    return comparison_data(g.compare(one, other, **context))


def hypotheses(
    g: Graph, source: str | None = None, target: str | None = None, *, max_length: int = 3, limit: int = 20,
    **filters: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    """Hypotheses, as `kg hypotheses --json`; `filters` as `Graph.hypotheses` takes them.

    Raises NameNotFound, AmbiguousName and BadInput.
    """
    found = g.hypotheses(source, target, max_length=max_length, limit=limit, **filters)
    return [cards.hypothesis_data(h) for h in found]


def explain(g: Graph, rows: Sequence[tuple[str, Any]], *, limit: int = 10) -> dict[str, Any]:
    """Causes of measured changes, as `kg explain-signature --json`; names that are unknown are listed.

    Raises BadInput.
    """
    return cards.explanation_data(g.explain_signature(rows, skip_unknown=True, limit=limit))


# Paths --------------------------------------------------------------------------------------------

_SEVERAL = ("via", "avoid", "without", "predicate")
_FLAGS = ("products", "exact", "inherited", "bridged", "loops", "coherent", "diverse", "exact_disease")
_NUMBERS = {"max_length": int, "until": int, "top": int, "min_belief": float}


def path_query(options: Mapping[str, Sequence[str]]) -> PathQuery:
    """The query of an address's parameters: the options of `kg paths`, with `_` for `-`.

    `q` may stand for all of them, as a whole line. Raises BadInput.
    """
    from kg.mechanism.query import position

    given = {k: [v for v in values if v.strip()] for k, values in options.items()}
    given = {k: v for k, v in given.items() if v}
    found: dict[str, Any] = {}
    for name, values in given.items():
        if name in ("q", "source", "target", "limit"):
            continue
        if name in _SEVERAL:
            found[name] = tuple(values)
        elif name == "at":
            found[name] = tuple(position(v) for v in values)
        elif name in _FLAGS:
            found[name] = values[-1].casefold() not in ("0", "false", "no")
        elif name in _NUMBERS:
            try:
                found[name] = _NUMBERS[name](values[-1])
            except ValueError:
                raise BadInput(f"{name} takes a number, not {values[-1]!r}") from None
        else:
            found[name] = {"−": "-", " ": "+"}.get(values[-1], values[-1]) if name == "sign" else values[-1]
    if "q" in given:
        return PathQuery.parse(given["q"][-1]).changed(**found)
    if "source" not in given or "target" not in given:
        raise BadInput("give source and target (or q: a whole question, as behind `kg paths`)")
    return PathQuery(given["source"][-1], given["target"][-1]).changed(**found)


def paths(g: Graph, query: PathQuery) -> list[dict[str, Any]]:
    """Paths, as `kg paths --json`.

    Raises NameNotFound, AmbiguousName and BadInput.
    """
    found = g.answer(query)
    return _paths(found, found)


def _paths(found: Answer, some: Iterable[Any]) -> list[dict[str, Any]]:
    return [{**cards.path_data(p), "matched": cards.reasons_text(found.reasons, p.entities)} for p in some]


def answer(g: Graph, query: PathQuery, limit: int = 60) -> dict[str, Any]:
    """A path question with what a page shows beside its paths.

    The best `limit` paths, statements with their lines, nulls between the entities shown, conflicts that
    touch them, why nothing was found, and the question in other languages.
    Raises NameNotFound, AmbiguousName and BadInput.
    """
    found = g.answer(query)
    shown = found[:limit]
    view = g.within(**query.context)
    steps = {s.id: s for p in shown for s in p.steps}
    seen: dict[str, set[int]] = defaultdict(set)
    for p in shown:
        for i, name in enumerate(p.entities):
            seen[name].add(i)
    absent = [
        s for s in view.nulls()
        if s.subject in seen and s.object in seen and min(seen[s.subject]) < max(seen[s.object])
    ]  # fmt: skip
    q = found.question
    ends = [s for s in view.nulls() if s.subject in q.sources and s.object in q.targets and s not in absent]
    touched = [c for c in view.conflicts() if any(i in steps for i in c.statements)]
    gone = g.what_if(query, *query.without).fallen if query.without else ()
    try:
        sparql: str | None = g.sparql(query)
    except KGError:
        sparql = None
    by_name = g.knowledge.by_name
    given = g.names.matching("MSC", products=True) if "MSC" in g.names.by_name else {}
    return {
        "asked": str(query),
        "n": len(found),
        "n_coherent": sum(p.coherence.is_whole for p in found),
        "at_most": found.at_most,
        "paths": _paths(found, shown),
        "entities": {
            n: {"category": by_name[n].category, "id": by_name[n].id, "label": by_name[n].label,
                "msc": n in given, "positions": sorted(at)}
            for n, at in seen.items() if n in by_name
        },
        "statements": {
            s.id: {
                "lines": [line(e) for e in s.evidence], "n_sources": len(sources(s.supports)),
                "mark": s.mark, "words": s.statement.words,
                "reverse": [
                    {"id": o.id, "words": str(o), "papers": len({e.paper.id for e in o.supports})}
                    for o in _opposite(g, s.statement)
                ],
            }
            for s in steps.values()
        },
        "nulls": [brief(s) for s in (*absent, *ends)],
        "conflicts": [_conflict_head(c) for c in touched],
        "counted_as": {} if query.disease is None or query.exact_disease else {
            n: why for n, why in g.diseases_as(query.disease).items() if why
        },
        "fallen": [{"sentence": p.sentence(), "sign": p.sign.value} for p in gone[:20]],
        "n_fallen": len(gone),
        "why_empty": None if found else why_empty(g, found),
        "sparql": sparql,
        "python": _python(query),
        "command": f"kg paths {query}",
    }  # fmt: skip


def _python(query: PathQuery) -> str:
    return f"import kg\ng = kg.load()\nanswer = g.paths({str(query)!r})\n"
