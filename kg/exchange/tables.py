"""Tables: ours, KGX, SIGNOR-like, SemMedDB-like, SIF, Neo4j, Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg import vocab
from kg.errors import BadInput
from kg.exchange.kgx import kgx_edges
from kg.exchange.predicates import read_predicate
from kg.mechanism.overlay import Edge, End, edge_of

__all__ = ["neo4j", "parquet", "placed", "reader", "row_edge", "sif_edge", "sif_rows", "sniff"]


def placed(edge: Edge, place: str) -> Edge:
    return replace(edge, place=place)


def _checked(row: Any) -> Mapping[str, str]:
    if isinstance(row, ValueError):
        raise row
    if not isinstance(row, Mapping):
        raise ValueError("is no object")
    return row


def sniff(header: Sequence[str]) -> str | None:
    """The format of a table by its header; None where it is none that is known."""
    cells = {cell.strip() for cell in header}
    low = {cell.casefold() for cell in cells}
    if {"statement_id", "subject", "predicate", "object", "finding"} <= low:
        return "evidence"
    if {"n_supports", "n_disputes", "subject_id", "object_id"} <= low:
        return "statements"
    if {"entitya", "entityb", "effect"} <= low:
        return "SIGNOR"
    if {"predicate", "subject_name", "object_name"} <= low:
        return "SemMedDB"
    if {":START_ID", ":END_ID", ":TYPE"} <= cells:
        return "Neo4j"
    if {"subject", "predicate", "object"} <= low:
        kgx = {
            "knowledge_level", "agent_type", "primary_knowledge_source", "category", "qualified_predicate",
            "object_direction_qualifier", "relation",
        }  # fmt: skip
        return "KGX" if low & kgx else "table"
    return None


def reader(format: str, nodes: Mapping[str, Any]) -> Callable[[Any], Edge | None]:
    """What makes an edge of a row of a table."""
    return {
        "table": row_edge, "statements": row_edge, "evidence": _evidence_edge, "SIGNOR": _signor_edge,
        "SemMedDB": _semmed_edge, "KGX": kgx_edges(nodes), "Neo4j": lambda row: _neo4j_edge(row, nodes),
    }[format]  # fmt: skip


# Ours -----------------------------------------------------------------------------------------------


def row_edge(row: Any) -> Edge | None:
    """The edge of a row with our columns, any other column left aside."""
    row = {key.strip(): value for key, value in _checked(row).items()}
    if str(row.get("n_supports", "")) == "0":
        return None  # found absent, or only disputed: no edge
    if not row.get("predicate"):
        raise ValueError("predicate is missing")
    told = _told(str(row["predicate"]), str(row.get("sign") or ""))
    if told is None:
        return None
    if "diseases" in row:
        row["disease"] = row["diseases"]
    if "origins" in row:
        row["origin"] = row["origins"]
    row |= {"predicate": told.predicate, "sign": told.sign}
    if told.direction != "supports":
        row["direction"] = told.direction
    return replace(edge_of(row, ""), id=str(row.get("id") or ""))


def _told(predicate: str, sign: str, format: str = "any") -> Any:
    """A predicate as the table reads it; with a sign beside it that is none, it is refused."""
    sign = sign.strip().replace("−", "-")
    if sign not in ("", "+", "-", "?"):
        raise ValueError(f"sign is {sign!r}; write + or - or ?")
    told = read_predicate(predicate, format, sign)
    return told if told.is_effect else None


def _evidence_edge(row: Any) -> Edge | None:
    """A line of our evidence table: one line, one edge, with its own direction and context."""
    row = dict(_checked(row))
    ids = [f"PMID:{row['pmid']}" if row.get("pmid") else "", f"doi:{row['doi']}" if row.get("doi") else ""]
    if row.get("counts") == "no":
        return None
    papers = next(filter(None, ids), "")
    context = {
        a: row.get(a)
        for a in ("species", "disease", "model", "system", "product", "source", "donor", "route")
    }
    told = read_predicate(row["predicate"])
    return edge_of(
        {
            "subject": row["subject"], "predicate": row["predicate"], "object": row["object"],
            "sign": told.sign if told.predicate == row["predicate"] else "",
            "papers": papers, "direction": row["direction"], "test": row.get("test"),
            "finding": row.get("finding"), **context,
        }, "",
    )  # fmt: skip


# SIGNOR, SemMedDB -----------------------------------------------------------------------------------

_SIGNOR_TYPES = {
    "protein": "protein", "proteinfamily": "protein", "complex": "protein", "chemical": "small molecule",
    "smallmolecule": "small molecule", "mirna": "microRNA", "phenotype": "phenotype", "stimulus": "exposure",
    "antibody": "drug",
}  # fmt: skip
_DATABASES = {"uniprot": "UniProtKB", "chebi": "", "pubchem": "PUBCHEM", "mirbase": "mirbase"}


def _cell(row: Mapping[str, str], *names: str) -> str:
    low = {key.strip().casefold(): value for key, value in row.items()}
    return next((str(low[n]).strip() for n in names if low.get(n)), "")


def _signor_edge(row: Any) -> Edge | None:
    row = _checked(row)
    ends = []
    for side in "ab":
        name, local = _cell(row, f"entity{side}"), _cell(row, f"id{side}")
        database = _cell(row, f"database{side}").casefold()
        prefix = _DATABASES.get(database)
        curie = (
            f"{prefix}:{local.removeprefix('CID:')}" if prefix and local else local if ":" in local else ""
        )
        if curie.startswith("SIGNOR"):
            curie = ""
        if not name:
            raise ValueError(f"entity{side.upper()} is missing")
        ends.append(End(name, curie, _SIGNOR_TYPES.get(_cell(row, f"type{side}").casefold(), "")))
    told = read_predicate(_cell(row, "effect") or "unknown", "SIGNOR")
    score = _cell(row, "score")
    belief = float(score) if re.fullmatch(r"0?\.\d+|0|1(\.0+)?", score) else None
    pmid = _cell(row, "pmid")
    taxon = _cell(row, "tax_id")
    return Edge(
        ends[0], told.predicate, told.sign or "?", ends[1], belief,
        (f"PMID:{pmid}",) if pmid.isdecimal() else (pmid,) if pmid and pmid != "Other" else (),
        {"species": (taxon,)} if taxon in ("9606", "10090", "10116") else {}, told.direction,
        id=_cell(row, "signor_id"),
    )  # fmt: skip


def _semmed_edge(row: Any) -> Edge | None:
    row = _checked(row)
    predicate = _cell(row, "predicate")
    if not predicate:
        raise ValueError("predicate is missing")
    told = read_predicate(predicate, "SemMedDB")
    if not told.is_effect:
        return None
    ends = []
    for side in ("subject", "object"):
        name = _cell(row, f"{side}_name")
        if not name:
            raise ValueError(f"{side}_name is missing")
        cui = _cell(row, f"{side}_cui")
        # A concept that joins several, such as C0034693|3586: the number is a gene of NCBI.
        gene = cui.partition("|")[2]
        ends.append(End(name.partition("|")[0], f"NCBIGene:{gene}" if gene.isdecimal() else ""))
    pmid = _cell(row, "pmid")
    return Edge(
        ends[0], told.predicate, told.sign or "?", ends[1], None, (f"PMID:{pmid}",) if pmid else (), {},
        told.direction, id=_cell(row, "predication_id"),
    )  # fmt: skip


# SIF ------------------------------------------------------------------------------------------------


def is_sif(path: Path, lines: Sequence[str]) -> bool:
    """Whether lines without a header are SIF: an end, a predicate, one or more ends."""
    some = lines[:50]
    parted = [line.split("\t") if "\t" in line else line.split() for line in some]
    if path.suffix.casefold() == ".sif":
        return any(len(cells) >= 3 for cells in parted)
    heads = {"subject", "object", "predicate", "sign", "source", "target", "relation", "from", "to"}
    is_headed = heads & {cell.strip().casefold() for cell in some[0].split("\t")} if some else ()
    return bool(some) and not is_headed and all(len(line.split("\t")) == 3 for line in some)


def sif_rows(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, Any]]:
    tabbed = any("\t" in line for _, line in lines)
    for number, line in lines:
        cells = [c.strip() for c in (line.split("\t") if tabbed else line.split())]
        if len(cells) == 1:
            yield number, None  # a node without edges
        elif len(cells) == 2:
            yield number, ValueError("has two parts; an end, a predicate and an end are wanted")
        else:
            for target in cells[2:]:
                yield number, (cells[0], cells[1], target)


def sif_edge(row: Any) -> Edge | None:
    if row is None:
        return None
    if isinstance(row, ValueError):
        raise row
    subject, predicate, target = row
    # What we write says the sign with the predicate where it does not follow from it.
    found = re.fullmatch(r"(.+) \[([+?-])\]", predicate)
    told = read_predicate(found[1], "any", found[2]) if found else read_predicate(predicate)
    if not told.is_effect:
        return None
    if not subject or not target:
        raise ValueError("an end is missing")
    return Edge(End(subject), told.predicate, told.sign or "?", End(target), direction=told.direction)


# Neo4j ----------------------------------------------------------------------------------------------


def neo4j(folder: Path) -> tuple[Iterator[tuple[int, Any]], Callable[[Any], Edge | None], Path]:
    """The folder that `kg export neo4j` writes, or any with nodes.csv and relationships.csv."""
    nodes_file, edges_file = folder / "nodes.csv", folder / "relationships.csv"
    if not nodes_file.is_file() or not edges_file.is_file():
        raise BadInput(f"{folder} is a folder without nodes.csv and relationships.csv; name a file")
    with nodes_file.open(encoding="utf-8", newline="") as lines:
        nodes = {row[":ID"]: row for row in csv.DictReader(lines) if row.get(":ID")}
    with edges_file.open(encoding="utf-8", newline="") as lines:
        rows = list(enumerate(csv.DictReader(lines), 2))
    return iter(rows), lambda row: _neo4j_edge(row, nodes), edges_file


def _neo4j_edge(row: Any, nodes: Mapping[str, Any]) -> Edge | None:
    row = _checked(row)
    ends = []
    for column in (":START_ID", ":END_ID"):
        node = nodes.get(row[column], {})
        name = node.get("name") or row[column]
        if not name:
            raise ValueError(f"{column} is empty")
        category = node.get("category", "")
        curie = node["id"] if "id" in node else row[column] if ":" in row[column] else ""
        ends.append(End(name, curie, category if category in vocab.CATEGORIES else ""))
    told = read_predicate(row.get("predicate") or row[":TYPE"], "any", (row.get("sign") or "").strip())
    if not told.is_effect:
        return None
    papers = row.get("papers:string[]") or row.get("papers") or ""
    context = {
        axis: tuple(filter(None, (row.get(f"{axis}:string[]") or row.get(axis) or "").split(";")))
        for axis in ("species", "disease")
    }
    belief = row.get("belief:double") or row.get("belief")
    return Edge(
        ends[0], told.predicate, told.sign or "?", ends[1], float(belief) if belief else None,
        tuple(filter(None, papers.split(";"))), {k: v for k, v in context.items() if v}, told.direction,
        id=row.get("id", ""),
    )  # fmt: skip


# Parquet --------------------------------------------------------------------------------------------


def parquet(path: Path) -> tuple[str, Iterator[tuple[int, Any]], Callable[[Any], Edge | None]]:
    """The rows of a Parquet file with our columns.

    Raises BadInput.
    """
    try:
        import pyarrow
        import pyarrow.parquet as parquet_files
    except ImportError:
        raise BadInput("reading Parquet needs pyarrow: pip install 'msc-kg[parquet]'") from None
    try:
        file = parquet_files.ParquetFile(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise BadInput(f"{path} is not Parquet: {error}") from None
    known = sniff(file.schema_arrow.names)
    if known is None:
        raise BadInput(f"{path} has no columns subject, predicate and object")

    def rows() -> Iterator[tuple[int, Any]]:
        number = 0
        for batch in file.iter_batches(batch_size=50_000):
            for row in batch.to_pylist():
                number += 1
                yield number, row

    return known, rows(), reader(known, {})
