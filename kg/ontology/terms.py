"""Every class of the ontology, findable, with what is above and below it.

A *term* is a class: an entity of ours, a defined class, an upper class, or an imported term that is no
entity. Its name is that of the entity, else its label. What is below is what the reasoner says, not only
the stated links; asking twice costs a look into a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.curation.anchor import normalise
from kg.errors import AmbiguousName, NameNotFound
from kg.mechanism.names import Names
from kg.mechanism.resolver import canonical
from kg.model import Entity, Knowledge, Statement

if TYPE_CHECKING:
    from pyoxigraph import Quad

__all__ = ["KINDS", "DefinedClass", "Profile", "Term", "Terms", "Touch", "profile_of", "term_rows", "touch"]

KINDS = ("entity", "defined class", "upper class", "imported term")
Links = Mapping[str, Iterable[str]]
_MATCHES = ("exact", "close", "broad", "narrow", "related")
_SYNONYMS = ("Exact", "Narrow", "Broad", "Related")


@dataclass(frozen=True, slots=True)
class Term:
    """A class of the ontology. `parents` are stated; `inferred` are further superclasses, all of them.

    `mappings` are (exact | close | broad | narrow | related, identifier); `sources` say where the definition
    stems from; `version` and `licence` are of the extract that an imported term comes from.
    """

    id: str
    name: str
    kind: str
    label: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    mappings: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    version: str = ""
    licence: str = ""
    note: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Touch:
    """How much evidence there is about something."""

    n_statements: int
    n_lines: int
    n_papers: int

    def __str__(self) -> str:
        told = (
            (self.n_statements, "statement"),
            (self.n_lines, "evidence line"),
            (self.n_papers, "paper"),
        )
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in told)


@dataclass(frozen=True, slots=True)
class Profile:
    """A term with its place among the others and the evidence about it.

    `parents` and `children` are names, with nothing between; curated parents are among them. `equals` are
    classes with the same instances. `members` are the entities, or statements, that the reasoner finds in a
    defined class. `below` are the entities that count as the term when
    it is asked for, its members among them; `evidence` is of the term itself, `evidence_below` of all.
    """

    term: Term
    parents: tuple[str, ...]
    children: tuple[str, ...]
    equals: tuple[str, ...]
    members: tuple[str, ...]
    below: tuple[str, ...]
    evidence: Touch
    evidence_below: Touch


def touch(statements: Iterable[Statement], names: Iterable[str], also: Iterable[str] = ()) -> Touch:
    """Statements with one of the entities at an end, their lines and papers; `also` names more statements."""
    wanted, more = frozenset(names), frozenset(also)
    found = [s for s in statements if {s.subject, s.object} & wanted or (more and str(s) in more)]
    papers = {e.paper.id for s in found for e in s.evidence}
    return Touch(len(found), sum(len(s.evidence) for s in found), len(papers))


def term_rows(
    ontology: Iterable[Quad],
    knowledge: Knowledge,
    superclasses: Mapping[str, Iterable[str]],
    defined: Iterable[str],
) -> list[list[Any]]:
    """The fields of every class in the ontology graph, as `terms.json` keeps them; sorted by identifier."""
    from pyoxigraph import NamedNode

    from kg.ontology.axioms import annotation_texts
    from kg.store.rdf import SUBCLASS, A, iri

    quads = list(ontology)
    classes = {q.subject for q in quads if q.predicate == A and q.object == iri("owl:Class")}
    ids = {vocab.compress(node.value) for node in classes if isinstance(node, NamedNode)}
    stated: dict[str, set[str]] = defaultdict(set)
    for q in quads:
        if q.predicate == SUBCLASS and isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode):
            stated[vocab.compress(q.subject.value)].add(vocab.compress(q.object.value))
    told = annotation_texts(quads)
    names, defined = {e.id: e.name for e in knowledge.entities}, set(defined)

    def kind(curie: str) -> str:
        if curie in names:
            return "entity"
        if curie in defined:
            return "defined class"
        return "upper class" if curie.startswith(("mscm:", "voc:")) else "imported term"

    rows = []
    for curie in sorted(ids):
        facts = told.get(curie, {})

        def first(prop: str, facts: Mapping[str, tuple[str, ...]] = facts) -> str:
            return next(iter(facts.get(prop, ())), "")

        label = first("rdfs:label") or curie
        chained = set(_walk(curie, stated))
        term = Term(
            curie, names.get(curie, label), kind(curie), label, first("IAO:0000115"),
            tuple(s for kind in _SYNONYMS for s in facts.get(f"oboInOwl:has{kind}Synonym", ())),
            tuple(sorted(stated.get(curie, set()) & ids)),
            tuple(sorted(set(superclasses.get(curie, ())) & ids - chained - {curie})),
            tuple((m, x) for m in _MATCHES for x in facts.get(f"skos:{m}Match", ())),
            tuple(sorted({*facts.get("dcterms:source", ()), *facts.get("IAO:0000119", ())})),
            first("owl:versionInfo"), first("dcterms:license"), first("voc:note"),
        )  # fmt: skip
        rows.append([getattr(term, name) for name in Term.__slots__])
    return rows


def _walk(start: str, links: Links) -> list[str]:
    """What the links lead to, without the start; nearest first."""
    found, seen = [], {start}
    todo = [start]
    for here in todo:
        for there in links.get(here, ()):
            if there not in seen:
                seen.add(there)
                todo.append(there)
                found.append(there)
    return found


@dataclass(frozen=True)
class Terms:
    """All terms of a build, from the rows that `term_rows` made; `names` finds the entities among them."""

    rows: tuple[list[Any], ...] = field(repr=False)
    names: Names = field(repr=False)
    _cache: dict[tuple[str, bool, bool], tuple[Term, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def by_id(self) -> Mapping[str, Term]:
        return {row[0]: Term(*map(_frozen, row)) for row in self.rows}

    @cached_property
    def _by_folded_id(self) -> Mapping[str, Term]:
        return {curie.casefold(): term for curie, term in self.by_id.items()}

    @cached_property
    def _up(self) -> Mapping[str, tuple[str, ...]]:
        return {t.id: t.parents + t.inferred for t in self.by_id.values()}

    @cached_property
    def _down(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for low, highs in self._up.items():
            for high in highs:
                found[high].append(low)
        return found

    # Above and below ------------------------------------------------------------------------------

    def subclasses(self, term: Term, *, direct: bool = False) -> tuple[Term, ...]:
        """What is below a term, sorted by name; `direct`: only what has nothing between, no equals."""
        return self._related(term, direct, self._down, self._up)

    def superclasses(self, term: Term, *, direct: bool = False) -> tuple[Term, ...]:
        """What is above a term, sorted by name; `direct`: only what has nothing between, no equals."""
        return self._related(term, direct, self._up, self._down)

    def _related(self, term: Term, direct: bool, links: Links, back: Links) -> tuple[Term, ...]:
        key = (term.id, direct, links is self._up)
        if key not in self._cache:
            found = _walk(term.id, links)
            if direct:
                found = self._nearest(term, found, links, back)
            named = (self.by_id[curie] for curie in found)
            self._cache[key] = tuple(sorted(named, key=lambda t: (t.name.casefold(), t.id)))
        return self._cache[key]

    def equivalents(self, term: Term) -> tuple[Term, ...]:
        """Other terms with the same instances by definition, sorted by name."""
        above = set(self.superclasses(term))
        return tuple(t for t in self.subclasses(term) if t in above)

    def _nearest(self, term: Term, reached: list[str], links: Links, back: Links) -> list[str]:
        """Of what was reached, that between which and the term nothing stands but their equals."""
        equals = {t.id for t in self.equivalents(term)}
        starts = {term.id, *equals}
        inside = set(reached) - starts
        kept = []
        for curie in dict.fromkeys(n for start in sorted(starts) for n in links.get(start, ())):
            between = inside.intersection(_walk(curie, back))
            if curie not in starts and all(curie in _walk(other, back) for other in between):
                kept.append(curie)
        return kept

    # Finding --------------------------------------------------------------------------------------

    @cached_property
    def _spellings(self) -> Mapping[str, tuple[str, ...]]:
        """Normalised spelling → identifiers of the terms that answer to it; a label beats a synonym."""
        found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for term in self.by_id.values():
            for rank, spelling in ((0, term.label), *((1, s) for s in term.synonyms)):
                ids = found[normalise(spelling) or spelling][rank]
                if term.id not in ids:
                    ids.append(term.id)
        return {key: tuple(ranks[min(ranks)]) for key, ranks in found.items()}

    @cached_property
    def _defined(self) -> Mapping[str, Term]:
        return {t.label.casefold(): t for t in self.by_id.values() if t.kind == "defined class"}

    def known(self, text: str) -> tuple[Term, ...]:
        """Terms that a label, synonym, identifier or IRI may stand for; none where unknown."""
        text = text.strip()
        found = self._by_folded_id.get(canonical(text) or vocab.compress(text).casefold())
        if found is not None:
            return (found,)
        return tuple(self.by_id[curie] for curie in self._spellings.get(normalise(text) or text, ()))

    def resolve(self, text: str | Term | Entity) -> Term:
        """The one term that a name, alias, label, synonym, identifier or IRI stands for; entities first.

        Raises NameNotFound, with the nearest spellings, and AmbiguousName.
        """
        if isinstance(text, Term):
            return text
        if isinstance(text, Entity):
            return self.by_id[text.id]
        text = text.strip()
        if text in self.names.by_name:
            return self.by_id[self.names.by_name[text].id]
        for found in (
            self._by_folded_id.get(vocab.compress(text).casefold()),
            self._defined.get(text.casefold()),
        ):
            if found is not None:
                return found
        if self.names.known(text):
            return self.by_id[self.names.resolve(text).id]
        # A label of the ontology comes before what an entity is called elsewhere.
        ids = self._spellings.get(normalise(text) or text, ())
        if not ids and self.names.resolution(text).names:
            return self.by_id[self.names.resolve(text).id]
        if not ids:
            raise NameNotFound(text, self.nearest(text))
        if len(ids) > 1:
            raise AmbiguousName(text, [(self.by_id[curie].name, curie) for curie in ids])
        return self.by_id[ids[0]]

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """Names close to a text, of entities first."""
        import difflib

        near = self.names.nearest(text, n)
        close = difflib.get_close_matches(normalise(text), list(self._spellings), n, 0.7)
        near += [self.by_id[curie].name for key in close for curie in self._spellings[key]]
        return list(dict.fromkeys(near))[:n]

    def find(self, text: str, keep: Callable[[Term], bool] = lambda term: True) -> list[Term]:
        """Terms whose name, label, synonym or identifier holds the text; best first."""
        wanted = normalise(text)
        if not wanted:
            return []
        scored: list[tuple[int, int, str, str]] = []
        for term in filter(keep, self.by_id.values()):
            spellings = [normalise(s) for s in (term.name, term.label, *term.synonyms)]
            if text.casefold() == term.id.casefold() or wanted in spellings:
                rank = 0
            elif any(s.startswith(wanted) for s in spellings):
                rank = 1
            elif any(wanted in s for s in spellings):
                rank = 2
            else:
                continue
            scored.append((rank, len(term.name), term.name, term.id))
        return [self.by_id[curie] for *_, curie in sorted(scored)]


def _frozen(x: Any) -> Any:
    return tuple(map(_frozen, x)) if isinstance(x, list) else x


@dataclass(frozen=True)
class DefinedClass:
    """A class defined by equivalence, with the entities, or statements, that the reasoner finds in it."""

    id: str
    label: str
    definition: str
    axiom: str
    members: tuple[str, ...]


def profile_of(
    term: Term,
    terms: Terms,
    names: Names,
    defined: Mapping[str, DefinedClass],
    statements: Iterable[Statement],
) -> Profile:
    """A class with its parents and children, and the evidence about it and about all below it."""
    statements = tuple(statements)
    group = defined.get(term.label) if term.kind == "defined class" else None
    members = group.members if group else ()
    own = [term.name] if term.kind == "entity" else []
    lower, higher = terms.subclasses(term), terms.superclasses(term)
    entities = [*own, *(t.name for t in lower if t.kind == "entity"), *members]
    below = {name for e in dict.fromkeys(entities) if e in names.by_name for name in names.matching(e)}
    names_above = [t.name for t in terms.superclasses(term, direct=True)]
    names_below = [t.name for t in terms.subclasses(term, direct=True)]
    if own:
        known = {t.name for t in higher} | {term.name}
        names_above += [n for n in names.parents(term.name) if n not in known]
        known = {t.name for t in lower} | {term.name}
        names_below += [n for n in names.children(term.name) if n not in known]
    return Profile(
        term, tuple(names_above), tuple(names_below),
        tuple(t.name for t in terms.equivalents(term)), members, tuple(sorted(below)),
        touch(statements, own), touch(statements, below, members),
    )  # fmt: skip
