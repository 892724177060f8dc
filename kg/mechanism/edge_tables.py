"""Tables of signed edges from elsewhere: rows, TSV or Parquet, read into columns of numbers.

A row is (subject, predicate, sign, object) and, where known, belief, papers and context:

- `sign`: `+`, `-` or `?`
- `belief`: 0 to 1, dimensionless; 1 where absent
- `papers`: identifiers such as `PMID:1` or `doi:10.1/x`, several of them in a list or parted by `|`
- `context`: a mapping with any of species, disease, model, phase, system

In a file the first line names the columns; the columns of context stand beside the others, and
`subject_category` and `object_category` may tell the kind of each end (see `kg.vocab.CATEGORIES`). Rows that
say the same are one edge with the papers of all.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CONTEXT",
    "EdgeTable",
    "is_table",
    "read_belief",
    "read_edges",
    "read_edges_file",
    "table_of_rows",
]

CONTEXT = ("species", "disease", "model", "phase", "system")
COLUMNS = ("subject", "predicate", "sign", "object", "belief", "papers")
_SIGNS = {"+": 1, "-": -1, "−": -1, "?": 0}
_SHOWN = 20


@dataclass(frozen=True)
class EdgeTable:
    """Edges as columns, sorted by subject, object, predicate and sign. `names` are sorted.

    `papers` and `contexts` hold only the edges that have any, by edge number.
    """

    names: Sequence[str]
    predicates: Sequence[str]
    subject: NDArray[np.int32]
    predicate: NDArray[np.int32]
    sign: NDArray[np.int8]
    object: NDArray[np.int32]
    belief: NDArray[np.float64] | None
    papers: Mapping[int, tuple[str, ...]] = field(repr=False)
    contexts: Mapping[int, Mapping[str, str]] = field(repr=False)
    categories: Mapping[str, str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.subject)


class _Columns:
    """Rows as they come, in numbers; names numbered by first sight."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.predicates: dict[str, int] = {}
        self.subject, self.object, self.predicate = array("i"), array("i"), array("i")
        self.sign = array("b")
        self.belief: array[float] | None = None
        self.papers: dict[int, tuple[str, ...]] = {}
        self.contexts: dict[int, dict[str, str]] = {}

    def add(self, row: Sequence[Any]) -> None:
        """Take a row in. Raises ValueError, which says what is wrong with it."""
        if not 4 <= len(row) <= 7:
            raise ValueError(f"has {len(row)} values; subject, predicate, sign and object are wanted")
        subject, predicate, sign, obj, *more = row
        for what, value in (("subject", subject), ("predicate", predicate), ("object", obj)):
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"{what} is {value!r}; a name is wanted")
        if sign not in _SIGNS:
            raise ValueError(f"sign is {sign!r}; write + or - or ?")
        belief, papers, context = (*more, None, None, None)[:3]
        number = len(self.subject)
        if belief not in (None, ""):
            worth = read_belief(belief)
            if self.belief is None:
                # Most tables have none, and millions of ones would take room.
                self.belief = array("d", [1.0]) * number
            self.belief.append(worth)
        elif self.belief is not None:
            self.belief.append(1.0)
        self.subject.append(self.names.setdefault(subject, len(self.names)))
        self.object.append(self.names.setdefault(obj, len(self.names)))
        self.predicate.append(self.predicates.setdefault(predicate, len(self.predicates)))
        self.sign.append(_SIGNS[sign])
        if papers:
            listed = papers.split("|") if isinstance(papers, str) else [str(p) for p in papers]
            self.papers[number] = tuple(sorted({p.strip() for p in listed if p.strip()}))
        if context:
            unknown = set(context) - set(CONTEXT)
            if unknown:
                raise ValueError(f"context has {sorted(unknown)[0]!r}; known are {', '.join(CONTEXT)}")
            self.contexts[number] = {k: str(v) for k, v in context.items() if v}

    def table(self, categories: Mapping[str, str]) -> EdgeTable:
        """The rows in order, each edge once. Takes the columns with it, to save room."""
        import numpy as np

        names, renamed = _sorted(self.names)
        predicates, repredicated = _sorted(self.predicates)
        n_names, n_predicates = max(1, len(names)), max(1, len(predicates))
        if n_names**2 * n_predicates * 3 >= 2**63:
            raise BadInput(f"the edge table has too many names ({n_names:,}) to be sorted")
        # One number per edge, in the order wanted: subject, object, predicate, sign.
        key = _taken(self, "subject", renamed).astype(np.int64)
        for name, numbers, size in (("object", renamed, n_names), ("predicate", repredicated, n_predicates)):
            key *= size
            key += _taken(self, name, numbers)
        key *= 3
        key += np.array(self.sign, np.int8) + 1
        self.sign = array("b")
        rows = sorted({*self.papers, *self.contexts})
        told = {row: int(key[row]) for row in rows}
        by_row = None if self.belief is None else key.copy()
        key.sort()
        if len(key):
            fresh = np.ones(len(key), bool)
            np.not_equal(key[1:], key[:-1], out=fresh[1:])
            key = key if fresh.all() else key[fresh]
        belief = None
        if by_row is not None:
            belief = np.zeros(len(key))
            np.maximum.at(belief, np.searchsorted(key, by_row), np.array(self.belief))
        papers: dict[int, tuple[str, ...]] = {}
        contexts: dict[int, dict[str, str]] = {}
        for row in rows:
            edge = int(np.searchsorted(key, told[row]))
            if row in self.papers:
                papers[edge] = tuple(sorted({*papers.get(edge, ()), *self.papers[row]}))
            if row in self.contexts:
                contexts.setdefault(edge, self.contexts[row])
        columns: list[Any] = []
        for size, kind in ((3, np.int8), (n_predicates, np.int32), (n_names, np.int32)):
            columns.append((key % size).astype(kind))
            key //= size
        sign, predicate, obj = columns
        sign -= 1
        return EdgeTable(
            names, predicates, key.astype(np.int32), predicate, sign, obj,
            None if belief is None or (belief == 1).all() else belief, papers, contexts, categories,
        )  # fmt: skip


def _taken(columns: _Columns, name: str, renamed: Any) -> Any:
    """A column with its names numbered in order; the column itself is let go."""
    import numpy as np

    found = getattr(columns, name)
    setattr(columns, name, array("i"))
    return renamed[np.frombuffer(found, np.int32)] if found else np.empty(0, np.int32)


def _sorted(numbered: Mapping[str, int]) -> tuple[list[str], Any]:
    """Names in order, and old number → new number."""
    import numpy as np

    names = sorted(numbered)
    renamed = np.empty(len(names), np.int32)
    for new, name in enumerate(names):
        renamed[numbered[name]] = new
    return names, renamed


def read_belief(value: Any) -> float:
    """A number from 0 to 1. Raises ValueError, which says what is wrong with it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"belief is {value!r}; a number from 0 to 1 is wanted") from None
    if not 0 <= number <= 1:
        raise ValueError(f"belief is {value!r}; a number from 0 to 1 is wanted")
    return number


def _gather(
    rows: Iterable[tuple[str, Sequence[Any]]], categories: Mapping[str, str] | None = None
) -> EdgeTable:
    """The table of rows, each with its place; `categories` may fill while the rows are read.

    Raises BadInput, which names every bad row by its place (the first 20).
    """
    columns, wrong, n_wrong = _Columns(), list[str](), 0
    for place, row in rows:
        try:
            columns.add(row)
        except (ValueError, TypeError) as error:
            n_wrong += 1
            if len(wrong) < _SHOWN:
                wrong.append(f"{place}: {error}")
    if n_wrong:
        more = f"\n… and {n_wrong - _SHOWN} more" if n_wrong > _SHOWN else ""
        raise BadInput(f"{n_wrong} row(s) of the edge table cannot be used\n" + "\n".join(wrong) + more)
    return columns.table(categories or {})


def table_of_rows(rows: Iterable[tuple[str, Sequence[Any]]], categories: Mapping[str, str]) -> EdgeTable:
    """The table of rows in the order of the columns, each with its place.

    Raises BadInput, which names the bad rows.
    """
    return _gather(rows, categories)


def read_edges(rows: Iterable[Any], where: str = "row") -> EdgeTable:
    """The table of some rows: sequences in the order of the columns, or mappings by column name.

    Raises BadInput, which names the bad rows, counted from 1.
    """
    return _gather((f"{where} {n}", _in_order(row)) for n, row in enumerate(rows, 1))


def _in_order(row: Any) -> Sequence[Any]:
    if not isinstance(row, Mapping):
        return row if isinstance(row, Sequence) and not isinstance(row, str) else (row,)
    context = row.get("context") or {k: v for k in CONTEXT if (v := _single(row.get(k)))}
    return (*(row.get(name) for name in COLUMNS), context)


def _single(value: Any) -> Any:
    """A value of context; where several are told it is left open, as it is not told which goes with which."""
    if isinstance(value, str):
        return "" if "|" in value else value
    if isinstance(value, (list, tuple)):
        return value[0] if len(value) == 1 else ""
    return value


def read_edges_file(path: Path) -> EdgeTable:
    """The table of a file: `.tsv` (or `.tsv.gz`) or `.parquet`.

    Raises BadInput, which names the lines that cannot be used.
    """
    try:
        if path.suffix == ".parquet":
            return _with_categories(_parquet_rows(path))
        return _with_categories(_tsv_rows(path))
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"cannot read {path}: not UTF-8 at byte {error.start}") from None


def is_table(path: Path) -> bool:
    """Whether a file is a table with our columns, by its header alone; also where it is misspelled.

    One that others write (it has columns of KGX, SIGNOR …) is none.
    """
    import gzip

    if path.suffix == ".parquet":
        return True
    if not path.name.endswith((".tsv", ".tsv.gz")):
        return False
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
            header = lines.readline().rstrip("\n").split("\t")
    except (OSError, UnicodeDecodeError):
        return path.exists() or not path.with_name(f"{path.stem}_edges.tsv").exists()
    is_foreign = FOREIGN & set(header) or {cell.casefold() for cell in header} & {"effect", "subject_name"}
    return not is_foreign and (len(header) > 3 or bool({*COLUMNS[:4]} & set(header)))


def _with_categories(rows: Iterator[tuple[str, Mapping[str, Any]]]) -> EdgeTable:
    categories: dict[str, str] = {}

    def passed() -> Iterator[tuple[str, Sequence[Any]]]:
        for place, row in rows:
            for end in ("subject", "object"):
                kind = row.get(f"{end}_category")
                if kind:
                    if kind not in vocab.CATEGORIES:
                        raise BadInput(
                            f"{place}: {end}_category is {kind!r}; one of {', '.join(vocab.CATEGORIES)}"
                        )
                    categories[str(row[end])] = str(kind)
            yield place, _in_order(row)

    return _gather(passed(), categories)


def _tsv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import gzip

    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        header = lines.readline().rstrip("\n").split("\t")
        _check_header(path, header)
        is_ours = set(header) >= OF_EXPORT
        for number, line in enumerate(lines, 2):
            cells = line.rstrip("\n").split("\t")
            if cells == [""]:
                continue
            if len(cells) != len(header):
                raise BadInput(
                    f"{path}:{number}: {len(cells)} cells, {len(header)} wanted as in the first line"
                )
            row = dict(zip(header, cells, strict=True))
            if (is_ours and row["n_supports"] == "0") or row.get("direction", "supports") not in (
                "",
                "supports",
            ):
                continue  # found absent, or only disputed: no edge
            yield f"{path}:{number}", row


def _parquet_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise BadInput("reading Parquet needs pyarrow: pip install 'msc-kg[parquet]'") from None
    try:
        file = parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise BadInput(f"{path} is not Parquet: {error}") from None
    _check_header(path, file.schema_arrow.names)
    number = 0
    for batch in file.iter_batches(batch_size=50_000):
        for row in batch.to_pylist():
            number += 1
            yield f"{path} row {number}", row


ALSO = ("subject_id", "object_id", "subject_category", "object_category", "direction", "origin", "id")
"""Columns of a table as `kg convert` writes it, besides those of an edge."""
FOREIGN = frozenset(
    {"statement_id", "knowledge_level", "primary_knowledge_source", "qualified_predicate", "finding"}
)
"""Columns that tell a table of evidence, or one of KGX."""
OF_EXPORT = frozenset({"id", "subject_id", "object_id", "n_supports", "n_disputes", "n_no_effect"})
"""Columns that tell a table as `kg export statements` writes it; what an edge has no place for is left."""


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [name for name in COLUMNS[:4] if name not in header]
    known = {*COLUMNS, *CONTEXT, *ALSO}
    is_ours = set(header) >= OF_EXPORT
    unknown = [] if is_ours else [name for name in header if name not in known]
    if missing or unknown:
        told = f"lacks the column(s) {', '.join(missing)}" if missing else f"has the column {unknown[0]!r}"
        raise BadInput(f"{path}:1: the header {told}; columns are {', '.join(sorted(known - {'id'}))}")
