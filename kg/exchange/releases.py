"""A folder that says what it holds: RO-Crate 1.1 with schema.org's Dataset, and Croissant 1.0.

Both describe the same files, with size and SHA-256 of each: tables of statements and evidence, the ontology,
the edges as KGX. Nothing here names a time: the same graph gives the same bytes.

Sources: https://www.researchobject.org/ro-crate/specification/1.1/,
https://docs.mlcommons.org/croissant/docs/croissant-spec.html, https://bioschemas.org/profiles/Dataset
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from kg import vocab

__all__ = ["croissant", "ro_crate"]

_TYPES = {
    ".tsv": "text/tab-separated-values", ".csv": "text/csv", ".json": "application/json",
    ".ttl": "text/turtle", ".jsonl": "application/jsonl", ".trig": "application/trig",
    ".parquet": "application/vnd.apache.parquet",
}  # fmt: skip
_KEYWORDS = ["mesenchymal stromal cells", "lung disease", "knowledge graph", "mechanism of action"]


def _described(name: str, content: str, told: str) -> dict[str, Any]:
    data = content.encode()
    suffix = name[name.rindex(".") :]
    return {
        "name": name, "description": told, "encodingFormat": _TYPES.get(suffix, "text/plain"),
        "contentSize": len(data), "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip


def ro_crate(
    files: Mapping[str, str], about: Mapping[str, str], facts: Mapping[str, Any], joined: Sequence[str] = ()
) -> str:
    """`ro-crate-metadata.json` of files, each with what it is.

    `facts`: version, date (of the newest reading, YYYY-MM-DD), counts. `joined`: data of the user's in it.
    """
    parts: list[dict[str, Any]] = []
    for name, content in sorted(files.items()):
        told = _described(name, content, about.get(name, name))
        told["contentSize"] = str(told["contentSize"])
        parts.append({"@id": name, "@type": "File", **told})
    root = {
        "@id": "./", "@type": "Dataset", "name": facts["name"], "description": _description(facts, joined),
        "identifier": vocab.BASE, "url": vocab.BASE, "version": facts["version"],
        "datePublished": facts["date"], "keywords": _KEYWORDS,
        "license": {"@id": vocab.LICENCES["data"]}, "creator": {"@id": "#developers"},
        "conformsTo": {"@id": "https://bioschemas.org/profiles/Dataset/1.0-RELEASE"},
        "hasPart": [{"@id": part["@id"]} for part in parts],
        "variableMeasured": ["statement", "evidence line", "belief"],
    }  # fmt: skip
    licence = {
        "@id": vocab.LICENCES["data"], "@type": "CreativeWork", "name": "CC0 1.0",
        "description": "The curated data; the ontology is under CC BY 4.0.",
    }  # fmt: skip
    graph = [
        {
            "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        root,
        {"@id": "#developers", "@type": "Organization", "name": "The msc-kg developers"},
        licence,
        *parts,
    ]  # fmt: skip
    data = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _description(facts: Mapping[str, Any], joined: Sequence[str]) -> str:
    told = f"{facts['description']} {facts['n_statements']:,} statements from {facts['n_papers']:,} papers."
    return told + (f" Holds data joined by its user: {', '.join(joined)}." if joined else "")


_CROISSANT_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
_INTEGERS = frozenset({"n_supports", "n_disputes", "n_no_effect", "year"})
_FLOATS = frozenset({"belief"})


def croissant(
    files: Mapping[str, str],
    about: Mapping[str, str],
    facts: Mapping[str, Any],
    tables: Mapping[str, Sequence[str]],
    joined: Sequence[str] = (),
) -> str:
    """Croissant metadata of files; `tables`: name of a CSV file → its columns, each of which is a field."""
    objects = []
    for name, content in sorted(files.items()):
        told = _described(name, content, about.get(name, name))
        size = f"{told.pop('contentSize')} B"
        objects.append(
            {"@type": "cr:FileObject", "@id": name, "contentUrl": name, "contentSize": size, **told}
        )
    records = [
        {
            "@type": "cr:RecordSet", "@id": name.partition(".")[0], "name": name.partition(".")[0],
            "description": about.get(name, name),
            "field": [
                {
                    "@type": "cr:Field", "@id": f"{name.partition('.')[0]}/{column}", "name": column,
                    "dataType": "sc:Integer" if column in _INTEGERS else "sc:Float" if column in _FLOATS
                    else "sc:Text",
                    "source": {"fileObject": {"@id": name}, "extract": {"column": column}},
                }
                for column in columns
            ],
        }
        for name, columns in sorted(tables.items())
    ]  # fmt: skip
    data = {
        "@context": _CROISSANT_CONTEXT, "@type": "sc:Dataset", "name": facts["name"],
        "description": _description(facts, joined), "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": vocab.LICENCES["data"], "url": vocab.BASE, "version": facts["version"],
        "datePublished": facts["date"], "keywords": _KEYWORDS,
        "creator": {"@type": "sc:Organization", "name": "The msc-kg developers"},
        "citeAs": f"The msc-kg developers. {facts['name']}, {facts['version']}. {vocab.BASE}",
        "distribution": objects, "recordSet": records,
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
