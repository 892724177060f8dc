"""The ontology graph as one file: RDF, OWL and OBO formats, as stated or classified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from kg import vocab
from kg.errors import BadInput
from kg.ontology.rdfxml import typed_rdf_xml
from kg.store.graphs import BuiltGraph, turtle_text

if TYPE_CHECKING:
    from pyoxigraph import Triple

__all__ = ["SUFFIXES", "ontology_text"]


SUFFIXES = (".ttl", ".owl", ".rdf", ".owx", ".ofn", ".nt", ".obo", ".json")


def ontology_text(built: BuiltGraph, suffix: str, *, classified: bool = False) -> str:
    """The ontology graph as one file: `.ttl` Turtle, `.owl` or `.rdf` RDF/XML, `.owx` OWL/XML, `.ofn` OWL
    functional syntax, `.nt` N-Triples, `.obo` OBO 1.4, `.json` OBO graph JSON.

    As stated, or `classified` (see `kg.ontology.release`). The same build gives the same text.
    Raises BadInput for another ending.
    """
    from kg.ontology.release import release_triples

    if suffix not in SUFFIXES:
        told = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise BadInput(f"ontology as {suffix or 'a file without ending'!r}: use {told}")
    triples = release_triples(built, classified=classified)
    if suffix in (".ofn", ".owx"):
        return _by_horned_owl(triples, "ofn" if suffix == ".ofn" else "owx")
    if suffix == ".ttl":
        return turtle_text(triples)
    if suffix == ".nt":
        return "".join(f"{triple} .\n" for triple in triples)
    if suffix in (".obo", ".json"):
        from kg.ontology import obo

        names = {row[0]: row[1] for row in built.term_rows}
        write = obo.obo_text if suffix == ".obo" else obo.obo_graph_text
        return write(triples, obo.definitions_in_words(triples, names))
    return typed_rdf_xml(triples)


def _by_horned_owl(triples: Sequence[Triple], form: Literal["ofn", "owx"]) -> str:
    """OWL functional syntax (`ofn`) or OWL/XML (`owx`) by py-horned-owl.

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
        typed_rdf_xml(t for t in triples if t.subject not in taken), "owl"
    )
    for members in sorted(axioms):
        ontology.add_axiom(DisjointClasses([ontology.class_(m) for m in members]))
    return str(ontology.save_to_string(form))
