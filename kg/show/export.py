"""The graph in other shapes: tables, networkx, rdflib, RDF files, the ontology whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.mechanism.belief import belief_of
from kg.model import Knowledge, Line, Paper, Statement, columns_of
from kg.store.graphs import BuiltGraph

if TYPE_CHECKING:
    import networkx as nx
    import rdflib

__all__ = [
    "EVIDENCE_COLUMNS",
    "STATEMENT_COLUMNS",
    "evidence_rows",
    "statement_rows",
    "statement_values",
    "to_networkx",
    "to_rdflib",
]

STATEMENT_COLUMNS = (
    "id", "subject_id", "subject", "predicate", "sign", "object_id", "object", "n_supports", "n_disputes",
    "n_no_effect", "belief", "rung", "papers", "diseases", "species", "origins",
)  # fmt: skip
"""A contract: further columns may follow, these stay."""

STATEMENT_SHOWN = (
    "subject", "predicate", "object", "sign", "n_supports", "n_disputes", "n_no_effect", "belief", "rung",
    "papers", "id",
)  # fmt: skip
"""Columns of a table of statements in a notebook."""

EVIDENCE_COLUMNS = (
    "statement_id", "subject", "predicate", "object", "direction", "test", "finding", "pmid", "doi", "year",
    "kind", "disease", "model", "species", "system", "product", "source", "donor", "route", "anchor",
    "id", "rung", "counts", *columns_of(Line), *columns_of(Paper),
)  # fmt: skip
"""A contract as far as `anchor`; after `counts` what `kg.model` describes as a column."""


def statement_values(statements: Iterable[Statement], knowledge: Knowledge) -> Iterator[tuple[Any, ...]]:
    """One row per statement as values: numbers are numbers, several things a list."""
    names = knowledge.by_name
    for s in statements:
        yield (
            s.id, names[s.subject].id, s.subject, s.predicate, s.sign.value, names[s.object].id, s.object,
            len(s.supports), len(s.disputes), len(s.no_effects), belief_of(s).value, s.rung,
            list(s.papers), list(s.diseases), list(s.species), list(s.origins),
        )  # fmt: skip


def statement_rows(statements: Iterable[Statement], knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    """One row per statement, asserted or not."""
    names = knowledge.by_name
    for s in statements:
        yield (
            s.id, names[s.subject].id, s.subject, s.predicate, s.sign.value, names[s.object].id, s.object,
            str(len(s.supports)), str(len(s.disputes)), str(len(s.no_effects)), f"{belief_of(s).value:.4f}",
            s.rung, "|".join(s.papers), "|".join(s.diseases), "|".join(s.species), "|".join(s.origins),
        )  # fmt: skip


def evidence_rows(statements: Iterable[Statement]) -> Iterator[tuple[str, ...]]:
    """One row per evidence line."""
    for s in statements:
        for e in s.evidence:
            line, x, p, a = e.line, e.experiment, e.paper, e.experiment.agent
            cells = (
                s.id, s.subject, s.predicate, s.object, line.direction, line.test, line.finding,
                p.pmid, p.doi, str(p.year), p.kind, x.disease, x.model, x.species, x.system,
                *((a.product, a.source, a.donor, a.route) if a else ("",) * 4),
                line.anchor, e.id, e.rung, "yes" if e.counts else "no",
                *(_cell(line, names) or _cell(x, names) for names in columns_of(Line).values()),
                *(_cell(p, names) for names in columns_of(Paper).values()),
            )  # fmt: skip
            yield tuple(" ".join((c or "").split()) for c in cells)


def _cell(held: object, names: tuple[str, ...]) -> str:
    """A field, or a field inside a field, as text; empty where it is not set."""
    for name in names:
        held = getattr(held, name, None)
    if isinstance(held, bool):
        return "yes" if held else "no"
    return "" if held is None else str(held)


def to_networkx(statements: Iterable[Statement], knowledge: Knowledge) -> nx.MultiDiGraph[str]:
    """Asserted statements as a MultiDiGraph; GraphML takes it as it is."""
    import networkx as nx

    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for s in statements:
        if not s.is_asserted:
            continue
        for name in (s.subject, s.object):
            entity = knowledge.by_name[name]
            made.add_node(name, id=entity.id, label=entity.label, category=entity.category)
        made.add_edge(
            s.subject, s.object, key=s.id, predicate=s.predicate, sign=s.sign.value,
            belief=belief_of(s).value, rung=s.rung, n_supports=len(s.supports), n_disputes=len(s.disputes),
            n_no_effect=len(s.no_effects), papers="|".join(s.papers), origins="|".join(s.origins),
        )  # fmt: skip
    return made


def to_rdflib(built: BuiltGraph) -> rdflib.Dataset:
    """The five named graphs as an rdflib Dataset of one's own, over an Oxigraph store in memory.

    Its default graph holds what a query sees that names no graph: ontology, assertions and inferred.
    """
    import oxrdflib
    import pyoxigraph
    import rdflib

    store = pyoxigraph.Store()
    for name in vocab.GRAPHS:
        store.bulk_load(path=str(built.path / f"{name}.nq"), format=pyoxigraph.RdfFormat.N_QUADS)
    for name in vocab.DEFAULT_GRAPHS:
        held = store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(vocab.expand(f"graph:{name}")))
        store.bulk_extend(pyoxigraph.Quad(q.subject, q.predicate, q.object) for q in list(held))
    dataset = rdflib.Dataset(store=oxrdflib.OxigraphStore(store=store))
    for prefix, start in vocab.PREFIXES.items():
        dataset.bind(prefix, start)
    return dataset
