"""The ontology graph as one file: Turtle, RDF/XML, OWL functional syntax, N-Triples."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.errors import BadInput
from kg.store.graphs import BuiltGraph, turtle_text

if TYPE_CHECKING:
    from pyoxigraph import Triple

__all__ = ["ontology_text"]


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
