"""Tab-separated tables: one header line, no quoting, LF, UTF-8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BadInput, DataProblems, KGError, Problem

__all__ = ["Row", "read_rows", "read_text", "split", "write_rows", "write_text"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, with its place."""

    path: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def problem(self, rule: str, message: str) -> Problem:
        return Problem(self.path, self.line, rule, message)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises BadInput, naming the path, where it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from None


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file with LF line ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def read_rows(path: Path, columns: Sequence[str], name: str | None = None) -> list[Row]:
    """The rows of a table that has exactly these columns.

    Raises DataProblems (rule `table`) for a wrong header or a line with another number of cells.
    """
    shown = name or str(path)
    lines = read_text(path).split("\n")
    header = lines[0].rstrip("\r").split("\t")
    if header != list(columns):
        message = f"the header must be {' | '.join(columns)}, found {' | '.join(header)}"
        raise DataProblems([Problem(shown, 1, "table", message)])
    rows, problems = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        if len(cells) != len(columns):
            message = f"has {len(cells)} cells, the header has {len(columns)}; cells are parted by tabs"
            problems.append(Problem(shown, number, "table", message))
        else:
            rows.append(Row(shown, number, dict(zip(columns, (c.strip() for c in cells), strict=True))))
    if problems:
        raise DataProblems(problems)
    return rows


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table; cells must hold neither tab nor line end."""
    out = ["\t".join(columns)]
    for row in rows:
        if any("\t" in c or "\n" in c for c in row):
            raise KGError(f"a cell of {path.name} holds a tab or line end: {row!r}")
        out.append("\t".join(row))
    write_text(path, "\n".join(out) + "\n")


def split(cell: str, separator: str = "|") -> tuple[str, ...]:
    """The parts of a cell that holds a list.

    >>> split("a| b")
    ('a', 'b')
    """
    return tuple(part.strip() for part in cell.split(separator) if part.strip())
