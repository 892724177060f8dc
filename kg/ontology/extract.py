"""Extracts of public sources: the terms we use and their ancestors, taken from identifier tables.

A table is a TSV (`NAME.tsv` or `NAME.tsv.gz`) whose header has at least `id`, `label` and `parents`.
The extract of a source goes to `ontology/imports/NAME.tsv`, what mappings point at besides to
`ontology/imports/targets.tsv`, and the mappings themselves to `ontology/mappings.sssom.tsv`; none is ever
edited by hand. Which licence a source has stands in `LICENCES`; one that is not listed is not extracted.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, parse

from kg import vocab
from kg.curation.checkout import TARGET_COLUMNS, TARGETS, TERM_COLUMNS, Checkout, mapping_of
from kg.curation.mappings import CURATED, GIVEN, Match, from_source, write_mappings
from kg.curation.modules import module_labels, module_version
from kg.curation.tables import read_text, split, write_rows
from kg.errors import BadInput

__all__ = ["LICENCES", "extract"]

LICENCES = {
    "biolink": "CC0-1.0",
    "chebi": "CC-BY-4.0",
    "cl": "CC-BY-4.0",
    "complexportal": "CC0-1.0",
    "doid": "CC0-1.0",
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
    "pr_subset": "CC-BY-4.0",
    "reactome": "CC0-1.0",
    "ro": "CC0-1.0",
    "so": "CC-BY-4.0",
    "uberon": "CC-BY-3.0",
    "uniprot": "CC-BY-4.0",
    "wikipathways": "CC0-1.0",
}
_OWNERS = {
    "BFO": "ro", "biolink": "biolink", "CHEBI": "chebi", "CL": "cl", "COB": "obi",
    "complexportal": "complexportal", "DOID": "doid", "ECO": "eco", "FPLX": "famplex", "GO": "go",
    "HGNC": "hgnc", "HP": "hp", "IAO": "iao", "MAXO": "maxo", "MESH": "mesh", "mirbase.mature": "mirna",
    "mirbase": "mirna", "mirbase.family": "mirna", "MONDO": "mondo", "MP": "mp",
    "NCBITaxon": "ncbitaxon_subset", "OBI": "obi", "PATO": "pato", "PR": "pr_subset",
    "reactome": "reactome", "RO": "ro", "SO": "so", "UBERON": "uberon", "UniProtKB": "uniprot",
    "wikipathways": "wikipathways",
}  # fmt: skip
"""Prefix → the table that speaks for it; other tables repeat foreign terms in older wording."""

MAPPED_PARENTS = ("mesh",)
"""Sources whose broader terms are no superclasses: what is broader becomes a mapping, and is not taken in."""

HEADED = ("reactome",)
"""Sources whose roots are headings, such as "Immune System", and no classes of what stands below them."""

_EXACT = ("cl", "mondo", "uberon", "pato")
"""Tables that hold the exact synonyms of their source alone; elsewhere the kind is not known here."""

_WITHOUT_TABLE = ("ENSEMBL", "NCBIGene")
"""Prefixes whose identifiers are taken from the table of HGNC, without labels."""


@dataclass
class _Tables:
    """A folder of identifier tables, each read at most once."""

    folder: Path
    read: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def rows(self, source: str) -> Mapping[str, dict[str, str]]:
        """The rows of a source that it speaks for, by identifier."""
        if source not in self.read:
            found = [
                p for p in (self.folder / f"{source}.tsv", self.folder / f"{source}.tsv.gz") if p.is_file()
            ]
            if not found:
                raise BadInput(f"no {source}.tsv or {source}.tsv.gz in {self.folder}")
            owned = (r for r in _rows(found[0]) if _OWNERS.get(_prefix(r["id"])) == source)
            self.read[source] = {r["id"]: r for r in owned}
        return self.read[source]

    def row(self, curie: str) -> dict[str, str] | None:
        source = _OWNERS.get(_prefix(curie))
        return self.rows(source).get(curie) if source else None


def _prefix(curie: str) -> str:
    return curie.partition(":")[0]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    with io.StringIO(text.decode("utf-8")) as lines:
        header = lines.readline().rstrip("\n").split("\t")
        for line in lines:
            yield dict(zip(header, line.rstrip("\n").split("\t"), strict=False))


def _wanted(checkout: Checkout) -> set[str]:
    """Ids of entities, predicates' mappings, species, upper classes, of what term tables and modules name."""
    wanted = {row["id"] for row in (*checkout.entity_rows, *checkout.import_rows, *checkout.value_rows)}
    wanted |= set(_named_in_modules(checkout))
    wanted |= {row["below"] for row in checkout.import_rows}
    wanted |= {curie for row in checkout.parent_rows for curie in (row["id"], row["parent"])}
    wanted |= {row[f"{end}_id"] for _, row in checkout.bridge_rows for end in ("subject", "object")}
    wanted |= {parent for row in checkout.class_rows for parent in split(row["parents"])}
    for row in checkout.relation_rows:
        wanted |= {curie for _, curie in map(mapping_of, split(row["mappings"]))}
    wanted |= {*vocab.SPECIES.values(), *vocab.CATEGORIES.values()}
    return {curie for curie in wanted if curie and _prefix(curie) != "mscm"}


def _named_in_modules(checkout: Checkout) -> Iterator[str]:
    for path in sorted(checkout.ontology.glob("*.ttl")):
        for quad in parse(read_text(path), format=RdfFormat.TURTLE):
            if isinstance(quad.object, NamedNode):
                curie = vocab.compress(quad.object.value)
                if curie.partition(":")[0] in _OWNERS:
                    yield curie


def extract(checkout: Checkout, folder: Path, also: Iterable[str] = ()) -> dict[str, int]:
    """Rewrite `ontology/imports/` and the mapping set; returns how many terms per source and mappings.

    Raises BadInput where a table is missing. Ids that no table has are left out: lint names them.
    """
    tables, imports = _Tables(folder), checkout.ontology / "imports"
    wanted = _wanted(checkout) | set(also)
    counts: dict[str, int] = {}
    sources = sorted({_OWNERS[p] for i in wanted if (p := _prefix(i)) in _OWNERS})
    for path in sorted(imports.glob("*.tsv")):
        if path.stem not in sources:
            path.unlink()
    in_extracts: set[str] = set()
    for source in sources:
        rows = tables.rows(source)
        todo, kept = [i for i in wanted if i in rows], set[str]()
        while todo:
            if (i := todo.pop()) not in kept:
                kept.add(i)
                if source not in MAPPED_PARENTS:
                    todo += [p for p in split(rows[i].get("parents", "")) if _is_above(p, source, rows)]
        write_rows(
            imports / f"{source}.tsv",
            TERM_COLUMNS,
            (_cells(rows[i], source, known=kept, used=i in wanted) for i in sorted(kept)),
        )
        counts[source] = len(kept)
        in_extracts |= kept
    matches = sorted(set(_matches(checkout, tables, in_extracts)))
    targets = sorted({m.object_id for m in matches} - in_extracts - {r["id"] for r in checkout.class_rows})
    write_rows(imports / TARGETS, TARGET_COLUMNS, (_target(i, tables) for i in targets))
    version = module_version(checkout)
    written = write_mappings(checkout.ontology / "mappings.sssom.tsv", matches, version)
    return {**counts, "targets of mappings": len(targets), "mappings": written}


def _is_above(curie: str, source: str, rows: Mapping[str, dict[str, str]]) -> bool:
    """Whether a parent is taken in: a table has it, and it is no mere heading (a root of Reactome)."""
    return curie in rows and (source not in HEADED or bool(rows[curie].get("parents")))


def _synonyms(row: dict[str, str], source: str) -> Iterator[str]:
    """Synonyms with their kind in brackets, where it is not exact: `BMSC [RELATED]`.

    A source that does not tell kinds apart here (entry terms of MeSH, aliases of HGNC) gives related ones.
    """
    label, seen = row["label"], set[str]()
    told = [(s, "EXACT" if source in _EXACT else "RELATED") for s in split(row.get("synonyms", ""))]
    for text in split(row.get("related_synonyms", "")):
        found = re.fullmatch(r"(.+) \[(BROAD|NARROW|RELATED)\]", text)
        told += [(found[1], found[2])] if found else []
    for joined, kind in told:
        for text in split(joined, ";") if source == "mirna" else (joined,):
            if text != label and text not in seen:
                seen.add(text)
                yield text if kind == "EXACT" else f"{text} [{kind}]"


def _cells(row: dict[str, str], source: str, *, known: set[str], used: bool) -> list[str]:
    """The columns we keep. Synonyms only of terms in use: ancestors are there for their place."""
    definition = "" if row["id"].startswith("HP:") else row.get("definition", "")
    return [
        row["id"],
        row["label"],
        definition.strip(),
        "|".join(_synonyms(row, source)) if used else "",
        "|".join(p for p in split(row.get("parents", "")) if p in known and source not in MAPPED_PARENTS),
        row.get("obsolete", ""),
        row.get("replaced_by", ""),
        row.get("version", ""),
        LICENCES[source],
    ]


def _target(curie: str, tables: _Tables) -> list[str]:
    row = tables.row(curie)
    if row is None:
        return [curie, "", "", "", LICENCES["hgnc"]]
    licence = LICENCES[_OWNERS[_prefix(curie)]]
    return [curie, row["label"], row.get("obsolete", ""), row.get("version", ""), licence]


def _matches(checkout: Checkout, tables: _Tables, in_use: Iterable[str]) -> Iterator[Match]:
    """Every mapping: those of the curated tables, and those the sources of our entities give."""
    labels = {**module_labels(checkout), **{r["id"]: r["label"] for r in checkout.class_rows}}

    def made(subject: tuple[str, str], match: str, target: str, *more: str) -> Match | None:
        row = tables.row(target)
        if row is None and _prefix(target) not in ("mscm", *_WITHOUT_TABLE):
            return None
        label, version = (row["label"], row.get("version", "")) if row else (labels.get(target, ""), "")
        if row and row.get("obsolete"):
            return None
        return Match(*subject, f"skos:{match}Match", target, label, more[0], version, *more[1:])

    found: list[Match | None] = []
    for source in MAPPED_PARENTS:
        ours = (tables.rows(source)[i] for i in sorted(in_use) if _OWNERS.get(_prefix(i)) == source)
        for term in ours:
            for broader in split(term.get("parents", "")):
                provider = vocab.source_iri(term["id"])
                provider = vocab.source_iri(term["id"])
                comment = "broader in its source, which is not to say a superclass"
                ends = (term["id"], term["label"]), "broad", broader
                found.append(made(*ends, GIVEN, provider, comment))
    for row in checkout.relation_rows:
        subject = ("rel:" + row["name"].replace(" ", "_"), row["name"])
        found += [made(subject, m, i, CURATED) for m, i in map(mapping_of, split(row["mappings"]))]
    for row in checkout.mapping_rows:
        subject = (row["subject_id"], row["subject_label"])
        found.append(made(subject, row["match"], row["object_id"], CURATED, "", row["comment"]))
    for row in checkout.entity_rows:
        if (known := tables.row(row["id"])) is not None:
            for match, target, provider, comment in from_source(row["id"], known):
                found.append(made((row["id"], row["label"]), match, target, GIVEN, provider, comment))
    by_hand = {(m.subject_id, m.object_id) for m in found if m and m.mapping_justification == CURATED}
    for m in found:
        if m and (m.mapping_justification == CURATED or (m.subject_id, m.object_id) not in by_hand):
            yield m
