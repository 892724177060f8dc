"""The graph in other shapes: tables, networkx, rdflib, GraphML, RDF files, the ontology whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.belief import belief_of
from kg.errors import BadInput
from kg.model import Knowledge, Statement
from kg.store import BuiltGraph, turtle_text

if TYPE_CHECKING:
    import networkx as nx
    import rdflib
    from pyoxigraph import Triple

__all__ = [
    "EVIDENCE_COLUMNS",
    "STATEMENT_COLUMNS",
    "evidence_rows",
    "ontology_text",
    "statement_rows",
    "to_networkx",
    "to_rdflib",
]

STATEMENT_COLUMNS = (
    "id", "subject_id", "subject", "predicate", "sign", "object_id", "object", "n_supports", "n_disputes",
    "n_no_effect", "belief", "rung", "papers", "diseases", "species",
)  # fmt: skip
"""A contract: further columns may follow, these stay."""

EVIDENCE_COLUMNS = (
    "statement_id", "subject", "predicate", "object", "direction", "test", "finding", "pmid", "doi", "year",
    "kind", "disease", "model", "species", "system", "product", "source", "donor", "route", "anchor",
    "id", "rung", "counts", "measured", "reported_subject", "reported_object", "reading",
)  # fmt: skip
"""A contract as far as `anchor`."""


def statement_rows(statements: Iterable[Statement], knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    """One row per statement, asserted or not."""
    names = knowledge.by_name
    for s in statements:
        yield (
            s.id, names[s.subject].id, s.subject, s.predicate, s.sign.value, names[s.object].id, s.object,
            str(len(s.supports)), str(len(s.disputes)), str(len(s.no_effects)), f"{belief_of(s).value:.4f}",
            s.rung, "|".join(s.papers), "|".join(s.diseases), "|".join(s.species),
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
                line.anchor, e.id, e.rung, "yes" if e.counts else "no", line.measured, line.reported_subject,
                line.reported_object, line.reading,
            )  # fmt: skip
            yield tuple(" ".join((c or "").split()) for c in cells)


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
            n_no_effect=len(s.no_effects), papers="|".join(s.papers),
        )  # fmt: skip
    return made


def to_rdflib(built: BuiltGraph) -> rdflib.Dataset:
    """The five named graphs as an rdflib Dataset of one's own, over an Oxigraph store in memory."""
    import oxrdflib
    import pyoxigraph
    import rdflib

    store = pyoxigraph.Store()
    for name in vocab.GRAPHS:
        store.bulk_load(path=str(built.path / f"{name}.nq"), format=pyoxigraph.RdfFormat.N_QUADS)
    dataset = rdflib.Dataset(store=oxrdflib.OxigraphStore(store=store))
    for prefix, start in vocab.PREFIXES.items():
        dataset.bind(prefix, start)
    return dataset


def graphml(statements: Iterable[Statement], knowledge: Knowledge) -> str:
    import networkx as nx

    return "\n".join(nx.generate_graphml(to_networkx(statements, knowledge))) + "\n"


def ontology_text(built: BuiltGraph, suffix: str) -> str:
    """The ontology graph as one file: `.ttl` Turtle, `.owl` or `.rdf` RDF/XML, `.ofn` OWL functional
    syntax, `.nt` N-Triples.

    The same build gives the same text. Raises BadInput for another ending.
    """
    from pyoxigraph import RdfFormat, parse

    if suffix not in (".ttl", ".owl", ".rdf", ".ofn", ".nt"):
        raise BadInput(
            f"ontology as {suffix or 'a file without ending'!r}: use .ttl, .owl, .rdf, .ofn or .nt"
        )
    # Read from the file: the store would rename blank nodes, and with them the order of triples.
    quads = parse(path=str(built.path / "ontology.nq"), format=RdfFormat.N_QUADS)
    triples = sorted((q.triple for q in quads), key=str)
    if suffix == ".ofn":
        return _functional(triples)
    if suffix == ".ttl":
        return turtle_text(triples)
    if suffix == ".nt":
        return "".join(f"{triple} .\n" for triple in triples)
    return _rdf_xml(triples)


def _rdf_xml(triples: Sequence[Triple]) -> str:
    from pyoxigraph import RdfFormat, serialize

    prefixes = {
        p: vocab.PREFIXES[p] for p in ("rdf", "rdfs", "owl", "dcterms", "skos", "oboInOwl", "voc", "IAO")
    }
    text = (serialize(triples, format=RdfFormat.RDF_XML, prefixes=prefixes) or b"").decode()
    head = re.search(r"<rdf:RDF ([^>]*)>", text)
    if head is None:
        return text
    return text.replace(head[1], " ".join(sorted(head[1].split())), 1)


def _functional(triples: Sequence[Triple]) -> str:
    """OWL functional syntax by py-horned-owl.

    Its reader drops `owl:AllDisjointClasses` without a word (phillord/horned-owl#289), so those axioms are
    handed to it one by one.
    """
    import pyhornedowl
    from pyhornedowl.model import DisjointClasses
    from pyoxigraph import NamedNode

    out: dict[Any, dict[str, Any]] = defaultdict(dict)
    for t in triples:
        out[t.subject][vocab.compress(t.predicate.value)] = t.object
    axioms, taken = [], set()
    for node, facts in list(out.items()):
        if facts.get("rdf:type") == NamedNode(vocab.expand("owl:AllDisjointClasses")):
            taken.add(node)
            members, cell = [], facts["owl:members"]
            while "rdf:first" in out[cell]:
                taken.add(cell)
                members.append(out[cell]["rdf:first"].value)
                cell = out[cell]["rdf:rest"]
            axioms.append(sorted(members))
    ontology = pyhornedowl.open_ontology_from_string(
        _rdf_xml([t for t in triples if t.subject not in taken]), "owl"
    )
    for members in sorted(axioms):
        ontology.add_axiom(DisjointClasses([ontology.class_(m) for m in members]))
    return str(ontology.save_to_string("ofn"))
