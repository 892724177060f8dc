"""The mapping set: what stands in public vocabularies beside our terms, and how near it is (SSSOM).

`ontology/mappings.sssom.tsv` is written by `kg extract` and never edited by hand. Four things go into it:
the mappings of predicates (`relations.tsv`), those written by hand (`terms/mappings.tsv`), and what the
tables of three sources say of the entities taken from them:

- HGNC: the human gene in Ensembl and NCBI Gene and the human protein in UniProt are close, because an entity
  stands for a gene or its protein in any species (were all three exact, a gene would be its protein);
- Mondo: the Disease Ontology and MeSH terms that Mondo lists as exact are exact;
- miRBase: the hairpins that a mature microRNA is cut from, and their genes, are related, being other things.

A target is written where a table has its row, so that its label can be checked; genes of Ensembl and NCBI
Gene stand without label, as HGNC gives them.
Format: SSSOM, the Simple Standard for Sharing Ontological Mappings (https://w3id.org/sssom).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from kg import vocab
from kg.curation.tables import Row, read_text, split, write_text
from kg.errors import DataProblems, Problem

__all__ = ["COLUMNS", "CURATED", "GIVEN", "Match", "from_source", "read_mappings", "write_mappings"]

CURATED = "semapv:BackgroundKnowledgeBasedMatching"
"""Justification of a mapping judged one by one; manual curation would be that of a person."""
GIVEN = "semapv:UnspecifiedMatching"
"""Justification of a mapping that its source publishes without saying how it was made."""

_COMMENT = (
    "Mappings by background knowledge were judged one by one by software, from label, definition and place "
    "of both terms; no person has reviewed them. The others are as their provider publishes them."
)
_PROVIDERS = {
    "HGNC": "https://www.genenames.org/",
    "MONDO": "http://purl.obolibrary.org/obo/mondo.owl",
    "mirbase.mature": "https://www.mirbase.org/",
}
_XREFS = {"DOID": "DOID", "mesh": "MESH"}
"""Prefix as Mondo writes it → ours."""


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """One mapping; the fields are the columns of the SSSOM table, in its order."""

    subject_id: str
    subject_label: str
    predicate_id: str
    object_id: str
    object_label: str
    mapping_justification: str
    object_source_version: str = ""
    mapping_provider: str = ""
    comment: str = ""


COLUMNS = tuple(field.name for field in fields(Match))


def from_source(curie: str, row: Mapping[str, str]) -> Iterable[tuple[str, str, str, str]]:
    """Match, target, provider and comment for each mapping that a source's own row of a term gives."""
    prefix = curie.partition(":")[0]
    provider = _PROVIDERS.get(prefix, "")
    if prefix == "HGNC":
        for column, what in (("ensembl", "gene"), ("ncbigene", "gene"), ("uniprot", "protein")):
            comment = f"the human {what}; the entity is the gene or its protein in any species"
            for target in split(row.get(column, "")):
                yield "close", target, provider, comment
    elif prefix == "MONDO":
        xrefs = [(s, local) for s, _, local in (x.partition(":") for x in split(row.get("xrefs", "")))]
        for source, local in xrefs:
            if source in _XREFS:
                # Two terms of one vocabulary cannot both be the same as one of Mondo's.
                is_only = sum(other == source for other, _ in xrefs) == 1
                comment = "listed by Mondo as exact" + ("" if is_only else ", beside another of that source")
                yield "exact" if is_only else "close", f"{_XREFS[source]}:{local}", provider, comment
    elif prefix == "mirbase.mature":
        for column, comment in (
            ("derives_from", "hairpin that it is cut from"),
            ("gene", "gene of its hairpin"),
        ):
            for target in split(row.get(column, "")):
                yield "related", target, provider, comment


def write_mappings(path: Path, matches: Iterable[Match], version: str) -> int:
    """Write the mapping set, sorted, with its metadata; returns the number of mappings."""
    rows = sorted(set(matches))
    curies = {c for m in rows for c in (m.subject_id, m.predicate_id, m.object_id, m.mapping_justification)}
    prefixes = {c.partition(":")[0] for c in curies}
    home = "msckg"
    head = [
        "curie_map:",
        *(f"  {p}: {iri}" for p, iri in sorted({**_used(prefixes), home: vocab.BASE}.items())),
        f"mapping_set_id: {vocab.ONTOLOGY_IRI}/mappings.sssom.tsv",
        "mapping_set_title: Mappings of the msc-kg ontology",
        "mapping_set_description: Terms of msc-kg and the public terms beside them, with how near they are.",
        f'mapping_set_version: "{version}"',
        f"comment: {_COMMENT}",
        "license: https://creativecommons.org/licenses/by/4.0/",
        "creator_label:",
        "  - The msc-kg developers",
        f"subject_source: {home}:ontology",
    ]
    lines = [f"#{line}" for line in head]
    lines.append("\t".join(COLUMNS))
    lines += ["\t".join(getattr(m, column) for column in COLUMNS) for m in rows]
    write_text(path, "\n".join(lines) + "\n")
    return len(rows)


def _used(prefixes: Iterable[str]) -> dict[str, str]:
    return {p: vocab.PREFIXES[p] for p in prefixes if p in vocab.PREFIXES}


def read_mappings(path: Path, name: str) -> list[Row]:
    """The rows of a mapping set, each with its place.

    Raises DataProblems (rule `table`) for a wrong header or a line with another number of cells.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    header: Sequence[str] | None = None
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        if header is None:
            header = cells
            if tuple(cells) != COLUMNS:
                message = f"the header must be {' | '.join(COLUMNS)}, found {' | '.join(cells)}"
                raise DataProblems([Problem(name, number, "table", message)])
        elif len(cells) != len(COLUMNS):
            message = f"has {len(cells)} cells, the header has {len(COLUMNS)}; cells are parted by tabs"
            problems.append(Problem(name, number, "table", message))
        else:
            rows.append(Row(name, number, dict(zip(COLUMNS, cells, strict=True))))
    if problems:
        raise DataProblems(problems)
    return rows
