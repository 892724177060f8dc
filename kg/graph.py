"""The one object users hold: entities, statements, paths, conflicts, hypotheses, SPARQL, pictures.

>>> import kg
>>> g = kg.load()                                             # doctest: +SKIP
>>> for path in g.paths("MSC", "fibrosis", via="Treg", sign="-"):
...     print(path)                                           # doctest: +SKIP

Names are taken generously (name, alias, label, identifier, any case); asking for an entity also finds
those below it, and `Answer.reasons` says why. The graph does not change after loading.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, overload

from kg import vocab
from kg.belief import Belief, belief_of
from kg.build import open_graph
from kg.conflicts import Conflict, find_conflicts
from kg.errors import BadInput
from kg.hypotheses import Hypothesis, find_hypotheses
from kg.model import Entity, Evidence, Knowledge, Paper, Sign, Statement
from kg.names import Names
from kg.paths import Engine, Path, Question
from kg.store import BuiltGraph, Result
from kg.terms import Profile, Term, Terms, touch

if TYPE_CHECKING:
    import networkx as nx
    import rdflib

    from kg.diff import Diff
    from kg.ontology import OntologyView
    from kg.reasoning import Derivations

__all__ = ["Answer", "Graph", "load"]

Name = str | Entity
SIGNS = {
    "+": Sign.PLUS, "plus": Sign.PLUS, "-": Sign.MINUS, "−": Sign.MINUS, "minus": Sign.MINUS,
    "?": Sign.UNKNOWN, "unknown": Sign.UNKNOWN,
}  # fmt: skip


def load(path: str | os.PathLike[str] | None = None) -> Graph:
    """The released graph; in a checkout, the one its files say (built if need be, then cached).

    `path` is the folder of a build or of a checkout; else `$KG_GRAPH` is looked at.
    Raises StoreMissing, StoreDamaged, DataProblems.
    """
    return Graph(open_graph(path))


@dataclass(frozen=True)
class Answer(Sequence[Path]):
    """Paths, best first, with the question they answer and why names matched."""

    found: tuple[Path, ...]
    question: Question
    reasons: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, i: int) -> Path: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Path, ...]: ...
    def __getitem__(self, i: int | slice) -> Path | tuple[Path, ...]:
        return self.found[i]

    def __iter__(self) -> Iterator[Path]:
        return iter(self.found)


@dataclass(frozen=True)
class Scope:
    """Which evidence lines a view counts, and which entities it leaves out.

    `allowed` holds (axis, values) pairs that a line must meet, all of them. On the axes of the cell product
    (product, source, route) a line from an experiment without one passes: it is about no product.
    """

    allowed: tuple[tuple[str, frozenset[str]], ...] = ()
    until: int | None = None
    without: frozenset[str] = frozenset()

    def keeps(self, e: Evidence) -> bool:
        if self.until is not None and e.paper.year > self.until:
            return False
        if self.without & {e.line.subject, e.line.object}:
            return False
        return all(self._meets(e, axis, values) for axis, values in self.allowed)

    @staticmethod
    def _meets(e: Evidence, axis: str, values: frozenset[str]) -> bool:
        if axis == "rung":
            return e.rung in values
        if axis in ("disease", "species"):
            return getattr(e.experiment, axis) in values
        return e.experiment.agent is None or getattr(e.experiment.agent, axis) in values


AXES: dict[str, Sequence[str]] = {
    "species": tuple(vocab.SPECIES),
    "product": vocab.PRODUCTS,
    "source": vocab.SOURCES,
    "route": vocab.ROUTES,
    "rung": vocab.RUNGS,
}
"""Axes of context that a view may be narrowed to, besides disease, with their closed lists."""


@dataclass(frozen=True)
class DefinedClass:
    """A class defined by equivalence, with the entities, or statements, that the reasoner finds in it."""

    id: str
    label: str
    definition: str
    axiom: str
    members: tuple[str, ...]


class Graph:
    """A loaded graph. Make one with `kg.load()`."""

    def __init__(self, built: BuiltGraph, scope: Scope | None = None) -> None:
        self.built = built
        self._scope = scope or Scope()

    def __repr__(self) -> str:
        return f"<Graph of {len(self.papers)} papers, {len(self.statements())} statements>"

    @cached_property
    def knowledge(self) -> Knowledge:
        return self.built.snapshot[0]

    @cached_property
    def names(self) -> Names:
        is_a = tuple((a, b) for a, b in self.built.snapshot[1]["is_a"])
        return Names(self.knowledge.entities, is_a, self.knowledge.derivations)

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.knowledge.entities

    @property
    def papers(self) -> tuple[Paper, ...]:
        return self.knowledge.papers

    # Looking things up ----------------------------------------------------------------------------

    def entity(self, name: Name) -> Entity:
        """The entity that a name, alias, label or identifier stands for.

        Raises NameNotFound and AmbiguousName.
        """
        return self.names.resolve(name)

    def find(self, text: str) -> list[Entity]:
        """Entities whose name, alias, label or identifier holds the text, best first."""
        return self.names.find(text)

    def matching(self, name: Name, *, subclasses: bool = True, products: bool = False) -> dict[str, str]:
        """Name → why it is an answer when `name` is asked for ("" for the entity itself)."""
        return self.names.matching(self.entity(name).name, subclasses=subclasses, products=products)

    # Classes of the ontology -----------------------------------------------------------------------

    @cached_property
    def terms(self) -> Terms:
        """Every class of the ontology, entities or not."""
        return Terms(self.built.term_rows, self.names)

    def term(self, name: Name | Term) -> Term:
        """The class that a name, alias, label, synonym or identifier stands for, an entity or not.

        Raises NameNotFound and AmbiguousName.
        """
        return self.terms.resolve(name)

    def find_terms(self, text: str) -> list[Term]:
        """Classes that are no entities and whose label, synonym or identifier holds the text, best first."""
        return self.terms.find(text, lambda term: term.kind != "entity")

    def subclasses(self, name: Name | Term, *, direct: bool = False) -> tuple[Term, ...]:
        """Every class below one, by what the reasoner says, sorted by name; `direct`: the next ones only.

        Raises NameNotFound and AmbiguousName.
        """
        return self.terms.subclasses(self.term(name), direct=direct)

    def superclasses(self, name: Name | Term, *, direct: bool = False) -> tuple[Term, ...]:
        """Every class above one, by what the reasoner says, sorted by name; `direct`: the next ones only.

        Raises NameNotFound and AmbiguousName.
        """
        return self.terms.superclasses(self.term(name), direct=direct)

    def profile(self, name: Name | Term) -> Profile:
        """A class with its parents and children, and the evidence that bears on it and on all below it.

        Raises NameNotFound and AmbiguousName.
        """
        term = self.term(name)
        defined = self.defined.get(term.label) if term.kind == "defined class" else None
        members = defined.members if defined else ()
        own = [term.name] if term.kind == "entity" else []
        entities = [*own, *(t.name for t in self.subclasses(term) if t.kind == "entity"), *members]
        named = [e for e in dict.fromkeys(entities) if e in self.names.by_name]
        below = {name for e in named for name in self.names.matching(e)}
        parents, children = self.superclasses(term, direct=True), self.subclasses(term, direct=True)
        names_above, names_below = [t.name for t in parents], [t.name for t in children]
        if own:
            known = {t.name for t in self.superclasses(term)} | {term.name}
            names_above += [n for n in self.names.parents(term.name) if n not in known]
            known = {t.name for t in self.subclasses(term)} | {term.name}
            names_below += [n for n in self.names.children(term.name) if n not in known]
        return Profile(
            term, tuple(names_above), tuple(names_below),
            tuple(t.name for t in self.terms.equivalents(term)), members, tuple(sorted(below)),
            touch(self._all, own), touch(self._all, below, members),
        )  # fmt: skip

    @cached_property
    def _all(self) -> tuple[Statement, ...]:
        if self._scope == Scope():
            return self.knowledge.statements
        from kg.model import collect

        return collect((e for e in self.knowledge.evidence() if self._scope.keeps(e)), self.knowledge)

    @cached_property
    def _by_id(self) -> Mapping[str, Statement]:
        return {s.id: s for s in self._all}

    def statement(self, key: str) -> Statement:
        """The statement with an id.

        Raises BadInput.
        """
        if key not in self._by_id:
            raise BadInput(f"no statement has the id {key!r}; `kg show ENTITY` lists ids")
        return self._by_id[key]

    def statements(
        self, subject: Name | None = None, predicate: str | None = None, object: Name | None = None, *,
        subclasses: bool = True,
    ) -> list[Statement]:  # fmt: skip
        """Statements with these ends and predicate; those below an entity count as it."""
        if predicate is not None and predicate not in self.knowledge.by_predicate:
            raise BadInput(f"{predicate!r} is no predicate; one of {', '.join(self.knowledge.by_predicate)}")
        subjects = self.matching(subject, subclasses=subclasses) if subject is not None else None
        objects = self.matching(object, subclasses=subclasses) if object is not None else None
        return [
            s for s in self._all
            if (subjects is None or s.subject in subjects)
            and (objects is None or s.object in objects)
            and (predicate is None or s.predicate == predicate)
        ]  # fmt: skip

    def belief(self, statement: Statement) -> Belief:
        """Belief in a statement, with its range."""
        return belief_of(statement)

    # Views ----------------------------------------------------------------------------------------

    def within(
        self, *, disease: Name | None = None, until: int | None = None, **context: str | None
    ) -> Graph:
        """The graph as lines from one context show it; views of views narrow further.

        `disease`: from it or below it. `until`: published in that year or before. `species`, `product`,
        `source`, `route`: as in the closed lists; `rung`: from that rung of the ladder or above.
        Raises BadInput for a value that is not in its list.
        """
        old, allowed = self._scope, list(self._scope.allowed)
        if disease is not None:
            allowed.append(("disease", frozenset(self._diseases(disease))))
        for axis, value in context.items():
            if value is None:
                continue
            if axis not in AXES:
                raise BadInput(f"{axis!r} is no axis of context; one of disease, until, {', '.join(AXES)}")
            if value not in AXES[axis]:
                raise BadInput(f"{value!r} is no {axis} here; one of {', '.join(AXES[axis])}")
            above = vocab.RUNGS[vocab.RUNGS.index(value) :] if axis == "rung" else (value,)
            allowed.append((axis, frozenset(above)))
        years = [y for y in (old.until, until) if y is not None]
        return self._view(Scope(tuple(allowed), min(years, default=None), old.without))

    def _diseases(self, disease: Name) -> dict[str, str]:
        entity = self.entity(disease)
        if entity.category != "disease":
            raise BadInput(
                f"{entity.name!r} is of category {entity.category}, not a disease; try it as source or target"
            )
        return self.matching(entity)

    def without(self, *names: Name) -> Graph:
        """The graph as if these entities, and those below them, were blocked."""
        blocked = frozenset(n for name in names for n in self.matching(name))
        return self._view(replace(self._scope, without=self._scope.without | blocked))

    def _view(self, scope: Scope) -> Graph:
        if scope == self._scope:
            return self
        view = Graph(self.built, scope)
        view.__dict__["knowledge"], view.__dict__["names"] = self.knowledge, self.names
        if "terms" in self.__dict__:
            view.__dict__["terms"] = self.terms
        return view

    # Questions ------------------------------------------------------------------------------------

    @cached_property
    def engine(self) -> Engine:
        return Engine(self._all)

    def question(
        self,
        source: Name,
        target: Name,
        *,
        via: Name | Iterable[Name] = (),
        avoid: Name | Iterable[Name] = (),
        sign: str | Sign | None = None,
        max_length: int = 4,
        subclasses: bool = True,
        products: bool = False,
    ) -> tuple[Question, dict[str, str]]:
        """What is asked, in names, and why each of them matches."""
        reasons: dict[str, str] = {}

        def matching(name: Name, products: bool = False) -> frozenset[str]:
            found = self.matching(name, subclasses=subclasses, products=products)
            reasons.update({n: why for n, why in found.items() if why})
            return frozenset(found)

        if isinstance(sign, str):
            if sign not in SIGNS:
                raise BadInput(f"sign {sign!r}: write + or - or ?")
            sign = SIGNS[sign]
        question = Question(
            matching(source, products),
            matching(target),
            tuple(matching(v) for v in _several(via)),
            frozenset(n for v in _several(avoid) for n in matching(v)),
            sign,
            max_length,
        )
        return question, reasons

    def paths(
        self,
        source: Name,
        target: Name,
        *,
        via: Name | Iterable[Name] = (),
        avoid: Name | Iterable[Name] = (),
        sign: str | Sign | None = None,
        max_length: int = 4,
        disease: Name | None = None,
        until: int | None = None,
        subclasses: bool = True,
        products: bool = False,
        coherent: bool = False,
        **context: str | None,
    ) -> Answer:
        """Every signed path from source to target of at most `max_length` steps, best belief first.

        `via`: every way-point (or an entity below it) is strictly inside the path. `avoid`: nowhere on it.
        `sign`: net sign ``+``, ``-`` or ``?``. `disease`, `until`, and in `context` species, product, route
        and rung: only evidence lines from there count, see `within` (which also takes the product's tissue
        source). `coherent`: all steps were seen in one species and in one disease. `products`: a cell's
        vesicles, medium and mitochondria count as it.
        Raises NameNotFound, AmbiguousName and BadInput.
        """
        view = self.within(disease=disease, until=until, **context)
        question, reasons = self.question(
            source, target, via=via, avoid=avoid, sign=sign, max_length=max_length,
            subclasses=subclasses, products=products,
        )  # fmt: skip
        found = view.engine.paths(question)
        if coherent:
            found = [p for p in found if p.coherence.is_whole]
        return Answer(tuple(found), question, reasons)

    def count_with_products(self, answer: Answer, source: Name) -> int:
        """How many paths the same question has when the source's products count as it."""
        wider = replace(answer.question, sources=frozenset(self.matching(source, products=True)))
        return self.engine.count(wider)

    def explain(self, path: Path) -> str:
        """A path as text: sentence, steps with their lines, context, conflicts."""
        from kg.cards import path_card

        return path_card(path, self.conflicts())

    @cached_property
    def defined(self) -> Mapping[str, DefinedClass]:
        """The classes that the reasoner fills, by label."""
        rows = self.built.snapshot[1].get("defined", ())
        return {label: DefinedClass(key, label, told, axiom, tuple(m)) for key, label, told, axiom, m in rows}

    def defined_class(self, name: str) -> DefinedClass | None:
        """The defined class of a label or identifier, in any case; None where there is none."""
        wanted = name.strip().casefold()
        return next(
            (c for c in self.defined.values() if wanted in (c.label.casefold(), c.id.casefold())), None
        )

    def derivation(self, subject: str, object: str, predicate: str | None = None) -> str | None:
        """How a triple follows, as an indented tree down to what is stated; None where nothing says it.

        Without `predicate`: how the subject, which may be the id of a statement, comes to be in the class.
        Else the name of a predicate, of its inverse, `is a` or `member of`.
        Raises NameNotFound, AmbiguousName and BadInput.
        """
        low = f"statement:{subject}" if subject in self._by_id else self.term(subject).id
        high = self.term(object).id
        words = {"member of": "voc:memberOf", "is a": "rdfs:subClassOf"}
        for r in self.knowledge.relations:
            words |= {r.name: r.id, r.inverse: "rel:" + r.inverse.replace(" ", "_")}
        words[""] = "voc:memberOf"
        asked = (predicate or "").strip()
        if asked not in words and asked not in words.values():
            raise BadInput(f"{predicate!r} is no predicate; one of {', '.join(sorted(words)[1:])}")
        predicates = [words.get(asked, asked)] + ([] if asked else ["rdfs:subClassOf"])
        found = (self._derivations.of(f"{low} {p} {high}") for p in predicates)
        first = next(filter(None, found), None)
        return None if first is None else first.text(self._derivations.labels)

    @cached_property
    def _derivations(self) -> Derivations:
        from pyoxigraph import RdfFormat, parse

        from kg.reasoning import Derivations, Ontology, read_inferences

        files = {
            name: parse(path=str(self.built.path / f"{name}.nq"), format=RdfFormat.N_QUADS)
            for name in ("ontology", "inferred")
        }
        ontology = Ontology(list(files["ontology"]), self.knowledge)
        return Derivations(ontology, list(read_inferences(files["inferred"])))

    def diff(self, other: Graph) -> Diff:
        """What is different in another graph: written, concluded, and in the answers.

        Compares whole builds: views (`within`, `without`) are set aside.
        """
        from kg.diff import diff_sides, read_side

        return diff_sides(read_side(self.built), read_side(other.built))

    def conflicts(self, entity: Name | None = None) -> list[Conflict]:
        """Where findings disagree, with the contexts of both sides; most evidence first."""
        found = self._conflicts
        if entity is None:
            return list(found)
        wanted = self.matching(entity)
        return [c for c in found if c.subject in wanted or c.object in wanted]

    @cached_property
    def _conflicts(self) -> tuple[Conflict, ...]:
        return tuple(find_conflicts(self._all))

    def hypotheses(
        self, source: Name | None = None, target: Name | None = None, *,
        max_length: int = 3, limit: int | None = 20,
    ) -> list[Hypothesis]:  # fmt: skip
        """Pairs without a direct statement that signed paths join, ranked; see `kg.hypotheses`."""
        sources = frozenset(self.matching(source)) if source is not None else None
        targets = frozenset(self.matching(target)) if target is not None else None
        return find_hypotheses(self.engine, self._all, self.names, sources, targets, max_length, limit)

    # Other tools ----------------------------------------------------------------------------------

    def query(self, sparql: str, *, time_limit: float | None = None, row_limit: int | None = None) -> Result:
        """Rows of a SPARQL query. With `time_limit` (seconds) it runs in a process that can be stopped.

        Raises QueryRefused and QueryTooSlow.
        """
        if time_limit is None:
            return self.built.query(sparql, row_limit)
        found = self.built.query_in_process(sparql, time_limit=time_limit, row_limit=row_limit)
        assert isinstance(found, Result)
        return found

    def draw(self, what: Answer | Name, out: str | os.PathLike[str], *, limit: int = 60) -> FilePath:
        """A picture as one HTML file: of paths, or of an entity's or disease's neighbourhood.

        Raises NotWritable.
        """
        from kg.draw import draw_neighbourhood, draw_paths

        if isinstance(what, Answer):
            return draw_paths(what.found[:limit], self.knowledge, self.names, FilePath(out), of=len(what))
        entity = self.entity(what)
        return draw_neighbourhood(entity, self.engine, self.knowledge, self.names, FilePath(out), limit=limit)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Asserted statements as a networkx MultiDiGraph: nodes are names, keys statement ids.

        Node data: id, label, category. Edge data: predicate, sign, belief, rung, n_supports, n_disputes,
        n_no_effect, papers (one string, parted by `|`).
        """
        from kg.export import to_networkx

        return to_networkx(self._all, self.knowledge)

    def to_rdflib(self) -> rdflib.Dataset:
        """The five named graphs as an rdflib Dataset of your own; its default graph is empty."""
        from kg.export import to_rdflib

        return to_rdflib(self.built)

    @cached_property
    def ontology(self) -> OntologyView:
        """The ontology as owlready2 objects under our names: `g.ontology.Treg`, `g.ontology["T cell"]`."""
        from kg.ontology import OntologyView

        return OntologyView(self.built, self.terms)


def _several(names: Name | Iterable[Name]) -> list[Name]:
    return [names] if isinstance(names, (str, Entity)) else list(names)
