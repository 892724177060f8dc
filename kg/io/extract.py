"""Extracts of public sources: the terms we use and their ancestors, taken from identifier tables.

A table is a TSV (`NAME.tsv` or `NAME.tsv.gz`) whose header has at least `id`, `label` and `parents`.
The extract of a source goes to `ontology/imports/NAME.tsv`; it is never edited by hand. Which licence a
source has stands in `LICENCES`; a source that is not listed is not extracted.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, parse

from kg import vocab
from kg.errors import BadInput
from kg.io.curated import TERM_COLUMNS, Checkout, mapping_of
from kg.io.tables import read_text, split, write_rows

__all__ = ["LICENCES", "extract"]

LICENCES = {
    "biolink": "CC0-1.0",
    "chebi": "CC-BY-4.0",
    "cl": "CC-BY-4.0",
    "eco": "CC0-1.0",
    "famplex": "CC0-1.0",
    "go": "CC-BY-4.0",
    "hgnc": "CC0-1.0",
    "hp": "HPO licence",
    "iao": "CC-BY-4.0",
    "maxo": "CC-BY-4.0",
    "mesh": "US NLM terms",
    "mirna": "public domain",
    "mondo": "CC-BY-4.0",
    "mp": "CC-BY-4.0",
    "ncbitaxon_subset": "CC0-1.0",
    "obi": "CC-BY-4.0",
    "pato": "CC-BY-3.0",
    "reactome": "CC0-1.0",
    "ro": "CC0-1.0",
    "so": "CC-BY-4.0",
    "uberon": "CC-BY-3.0",
}
_OWNERS = {
    "BFO": "ro", "biolink": "biolink", "CHEBI": "chebi", "CL": "cl", "ECO": "eco", "FPLX": "famplex",
    "GO": "go", "HGNC": "hgnc", "HP": "hp", "IAO": "iao", "MAXO": "maxo", "MESH": "mesh",
    "mirbase.mature": "mirna", "mirbase": "mirna", "mirbase.family": "mirna", "MONDO": "mondo", "MP": "mp",
    "NCBITaxon": "ncbitaxon_subset", "OBI": "obi", "PATO": "pato", "reactome": "reactome", "RO": "ro",
    "SO": "so", "UBERON": "uberon",
}  # fmt: skip
"""Prefix → the table that speaks for it; other tables repeat foreign terms in older wording."""


def _rows(path: Path) -> Iterator[dict[str, str]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    with io.StringIO(text.decode("utf-8")) as lines:
        header = lines.readline().rstrip("\n").split("\t")
        for line in lines:
            yield dict(zip(header, line.rstrip("\n").split("\t"), strict=False))


def _wanted(checkout: Checkout) -> set[str]:
    """Ids of entities, predicates' mappings, species, upper classes, and what hand-written modules name."""
    wanted = {row["id"] for row in checkout.entity_rows} | set(_named_in_modules(checkout))
    for row in checkout.relation_rows:
        wanted |= {curie for _, curie in map(mapping_of, split(row["mappings"]))}
    return {i for i in (*wanted, *vocab.SPECIES.values(), *vocab.CATEGORIES.values()) if i[:5] != "mscm:"}


def _named_in_modules(checkout: Checkout) -> Iterator[str]:
    for path in sorted(checkout.ontology.glob("*.ttl")):
        for quad in parse(read_text(path), format=RdfFormat.TURTLE):
            if isinstance(quad.object, NamedNode):
                curie = vocab.compress(quad.object.value)
                if curie.partition(":")[0] in _OWNERS:
                    yield curie


def extract(checkout: Checkout, tables: Path, also: Iterable[str] = ()) -> dict[str, int]:
    """Rewrite `ontology/imports/`; returns the number of terms per source.

    Raises BadInput where a table is missing. Ids that no table has are left out: lint names them.
    """
    wanted = _wanted(checkout) | set(also)
    counts: dict[str, int] = {}
    for source in sorted({_OWNERS[p] for i in wanted if (p := i.partition(":")[0]) in _OWNERS}):
        found = [p for p in (tables / f"{source}.tsv", tables / f"{source}.tsv.gz") if p.is_file()]
        if not found:
            raise BadInput(f"no {source}.tsv or {source}.tsv.gz in {tables}")
        rows = {r["id"]: r for r in _rows(found[0]) if _OWNERS.get(r["id"].partition(":")[0]) == source}
        todo, kept = [i for i in wanted if i in rows], set[str]()
        while todo:
            if (i := todo.pop()) not in kept:
                kept.add(i)
                todo += [p for p in split(rows[i].get("parents", "")) if p in rows]
        write_rows(
            checkout.ontology / "imports" / f"{source}.tsv",
            TERM_COLUMNS,
            (_cells(rows[i], LICENCES[source], known=kept, used=i in wanted) for i in sorted(kept)),
        )
        counts[source] = len(kept)
    return counts


def _cells(row: dict[str, str], licence: str, *, known: set[str], used: bool) -> list[str]:
    """The columns we keep. Synonyms only of terms in use: ancestors are there for their place."""
    definition = "" if row["id"].startswith("HP:") else row.get("definition", "")
    return [
        row["id"],
        row["label"],
        definition.strip(),
        row.get("synonyms", "") if used else "",
        "|".join(p for p in split(row.get("parents", "")) if p in known),
        row.get("obsolete", ""),
        row.get("replaced_by", ""),
        row.get("version", ""),
        licence,
    ]
