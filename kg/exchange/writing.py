"""Edges written out: one function per format, and files that are there whole or not at all."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from errno import EISDIR
from pathlib import Path
from typing import Any

from kg import vocab
from kg.errors import BadInput, NotWritable
from kg.exchange import graphs
from kg.exchange.kgx import kgx_files
from kg.exchange.predicates import read_predicate
from kg.exchange.reading import Reading, read_edges
from kg.mechanism.overlay import Edge, End, own_id

__all__ = ["FOLDERS", "SUFFIXES", "WRITERS", "About", "convert", "put", "table_rows", "write"]

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class About:
    """What is said of the whole: title and description; of diseases and predicates their identifiers."""

    title: str = "edges"
    description: str = ""
    diseases: Mapping[str, str] = field(default_factory=dict)
    predicates: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What the format could not say, filled while writing."""


# Formats of one or several files --------------------------------------------------------------------


def _kgx(edges: Sequence[Edge], out: Path, about: About) -> Files:
    form = out.suffix.removeprefix(".")
    if form not in ("tsv", "jsonl", "json"):
        raise BadInput(f"KGX goes to .tsv, .jsonl or .json, not to {out.name}")
    files = kgx_files(edges, form, about.diseases, about.predicates)
    return {out.name if k == "whole" else f"{out.stem}_{k}.{form}": text for k, text in files.items()}


def _cx2(edges: Sequence[Edge], out: Path, about: About) -> Files:
    return {out.name: graphs.cx2_text(edges, about.title, about.description)}


def _graphml(edges: Sequence[Edge], out: Path, about: About) -> Files:
    return {out.name: graphs.graphml_text(edges)}


def _sif(edges: Sequence[Edge], out: Path, about: About) -> Files:
    """A line for each edge; the sign stands with the predicate where it does not follow from it."""
    lines = []
    for e in edges:
        plain = read_predicate(e.predicate)
        follows = (plain.predicate, plain.sign) == (e.predicate, e.sign)
        lines.append((e.subject.name, e.predicate if follows else f"{e.predicate} [{e.sign}]", e.object.name))
    text = "".join("\t".join(" ".join(c.split()) for c in line) + "\n" for line in dict.fromkeys(lines))
    about.notes.append(
        "SIF holds names, predicates and signs only: no identifiers, papers, belief or context"
    )
    return {out.name: text}


TABLE_COLUMNS = (
    "subject_id", "subject", "subject_category", "predicate", "sign", "object_id", "object",
    "object_category", "belief", "papers", "species", "disease", "direction", "origin", "id",
)  # fmt: skip


def table_rows(edges: Iterable[Edge]) -> Iterable[tuple[Any, ...]]:
    """One row an edge, in the order of `TABLE_COLUMNS`; several things a list, belief a number or None."""
    for e in edges:
        s, o = e.subject, e.object
        yield (
            s.id, s.name, s.category, e.predicate, e.sign, o.id, o.name, o.category, e.belief, list(e.papers),
            list(e.context.get("species", ())), list(e.context.get("disease", ())), e.direction,
            e.origin or "|".join(e.facts.get("origins", ())), e.id,
        )  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(("|".join(value) if isinstance(value, list) else str(value)).split())


def _table(edges: Sequence[Edge], out: Path, about: About) -> Files:
    rows = [TABLE_COLUMNS, *(tuple(map(_cell, row)) for row in table_rows(edges))]
    if out.suffix == ".csv":
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        return {out.name: buffer.getvalue()}
    return {out.name: "".join("\t".join(row) + "\n" for row in rows)}


def _parquet(edges: Sequence[Edge], out: Path, about: About) -> Files:
    """One table, zstd; its columns are `TABLE_COLUMNS`, the types stand in `docs/exchange.md`."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as parquet_files
    except ImportError:
        raise BadInput("writing Parquet needs pyarrow: pip install 'msc-kg[parquet]'") from None
    lists = ("papers", "species", "disease")
    schema = pa.schema(
        [
            pa.field(
                name,
                pa.list_(pa.string()) if name in lists else pa.float64() if name == "belief" else pa.string(),
            )
            for name in TABLE_COLUMNS
        ]
    )
    columns = list(zip(*table_rows(edges), strict=True)) or [()] * len(TABLE_COLUMNS)
    arrays = [pa.array(list(c), type=f.type) for c, f in zip(columns, schema, strict=True)]
    buffer = io.BytesIO()
    parquet_files.write_table(pa.Table.from_arrays(arrays, schema=schema), buffer, compression="zstd")
    return {out.name: buffer.getvalue()}


_LOAD = """// In the Neo4j browser, with both files in the import folder of the database.
CREATE CONSTRAINT entity_id IF NOT EXISTS FOR (e:Entity) REQUIRE e.id IS UNIQUE;
LOAD CSV WITH HEADERS FROM 'file:///nodes.csv' AS row
MERGE (e:Entity {id: row.`:ID`}) SET e.name = row.name, e.curie = row.id, e.category = row.category;
LOAD CSV WITH HEADERS FROM 'file:///relationships.csv' AS row
MATCH (a:Entity {id: row.`:START_ID`}), (b:Entity {id: row.`:END_ID`})
CREATE (a)-[:ACTS_ON {type: row.`:TYPE`, predicate: row.predicate, sign: row.sign,
  belief: toFloat(row.`belief:double`), statement: row.id, rung: row.rung, origins: row.origins,
  papers: split(row.`papers:string[]`, ';'), species: split(row.`species:string[]`, ';'),
  disease: split(row.`disease:string[]`, ';')}]->(b);
"""
_IMPORT = """#!/bin/sh
# Fills an empty database while Neo4j (5 or later) is stopped:  sh import.sh DATABASE
cd "$(dirname "$0")" || exit 1
neo4j-admin database import full --nodes=nodes.csv --relationships=relationships.csv \\
  --multiline-fields=false --overwrite-destination "${1:-neo4j}"
"""


def _neo4j(edges: Sequence[Edge], out: Path, about: About) -> Files:
    """CSV for `neo4j-admin database import`, the command, and Cypher that loads the same."""
    ends = {end.id or own_id(end.name): end for e in edges for end in (e.subject, e.object)}
    nodes: list[tuple[str, ...]] = [(":ID", "name", "id", "category", ":LABEL")]
    nodes += [
        (key, end.name, end.id, end.category, ";".join(["Entity", *_label(end)]))
        for key, end in sorted(ends.items())
    ]
    links: list[tuple[str, ...]] = [
        (":START_ID", ":END_ID", ":TYPE", "predicate", "sign", "belief:double", "id", "rung", "origins",
         "papers:string[]", "species:string[]", "disease:string[]")
    ]  # fmt: skip
    links += [
        (
            e.subject.id or own_id(e.subject.name), e.object.id or own_id(e.object.name),
            "".join(c if c.isalnum() else "_" for c in e.predicate).upper(), e.predicate, e.sign,
            "" if e.belief is None else repr(e.belief), e.id, str(e.facts.get("rung", "")),
            "|".join(e.facts.get("origins", ())), ";".join(e.papers),
            ";".join(e.context.get("species", ())), ";".join(e.context.get("disease", ())),
        )
        for e in edges
    ]  # fmt: skip
    files = {}
    for name, rows in (("nodes.csv", nodes), ("relationships.csv", links)):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        files[name] = buffer.getvalue()
    return {**files, "load.cypher": _LOAD, "import.sh": _IMPORT}


def _label(end: End) -> list[str]:
    return ["".join(word[:1].upper() + word[1:] for word in end.category.split())] if end.category else []


def _bel(edges: Sequence[Edge], out: Path, about: About) -> Files:
    text, left = graphs.bel_graph(edges, about.title)
    if left:
        about.notes.append(f"{left:,} edges were left out: BEL has no relation for what they say")
    return {out.name: text}


def _json_ld(edges: Sequence[Edge], out: Path, about: About) -> Files:
    def of_end(end: End) -> str:
        known = end.id.partition(":")[0] in vocab.PREFIXES
        return end.id if known else own_id(end.id or end.name)

    def of_predicate(predicate: str) -> str:
        return about.predicates.get(predicate) or own_id(predicate)

    return {out.name: graphs.json_ld_text(edges, of_end, of_predicate)}


WRITERS: dict[str, Callable[[Sequence[Edge], Path, About], Files]] = {
    "table": _table, "kgx": _kgx, "cx2": _cx2, "graphml": _graphml, "sif": _sif, "neo4j": _neo4j, "bel": _bel,
    "jsonld": _json_ld, "parquet": _parquet,
}  # fmt: skip
FOLDERS = frozenset({"neo4j"})
"""Formats whose place is a folder."""
SUFFIXES = {
    ".tsv": "table", ".csv": "table", ".cx2": "cx2", ".cx": "cx2", ".graphml": "graphml", ".xml": "graphml",
    ".sif": "sif", ".jsonld": "jsonld", ".parquet": "parquet", ".jsonl": "kgx",
}  # fmt: skip
"""What a file name says of its format."""


def write(format: str, edges: Iterable[Edge], out: Path, about: About | None = None) -> list[Path]:
    """Write edges in a format; the files written.

    Raises BadInput and NotWritable; then nothing is written.
    """
    if format not in WRITERS:
        raise BadInput(f"{format!r} is no format that edges are written in; one of {', '.join(WRITERS)}")
    about = about or About()
    files = WRITERS[format](list(edges), out, about)
    return put(files, out, is_folder=format in FOLDERS)


def put(files: Files, out: Path, *, is_folder: bool) -> list[Path]:
    """Write files: into the folder `out`, or beside each other where `out` is; all whole, or none.

    Raises NotWritable.
    """
    folder = out if is_folder else out.parent
    targets = {name: (folder / name).resolve() for name in files}
    try:
        for target in targets.values():
            if target.is_dir():
                raise IsADirectoryError(EISDIR, "Is a directory")
        if len(files) == 1 and not is_folder and out.exists() and not out.is_file():
            # A device or a pipe is written to; it must never be replaced.
            (content,) = files.values()
            out.write_bytes(content if isinstance(content, bytes) else content.encode())
            return [out]
        if any(target.exists() and not target.is_file() for target in targets.values()):
            raise OSError("it is no file")
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=folder))
    except OSError as error:
        raise NotWritable(f"cannot write {out}: {error.strerror or error}") from None
    try:
        for name, content in files.items():
            (staging / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        for name, target in targets.items():
            (staging / name).replace(target)
    except OSError as error:
        raise NotWritable(f"cannot write {out}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [folder / name for name in files]


def convert(source: Path, out: Path, format: str | None = None) -> tuple[Reading, list[Path], list[str]]:
    """Edges of one file written in another format: what was read, the files, and what is lost.

    `format`: one of `WRITERS`; else by the suffix of `out`. Names and identifiers stay as they are.
    Raises BadInput and NotWritable.
    """
    known = format or SUFFIXES.get(out.suffix.casefold())
    if known is None:
        raise BadInput(
            f"{out.name} tells no format; give --to with one of {', '.join(WRITERS)}, or a name that ends "
            f"with {', '.join(SUFFIXES)}"
        )
    if out.exists() and source.exists() and out.resolve() == source.resolve():
        raise BadInput(f"{out} would be written over itself; name another file")
    reading = read_edges(source)
    if not reading.edges:
        first = f"; {reading.problems[0].path}: {reading.problems[0].message}" if reading.problems else ""
        raise BadInput(f"{source} ({reading.format}) holds no edge that can be used{first}")
    about = About(title=source.stem, description=f"converted from {source.name}")
    edges = [e for e in reading.edges if e.direction == "supports"]
    if len(edges) < len(reading.edges) and known != "table":
        n = len(reading.edges) - len(edges)
        about.notes.append(f"{n:,} edges that found no effect, or dispute one, are left out")
    return reading, write(known, reading.edges if known == "table" else edges, out, about), about.notes
