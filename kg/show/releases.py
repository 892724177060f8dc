"""A graph handed on whole: what is said of it, its mappings, a folder that describes itself."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.exchange.edges import edges_of
from kg.exchange.kgx import kgx_files
from kg.exchange.releases import croissant, ro_crate
from kg.exchange.writing import About, put
from kg.model import CURATED
from kg.show import export as shapes

if TYPE_CHECKING:
    from kg.graph import Graph

__all__ = ["about_graph", "sssom_text", "write_release"]

TITLE = "msc-kg"
DESCRIPTION = (
    "How mesenchymal stromal cells act in lung disease: signed, cited statements with the experiment behind "
    "each."
)


def about_graph(g: Graph) -> About:
    """Title, description, and the identifiers of diseases and predicates."""
    own = [o for o in _origins(g) if o != CURATED]
    told = DESCRIPTION + (f" Holds data joined by its user: {', '.join(own)}." if own else "")
    diseases = {e.name: e.id for e in g.entities if e.category == "disease"}
    is_table = g._table is not None
    predicates = {} if is_table else {r.name: r.id for r in g.knowledge.relations}
    return About(TITLE, told, diseases, predicates)


def _origins(g: Graph) -> tuple[str, ...]:
    """Where the statements of a view are from."""
    found = {origin for s in g.statements() for origin in s.origins}
    return tuple(sorted(found, key=lambda origin: (origin != CURATED, origin)))


def sssom_text(g: Graph) -> str:
    """The mapping set of the ontology as SSSOM, from the terms of the build."""
    head = [
        "#curie_map:",
        *(f"#  {p}: {i}" for p, i in sorted(vocab.PREFIXES.items())),
        f"#mapping_set_id: {vocab.ONTOLOGY_IRI}/mappings.sssom.tsv",
        "#mapping_set_title: Mappings of the msc-kg ontology",
        f"#license: {vocab.LICENCES['ontology']}",
    ]
    rows = [
        (t.id, t.label, f"skos:{match}Match", curie, "semapv:UnspecifiedMatching")
        for t in g.terms.by_id.values()
        for match, curie in t.mappings
    ]
    columns = ("subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification")
    lines = ["\t".join(columns), *("\t".join(row) for row in sorted(rows))]
    return "\n".join([*head, *lines]) + "\n"


_ABOUT = {
    "statements.csv": "One row a statement, with counts of lines, belief and context.",
    "evidence.csv": "One row an evidence line: the finding, its experiment, its paper.",
    "ontology.ttl": "The ontology: classes, predicates, axioms and mappings.",
    "edges.json": "The statements with support as KGX, in the Biolink model.",
    "mappings.sssom.tsv": "Mappings of the ontology to public vocabularies.",
    "README.txt": "What this folder holds.",
}


def write_release(g: Graph, folder: Path, form: str) -> list[Path]:
    """A folder with tables, ontology, edges and mappings, described as RO-Crate and as Croissant.

    `form` says which of both was asked for: `rocrate` writes all, `croissant` the tables alone.
    Raises NotWritable.
    """
    from kg import __version__
    from kg.ontology.text import ontology_text

    statements = g.statements()
    files: dict[str, str] = {
        "statements.csv": _csv(shapes.STATEMENT_COLUMNS, shapes.statement_rows(statements, g.knowledge)),
        "evidence.csv": _csv(shapes.EVIDENCE_COLUMNS, shapes.evidence_rows(statements)),
    }
    tables = {"statements.csv": shapes.STATEMENT_COLUMNS, "evidence.csv": shapes.EVIDENCE_COLUMNS}
    if form == "rocrate":
        about = about_graph(g)
        files["ontology.ttl"] = ontology_text(g.built, ".ttl")
        edges = edges_of(statements, g.knowledge)
        files["edges.json"] = kgx_files(edges, "json", about.diseases, about.predicates)["whole"]
        files["mappings.sssom.tsv"] = sssom_text(g)
    lines = [e for s in statements for e in s.evidence]
    papers = {e.paper.id: e.paper for e in lines}
    # Joined papers were not read here; their date says nothing.
    dates = [e.paper.curation.date for e in lines if e.origin == CURATED] or ["1970-01-01"]
    facts: dict[str, Any] = {
        "name": TITLE, "description": DESCRIPTION, "version": __version__, "date": max(dates),
        "n_statements": len(statements), "n_papers": len(papers),
    }  # fmt: skip
    joined = [o for o in _origins(g) if o != CURATED]
    told = "\n".join(f"{name}: {_ABOUT[name]}" for name in sorted(files))
    own = f"It holds data joined by its user: {', '.join(joined)}.\n" if joined else ""
    files["README.txt"] = f"{TITLE} {__version__}\n{DESCRIPTION}\n{own}\n{told}\n"
    described = {
        "croissant.json": croissant(files, _ABOUT, facts, tables, joined),
    }
    if form == "rocrate":
        described["ro-crate-metadata.json"] = ro_crate(
            {**files, **described}, {**_ABOUT, "croissant.json": "The tables as Croissant."}, facts, joined
        )
    return put({**files, **described}, folder, is_folder=True)


def _csv(columns: tuple[str, ...], rows: Any) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()
