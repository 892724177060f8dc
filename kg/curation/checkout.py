"""The curated files of a checkout, read whole: entities, relations, derivations, papers, extracts.

Nothing here decides whether the content is right; `kg.curation.lint` does. `read_knowledge` is the way in
for everybody else: it lints first and refuses to go on with wrong data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kg.curation.mappings import read_mappings
from kg.curation.papers import PaperFile, read_paper
from kg.curation.tables import Row, read_rows, split
from kg.errors import BadInput
from kg.model import Adjudication, Bridge, Entity, Knowledge, Relation, Sign

__all__ = [
    "ADJUDICATION_COLUMNS",
    "BRIDGES",
    "CLASS_COLUMNS",
    "DERIVATION_COLUMNS",
    "ENTITY_COLUMNS",
    "IDENTIFIER_COLUMNS",
    "IMPORT_COLUMNS",
    "MAPPING_COLUMNS",
    "MINTED_COLUMNS",
    "PARENT_COLUMNS",
    "RELATION_COLUMNS",
    "SOURCE_COLUMNS",
    "SYNONYM_COLUMNS",
    "TARGET_COLUMNS",
    "TERM_COLUMNS",
    "VALUE_COLUMNS",
    "Checkout",
    "Term",
]

ENTITY_COLUMNS = ("name", "id", "label", "category", "aliases", "parents", "note")
RELATION_COLUMNS = ("name", "sign", "domain", "range", "inverse", "mappings", "definition")
DERIVATION_COLUMNS = ("subject", "relation", "object")
ADJUDICATION_COLUMNS = ("subject", "predicate", "object", "axes", "note", "paper", "agent", "date")
TERM_COLUMNS = (
    "id",
    "label",
    "definition",
    "synonyms",
    "parents",
    "obsolete",
    "replaced_by",
    "version",
    "licence",
)
CLASS_COLUMNS = ("id", "label", "synonyms", "parents", "definition", "source", "why_minted")
MINTED_COLUMNS = ("id", "name", "why_minted")
VALUE_COLUMNS = ("list", "value", "id", "label")
IMPORT_COLUMNS = ("id", "label", "below", "why")
PARENT_COLUMNS = ("id", "label", "parent", "parent_label", "why")
SYNONYM_COLUMNS = ("id", "label", "synonym", "kind", "why")
SOURCE_COLUMNS = ("id", "label", "source", "why")
MAPPING_COLUMNS = ("subject_id", "subject_label", "match", "object_id", "object_label", "comment")
IDENTIFIER_COLUMNS = ("id", "key", "kind", "others")
TARGET_COLUMNS = ("id", "label", "obsolete", "version", "licence")
TARGETS = "targets.tsv"
"""In `imports/`: what mappings point at and is no class of the ontology."""
SPECIAL_TERM_TABLES = ("minted", "values", "imports", "mappings", "parents", "synonyms", "sources")
"""In `terms/`: the tables that are not lists of classes."""
BRIDGES = {
    "models": (
        "models_of_disease.tsv",
        ("subject_id", "subject", "object_id", "object", "reason", "source"),
    ),
    "marker of": (
        "markers.tsv",
        ("subject_id", "subject", "object_id", "object", "sign", "reason", "source"),
    ),
}
"""Kind of a bridge → its table in `ontology/` and the columns of that."""
DERIVATIONS = ("derives from", "produced by", "part of")


@dataclass(frozen=True, slots=True)
class Term:
    """One row of an extract of a public source (`ontology/imports/`)."""

    id: str
    label: str
    definition: str
    synonyms: tuple[str, ...]
    parents: tuple[str, ...]
    obsolete: str
    replaced_by: str
    version: str
    licence: str


@dataclass(frozen=True)
class Checkout:
    """A folder with `data/` and `ontology/`; everything in it is read at most once."""

    root: Path

    def __post_init__(self) -> None:
        for needed in (self.data / "entities.tsv", self.ontology / "relations.tsv"):
            if not needed.is_file():
                raise BadInput(f"{self.root} is not a checkout of the curated data: {needed} is missing")

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def ontology(self) -> Path:
        return self.root / "ontology"

    def shown(self, path: Path) -> str:
        """The path as problems name it: relative to the checkout where it lies inside."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return str(path)

    def _rows(self, path: Path, columns: Sequence[str]) -> list[Row]:
        return read_rows(path, columns, self.shown(path))

    @cached_property
    def entity_rows(self) -> list[Row]:
        return self._rows(self.data / "entities.tsv", ENTITY_COLUMNS)

    @cached_property
    def relation_rows(self) -> list[Row]:
        return self._rows(self.ontology / "relations.tsv", RELATION_COLUMNS)

    @cached_property
    def derivation_rows(self) -> list[Row]:
        path = self.ontology / "derivations.tsv"
        return self._rows(path, DERIVATION_COLUMNS) if path.is_file() else []

    @cached_property
    def bridge_rows(self) -> list[tuple[str, Row]]:
        """The rows of the tables of bridges, each with its kind."""
        paths = {kind: (self.ontology / name, columns) for kind, (name, columns) in BRIDGES.items()}
        return [
            (kind, row)
            for kind, (path, columns) in paths.items()
            if path.is_file()
            for row in self._rows(path, columns)
        ]

    def _term_rows(self, name: str, columns: Sequence[str]) -> list[Row]:
        path = self.ontology / "terms" / f"{name}.tsv"
        return self._rows(path, columns) if path.is_file() else []

    @cached_property
    def class_rows(self) -> list[Row]:
        """Classes of the project that are no entities: every table of `terms/` but the special ones."""
        paths = sorted((self.ontology / "terms").glob("*.tsv"))
        return [
            row
            for path in paths
            if path.stem not in SPECIAL_TERM_TABLES
            for row in self._rows(path, CLASS_COLUMNS)
        ]

    @cached_property
    def minted_rows(self) -> list[Row]:
        """Why each minted entity was minted."""
        return self._term_rows("minted", MINTED_COLUMNS)

    @cached_property
    def value_rows(self) -> list[Row]:
        """The term that stands for each value of a closed list."""
        return self._term_rows("values", VALUE_COLUMNS)

    @cached_property
    def import_rows(self) -> list[Row]:
        """Public terms that are classes of the ontology without being entities."""
        return self._term_rows("imports", IMPORT_COLUMNS)

    @cached_property
    def parent_rows(self) -> list[Row]:
        """Superclasses beyond those of the sources and the entities, judged one by one."""
        return self._term_rows("parents", PARENT_COLUMNS)

    @cached_property
    def synonym_rows(self) -> list[Row]:
        """Aliases and synonyms of ours that are not exact."""
        return self._term_rows("synonyms", SYNONYM_COLUMNS)

    @cached_property
    def source_rows(self) -> list[Row]:
        """What the definitions of project terms were drawn from."""
        return self._term_rows("sources", SOURCE_COLUMNS)

    @cached_property
    def mapping_rows(self) -> list[Row]:
        """The mappings that are written by hand."""
        return self._term_rows("mappings", MAPPING_COLUMNS)

    @cached_property
    def mapping_set(self) -> list[Row]:
        """The rows of `mappings.sssom.tsv`."""
        path = self.ontology / "mappings.sssom.tsv"
        return read_mappings(path, self.shown(path)) if path.is_file() else []

    @cached_property
    def identifier_rows(self) -> list[Row]:
        """What else entities are called, by the tables of their sources; none where there is no such file."""
        path = self.ontology / "identifiers.tsv"
        return self._rows(path, IDENTIFIER_COLUMNS) if path.is_file() else []

    @cached_property
    def target_rows(self) -> list[Row]:
        """Public terms that mappings point at and that are no classes of the ontology."""
        path = self.ontology / "imports" / TARGETS
        return self._rows(path, TARGET_COLUMNS) if path.is_file() else []

    @cached_property
    def adjudication_rows(self) -> list[Row]:
        path = self.data / "adjudications.tsv"
        return self._rows(path, ADJUDICATION_COLUMNS) if path.is_file() else []

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """Every term of the extracts, by id."""
        found: dict[str, Term] = {}
        paths = (self.ontology / "imports").glob("*.tsv")
        for path in sorted(p for p in paths if p.name != TARGETS):
            for row in self._rows(path, TERM_COLUMNS):
                found[row["id"]] = Term(
                    row["id"], row["label"], row["definition"], split(row["synonyms"]), split(row["parents"]),
                    row["obsolete"], row["replaced_by"], row["version"], row["licence"],
                )  # fmt: skip
        return found

    def paper_paths(self) -> list[Path]:
        """All curated files, sorted by name; an unreadable folder is an error, not an empty one."""
        papers = self.data / "papers"

        def refuse(error: OSError) -> None:
            raise BadInput(f"cannot read {error.filename}: {error.strerror}")

        found = [
            Path(folder) / name
            for folder, _, names in os.walk(papers, onerror=refuse)
            for name in names
            if name.endswith((".yaml", ".yml"))
        ]
        return sorted(found, key=lambda p: p.as_posix())

    @cached_property
    def paper_files(self) -> list[PaperFile]:
        return [read_paper(path, self.shown(path)) for path in self.paper_paths()]

    def knowledge(self) -> Knowledge:
        """The model of what the files say. Call after lint: it trusts them."""
        return Knowledge(
            tuple(sorted(map(entity_of, self.entity_rows), key=lambda e: e.name)),
            tuple(sorted(map(relation_of, self.relation_rows), key=lambda r: r.name)),
            tuple(sorted((f.paper for f in self.paper_files if f.paper), key=lambda p: p.id)),
            tuple(sorted((r["subject"], r["relation"], r["object"]) for r in self.derivation_rows)),
            tuple(sorted(map(adjudication_of, self.adjudication_rows), key=place_of)),
            tuple(sorted((bridge_of(*row) for row in self.bridge_rows), key=ends_of)),
        )


def _sorted(cell: str) -> tuple[str, ...]:
    return tuple(sorted(split(cell)))


def entity_of(row: Row) -> Entity:
    return Entity(
        row["name"], row["id"], row["label"], row["category"],
        _sorted(row["aliases"]), _sorted(row["parents"]), row["note"],
    )  # fmt: skip


def relation_of(row: Row) -> Relation:
    return Relation(
        row["name"], Sign(row["sign"]), _sorted(row["domain"]), _sorted(row["range"]), row["inverse"],
        tuple(sorted(mapping_of(m) for m in split(row["mappings"]))), row["definition"],
    )  # fmt: skip


def adjudication_of(row: Row) -> Adjudication:
    return Adjudication(
        row["subject"], row["predicate"], row["object"], _sorted(row["axes"]), row["note"], row["paper"],
        row["agent"], row["date"],
    )  # fmt: skip


def bridge_of(kind: str, row: Row) -> Bridge:
    return Bridge(
        kind, row["subject"], row["object"], row["subject_id"], row["object_id"], row["reason"],
        row.cells.get("sign", ""), "|".join(sorted(split(row["source"]))),
    )  # fmt: skip


def ends_of(b: Bridge) -> tuple[str, str, str]:
    """What a bridge joins; one of each kind."""
    return b.kind, b.subject, b.object


def place_of(a: Adjudication) -> tuple[str, str, str]:
    """What it is about; one adjudication each."""
    return a.subject, a.predicate, a.object


def mapping_of(text: str) -> tuple[str, str]:
    """`close RO:0002304` → ("close", "RO:0002304")."""
    match, _, curie = text.partition(" ")
    return match, curie.strip()
