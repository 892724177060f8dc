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
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from itertools import repeat
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.build import (
    build_in_cache,
    build_joined,
    cache_folders,
    find_checkout,
    joined_names,
    open_graph,
)
from kg.errors import BadInput, NameNotFound
from kg.frames import Several, html_table
from kg.mechanism.answers import Answer, answer, question_of
from kg.mechanism.belief import Belief, belief_of
from kg.mechanism.bridges import Bridges
from kg.mechanism.compare import Comparison, compare
from kg.mechanism.conflicts import Conflict, chosen, find_conflicts
from kg.mechanism.edges import engine_of, knowledge_of, step_of_edge
from kg.mechanism.hypotheses import KINDS, Foresight, Hypothesis, Ideas, Wanted, World, find_hypotheses
from kg.mechanism.hypotheses.pairs import pairs_of_ideas
from kg.mechanism.names import Names
from kg.mechanism.path_conflicts import PathConflict, conflicts_between
from kg.mechanism.paths import Engine, Path, Question
from kg.mechanism.popularity import Popularity, of_path, of_question, shuffles_of
from kg.mechanism.query import PathQuery
from kg.mechanism.scope import AXES, Contexts, Scope
from kg.mechanism.trials import TrialReport, trials_of
from kg.mechanism.whatif import WhatIf, what_if
from kg.model import CURATED, Bridge, Entity, Evidence, Knowledge, Paper, Sign, Statement
from kg.ontology.terms import DefinedClass, Profile, Term, Terms, profile_of
from kg.store.graphs import BuiltGraph, Result

if TYPE_CHECKING:
    import networkx as nx
    import rdflib

    from kg.engine.nulls import Nulls
    from kg.mechanism.edge_tables import EdgeTable
    from kg.mechanism.explanation import Explanation
    from kg.mechanism.mapping import Mapped
    from kg.mechanism.overlay import Joined, Report
    from kg.mechanism.signature import Row
    from kg.ontology.derivations import Derivations
    from kg.ontology.view import OntologyView
    from kg.show.diff import Diff
    from kg.show.inline import Picture

__all__ = ["Answer", "Graph", "load"]

Name = str | Entity


def load(path: str | os.PathLike[str] | None = None) -> Graph:
    """The released graph; in a checkout, the one its files say (built if need be, then cached).

    `path` is the folder of a build or of a checkout, or a file of edges (see `Graph.from_edges`); else
    `$KG_GRAPH` is looked at.
    Raises StoreMissing, StoreDamaged, DataProblems.
    """
    given = path or os.environ.get("KG_GRAPH")
    if given and _is_edges(FilePath(given)):
        return Graph.from_edges(given)
    return Graph(open_graph(path))


def _is_edges(path: FilePath) -> bool:
    """Whether a path is a file of edges, or is called like one."""
    if path.is_dir():
        return (path / "relationships.csv").is_file()
    if path.is_file() or path.name.endswith((".tsv", ".tsv.gz", ".parquet")):
        return True
    # A pair of KGX files is named by what both have in common.
    return path.suffix == ".jsonl" and path.with_name(f"{path.stem}_edges.jsonl").is_file()


class Graph:
    """A loaded graph. Make one with `kg.load()`."""

    def __init__(
        self, built: BuiltGraph | None, scope: Scope | None = None, table: EdgeTable | None = None,
        joined: tuple[Joined, ...] = (),
    ) -> None:  # fmt: skip
        self._built, self._table, self._joined = built, table, joined
        self._scope = scope or Scope()
        self._views: dict[Scope, Graph] = {self._scope: self}

    @classmethod
    def from_edges(cls, rows: Iterable[Any] | str | os.PathLike[str]) -> Graph:
        """A graph of signed edges from elsewhere, in the same engine.

        `rows`: (subject, predicate, sign, object) with sign ``+``, ``-`` or ``?``, and where known belief (0
        to 1), papers and context; or the path of a file: a `.tsv` or `.parquet` of them (see
        `kg.mechanism.edge_tables`), or any of `kg.exchange` (KGX, GraphML, CX2, SIF, BEL, INDRA …).
        It has no RDF behind it: `query`, `ontology` and `to_rdflib` raise BadInput.
        Raises BadInput, which names the rows that cannot be used.
        """
        from kg.mechanism.edge_tables import is_table, read_edges, read_edges_file

        if not isinstance(rows, (str, os.PathLike)):
            return cls(None, table=read_edges(rows))
        path = FilePath(rows)
        if is_table(path):
            return cls(None, table=read_edges_file(path))
        from kg.exchange.edges import table_of_edges
        from kg.exchange.reading import read_edges as read_any

        return cls(None, table=table_of_edges(read_any(path), str(path)))

    @property
    def built(self) -> BuiltGraph:
        """The build behind it.

        Raises BadInput for a graph of edges.
        """
        if self._joined:
            return self._built_joined
        return self._base

    @property
    def _base(self) -> BuiltGraph:
        """The build behind it, without what was joined."""
        if self._built is None:
            raise BadInput("this graph was made from a table of edges: it has no ontology and no RDF")
        return self._built

    @cached_property
    def _built_joined(self) -> BuiltGraph:
        return build_in_cache(self._base, self._joined[-1], self._term_rows)

    def with_edges(self, rows: Any, name: str = "my data", *, unknown: str = "new") -> Graph:
        """The graph with statements of your own joined to it; `overlays` says what became of them.

        `rows`: a DataFrame, rows (subject, predicate, sign, object, belief, papers, context), mappings, or
        the path of a file (see `kg.exchange`). Ends are looked up by every name and identifier, see
        `kg.mechanism.overlay`; `unknown`: what becomes of an end that nothing here is called, `new` (it is an
        entity of yours), `skip` (its edges are left out) or `refuse`. `name` is their origin: steps show it,
        and `within(origin=…)` chooses it; what this project curated is `curated`.
        Raises BadInput and FileProblems.
        """
        from kg.exchange import read_edges
        from kg.mechanism.overlay import edges_of_rows, join

        if self._table is not None:
            raise BadInput("edges are joined to the graph, not to a table of edges; put both into one file")
        if isinstance(rows, (str, os.PathLike)):
            read = read_edges(FilePath(rows))
            edges, problems = list(read.edges), list(read.problems)
        else:
            edges, problems = edges_of_rows(rows)
        joined = join(
            self.knowledge, self.names, edges, name,
            terms=lambda text: [t for t in self.terms.known(text) if t.kind == "imported term"],
            parents={t.id: (*t.parents, *t.inferred) for t in self.terms.by_id.values()},
            problems=problems, unknown=unknown,
        )  # fmt: skip
        return Graph(self._built, self._scope, None, (*self._joined, joined))

    @property
    def overlays(self) -> tuple[Report, ...]:
        """What became of the edges that were joined, in the order of joining."""
        return tuple(j.report for j in self._joined)

    @property
    def origins(self) -> tuple[str, ...]:
        """Where statements are from: `curated`, and the names of data that were joined."""
        return (CURATED, *joined_names(self.knowledge))

    def save(self, out: str | os.PathLike[str], say: Callable[[str], None] = lambda message: None) -> Graph:
        """The graph with all that was joined, as a build of its own; what follows is inferred anew.

        `kg.load`, `--graph` and `kg serve` open it; origins stay. Raises NotWritable and Contradiction.
        """
        if not self._joined:
            raise BadInput("nothing was joined to this graph; `kg build` makes the build of a checkout")
        return Graph(build_joined(self._base, self._joined[-1], self._term_rows, FilePath(out), say=say))

    def __repr__(self) -> str:
        if self._table is not None:
            return f"<Graph of {len(self._table.names)} entities, {len(self._table)} edges>"
        return f"<Graph of {len(self.papers)} papers, {len(self.statements())} statements>"

    def _repr_html_(self) -> str:
        if self._table is not None:
            rows = [("entities", len(self._table.names)), ("edges", len(self._table))]
        else:
            from kg.show.stats import summary

            rows = [(name.strip(), n) for name, n in summary(self.statements(), self.knowledge).items()]
        return html_table(("what", "how many"), rows, repr(self).strip("<>"))

    @cached_property
    def knowledge(self) -> Knowledge:
        if self._table is not None:
            return knowledge_of(self._table)
        if self._joined:
            return self._joined[-1].knowledge
        return self._base.snapshot[0]

    @cached_property
    def names(self) -> Names:
        if self._table is not None:
            return Names(self.knowledge.entities)
        is_a: tuple[tuple[str, str], ...] = tuple((a, b) for a, b in self._base.snapshot[1]["is_a"])
        if self._joined:
            is_a = self._joined[-1].is_a
        used = frozenset(n for s in self.knowledge.statements for n in (s.subject, s.object))
        return Names(self.knowledge.entities, is_a, self.knowledge.derivations, used, self._elsewhere)

    def _elsewhere(self) -> list[tuple[str, str, str, str]]:
        """What others call our entities: key, name, kind, and who else is called so."""
        by_id = {e.id: e.name for e in self.knowledge.entities}
        rows = [
            (key, by_id[i], kind, more) for i, key, kind, more in self._base.identifier_rows if i in by_id
        ]
        # What the table of identifiers says of a gene is the better told: it knows who else is called so.
        told = {name for _, name, kind, _ in rows if kind == "gene name"}
        for term in self.terms.by_id.values():
            if term.kind == "entity" and term.id in by_id:
                name = by_id[term.id]
                rows += [(s, name, "synonym", "") for s in term.synonyms if name not in told]
                rows += [(c, name, f"{m} match", "") for m, c in term.mappings if m in ("exact", "close")]
        return rows

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.knowledge.entities

    @property
    def papers(self) -> tuple[Paper, ...]:
        return self.knowledge.papers

    def paper(self, key: str) -> Paper | None:
        """The paper of `PMID:…`, `doi:…` or the bare number or DOI; None where there is none.

        Raises BadInput for an identifier of a paper that is not here.
        """
        wanted = key.strip().removeprefix("https://doi.org/")
        kind, _, rest = wanted.partition(":")
        is_named = kind.casefold() in ("pmid", "doi")
        bare = (rest if is_named else wanted).strip().casefold()
        if bare and (found := self._papers_by_key.get(bare)):
            return found
        if is_named or re.fullmatch(r"10\.\d{4,9}/\S+", bare):
            raise BadInput(f"no paper {key!r} is in the graph; `kg find TEXT` looks for entities")
        return None

    @cached_property
    def _papers_by_key(self) -> Mapping[str, Paper]:
        keyed = ((key, p) for p in reversed(self.papers) for key in (p.pmid, (p.doi or "").casefold()) if key)
        return dict(keyed)

    def evidence_of(self, paper: Paper) -> tuple[Evidence, ...]:
        """The evidence lines of a paper, in the order of its file."""
        return self._by_paper.get(paper.id, ())

    @cached_property
    def _by_paper(self) -> Mapping[str, tuple[Evidence, ...]]:
        found: dict[str, list[Evidence]] = {}
        for e in self.knowledge.evidence():
            found.setdefault(e.paper.id, []).append(e)
        return {paper: tuple(lines) for paper, lines in found.items()}

    # Looking things up ----------------------------------------------------------------------------

    def entity(self, name: Name) -> Entity:
        """The entity that a name, alias, label or identifier stands for.

        Raises NameNotFound and AmbiguousName.
        """
        return self.names.resolve(name)

    def find(self, text: str) -> list[Entity]:
        """Entities whose name, alias, label or identifier holds the text, best first."""
        return self.names.find(text)

    def map(self, texts: Iterable[str | tuple[str, str]], *, prefix: str = "") -> Several[Mapped]:
        """What each of some texts is here: an entity, a paper, a class of the ontology, or none of them.

        A text may come with its place in front. `prefix`: what bare numbers are, such as `NCBIGene`. Nothing
        is guessed; see `kg.mechanism.resolver`.
        """
        from kg.mechanism.mapping import COLUMNS, Mapped, map_names, mapped_row

        def other(text: str) -> Mapped | None:
            with suppress(BadInput):
                if (paper := self.paper(text)) is not None:
                    return Mapped(text, "paper", paper.title, paper.id, "", "identifier")
            found = [t for t in self.terms.known(text) if t.kind != "entity"]
            if len(found) == 1:
                return Mapped(text, "class", found[0].name, found[0].id, "", found[0].kind)
            return None

        placed = (("", t) if isinstance(t, str) else t for t in texts)
        found = map_names(placed, self.names, other, prefix)
        return Several(found, COLUMNS, lambda items: map(mapped_row, items), COLUMNS[1:])

    def matching(self, name: Name, *, subclasses: bool = True, products: bool = False) -> dict[str, str]:
        """Name → why it is an answer when `name` is asked for ("" for the entity itself)."""
        return self.names.matching(self.entity(name).name, subclasses=subclasses, products=products)

    def among(self, name: Name, *, subclasses: bool = True, products: bool = False) -> dict[str, str]:
        """What stands for a name where a way-point or a position is asked for, and why.

        An entity with what is below it, else the members of a defined class, else the entities of a category;
        `mediator` is every molecule, `*` is everything.
        Raises NameNotFound and AmbiguousName.
        """
        if name == "*":
            return dict.fromkeys((e.name for e in self.entities), "")
        if isinstance(name, str) and not self.names.known(name):
            # Our own groups come before what an entity is called elsewhere.
            group = name.strip()
            if defined := self.defined_class(group):
                return {n: f"{n} is in the class {defined.label}" for n in defined.members}
            kinds = vocab.MOLECULES if group == "mediator" else (group,)
            found = {e.name: f"{e.name} is a {e.category}" for e in self.entities if e.category in kinds}
            if found:
                return found
        try:
            return self.matching(name, subclasses=subclasses, products=products)
        except NameNotFound as error:
            groups = [*self.defined, *vocab.CATEGORIES, "mediator"]
            near = [*error.nearest, *get_close_matches(str(name).strip(), groups, 2, 0.75)]
            raise NameNotFound(str(name).strip(), near) from None

    @cached_property
    def bridges(self) -> Bridges:
        """What models a disease, what is a marker of something, which models a text names."""
        synonyms = {t.name: t.synonyms for t in self.terms.by_id.values()} if self.knowledge.bridges else {}
        return Bridges(self.names, self.knowledge.bridges, synonyms)

    def models_of(self, disease: Name) -> dict[str, str]:
        """Name of each disease, exposure or experimental model that models a disease → why.

        Raises NameNotFound and AmbiguousName.
        """
        return self.bridges.models_of(self.entity(disease).name)

    def markers_of(self, name: Name) -> dict[str, Bridge]:
        """Name of each marker of an entity, or of what is below it → the bridge, with its sign and reason.

        Raises NameNotFound and AmbiguousName.
        """
        return self.bridges.markers_of(self.entity(name).name)

    # Classes of the ontology -----------------------------------------------------------------------

    @cached_property
    def terms(self) -> Terms:
        """Every class of the ontology, entities or not; of an edge table, its entities."""
        if self._table is not None:
            return Terms(tuple([e.id, e.name, "entity", e.label] for e in self.entities), self.names)
        return Terms(self._term_rows, self.names)

    @property
    def _term_rows(self) -> tuple[list[Any], ...]:
        rows = {row[0]: row for row in self._base.term_rows}
        for joined in self._joined:
            for e in joined.entities:
                if e.id in rows:
                    # A class of the ontology that statements are about now.
                    rows[e.id] = [e.id, e.name, "entity", *rows[e.id][3:]]
                else:
                    upper = [vocab.CATEGORIES[e.category]]
                    rows[e.id] = [e.id, e.name, "entity", e.label, "", [], upper, [], [], [], "", "", e.note]
        return tuple(rows[key] for key in sorted(rows))

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
        """A class with its parents and children, and the evidence about it and about all below it.

        Raises NameNotFound and AmbiguousName.
        """
        return profile_of(self.term(name), self.terms, self.names, self.defined, self._all)

    @cached_property
    def _all(self) -> tuple[Statement, ...]:
        if self._table is not None:
            steps = map(step_of_edge, repeat(self._table), range(len(self._table)))
            return tuple(s.statement for s in steps if all(map(self._scope.keeps, s.evidence)))
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
    ) -> Several[Statement]:  # fmt: skip
        """Statements with these ends and predicate; those below an entity count as it."""
        if predicate is not None and predicate not in self.knowledge.by_predicate:
            raise BadInput(f"{predicate!r} is no predicate; one of {', '.join(self.knowledge.by_predicate)}")
        subjects = self.matching(subject, subclasses=subclasses) if subject is not None else None
        objects = self.matching(object, subclasses=subclasses) if object is not None else None
        found = [
            s for s in self._all
            if (subjects is None or s.subject in subjects)
            and (objects is None or s.object in objects)
            and (predicate is None or s.predicate == predicate)
        ]  # fmt: skip
        return self._table_of(found)

    def _table_of(self, statements: Iterable[Statement]) -> Several[Statement]:
        from kg.show.export import STATEMENT_COLUMNS, STATEMENT_SHOWN, statement_values

        def rows(items: Iterable[Statement]) -> Iterable[tuple[Any, ...]]:
            return statement_values(items, self.knowledge)

        return Several(statements, STATEMENT_COLUMNS, rows, STATEMENT_SHOWN)

    def nulls(self, subject: Name | None = None, object: Name | None = None) -> Several[Statement]:
        """Statements that were looked for and only found absent, most papers first.

        Raises NameNotFound and AmbiguousName.
        """
        found = [s for s in self.statements(subject, None, object) if s.is_null]
        return self._table_of(sorted(found, key=lambda s: (-len(s.papers), s.subject, s.object)))

    def trials(
        self, agent: Name | None = None, *, disease: Name | None = None, exact_disease: bool = False,
        until: int | None = None,
    ) -> Several[TrialReport]:  # fmt: skip
        """Trials in people, oldest first; of an agent (with its kinds and products), in a disease.

        The rows of its table are their outcomes.

        Raises NameNotFound, AmbiguousName and BadInput.
        """
        given = None if agent is None else self.matching(agent, products=True)
        view = self.within(disease=disease, exact_disease=exact_disease, until=until)
        found = trials_of(view._all, lambda s, e: given is None or s.subject in given)
        from kg.show.cards import TRIAL_COLUMNS, TRIAL_SHOWN, trial_rows

        return Several(found, TRIAL_COLUMNS, trial_rows, TRIAL_SHOWN)

    def belief(self, statement: Statement) -> Belief:
        """Belief in a statement, with its range."""
        return belief_of(statement)

    # Views ----------------------------------------------------------------------------------------

    def within(
        self, *, disease: Name | None = None, exact_disease: bool | None = None, until: int | None = None,
        tissue: str | None = None, origin: str | None = None, **context: str | None,
    ) -> Graph:  # fmt: skip
        """The graph as lines from one context show it; views of views narrow further.

        `disease`: from it, from what is below it, and from what models it (`diseases_as`), unless
        `exact_disease`. `until`: published in that year or before. `species`, `product`,
        `tissue` (what the product stems from), `route`: as in the closed lists; `rung`: from there or above.
        `origin`: `curated`, or the name of data that was joined (`with_edges`).
        Raises BadInput for a value that is not in its list.
        """
        diseases = None if disease is None else self.diseases_as(disease, exact=bool(exact_disease))
        if origin is not None and origin not in self.origins:
            raise BadInput(f"{origin!r} is no origin here; one of {', '.join(self.origins)}")
        values = [*context.items(), ("source", tissue)]
        return self._view(self._scope.narrowed(diseases, until, values, origin))

    def diseases_as(self, disease: Name, *, exact: bool = False) -> dict[str, str]:
        """Diseases whose evidence counts as that of one, each with why: itself, its kinds, what models it.

        `exact`: only itself. Raises NameNotFound, AmbiguousName and BadInput.
        """
        entity = self.entity(disease)
        if entity.category != "disease":
            raise BadInput(
                f"{entity.name!r} is of category {entity.category}, not a disease; try it as source or target"
            )
        if exact:
            return {entity.name: ""}
        found = self.matching(entity)
        for name, why in self.bridges.models_of(entity.name).items():
            if name in self.names.by_name and self.names.by_name[name].category == "disease":
                found.setdefault(name, why)
        return found

    def without(self, *names: Name) -> Graph:
        """The graph as if these entities, and those below them, were blocked."""
        blocked = frozenset(n for name in names for n in self.matching(name))
        return self._view(replace(self._scope, without=self._scope.without | blocked))

    def _view(self, scope: Scope) -> Graph:
        if scope not in self._views:
            view = Graph(self._built, scope, self._table, self._joined)
            view._views = self._views
            view.__dict__["knowledge"], view.__dict__["names"] = self.knowledge, self.names
            if "terms" in self.__dict__:
                view.__dict__["terms"] = self.terms
            if "_built_joined" in self.__dict__:
                view.__dict__["_built_joined"] = self._built_joined
            self._views[scope] = view
        return self._views[scope]

    # Questions ------------------------------------------------------------------------------------

    @cached_property
    def engine(self) -> Engine:
        if self._table is not None and self._scope == Scope():
            return engine_of(self._table)
        return Engine(self._all, self._contexts.wider)

    @cached_property
    def _inheriting(self) -> Engine:
        return self.engine.with_inherited(lambda name: self.names.matching(name).keys() - {name})

    @cached_property
    def _contexts(self) -> Contexts:
        return Contexts(self.names, self.entities, self.papers)

    def question(self, query: PathQuery) -> tuple[Question, dict[str, str]]:
        """What is asked, in names, and why each of them matches.

        Raises NameNotFound, AmbiguousName and BadInput.
        """

        def among(name: str, products: bool) -> dict[str, str]:
            return self.among(name, subclasses=not query.exact, products=products)

        return question_of(query, among, self.knowledge.by_predicate, self._msc_cells)

    @cached_property
    def _msc_cells(self) -> frozenset[str]:
        """MSCs of every kind: a path from one to another and on is no mechanism of the first."""
        is_ours = self._table is None and "MSC" in self.names.by_name
        return frozenset(self.matching("MSC") if is_ours else ())

    def paths(
        self, source: Name | PathQuery, target: Name | None = None, *,
        via: Name | Iterable[Name] = (), avoid: Name | Iterable[Name] = (), sign: str | Sign | None = None,
        **options: Any,
    ) -> Answer:  # fmt: skip
        """Every signed path from source to target of at most `max_length` steps (4), best score first.

        One text instead of two ends is a pattern (`"MSC > mediator > Treg > fibrosis"`) or a whole line as
        `kg paths` takes it; a `PathQuery` may stand there too, and its fields are the options. `via`: every
        way-point (or an entity below it) is strictly inside the path. `avoid`: nowhere on it. `sign`: net
        sign
        ``+``, ``-`` or ``?``. `disease`, `until`, `species`, `product`, `tissue`, `route`, `rung`: only
        evidence lines from there count, see `within`. `products`: a cell's vesicles, medium and mitochondria
        count as it. `top`: only so many.
        Raises NameNotFound, AmbiguousName and BadInput.
        """
        options |= (
            {"via": _several(via), "avoid": _several(avoid)} if not isinstance(source, PathQuery) else {}
        )
        options = {k: v for k, v in options.items() if v not in (None, (), [])}
        if sign is not None:
            options["sign"] = str(sign)
        if isinstance(source, PathQuery):
            query = source.changed(**options)
        else:
            query = PathQuery.of(str(source), None if target is None else str(target), **options)
        return self.answer(query)

    def answer(self, query: PathQuery) -> Answer:
        """The paths that a query asks for; see `paths`."""
        view = self.within(**query.context)
        question, reasons = view.question(query)
        engine = view._inheriting if query.inherited else view.engine
        if query.bridged:
            engine = engine.with_bridges(b for b in self.knowledge.bridges if b.kind == "marker of")
        return answer(engine, query, question, reasons)

    def what_if(self, query: PathQuery, *names: Name) -> WhatIf:
        """What of a query's answers falls, and what loses support, when entities are blocked.

        Raises as `paths` does.
        """
        blocked = frozenset(n for name in names for n in self.among(name))
        answer = self.answer(query.changed(without=()))
        return what_if(answer.found, blocked, tuple(map(str, names)))

    def popularity(self, of: Path | PathQuery) -> Popularity:
        """Whether a path, or all a query asks for, is more than the popularity of its entities.

        1,000 shuffles that keep every entity's degree by predicate, drawn once per graph and then kept (see
        `kg.mechanism.popularity`). Raises BadInput for a query with constraints that shuffles cannot tell
        apart.
        """
        if isinstance(of, Path):
            return of_path(self.engine, self._shuffles, of)
        view = self.within(**of.context)
        engine = view.engine.narrowed(question := view.question(of)[0])
        return of_question(engine, view._shuffles_of(engine), question)

    @cached_property
    def _shuffles(self) -> Nulls:
        return self._shuffles_of(self.engine)

    def _shuffles_of(self, engine: Engine) -> Nulls:
        seed = int(self._base.manifest["content"], 16) if self._built is not None else 0
        return shuffles_of(engine, self._cache_folder, seed)

    @property
    def _cache_folder(self) -> FilePath:
        """Where what can be made again is kept."""
        for folder in cache_folders(find_checkout()):
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                break
        return folder

    def compare(self, one: Name, other: Name, **context: Any) -> Comparison:
        """Two agents, products, sources or diseases side by side; see `kg.mechanism.compare`.

        `context`: only evidence from there, as `within` takes it.
        Raises NameNotFound, AmbiguousName and BadInput.
        """
        view = self.within(**context)
        return compare(str(one), view._side(one), str(other), view._side(other))

    def _side(self, name: Name) -> list[Statement]:
        """Statements that tell what an agent does, or what MSCs and products do in a disease or context."""
        cells = self.matching("MSC", products=True) if "MSC" in self.names.by_name else {}
        for axis in ("product", "source", "route", "species"):
            if str(name) in AXES[axis] and str(name) not in self.names.by_name:
                chosen: dict[str, Any] = {axis: str(name)}
                return [s for s in self.within(**chosen)._with_product if s.subject in cells]
        below = self.among(name)
        if all(self.names.by_name[n].category == "disease" for n in below):
            return [s for s in self.within(disease=name)._all if s.subject in cells]
        return [s for s in self._all if s.subject in below]

    @property
    def _with_product(self) -> tuple[Statement, ...]:
        """Statements with their lines from experiments that used a cell product, and no others."""
        from kg.model import collect

        lines = (e for e in self.knowledge.evidence() if self._scope.keeps(e) and e.experiment.agent)
        return collect(lines, self.knowledge)

    def sparql(self, query: PathQuery) -> str:
        """A path query as SPARQL, which gives the same paths on any endpoint with this graph in it.

        Raises BadInput for what SPARQL cannot say, and as `paths` does.
        """
        from kg.store.sparql import REFUSED, path_sparql

        for name, why in REFUSED.items():
            if getattr(query, name):
                raise BadInput(f"no SPARQL for {why}")
        view = self.within(**query.context)
        scope = view._scope
        if scope.without:
            query = query.changed(without=(*query.without, *sorted(scope.without)))
        return path_sparql(view.question(query)[0], self.knowledge, scope.allowed, scope.until)

    def explain(self, path: Path) -> str:
        """A path as text: sentence, steps with their lines, context, conflicts."""
        from kg.show.cards import path_card

        return path_card(path, self.conflicts())

    @cached_property
    def defined(self) -> Mapping[str, DefinedClass]:
        """The classes that the reasoner fills, by label."""
        rows = () if self._table is not None else self._base.snapshot[1].get("defined", ())
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
        from kg.ontology.derivations import tell

        low = f"statement:{subject}" if subject in self._by_id else self.term(subject).id
        return tell(self._derivations, low, predicate, self.term(object).id)

    @cached_property
    def _derivations(self) -> Derivations:
        from kg.ontology.derivations import Derivations

        return Derivations.of_build(self.built)

    def diff(self, other: Graph) -> Diff:
        """What is different in another graph: written, concluded, and in the answers.

        Compares whole builds: views (`within`, `without`) are set aside.
        """
        from kg.show.diff import diff_sides, read_side

        return diff_sides(read_side(self.built), read_side(other.built))

    def conflicts(
        self, entity: Name | None = None, *,
        axis: str | None = None, kind: str | None = None, unexplained: bool = False,
    ) -> Several[Conflict]:  # fmt: skip
        """Where findings disagree, with the contexts of both sides; most evidence first.

        `entity`: those that touch it or what is below it; or the id of one conflict. `axis`: only where it
        separates the sides or may explain them. `kind`: opposite or disputed.
        `unexplained`: only where no context does. Raises BadInput for an axis or a kind that there is not.
        """
        found = chosen(self._conflicts, axis=axis, kind=kind, unexplained=unexplained)
        if isinstance(entity, str) and (one := [c for c in found if c.id == entity]):
            found = one
        elif entity is not None:
            wanted = self.matching(entity)
            found = [c for c in found if c.subject in wanted or c.object in wanted]
        from kg.show.cards import CONFLICT_COLUMNS, CONFLICT_SHOWN, conflict_row

        return Several(found, CONFLICT_COLUMNS, lambda items: map(conflict_row, items), CONFLICT_SHOWN)

    def conflicts_between(self, paths: Iterable[Path]) -> Several[PathConflict]:
        """Where paths of an answer run between the same ends with opposite net sign; most contested first."""
        from kg.show.cards import PATH_CONFLICT_COLUMNS, path_conflict_row

        found = conflicts_between(paths)
        return Several(found, PATH_CONFLICT_COLUMNS, lambda items: map(path_conflict_row, items))

    @cached_property
    def _conflicts(self) -> tuple[Conflict, ...]:
        return tuple(find_conflicts(self._all, self.knowledge.adjudications, self._contexts.wider))

    def hypotheses(
        self, source: Name | None = None, target: Name | None = None, *,
        kind: str | Iterable[str] = (), disease: Name | None = None, exact_disease: bool = False,
        species: str | None = None, category: str | None = None, min_rung: str | None = None,
        until: int | None = None, one_per_idea: bool = True, max_length: int = 3, limit: int | None = 20,
        p_values: bool = True, progress: Callable[[str], None] = lambda message: None,
    ) -> Several[Hypothesis]:  # fmt: skip
        """Effects that nobody tested but the graph suggests; see `kg.mechanism.hypotheses`.

        Without a source: of MSCs, all below them and their products. `kind`: of `KINDS`. `disease`,
        `species`: where it should hold. `category`: of the target. `min_rung`: of the weakest step of the
        best chain. `until`: as one would have proposed at the end of that year. `one_per_idea` merges
        sources, products and readouts of one idea. `progress` is called with what is being done. Raises
        NameNotFound, AmbiguousName and BadInput.
        """
        kinds = frozenset([kind] if isinstance(kind, str) else kind) - {""}
        for what, values, allowed in (
            ("kind of hypothesis", kinds, tuple(KINDS)), ("species", {species}, tuple(vocab.SPECIES)),
            ("rung", {min_rung}, vocab.RUNGS), ("category", {category}, vocab.CATEGORIES),
        ):  # fmt: skip
            for value in sorted(v for v in values if v is not None):
                if value not in allowed:
                    raise BadInput(f"{value!r} is no {what} here; one of {', '.join(allowed)}")
        if until is not None:
            return self.within(until=until).hypotheses(
                source, target, kind=kinds, disease=disease, exact_disease=exact_disease, species=species,
                category=category, min_rung=min_rung, one_per_idea=one_per_idea, max_length=max_length,
                limit=limit, p_values=p_values, progress=progress,
            )  # fmt: skip
        wanted = Wanted(
            kinds, None if disease is None else frozenset(self.diseases_as(disease, exact=exact_disease)),
            species, category, min_rung, one_per_idea,
        )  # fmt: skip
        world = World(
            self.engine, self._ideas, self.conflicts() if self._table is None else (),
            frozenset(self.matching(source, products=True)) if source is not None else None,
            frozenset(self.matching(target)) if target is not None else None, max_length,
        )  # fmt: skip
        if source is None and not self._ideas.family:
            world = replace(world, sources=frozenset(self.engine.index))
        found = find_hypotheses(
            world, wanted, self._foresight, self._chance_of if p_values else None, limit, progress
        )
        from kg.show.cards import HYPOTHESIS_COLUMNS, HYPOTHESIS_SHOWN, hypothesis_rows

        return Several(found, HYPOTHESIS_COLUMNS, hypothesis_rows, HYPOTHESIS_SHOWN)

    def hypothesis(self, id: str, source: Name | None = None, target: Name | None = None) -> Hypothesis:
        """The hypothesis of an id among those that `hypotheses` gives for these ends.

        Raises NameNotFound and AmbiguousName for an end, BadInput where no hypothesis has the id.
        """
        found = [h for h in self.hypotheses(source, target, limit=None, p_values=False) if h.id == id]
        if not found:
            told = f"from {source}" if source is not None else "for MSCs"
            raise BadInput(
                f"no hypothesis {told} has the id {id!r}; give the ends it was found with: "
                "kg explain ID SOURCE [TARGET]"
            )
        chance = self._chance_of(found[0]) if found[0].supporting else None
        return replace(found[0], p_value=chance)

    def foresight_of(self, hypothesis: Hypothesis) -> dict[str, float]:
        """What each feature adds to the chance of its pair, in log odds beside the mean alternative."""
        if hypothesis.probability is None or self._foresight is None:
            return {}
        best = hypothesis.supporting[0]
        return self._foresight.parts(best.entities[0], hypothesis.target)

    @cached_property
    def _ideas(self) -> Ideas:
        return Ideas(self.names, self.bridges, self._all)

    @cached_property
    def _foresight(self) -> Foresight | None:
        """What the past teaches of pairs that nobody reported; None where it is too short for that."""
        if self._table is not None:
            return None
        names, pairs = pairs_of_ideas(self._ideas)
        with suppress(BadInput):
            return Foresight.cached(self._cache_folder, names, pairs)
        return None

    def _chance_of(self, hypothesis: Hypothesis) -> float | None:
        """Chance of as many walks of its sign between its ends, up to the length of its best chain."""
        best = hypothesis.supporting[0]
        if len(best.steps) < 2 or hypothesis.target not in self.engine.index or self._table is not None:
            return None
        source, target = (self.engine.index[n] for n in (best.entities[0], best.entities[-1]))
        found = self._shuffles.counts({source}, {target}, len(best.steps))
        sign = {Sign.PLUS: 1, Sign.MINUS: -1, Sign.UNKNOWN: 0}[best.sign]
        return found.p_value(sign, range(2, len(best.steps) + 1))

    def explain_signature(
        self, measured: str | os.PathLike[str] | Iterable[Row], *, agents: Name | Iterable[Name] = (),
        max_length: int = 3, min_change: float = 0.0, max_p: float | None = None, skip_unknown: bool = False,
        limit: int | None = 10,
    ) -> Explanation:  # fmt: skip
        """Which causes explain measured changes, of a file or of rows (entity, change).

        `agents`: only these causes, those below them and their products.
        Raises FileProblems, NameNotFound, AmbiguousName and BadInput.
        """
        from kg.mechanism.explanation import explain
        from kg.mechanism.signature import read_signature

        signature = read_signature(
            measured, self.names, min_change=min_change, max_p=max_p, skip_unknown=skip_unknown
        )
        wanted = frozenset(n for a in _several(agents) for n in self.matching(a, products=True))
        return explain(
            self.engine, self.names, signature, agents=wanted or None, max_length=max_length, limit=limit
        )

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

    def draw(
        self, what: Answer | Name, out: str | os.PathLike[str], *, limit: int = 60, by: str = "step",
        nulls: bool = True,
    ) -> Picture:  # fmt: skip
        """A picture as one HTML file: of paths, or of an entity's or disease's neighbourhood.

        What comes back is the path of the file, and in a notebook the picture itself.
        `nulls`: whether what was only found absent is drawn too, in arrows of its own. `by`: whether the
        layers of a picture of paths are steps from the source, or the kinds of entity.
        Hypotheses are no findings and are not drawn; the paths they rest on are.
        Raises BadInput and NotWritable.
        """
        from kg.show.draw.page import draw_neighbourhood, draw_paths
        from kg.show.inline import Picture

        if isinstance(what, Hypothesis):
            raise BadInput(
                f"a hypothesis is no finding and is not drawn; draw the paths it rests on, from "
                f"{what.source!r} to {what.target!r}"
            )
        if isinstance(what, Answer):
            return Picture(draw_paths(
                what[:limit], self.knowledge, self.names, FilePath(out), of=len(what), by=by,
                asked=str(what.query), engine=self.engine if self._table is not None else None,
                nulls=self.within(**what.query.context).nulls() if nulls else (),
            ))  # fmt: skip
        entity = self.entity(what)
        return Picture(draw_neighbourhood(
            entity, self.engine, self.knowledge, self.names, FilePath(out), limit=limit,
            nulls=self.nulls() if nulls else (),
        ))  # fmt: skip

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Asserted statements as a networkx MultiDiGraph: nodes are names, keys statement ids.

        Node data: id, label, category. Edge data: predicate, sign, belief, rung, n_supports, n_disputes,
        n_no_effect, papers (one string, parted by `|`).
        """
        from kg.show.export import to_networkx

        return to_networkx(self._all, self.knowledge)

    def to_rdflib(self) -> rdflib.Dataset:
        """The five named graphs as an rdflib Dataset of your own; its default graph is what `query` sees."""
        from kg.show.export import to_rdflib

        return to_rdflib(self.built)

    @cached_property
    def ontology(self) -> OntologyView:
        """The ontology as owlready2 objects under our names: `g.ontology.Treg`, `g.ontology["T cell"]`."""
        from kg.ontology.view import OntologyView

        return OntologyView(self.built, self.terms)


def _several(names: Name | Iterable[Name]) -> list[str]:
    return [str(n) for n in ([names] if isinstance(names, (str, Entity)) else names)]
