"""The ontology in the formats of the OBO Foundry: OBO 1.4 and OBO graph JSON.

Both hold less than OWL: a definition that nests `and` in `or`, or that has a restriction in a union, is left
out of the logic and told in words (`comment`). Domains and ranges that are unions are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyoxigraph import Triple

from kg import vocab
from kg.ontology.axioms import in_words
from kg.ontology.frames import Definition, Frame, Frames, Value

__all__ = ["obo_graph_text", "obo_text"]

_NOTES = ("rdfs:comment", "voc:note")
_SCOPES = {
    "EXACT": "hasExactSynonym",
    "NARROW": "hasNarrowSynonym",
    "BROAD": "hasBroadSynonym",
    "RELATED": "hasRelatedSynonym",
}


# OBO 1.4 ------------------------------------------------------------------------------------------


def obo_text(triples: Sequence[Triple], words: Mapping[str, str]) -> str:
    """OBO 1.4 of an ontology's triples. `words`: class → its definition in words, for what OBO cannot say."""
    frames = Frames(triples)
    head = [
        ("format-version", "1.4"),
        ("data-version", frames.one("owl:versionInfo")),
        ("ontology", "mscm"),
        *(("idspace", f"{p} {_url(start)}") for p, start in _idspaces(frames)),
        *(("remark", _line(v.text)) for p, v in frames.header if p in _NOTES),
        *(("property_value", made) for p, v in frames.header if p not in _NOTES for made in _value(p, v)),
        ("owl-axioms", ""),
    ]
    parts = ["".join(f"{key}: {value}\n" for key, value in head if value)]
    ordered = sorted(frames.all, key=lambda f: (f.kind != "class", f.id))
    parts += ["\n" + "".join(_stanza(f, words)) for f in ordered]
    return "".join(parts)


def _idspaces(frames: Frames) -> Iterator[tuple[str, str]]:
    told = {f.id for f in frames.all} | {i for f in frames.all for i in (*f.xrefs, *f.sources, *f.parents)}
    told |= {p for f in frames.all for p, _ in f.values} | {
        v.text for f in frames.all for _, v in f.values if v.is_iri
    }
    used = {i.partition(":")[0] for i in told}
    return ((p, start) for p, start in sorted(vocab.PREFIXES.items()) if p in used)


def _stanza(f: Frame, words: Mapping[str, str]) -> Iterator[str]:
    yield "[Term]\n" if f.kind == "class" else "[Typedef]\n"
    for key, value in _clauses(f, words):
        yield f"{key}: {value}\n"


def _clauses(f: Frame, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "id", _id(f.id)
    if f.label:
        yield "name", _line(f.label)
    if f.definition:
        yield "def", f"{_quoted(f.definition)} [{', '.join(map(_xref, f.sources))}]"
    notes = [v.text for p, v in f.values if p in _NOTES]
    if f.defined_as is not None and not _sayable(f.defined_as) and f.id in words:
        notes.append(f"Defined as: {words[f.id]}.")
    if notes:
        yield "comment", _line(" ".join(notes))
    for text, scope in f.synonyms:
        yield "synonym", f"{_quoted(text)} {scope} []"
    for xref in f.xrefs:
        yield "xref", _xref(xref)
    yield from (("property_value", made) for p, v in f.values if p not in _NOTES for made in _value(p, v))
    yield from _typedef(f) if f.kind != "class" else _term(f)


def _term(f: Frame) -> Iterator[tuple[str, str]]:
    for parent in f.parents:
        yield "is_a", _id(parent)
    if (d := f.defined_as) is not None and _sayable(d):
        key = "intersection_of" if d.joint == "and" else "union_of"
        yield from ((key, _id(c)) for c in d.classes)
        yield from ((key, f"{_id(p)} {_id(c)}") for p, c in d.links)
    yield from (("equivalent_to", _id(other)) for other in f.equals)
    yield from (("disjoint_from", _id(other)) for other in f.disjoint)
    yield from (("relationship", f"{_id(p)} {_id(c)}") for p, c in f.links)


def _typedef(f: Frame) -> Iterator[tuple[str, str]]:
    if f.domain:
        yield "domain", _id(f.domain)
    if f.range:
        yield "range", _id(f.range)
    yield from (("holds_over_chain", " ".join(map(_id, chain))) for chain in f.chains if len(chain) == 2)
    if "owl:SymmetricProperty" in f.types:
        yield "is_symmetric", "true"
    if "owl:TransitiveProperty" in f.types:
        yield "is_transitive", "true"
    yield from (("is_a", _id(parent)) for parent in f.parents)
    yield from (("equivalent_to", _id(other)) for other in f.equals)
    yield from (("inverse_of", _id(other)) for other in f.inverse)
    if f.kind == "annotation property":
        yield "is_metadata_tag", "true"


def _sayable(d: Definition) -> bool:
    """Whether OBO can say it: two parts or more, and no restriction in a union."""
    return len(d.classes) + len(d.links) > 1 and not (d.joint == "or" and d.links) and d.joint != ""


def _value(prop: str, value: Value) -> Iterator[str]:
    if value.is_iri:
        yield f"{_id(prop)} {_id(value.text)}"
    else:
        yield f"{_id(prop)} {_quoted(value.text)} {value.datatype}"


def _id(curie: str) -> str:
    """An identifier as OBO writes it."""
    if re.match(r"https?://", curie):
        return _url(curie)
    prefix, colon, local = curie.partition(":")
    return prefix + colon + re.sub(r"([\\:\s\"])", r"\\\1", local)


def _url(text: str) -> str:
    return text.replace(" ", "%20")


def _xref(curie: str) -> str:
    made = _id(curie)
    return made if made.startswith("http") else re.sub(r"([,\[\](){}])", r"\\\1", made)


def _line(text: str) -> str:
    """Text up to the end of a line."""
    return re.sub(r"([\\{}!])", r"\\\1", " ".join(text.split()))


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


# OBO graph JSON -----------------------------------------------------------------------------------


def obo_graph_text(triples: Sequence[Triple], words: Mapping[str, str]) -> str:
    """OBO graph JSON of an ontology's triples, keys sorted."""
    frames = Frames(triples)
    graph: dict[str, Any] = {
        "id": vocab.ONTOLOGY_IRI,
        "meta": _about(frames),
        "nodes": [_graph_node(f, words) for f in frames.all],
        "edges": sorted(_edges(frames.all), key=lambda e: (e["sub"], e["pred"], e["obj"])),
        "equivalentNodesSets": [
            {"representativeNodeId": _iri(f.id), "nodeIds": [_iri(f.id), *map(_iri, f.equals)]}
            for f in frames.all
            if f.equals and f.kind == "class"
        ],
        "logicalDefinitionAxioms": [
            {
                "definedClassId": _iri(f.id),
                "genusIds": [_iri(c) for c in f.defined_as.classes],
                "restrictions": [{"propertyId": _iri(p), "fillerId": _iri(c)} for p, c in f.defined_as.links],
            }
            for f in frames.all
            if f.defined_as is not None and f.defined_as.joint == "and"
        ],
        "domainRangeAxioms": [
            {
                "predicateId": _iri(f.id),
                "domainClassIds": [_iri(f.domain)] if f.domain else [],
                "rangeClassIds": [_iri(f.range)] if f.range else [],
            }
            for f in frames.all
            if f.domain or f.range
        ],
        "propertyChainAxioms": [
            {"predicateId": _iri(f.id), "chainPredicateIds": [_iri(p) for p in chain]}
            for f in frames.all
            for chain in f.chains
        ],
    }
    return json.dumps({"graphs": [graph]}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _about(frames: Frames) -> dict[str, Any]:
    values = [{"pred": _iri(p), "val": _iri(v.text) if v.is_iri else v.text} for p, v in frames.header]
    return {"version": frames.one("owl:versionIRI"), "basicPropertyValues": values}


def _graph_node(f: Frame, words: Mapping[str, str]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if f.definition:
        meta["definition"] = {"val": f.definition, "xrefs": list(f.sources)}
    if f.synonyms:
        meta["synonyms"] = [{"pred": _SCOPES[scope], "val": text, "xrefs": []} for text, scope in f.synonyms]
    if f.xrefs:
        meta["xrefs"] = [{"val": xref} for xref in f.xrefs]
    notes = [v.text for p, v in f.values if p in _NOTES]
    if f.defined_as is not None and f.defined_as.joint != "and" and f.id in words:
        notes.append(f"Defined as: {words[f.id]}.")
    if notes:
        meta["comments"] = notes
    values = [
        {"pred": _iri(p), "val": _iri(v.text) if v.is_iri else v.text} for p, v in f.values if p not in _NOTES
    ]
    if values:
        meta["basicPropertyValues"] = values
    node: dict[str, Any] = {"id": _iri(f.id), "type": "CLASS" if f.kind == "class" else "PROPERTY"}
    if f.kind != "class":
        node["propertyType"] = "OBJECT" if f.kind == "object property" else "ANNOTATION"
    if f.label:
        node["lbl"] = f.label
    if meta:
        node["meta"] = meta
    return node


def _edges(frames: Iterable[Frame]) -> Iterator[dict[str, str]]:
    for f in frames:
        kind = "is_a" if f.kind == "class" else "subPropertyOf"
        yield from ({"sub": _iri(f.id), "pred": kind, "obj": _iri(parent)} for parent in f.parents)
        yield from ({"sub": _iri(f.id), "pred": _iri(p), "obj": _iri(c)} for p, c in f.links)
        yield from ({"sub": _iri(f.id), "pred": "inverseOf", "obj": _iri(other)} for other in f.inverse)


def _iri(curie: str) -> str:
    return curie if re.match(r"https?://", curie) else vocab.expand(curie)


def definitions_in_words(triples: Sequence[Triple], names: Mapping[str, str]) -> dict[str, str]:
    """Class → what it is equivalent to, in Manchester syntax with names, else labels."""
    from pyoxigraph import Quad

    from kg.ontology.axioms import axiom_texts

    labels = {f.id: f.label for f in Frames(triples).all} | dict(names)
    found = {}
    for text in sorted(axiom_texts(Quad(t.subject, t.predicate, t.object) for t in triples)):
        subject, word, rest = (*text.split(" ", 2), "", "")[:3]
        if word == "EquivalentTo":
            found[subject] = in_words(rest, labels)
    return found
