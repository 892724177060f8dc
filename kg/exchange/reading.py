"""What a file is, and its edges.

A file is sniffed by its content, never by its name alone. A row that cannot be read is reported with its
line (or its number, where a format has no lines), and the others are read.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kg.errors import BadInput, Problem
from kg.exchange import graphs, indra, tables
from kg.exchange.kgx import kgx_edges
from kg.mechanism.overlay import Edge, counted

__all__ = ["READERS", "Reading", "read_edges"]


@dataclass
class Reading:
    """What a file held: its format, its edges, what could not be read, and what was passed over."""

    format: str
    edges: list[Edge] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    passed_over: int = 0

    def __str__(self) -> str:
        told = f"{self.format}: {counted(len(self.edges), 'edge')}"
        if self.passed_over:
            told += f", passed over without effect: {counted(self.passed_over, 'row')}"
        return told + (f", not read: {counted(len(self.problems), 'row')}" if self.problems else "")


Rows = Iterator[tuple[int, Any]]
Read = Callable[[Any], Edge | None]

READERS = (
    "table", "statements", "evidence", "KGX", "SIF", "CX2", "GraphML", "BEL", "INDRA", "SIGNOR", "SemMedDB",
    "Neo4j", "JSON-LD",
)  # fmt: skip
"""Formats that are read. `table` is a TSV, CSV or Parquet file with our columns; `statements` and `evidence`
are tables as `kg export` writes them."""


def read_edges(path: Path) -> Reading:
    """The edges of a file.

    Raises BadInput where the file cannot be read or is none of `READERS`.
    """
    found = _at(path)
    if found.is_dir():
        return _gathered("Neo4j", *tables.neo4j(found))
    if found.suffix == ".parquet":
        return _gathered(*tables.parquet(found), found)
    text = _text(found)
    start = text.lstrip("\ufeff \r\n\t")
    if not start:
        raise BadInput(f"{found} is empty")
    is_sif = found.suffix.casefold() == ".sif"
    if start[0] in "[{" and not is_sif:
        return _json(start, found)
    if start[0] == "<" and not is_sif:
        return _gathered("GraphML", *graphs.graphml(start, found), found)
    return _table(text.removeprefix("\ufeff"), found)


def _at(path: Path) -> Path:
    """The file of a path; of a pair of KGX files the one with the edges."""
    if path.exists():
        return path
    for suffix in (path.suffix, ".tsv", ".jsonl"):
        pair = path.with_name(f"{path.stem if path.suffix else path.name}_edges{suffix}")
        if pair.exists():
            return pair
    raise BadInput(f"cannot read {path}: there is no such file")


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"cannot read {path}: not UTF-8 at byte {error.start}") from None
    except (OSError, EOFError) as error:
        raise BadInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def _gathered(format: str, rows: Rows, read: Read, path: Path) -> Reading:
    """The edges of rows, each with its line; `read` gives None for what states no effect."""
    found = Reading(format)
    for line, row in rows:
        try:
            edge = read(row)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            told = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            found.problems.append(Problem(f"{path}:{line}", line, format, told))
            continue
        if edge is None:
            found.passed_over += 1
        else:
            found.edges.append(tables.placed(edge, f"{path}:{line}"))
    if format == "BEL":
        found.edges = _with_all_papers(found.edges)
    return found


def _with_all_papers(edges: list[Edge]) -> list[Edge]:
    """Edges of one key as one with all their papers: BEL has an edge for each paper."""
    merged: dict[Any, Edge] = {}
    for n, e in enumerate(edges):
        key = (e.subject, e.predicate, e.sign, e.object, e.belief, e.id) if e.id else n
        before = merged.get(key)
        papers = e.papers if before is None else (*before.papers, *e.papers)
        merged[key] = replace(before or e, papers=tuple(dict.fromkeys(papers)))
    return list(merged.values())


# JSON -----------------------------------------------------------------------------------------------


def _json(text: str, path: Path) -> Reading:
    try:
        data = json.loads(text)
    except ValueError as error:
        first, _, rest = text.partition("\n")
        try:
            head = json.loads(first)
        except ValueError:
            head = None
        if not isinstance(head, dict) or (not rest.strip() and not head):
            raise BadInput(f"{path} is not JSON: {error}") from None
        return _lines(text, head, path)
    if isinstance(data, list):
        return _listed(data, path)
    if "@context" in data:
        return _gathered("JSON-LD", *graphs.json_ld(data), path)
    if "links" in data:
        return _gathered("BEL", *graphs.bel_rows(data), path)
    if "edges" in data:
        nodes = {n["id"]: n for n in data.get("nodes", ()) if isinstance(n, dict) and "id" in n}
        return _gathered("KGX", enumerate(data["edges"], 1), kgx_edges(nodes), path)
    if "statements" in data:
        return _listed(data["statements"], path)
    if "subject" in data:
        return _lines(text, data, path)
    raise BadInput(f"{path} is JSON of no format that is read here; these are {', '.join(READERS)}")


def _listed(data: list[Any], path: Path) -> Reading:
    first = next((d for d in data if isinstance(d, dict)), {})
    if "CXVersion" in first:
        return _gathered("CX2", *graphs.cx2(data), path)
    if "type" in first and ({"subj", "obj", "enz", "sub", "members", "agent"} & first.keys()):
        return _gathered("INDRA", enumerate(data, 1), indra.edge_of_statement, path)
    if {"subject", "predicate", "object"} <= first.keys():
        known = "statements" if "n_supports" in first else "table"
        return _gathered(known, enumerate(data, 1), tables.row_edge, path)
    raise BadInput(f"{path} is JSON of no format that is read here; these are {', '.join(READERS)}")


def _lines(text: str, head: Mapping[str, Any], path: Path) -> Reading:
    """JSON, one object a line: KGX or INDRA."""

    def rows() -> Rows:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except ValueError:
                    yield number, None

    if "type" in head and "subject" not in head:
        return _gathered("INDRA", rows(), indra.edge_of_statement, path)
    if tables.sniff(list(head)) == "table" and not str(head.get("predicate")).startswith("biolink:"):
        return _gathered("table", rows(), tables.row_edge, path)
    nodes: dict[str, Any] = {}
    other = path.with_name(path.name.replace("_edges", "_nodes"))
    if other != path and other.is_file():
        nodes = {n["id"]: n for n in map(json.loads, _text(other).splitlines()) if n}
    return _gathered("KGX", rows(), kgx_edges(nodes), path)


# Tables ---------------------------------------------------------------------------------------------


def _table(text: str, path: Path) -> Reading:
    lines = text.splitlines()
    kept = [(n, line) for n, line in enumerate(lines, 1) if line.strip()]
    while kept and kept[0][1].startswith("#") and "\t" not in kept[0][1]:
        kept.pop(0)  # comments at the head
    if not kept:
        raise BadInput(f"{path} is empty")
    first = kept[0][1]
    comma = "\t" not in first and first.count(",") >= 2
    cells = list(_cells(first, comma))
    known = tables.sniff(cells)
    if known is None:
        if tables.is_sif(path, [line for _, line in kept]):
            return _gathered("SIF", tables.sif_rows(kept), tables.sif_edge, path)
        raise BadInput(
            f"{path}:{kept[0][0]}: no format that is read here: a header with subject, predicate and object "
            f"is wanted, or lines of SIF; found {', '.join(cells[:6])}"
        )

    def rows() -> Rows:
        if comma:
            reader = csv.reader(io.StringIO("\n".join(line for _, line in kept[1:])))
            numbered: Rows = ((kept[min(reader.line_num, len(kept) - 1)][0], row) for row in reader)
        else:
            numbered = ((n, list(_cells(line, comma))) for n, line in kept[1:])
        for number, row in numbered:
            if len(row) != len(cells):
                yield number, ValueError(f"{len(row)} cells, {len(cells)} wanted as in the first line")
            else:
                yield number, dict(zip(cells, row, strict=True))

    nodes: dict[str, Any] = {}
    if known == "KGX":
        other = path.with_name(path.name.replace("_edges", "_nodes"))
        if other != path and other.is_file():
            head, *body = _text(other).splitlines()
            names = head.split("\t")
            nodes = {r["id"]: r for r in (dict(zip(names, b.split("\t"), strict=False)) for b in body)}
    return _gathered(known, rows(), tables.reader(known, nodes), path)


def _cells(line: str, comma: bool) -> Iterator[str]:
    yield from next(csv.reader([line]), []) if comma else line.split("\t")
