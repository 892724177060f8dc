"""Statements of one's own, joined to the curated graph.

An `Edge` is what a row or a file says: two ends, a predicate, a sign, and where known belief, papers and
context. `join` makes evidence lines of edges, on our entities where `kg.mechanism.resolver` finds them, so
that matching, conflicts, paths and hypotheses work across both. What is joined keeps its origin, line by
line. Nothing is guessed:

- an end that nothing here is called is a new entity, listed with the names that are spelled like it; with
  `unknown="skip"` its edges are left out, with `"refuse"` nothing is joined
- an end that may be several things, or whose identifier and name disagree, leaves its edge out, listed
- a predicate of ours is taken where sign, domain and range fit; any other stays what it is called
- a value of context that is in none of our lists is left open, listed

A row without papers counts as the data itself: one source, however many rows say the same. A belief that
came with a row is shared by its papers: together they are worth it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from kg import vocab
from kg.curation.anchor import normalise
from kg.errors import BadInput, FileProblems, Problem
from kg.mechanism.edge_tables import read_belief
from kg.mechanism.names import Names, reduced_links
from kg.mechanism.resolver import canonical
from kg.model import (
    CURATED,
    Agent,
    Curation,
    Entity,
    Experiment,
    Knowledge,
    Line,
    Paper,
    Relation,
    Sign,
)

__all__ = ["CONTEXT", "Edge", "End", "Joined", "Report", "edges_of_rows", "join"]

CONTEXT = (
    "species", "disease", "model", "phase", "system", "product", "source", "donor", "route", "test",
    "finding",
)  # fmt: skip
"""What may stand beside an edge of how it was found."""

UNKNOWN = ("new", "skip", "refuse")


@dataclass(frozen=True, slots=True)
class End:
    """An end of an edge: its name, and where known identifier (a CURIE) and category."""

    name: str
    id: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A signed edge as somebody gives it. `sign` is ``+``, ``-``, ``?`` or "" (not told).

    `context`: axis → values. `direction`: supports, disputes or no effect. `facts`: what else is known of it,
    for those who write it out. `place`: where it was read.
    """

    subject: End
    predicate: str
    sign: str
    object: End
    belief: float | None = None
    papers: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    direction: str = "supports"
    place: str = ""
    origin: str = ""
    id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def counted(n: int, word: str) -> str:
    """`1 edge`, `2 edges`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of edges that were joined.

    `left_out`: edges that could not be taken, each with its place and why. `new`: ends that nothing here is
    called, with names that are spelled like them. `notes`: what was left open.
    """

    name: str
    n_edges: int
    n_taken: int
    n_statements: int
    n_shared: int
    new: tuple[tuple[str, tuple[str, ...]], ...] = ()
    left_out: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = f"{self.n_taken:,} of {counted(self.n_edges, 'edge')} taken"
        statements = f"{counted(self.n_statements, 'statement')}, in the graph before: {self.n_shared:,}"
        told = [f"{self.name}: {counts}, {statements}"]
        if self.new:
            told.append(f"  new here: {counted(len(self.new), 'end')}")
            told += [
                f"    {name}" + (f"   (spelled like {', '.join(near)})" if near else "")
                for name, near in self.new[:20]
            ]
            if len(self.new) > 20:
                told.append(f"    … and {len(self.new) - 20:,} more")
        if self.left_out:
            told.append(f"  left out: {counted(len(self.left_out), 'edge')}")
            told += [f"    {p.path}: {p.message}" for p in self.left_out[:20]]
            if len(self.left_out) > 20:
                told.append(f"    … and {len(self.left_out) - 20:,} more")
        told += [f"  {note}" for note in self.notes]
        return "\n".join(told)


@dataclass(frozen=True)
class Joined:
    """The knowledge with what was joined, its is-a links, and the entities and predicates that are new."""

    knowledge: Knowledge
    is_a: tuple[tuple[str, str], ...]
    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]
    report: Report


_CATEGORY = {
    "HGNC": "protein", "NCBIGene": "protein", "UniProtKB": "protein", "ENSEMBL": "protein", "PR": "protein",
    "FPLX": "protein", "MGI": "protein", "RGD": "protein", "CHEBI": "small molecule",
    "PUBCHEM": "small molecule", "CL": "cell", "MONDO": "disease", "DOID": "disease", "GO": "process",
    "HP": "phenotype", "MP": "phenotype", "mirbase.mature": "microRNA", "mirbase": "microRNA",
    "mirbase.family": "microRNA", "reactome": "pathway", "wikipathways": "pathway", "NCBITaxon": "organism",
}  # fmt: skip
"""Prefix → category of an entity for which none is given."""
UNSORTED = "process"

_SPECIES = {
    "homo sapiens": "human", "humans": "human", "9606": "human", "mus musculus": "mouse", "mice": "mouse",
    "10090": "mouse", "rattus norvegicus": "rat", "rats": "rat", "10116": "rat",
} | {curie.casefold(): name for name, curie in vocab.SPECIES.items()}  # fmt: skip
_LISTS: Mapping[str, Sequence[str]] = {
    "species": tuple(vocab.SPECIES), "system": vocab.SYSTEMS, "product": vocab.PRODUCTS,
    "source": vocab.SOURCES, "donor": tuple(vocab.SPECIES), "route": vocab.ROUTES, "test": vocab.TESTS,
}  # fmt: skip
_WORDS = {"+": "raises", "-": "lowers", "?": "unsigned"}


# Rows -----------------------------------------------------------------------------------------------


def edges_of_rows(rows: Any, where: str = "row") -> tuple[list[Edge], list[Problem]]:
    """Edges of rows or of a DataFrame, and what is wrong with the rest, counted from 1.

    A row is (subject, predicate, sign, object) with belief, papers and context after them, or a mapping with
    these keys, `subject_id`, `object_id`, `subject_category`, `object_category`, `direction`, and those of
    `CONTEXT`.
    """
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        rows = rows.to_dict("records")
    edges: list[Edge] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, Edge):
            edges.append(row)
            continue
        try:
            edges.append(edge_of(row, f"{where} {number}"))
        except ValueError as error:
            problems.append(Problem(where, number, "row", str(error)))
    return edges, problems


_ORDER = ("subject", "predicate", "sign", "object", "belief", "papers", "context")


def edge_of(row: Any, place: str) -> Edge:
    """The edge of one row.

    Raises ValueError, which says what is wrong with it.
    """
    if not isinstance(row, Mapping):
        if isinstance(row, str) or not isinstance(row, Sequence) or not 4 <= len(row) <= 7:
            raise ValueError(f"{row!r} is no row; subject, predicate, sign and object are wanted")
        row = dict(zip(_ORDER, row, strict=False))
    cells = {key: value for key, value in row.items() if not _is_missing(value)}
    for what in ("subject", "predicate", "object"):
        given = cells.get(what) or (cells.get(f"{what}_id") if what != "predicate" else None)
        if not isinstance(given, str) or not given.strip():
            raise ValueError(f"{what} is {given!r}; a name is wanted")
    sign = str(cells.get("sign", "")).strip().replace("−", "-")
    if sign not in ("", "+", "-", "?"):
        raise ValueError(f"sign is {sign!r}; write + or - or ?")
    direction = str(cells.get("direction", "supports")).strip()
    if direction not in vocab.DIRECTIONS:
        raise ValueError(f"direction is {direction!r}; one of {', '.join(vocab.DIRECTIONS)}")
    context = {axis: cells[axis] for axis in CONTEXT if axis in cells} | dict(cells.get("context") or {})
    if unknown := set(context) - set(CONTEXT):
        raise ValueError(f"context has {sorted(unknown)[0]!r}; known are {', '.join(CONTEXT)}")
    ends = [
        End(
            str(cells.get(end) or cells.get(f"{end}_id")).strip(),
            str(cells.get(f"{end}_id", "")).strip(),
            _category(cells.get(f"{end}_category"), end),
        )
        for end in ("subject", "object")
    ]
    held = {axis: values for axis, value in context.items() if (values := _several(value))}
    return Edge(
        ends[0], str(cells["predicate"]).strip(), sign, ends[1], _belief(cells.get("belief")),
        _several(cells.get("papers")), held, direction, place, str(cells.get("origin", "")),
    )  # fmt: skip


def _category(given: Any, end: str) -> str:
    if given and given not in vocab.CATEGORIES:
        raise ValueError(f"{end}_category is {given!r}; one of {', '.join(vocab.CATEGORIES)}")
    return str(given or "")


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)


def _several(value: Any) -> tuple[str, ...]:
    if _is_missing(value):
        return ()
    parts = value.split("|") if isinstance(value, str) else value if isinstance(value, Iterable) else (value,)
    return tuple(dict.fromkeys(text for p in parts if (text := str(p).strip())))


def _belief(value: Any) -> float | None:
    return None if _is_missing(value) else read_belief(value)


# Joining --------------------------------------------------------------------------------------------


class _Left(Exception):
    """An edge that cannot be taken, and why."""


@dataclass
class _Ends:
    """Ends as entities of ours or as new ones; each looked up once."""

    knowledge: Knowledge
    names: Names
    terms: Callable[[str], Sequence[Any]]
    origin: str
    skip: bool
    known: dict[End, Entity | str] = field(default_factory=dict)
    made: dict[str, Entity] = field(default_factory=dict)
    by_key: dict[str, Entity] = field(default_factory=dict)
    unresolved: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unsorted: set[str] = field(default_factory=set)

    def __call__(self, end: End) -> Entity:
        if end not in self.known:
            try:
                self.known[end] = self._find(end)
            except _Left as error:
                self.known[end] = str(error)
        found = self.known[end]
        if isinstance(found, str):
            raise _Left(found)
        return found

    def _find(self, end: End) -> Entity:
        by_id = self.names.resolution(end.id) if end.id else None
        by_name = self.names.resolution(end.name)
        if by_id is not None and by_id.is_found:
            if by_name.is_found and by_name.names != by_id.names and canonical(end.name) == "":
                raise _Left(
                    f"{end.id} is {by_id.names[0]!r} here, and {end.name!r} is {by_name.names[0]!r}; keep one"
                )
            return self.names.by_name[by_id.names[0]]
        if end.id and (terms := self.terms(end.id)):
            return self._of_term(end, terms)
        if by_name.is_found:
            entity = self.names.by_name[by_name.names[0]]
            prefix = end.id.partition(":")[0].casefold()
            if not end.id or entity.id.partition(":")[0].casefold() != prefix:
                return entity
            # The same kind of identifier, and another one: two things of one name.
            return self._new(end, f"{end.name} ({end.id})")
        if by_name.names:
            own = [f"{n} ({self.names.by_name[n].id})" for n in by_name.names]
            foreign = [f"{o.partition(' ')[2]} ({o.partition(' ')[0]})" for o in by_name.others]
            raise _Left(f"{end.name!r} may be {' or '.join(own + foreign)}; write one of these identifiers")
        terms = self.terms(end.name)
        if len(terms) > 1:
            told = " or ".join(f"{t.name} ({t.id})" for t in terms)
            raise _Left(f"{end.name!r} may be {told}; write one of these identifiers")
        return self._of_term(end, terms) if terms else self._new(end, end.name)

    def _of_term(self, end: End, terms: Sequence[Any]) -> Entity:
        """A class of the ontology that was no entity is one now; its place in the ontology stays."""
        term = terms[0]
        made = self.by_key.get(normalise(term.id))
        if made is None:
            name = term.name if term.name not in self.names.by_name else f"{term.name} ({term.id})"
            made = self._made(Entity(name, term.id, term.label, self._category(end, term.id)))
        return made

    def _new(self, end: End, name: str) -> Entity:
        key = normalise(end.id or name) or name
        if key in self.by_key:
            return self.by_key[key]
        near = tuple(self.names.resolver.near(end.name))
        if self.skip:
            self.unresolved[name] = near
            raise _Left(
                f"nothing is called {end.name!r}" + (f"; spelled like it: {', '.join(near)}" if near else "")
            )
        self.unresolved[name] = near
        prefix = end.id.partition(":")[0]
        fits = prefix in vocab.PREFIXES and re.fullmatch(r"[\w.-]+:[\w.:/-]+", end.id)
        curie = end.id if fits and prefix != "own" else own_id(name)
        return self._made(Entity(name, curie, name, self._category(end, curie), note=f"from {self.origin}"))

    def _made(self, entity: Entity) -> Entity:
        self.made[entity.name] = entity
        for key in (normalise(entity.id), normalise(entity.name) or entity.name):
            self.by_key.setdefault(key, entity)
        return entity

    def _category(self, end: End, curie: str) -> str:
        found = end.category or _CATEGORY.get(curie.partition(":")[0], "")
        if not found:
            self.unsorted.add(end.name)
        return found or UNSORTED


def own_id(text: str) -> str:
    """An identifier for something of the user's: the same text gives the same one."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    if slug and slug in (text, text.replace(" ", "-") if "-" not in text else ""):
        return f"own:{slug}"
    return f"own:{slug or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass
class _Predicates:
    """Predicates of ours where they fit, else new ones under the name that was given."""

    ours: Mapping[str, Relation]
    made: dict[tuple[str, str], Relation] = field(default_factory=dict)

    def __call__(self, edge: Edge, subject: Entity, obj: Entity) -> Relation:
        ours = self.ours.get(edge.predicate)
        sign = edge.sign or (ours.sign.value if ours else "?")
        if ours is not None and ours.sign.value == sign and _fits(ours, subject, obj):
            return ours
        key = (edge.predicate, sign)
        if key not in self.made:
            name = " ".join(re.sub(r"[^\w()./:-]+", " ", edge.predicate).split()) or "acts on"
            taken = {r.name for r in self.made.values()} | self.ours.keys()
            if name in taken:
                name = f"{name} ({_WORDS[sign]})"
            if name in taken:
                name = f"{name} ({hashlib.sha256(edge.predicate.encode()).hexdigest()[:6]})"
            self.made[key] = Relation(name, Sign(sign), (), (), "", (), "")
        return self.made[key]


def _fits(relation: Relation, subject: Entity, obj: Entity) -> bool:
    return (not relation.domain or subject.category in relation.domain) and (
        not relation.range or obj.category in relation.range
    )


def join(
    knowledge: Knowledge,
    names: Names,
    edges: Sequence[Edge],
    origin: str,
    *,
    terms: Callable[[str], Sequence[Any]] = lambda text: (),
    parents: Mapping[str, Iterable[str]] | None = None,
    problems: Sequence[Problem] = (),
    unknown: str = "new",
) -> Joined:
    """The knowledge with edges of the user's joined to it.

    `terms`: classes of the ontology that are no entities, by name or identifier. `parents`: identifier →
    identifiers of superclasses. `problems`: rows that could not be read, for the report.
    Raises BadInput for a name that is taken, and FileProblems with everything that does not resolve where
    `unknown` is "refuse".
    """
    origin = " ".join(origin.split())
    taken = {line.origin for p in knowledge.papers for x in p.experiments for line in x.lines}
    if not origin or origin == CURATED or origin in taken:
        raise BadInput(f"{origin!r} cannot be the name of data to join: it is empty, or there is one already")
    if unknown not in UNKNOWN:
        raise BadInput(f"unknown={unknown!r}; one of {', '.join(UNKNOWN)}")
    edges = _with_categories(edges)
    ends = _Ends(knowledge, names, terms, origin, unknown != "new")
    predicates = _Predicates(knowledge.by_predicate)
    left = list(problems)
    notes: dict[str, int] = defaultdict(int)
    taken_edges: list[tuple[Edge, Line]] = []
    for number, edge in enumerate(edges, 1):
        try:
            subject, obj = ends(edge.subject), ends(edge.object)
            if subject.name == obj.name:
                raise _Left(f"both ends are {subject.name!r}")
        except _Left as error:
            left.append(Problem(edge.place or f"row {number}", number, "edge", str(error)))
            continue
        relation = predicates(edge, subject, obj)
        finding = next(iter(edge.context.get("finding", ())), "")
        test = next((t for t in edge.context.get("test", ()) if t in vocab.TESTS), "")
        line = Line(subject.name, relation.name, obj.name, finding, test, "", edge.direction, origin=origin)
        taken_edges.append((edge, line))
    if unknown == "refuse" and left:
        raise FileProblems(f"{origin} cannot be joined as it is", left)
    papers = _papers(knowledge, names, origin, taken_edges, notes)
    entities = tuple(sorted((*knowledge.entities, *ends.made.values()), key=lambda e: e.name))
    made = tuple(sorted(predicates.made.values(), key=lambda r: r.name))
    whole = replace(
        knowledge, entities=entities, papers=papers,
        relations=tuple(sorted((*knowledge.relations, *made), key=lambda r: r.name)),
    )  # fmt: skip
    links = _links(ends.made.values(), names, entities, parents or {})
    told = {(line.subject, line.predicate, line.object) for _, line in taken_edges}
    before = {(s.subject, s.predicate, s.object) for s in knowledge.statements}
    if ends.unsorted:
        some = ", ".join(sorted(ends.unsorted)[:5]) + (", …" if len(ends.unsorted) > 5 else "")
        hint = "a column subject_category or object_category tells it"
        notes[f"no category told, taken as {UNSORTED}: {some}; {hint}"] = 1
    report = Report(
        origin, len(edges) + len(problems), len(taken_edges), len(told), len(told & before),
        tuple(sorted(ends.unresolved.items())) if not ends.skip else (), tuple(left),
        tuple(f"{note}" + (f" ({n} times)" if n > 1 else "") for note, n in notes.items()),
    )  # fmt: skip
    return Joined(whole, links, tuple(ends.made.values()), made, report)


def _with_categories(edges: Sequence[Edge]) -> list[Edge]:
    """The edges, where a category that one tells of an end holds for the others that name it so."""
    told: dict[str, str] = {}
    for edge in edges:
        for end in (edge.subject, edge.object):
            if end.category:
                told.setdefault(end.name, end.category)

    def filled(end: End) -> End:
        return end if end.category or end.name not in told else replace(end, category=told[end.name])

    return [replace(e, subject=filled(e.subject), object=filled(e.object)) for e in edges]


def _links(
    new: Iterable[Entity], names: Names, entities: Sequence[Entity], parents: Mapping[str, Iterable[str]]
) -> tuple[tuple[str, str], ...]:
    """The is-a links that there were, and those of the new entities by the ontology."""
    made = {e.name for e in new}
    if not made:
        return names.is_a
    found = reduced_links(entities, parents)
    return tuple(sorted({*names.is_a, *(link for link in found if made & set(link))}))


_PMID = re.compile(r"(?:PMID:|pubmed:)?\s*([1-9]\d{0,8})", re.I)
_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?\s*(10\.\d{4,9}/\S+)", re.I)


def _papers(
    knowledge: Knowledge,
    names: Names,
    origin: str,
    taken: Sequence[tuple[Edge, Line]],
    notes: dict[str, int],
) -> tuple[Paper, ...]:
    """The papers with the experiments of the joined edges, in papers we know or in new ones."""
    known = {key: p for p in knowledge.papers for key in (p.pmid, p.doi and p.doi.casefold()) if key}
    own = Paper(origin, "", 0, "primary", "abstract", Curation("software", "1970-01-01"), path=own_id(origin))
    new: dict[str, Paper] = {}
    added: dict[str, list[Experiment]] = defaultdict(list)
    best: dict[tuple[Any, ...], float | None] = {}
    for edge, line in taken:
        ids = edge.papers or ("",)
        share = None if edge.belief is None else 1 - (1 - edge.belief) ** (1 / len(ids))
        for text in ids:
            paper = _paper(text, origin, known, new) if text else own
            for context in _contexts(edge, names, notes):
                key = (paper.id, line, tuple(sorted(context.items())))
                before = best.get(key, 0.0)
                if key not in best or (share is not None and (before is None or share > before)):
                    best[key] = share
    for number, ((paper_id, line, context), share) in enumerate(best.items(), 1):
        told = dict(context)
        agent = {axis: told.get(axis) for axis in ("product", "source", "donor", "route")}
        added[paper_id].append(
            Experiment(
                f"{origin} {number}", told.get("species"), told.get("system", ""), told.get("disease"),
                told.get("model"), told.get("phase"), None, Agent(**agent) if any(agent.values()) else None,
                lines=(replace(line, given_belief=share),),
            )
        )  # fmt: skip
    papers = {p.id: p for p in (*knowledge.papers, *new.values(), own)}
    made = (
        replace(p, experiments=(*p.experiments, *added.get(p.id, ()))) if p.id in added else p
        for p in papers.values()
        if p.id in added or p.id != own.id
    )
    return tuple(sorted(made, key=lambda p: p.id))


def _paper(text: str, origin: str, known: Mapping[str, Paper], new: dict[str, Paper]) -> Paper:
    pmid, doi = _PMID.fullmatch(text), _DOI.fullmatch(text)
    key = pmid[1] if pmid else doi[1].casefold() if doi else text
    if key in known:
        return known[key]
    if key not in new:
        shown = f"PMID:{pmid[1]}" if pmid else f"doi:{doi[1]}" if doi else text
        new[key] = Paper(
            shown, "", 0, "primary", "abstract", Curation("software", "1970-01-01"),
            pmid=pmid[1] if pmid else None, doi=doi[1] if doi else None,
            path="" if pmid or doi else text if text.startswith("own:") else own_id(text),
        )  # fmt: skip
    return new[key]


def _contexts(edge: Edge, names: Names, notes: dict[str, int]) -> Iterator[dict[str, str]]:
    """The contexts of an edge, each axis with one value.

    Where several axes have several values it is not told which go together; then each value stands alone.
    """
    values = {
        axis: checked
        for axis, given in edge.context.items()
        if axis not in ("test", "finding") and (checked := _checked(axis, given, names, notes))
    }
    several = [axis for axis, held in values.items() if len(held) > 1]
    single = {axis: held[0] for axis, held in values.items() if len(held) == 1}
    if not several:
        yield single
    elif len(several) == 1:
        for value in values[several[0]]:
            yield {**single, several[0]: value}
    else:
        for axis in several:
            for value in values[axis]:
                yield {**single, axis: value}


def _checked(axis: str, given: Sequence[str], names: Names, notes: dict[str, int]) -> list[str]:
    """The values of an axis that are in its list; what is not is noted and left open."""
    found = []
    for value in given:
        if axis == "disease":
            told = names.resolution(value)
            if told.is_found and names.by_name[told.names[0]].category == "disease":
                found.append(told.names[0])
            else:
                notes[f"disease {value!r} is none of the graph's; left open"] += 1
        elif axis in _LISTS:
            word = _SPECIES.get(value.casefold(), value) if axis in ("species", "donor") else value
            if word in _LISTS[axis]:
                found.append(word)
            else:
                near = get_close_matches(word, _LISTS[axis], 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                notes[f"{axis} {value!r} is in no list of ours; left open{hint}"] += 1
        else:
            found.append(value)
    return list(dict.fromkeys(found))
