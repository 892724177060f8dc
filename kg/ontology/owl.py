"""The ontology graph: the hand-written modules, relations with domain and range, and all classes.

What the curated tables say is written by `kg.store.rdf`; here the terms of public sources are added with
their ancestors, and the predicates get their OWL domain and range. Terms of the Human Phenotype
Ontology get no parent of ours (its licence asks that it be left as it is): our upper class is defined
as a union that has theirs in it, and curated parents of its terms are annotations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    serialize,
)

from kg import vocab
from kg.curation.checkout import Checkout, Term
from kg.curation.modules import NOT_CLASSES, module_triples
from kg.curation.tables import split
from kg.model import Knowledge, Relation, described
from kg.store.rdf import DEFINITION, LABEL, SUBCLASS, A, graph, iri, to_quads, voc

__all__ = ["all_quads", "ontology_quads", "serialise"]

DEFINITION_SOURCE = iri("IAO:0000119")
IMPORTED_FROM = iri("IAO:0000412")
KINDS = {
    "EXACT": iri("oboInOwl:hasExactSynonym"),
    "NARROW": iri("oboInOwl:hasNarrowSynonym"),
    "BROAD": iri("oboInOwl:hasBroadSynonym"),
    "RELATED": iri("oboInOwl:hasRelatedSynonym"),
}
"""Kind of a synonym → its property."""
PART_OF_PARENT = ("reactome",)
"""Prefixes of sources whose parents hold their children as parts and are no superclasses."""
_MATCHES = {iri(f"skos:{match}Match") for match in ("exact", "close", "broad", "narrow", "related")}
_SOURCES = {iri("dcterms:source"), DEFINITION_SOURCE}
_UPPER_OF_PHENOTYPES = iri("mscm:0000005")


def _classes(checkout: Checkout) -> Iterator[Triple]:
    """The project's own classes that are no entities, from `terms/`."""
    for row in checkout.class_rows:
        node = iri(row["id"])
        yield Triple(node, A, iri("owl:Class"))
        yield Triple(node, LABEL, Literal(row["label"]))
        yield Triple(node, DEFINITION, Literal(row["definition"]))
        for source in split(row["source"]):
            known = source.partition(":")[0] in vocab.PREFIXES
            yield Triple(node, DEFINITION_SOURCE, iri(source) if known else NamedNode(vocab.ONTOLOGY_IRI))
        yield Triple(node, voc("why minted"), Literal(row["why_minted"]))
        for synonym in split(row["synonyms"]):
            yield Triple(node, iri("oboInOwl:hasExactSynonym"), Literal(synonym))
        for parent in split(row["parents"]):
            yield Triple(node, SUBCLASS, iri(parent))
    for row in checkout.minted_rows:
        yield Triple(iri(row["id"]), voc("why minted"), Literal(row["why_minted"]))
        yield Triple(iri(row["id"]), DEFINITION_SOURCE, NamedNode(vocab.ONTOLOGY_IRI))


def _fields() -> Iterator[Triple]:
    """The properties that hold the fields of the evidence: annotations, which no reasoner reads."""
    for name, label, definition in described():
        yield Triple(voc(name), A, iri("owl:AnnotationProperty"))
        yield Triple(voc(name), LABEL, Literal(label))
        yield Triple(voc(name), DEFINITION, Literal(definition))


def _values(checkout: Checkout) -> Iterator[Triple]:
    """The term of each value of a closed list says which property of the evidence holds the value."""
    listed = [(row["list"], row["value"], row["id"]) for row in checkout.value_rows]
    listed += [("species", name, curie) for name, curie in vocab.SPECIES.items() if curie in checkout.terms]
    for key, value, curie in listed:
        yield Triple(iri(curie), voc("value"), Literal(value))
        yield Triple(iri(curie), voc("value of"), voc(key))


def _imports(checkout: Checkout) -> Iterator[Triple]:
    """Where public terms stand that have no parent in their source (`owl:Thing`: a root), and why."""
    for row in checkout.import_rows:
        yield Triple(iri(row["id"]), voc("why imported"), Literal(row["why"]))
        if row["below"] not in ("", "owl:Thing"):
            yield Triple(iri(row["id"]), SUBCLASS, iri(row["below"]))


def _parents(checkout: Checkout) -> Iterator[Triple]:
    for row in checkout.parent_rows:
        yield Triple(iri(row["id"]), SUBCLASS, iri(row["parent"]))
        yield Triple(iri(row["id"]), voc("why below"), Literal(row["why"]))


def _judged(triples: set[Triple], checkout: Checkout, knowledge: Knowledge) -> set[Triple]:
    """The triples with each synonym under one kind, and definitions of ours with what they drew on.

    The kind judged for a synonym counts, else exact before narrow, broad and related: an alias of ours is
    exact where the source does not tell kinds apart. An entity of ours without a row of sources cites the
    first paper that reports it.
    """
    judged: dict[Any, NamedNode] = {
        (iri(r["id"]), Literal(r["synonym"])): KINDS[r["kind"].upper()] for r in checkout.synonym_rows
    }
    labels = {(t.subject, t.object) for t in triples if t.predicate == LABEL}
    ranks = {prop: rank for rank, prop in enumerate(KINDS.values())}
    synonyms = sorted((t for t in triples if t.predicate in ranks), key=lambda t: -ranks[t.predicate])
    kinds: dict[Any, NamedNode] = {(t.subject, t.object): t.predicate for t in synonyms} | judged
    drawn = dict(_first_reports(knowledge)) | {r["id"]: split(r["source"]) for r in checkout.source_rows}
    own = NamedNode(vocab.ONTOLOGY_IRI)
    ours = {iri(curie) for curie in drawn}
    found = {
        t
        for t in triples
        if t.predicate not in ranks
        and not (t.predicate in _SOURCES and t.object == own and t.subject in ours)
    }
    found |= {
        Triple(t.subject, kinds[t.subject, t.object], t.object)
        for t in synonyms
        if (t.subject, t.object) not in labels
    }
    for curie, sources in drawn.items():
        found |= {Triple(iri(curie), DEFINITION_SOURCE, iri(source)) for source in sources}
    return found


def _first_reports(knowledge: Knowledge) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each entity of ours that a paper reports, with the first that does."""
    minted = {e.name: e.id for e in knowledge.entities if e.is_minted}
    seen: set[str] = set()
    for paper in sorted(knowledge.papers, key=lambda p: (p.year, p.id)):
        for line in (line for x in paper.experiments for line in x.lines):
            for name in (line.subject, line.object):
                if name in minted and name not in seen:
                    seen.add(name)
                    yield minted[name], (paper.id,)


def _kind_of(synonym: str) -> tuple[str, str]:
    """`BMSC [RELATED]` → ("BMSC", "RELATED"); without brackets it is exact."""
    text, _, kind = synonym.rpartition(" [")
    return (text, kind[:-1]) if text and kind[:-1] in KINDS else (synonym, "EXACT")


def _mappings(checkout: Checkout) -> Iterator[Triple]:
    for row in checkout.mapping_set:
        yield Triple(iri(row["subject_id"]), iri(row["predicate_id"]), iri(row["object_id"]))


def _terms(terms: Mapping[str, Term]) -> Iterator[Triple]:
    for term in terms.values():
        if term.id.partition(":")[0] in NOT_CLASSES or term.obsolete:
            continue
        node = iri(term.id)
        yield Triple(node, A, iri("owl:Class"))
        yield Triple(node, LABEL, Literal(term.label))
        if term.definition:
            yield Triple(node, DEFINITION, Literal(term.definition))
        for text, kind in map(_kind_of, term.synonyms):
            if text != term.label:
                yield Triple(node, KINDS[kind], Literal(text))
        for parent in term.parents:
            if parent in terms and not terms[parent].obsolete:
                if term.id.partition(":")[0] in PART_OF_PARENT:
                    yield from _some(node, "part of", iri(parent))
                else:
                    yield Triple(node, SUBCLASS, iri(parent))
        if term.id.partition(":")[0] in PART_OF_PARENT:
            yield Triple(node, SUBCLASS, iri(vocab.CATEGORIES["process"]))
        yield Triple(node, iri("owl:versionInfo"), Literal(term.version))
        yield Triple(node, iri("dcterms:license"), Literal(term.licence))
        yield Triple(node, IMPORTED_FROM, NamedNode(vocab.source_iri(term.id)))


def _targets(triples: Iterable[Triple], checkout: Checkout) -> Iterator[Triple]:
    """What mappings point at beyond classes: label, version and licence, so that a reader sees the name."""
    terms = checkout.terms
    listed = {row["id"]: row for row in checkout.target_rows if row["label"]}
    for node in {t.object for t in triples if t.predicate in _MATCHES and isinstance(t.object, NamedNode)}:
        curie = vocab.compress(node.value)
        term = terms.get(curie)
        if term and curie.partition(":")[0] in NOT_CLASSES and not term.obsolete:
            yield Triple(node, LABEL, Literal(term.label))
            yield Triple(node, iri("owl:versionInfo"), Literal(term.version))
            yield Triple(node, iri("dcterms:license"), Literal(term.licence))
        elif term is None and curie in listed:
            yield Triple(node, LABEL, Literal(listed[curie]["label"]))
            yield Triple(node, iri("owl:versionInfo"), Literal(listed[curie]["version"]))


def _sources(triples: Iterable[Triple]) -> Iterator[Triple]:
    """A definition of ours in a hand-written module is the project's own, unless it names a source."""
    found = {t.subject for t in triples if t.predicate == DEFINITION and isinstance(t.subject, NamedNode)}
    for node in found - {t.subject for t in triples if t.predicate in _SOURCES}:
        if node.value.startswith(vocab.PREFIXES["mscm"]):
            yield Triple(node, iri("dcterms:source"), NamedNode(vocab.ONTOLOGY_IRI))


def _union(label: str, classes: Iterable[NamedNode]) -> tuple[BlankNode, list[Triple]]:
    """A blank node for the union of some classes, and its triples."""
    union, members = BlankNode(label), list(classes)
    triples = [Triple(union, A, iri("owl:Class")), Triple(union, iri("owl:unionOf"), BlankNode(f"{label}0"))]
    for i, member in enumerate(members):
        cell = BlankNode(f"{label}{i}")
        rest = BlankNode(f"{label}{i + 1}") if i + 1 < len(members) else iri("rdf:nil")
        triples += [Triple(cell, iri("rdf:first"), member), Triple(cell, iri("rdf:rest"), rest)]
    return union, triples


def _axioms(relation: Relation) -> Iterator[Triple]:
    node = iri(relation.id)
    for prop, categories in (("rdfs:domain", relation.domain), ("rdfs:range", relation.range)):
        classes = sorted({iri(vocab.CATEGORIES[c]) for c in categories}, key=str)
        if len(classes) == 1:
            yield Triple(node, iri(prop), classes[0])
            continue
        union, triples = _union(f"{relation.id[4:]}{prop[5:]}", classes)
        yield Triple(node, iri(prop), union)
        yield from triples
    if relation.inverse == relation.name:
        yield Triple(node, A, iri("owl:SymmetricProperty"))
    else:
        inverse = iri("rel:" + relation.inverse.replace(" ", "_"))
        yield Triple(inverse, A, iri("owl:ObjectProperty"))
        yield Triple(inverse, LABEL, Literal(relation.inverse))
        yield Triple(inverse, iri("owl:inverseOf"), node)


def _categories(terms: Mapping[str, Term]) -> Iterator[Triple]:
    """Every category's upper class is a class, also where no extract holds it."""
    for name, curie in vocab.CATEGORIES.items():
        if curie not in terms and not curie.startswith("mscm:"):
            yield Triple(iri(curie), A, iri("owl:Class"))
            yield Triple(iri(curie), LABEL, Literal(name))


def _derivations(knowledge: Knowledge) -> Iterator[Triple]:
    """Every subject of a derivation derives from some object: what the plain triple means in OWL."""
    for subject, link, obj in knowledge.derivations:
        low, high = (iri(knowledge.by_name[name].id) for name in (subject, obj))
        yield from _some(low, link, high)


def _some(low: NamedNode, link: str, high: NamedNode) -> Iterator[Triple]:
    """That every instance of a class is joined to some instance of another."""
    node = BlankNode(hashlib.sha256(f"{low} {link} {high}".encode()).hexdigest()[:16])
    yield Triple(low, SUBCLASS, node)
    yield Triple(node, A, iri("owl:Restriction"))
    yield Triple(node, iri("owl:onProperty"), voc(link))
    yield Triple(node, iri("owl:someValuesFrom"), high)


def _left_alone(triple: Triple) -> bool:
    """Whether a triple would give a term of the Human Phenotype Ontology a parent of ours."""
    hp = vocab.PREFIXES["HP"]
    subject, obj = triple.subject, triple.object
    return (
        triple.predicate == SUBCLASS
        and isinstance(subject, NamedNode)
        and subject.value.startswith(hp)
        and not (isinstance(obj, NamedNode) and obj.value.startswith(hp))
    )


def ontology_quads(checkout: Checkout, knowledge: Knowledge) -> Iterator[Quad]:
    """All quads of the ontology graph, with canonical blank nodes."""
    triples: set[Triple] = set()
    for quad in to_quads(knowledge):
        if quad.graph_name == graph("ontology"):
            triples.add(quad.triple)
    for relation in knowledge.relations:
        triples |= set(_axioms(relation))
    triples |= set(_derivations(knowledge))
    modules = {*module_triples(checkout), *_fields()}
    triples |= {*modules, *_sources(modules), *_terms(checkout.terms), *_categories(checkout.terms)}
    triples |= {*_classes(checkout), *_values(checkout), *_imports(checkout), *_mappings(checkout)}
    triples |= set(_parents(checkout))
    triples = _judged(triples, checkout, knowledge)
    triples |= set(_targets(triples, checkout))
    phenotype = iri(vocab.CATEGORIES["phenotype"])
    moved = {
        t
        for t in triples
        if t.predicate == SUBCLASS and t.object == phenotype and t.subject != _UPPER_OF_PHENOTYPES
    }
    triples -= moved
    triples |= {Triple(t.subject, SUBCLASS, _UPPER_OF_PHENOTYPES) for t in moved}
    dataset = Dataset(
        Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples if not _left_alone(t)
    )
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    for quad in dataset:
        yield Quad(quad.subject, quad.predicate, quad.object, graph("ontology"))


def all_quads(checkout: Checkout, knowledge: Knowledge) -> dict[str, list[Quad]]:
    """Quads by graph, all but `inferred`."""
    found: dict[str, list[Quad]] = {name: [] for name in vocab.GRAPHS if name != "inferred"}
    found["ontology"] = list(ontology_quads(checkout, knowledge))
    for quad in to_quads(knowledge):
        name = quad.graph_name.value.rpartition("/")[2]  # type: ignore[union-attr]
        if name != "ontology":
            found[name].append(quad)
    return found


def serialise(quads: Iterable[Quad]) -> str:
    """N-Quads, one a line, sorted: the same quads give the same bytes."""
    text = serialize(quads, format=RdfFormat.N_QUADS)
    lines = (text or b"").decode().split("\n")[:-1]
    return "".join(f"{line}\n" for line in sorted(set(lines)))
