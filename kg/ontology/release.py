"""What a release of the ontology holds: the axioms as stated, or classified.

The classified release has, in place of the stated superclasses, the nearest ones that the reasoner finds.
Terms of the Human Phenotype Ontology keep those of their source: they get no parent of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg import vocab
from kg.mechanism.names import Names
from kg.ontology.terms import Terms
from kg.store.graphs import BuiltGraph
from kg.store.rdf import SUBCLASS, iri

__all__ = ["release_triples"]

_COMMENT = (
    "Classified release: superclasses are the nearest ones that the reasoner finds; terms of the Human "
    "Phenotype Ontology keep those of their source."
)


def release_triples(built: BuiltGraph, *, classified: bool = False) -> list[Triple]:
    """The triples of the ontology graph, sorted; `classified`: with the nearest inferred superclasses."""
    # Read from the file: the store would rename blank nodes, and with them the order of triples.
    quads = parse(path=str(built.path / "ontology.nq"), format=RdfFormat.N_QUADS)
    triples = sorted((q.triple for q in quads), key=str)
    return _classified(triples, built) if classified else triples


def _classified(triples: Sequence[Triple], built: BuiltGraph) -> list[Triple]:
    terms = Terms(built.term_rows, Names(()))
    found = {t for t in triples if not _is_replaced(t, terms)}
    for term in terms.by_id.values():
        if not term.id.startswith("HP:"):
            above = terms.superclasses(term, direct=True)
            found |= {Triple(iri(term.id), SUBCLASS, iri(high.id)) for high in above}
    return sorted(_renamed(found), key=str)


def _is_replaced(t: Triple, terms: Terms) -> bool:
    """Whether a triple is a stated superclass of a class that gets the inferred ones."""
    if t.predicate != SUBCLASS or not (isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode)):
        return False
    curie = vocab.compress(t.subject.value)
    return curie in terms.by_id and not curie.startswith("HP:")


def _renamed(triples: Iterable[Triple]) -> Iterable[Triple]:
    """The release says in its header which it is."""
    ontology, version = NamedNode(vocab.ONTOLOGY_IRI), iri("owl:versionIRI")
    yield Triple(ontology, iri("rdfs:comment"), Literal(_COMMENT))
    for t in triples:
        if t.subject == ontology and t.predicate == version and isinstance(t.object, NamedNode):
            yield Triple(ontology, version, NamedNode(t.object.value + "/classified"))
        else:
            yield t
