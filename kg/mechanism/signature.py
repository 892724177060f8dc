"""A signature: entities measured up, down or unchanged, from a file or from rows."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from kg.curation.tables import read_text
from kg.errors import BadInput, FileProblems, Problem
from kg.mechanism.names import Names
from kg.model import Entity

__all__ = ["CHANGES", "Measured", "Signature", "read_signature"]

CHANGES = {1: "up", -1: "down", 0: "unchanged"}
"""Words for a measured change."""


WORDS = {
    1: ("up", "+", "increase", "increased", "raised", "higher"),
    -1: ("down", "-", "−", "decrease", "decreased", "lowered", "lower"),
    0: ("unchanged", "no change", "none", "ns", "="),
}
"""What may stand in the column `change`, besides a number."""


MISSING = ("", "na", "nan", "n/a")


NAME_COLUMNS = ("entity", "gene", "symbol", "name")


CHANGE_COLUMNS = ("change", "log2fc", "log2foldchange", "logfc")


P_COLUMNS = ("q", "padj", "fdr", "adj.p.val", "p", "pvalue", "p_value", "p.value")
"""Headers that are understood, in any case; of several the first in this order is read."""


HINTS = 20
"""Unknown names that get their nearest spellings; finding them is slow."""


Row = tuple[str | Entity, str | float] | tuple[str | Entity, str | float, float | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """An entity and how it changed: 1 up, -1 down, 0 unchanged. `place` is where that was read."""

    entity: str
    change: int
    place: str

    @property
    def word(self) -> str:
        """up, down or unchanged."""
        return CHANGES[self.change]

    def __str__(self) -> str:
        return f"{self.entity} {self.word}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What was measured, a row for each entity; `skipped` are unknown names, `missing` had no value."""

    rows: tuple[Measured, ...]
    skipped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def count(self, change: int) -> int:
        return sum(row.change == change for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row as written."""

    path: str
    line: int
    name: str | Entity
    change: str
    p: str | None

    def problem(self, rule: str, message: str) -> Problem:
        return Problem(self.path, self.line, rule, message)


def read_signature(
    source: str | os.PathLike[str] | Iterable[Row], names: Names, *,
    min_change: float = 0.0, max_p: float | None = None, skip_unknown: bool = False,
) -> Signature:  # fmt: skip
    """The signature in a TSV or CSV file with the columns entity and change, or in rows of the same.

    A change is a word (up, down, unchanged, +, −, …) or a number, such as a log2 fold change; a number nearer
    to 0 than `min_change` is unchanged. With `max_p`, so is a row whose p-value (column q or p; in rows the
    third value) is higher or missing. Rows without a change are left out. `skip_unknown` leaves out names
    that the graph does not know. Lines that start with # are comments.

    Raises FileProblems with everything that is wrong, and BadInput.
    """
    if not (math.isfinite(min_change) and min_change >= 0):
        raise BadInput(f"--min-change {min_change:g}: a number of 0 or more")
    if max_p is not None and not 0 < max_p <= 1:
        raise BadInput(f"--max-p {max_p:g}: a number above 0, at most 1")
    problems: list[Problem] = []
    if isinstance(source, (str, os.PathLike)):
        place = str(source)
        cells = _file_cells(read_text(FilePath(source)), place, max_p is not None, problems)
    else:
        place = "rows"
        cells = _row_cells(source, place, problems)
    found: dict[str, tuple[int, _Cells]] = {}
    skipped: list[str] = []
    missing: list[str] = []
    n_unknown = n_rows = 0
    for row in cells:
        n_rows += 1
        name, unknown = _named(row, names, n_unknown < HINTS and not skip_unknown)
        change = _change(row, min_change, max_p)
        if isinstance(name, Problem):
            if unknown and skip_unknown:
                skipped.append(str(row.name))
                continue
            n_unknown += unknown
            problems.append(name)
        if isinstance(change, Problem):
            problems.append(change)
        elif isinstance(name, str) and change is None:
            missing.append(name)
        elif isinstance(name, str) and change is not None:
            before, first = found.setdefault(name, (change, row))
            if before != change:
                told = f"{name} is {CHANGES[change]} here and {CHANGES[before]} in line {first.line}"
                problems.append(row.problem("contradiction", f"{told}; keep one"))
    if not n_rows and not problems:
        problems.append(Problem(place, 1, "empty", "no measured entity"))
    if problems:
        hint = "; --skip-unknown leaves unknown names out" if n_unknown else ""
        raise FileProblems(f"{place} is no signature that can be used", sorted(problems), hint)
    rows = tuple(Measured(n, c, f"{row.path}:{row.line}") for n, (c, row) in sorted(found.items()))
    if not any(row.change for row in rows):
        left = f" ({len(skipped)} unknown name(s) skipped)" if skipped else ""
        raise BadInput(f"{place}: nothing in it is up or down{left}, so there is nothing to explain")
    return Signature(rows, tuple(sorted(set(skipped))), tuple(sorted(set(missing))))


def _file_cells(text: str, place: str, needs_p: bool, problems: list[Problem]) -> Iterator[_Cells]:
    lines = text.removeprefix("\ufeff").splitlines()
    kept = [
        (n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if not kept:
        return
    delimiter = "\t" if "\t" in kept[0][1] else ","
    header: list[str] = []
    for number, line in kept:
        try:
            row = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error as error:
            problems.append(Problem(place, number, "cells", str(error)))
            continue
        if not header:
            header = [cell.casefold() for cell in row]
            at = {
                what: next((header.index(c) for c in known if c in header), None)
                for what, known in (("entity", NAME_COLUMNS), ("change", CHANGE_COLUMNS), ("p", P_COLUMNS))
            }
            lacking = [what for what in ("entity", "change") if at[what] is None]
            if needs_p and at["p"] is None:
                lacking.append("q or p, which --max-p asks for")
            if lacking:
                told = f"the first line names the columns and lacks {' and '.join(lacking)}: {', '.join(row)}"
                problems.append(Problem(place, number, "columns", told))
                return
            continue
        if len(row) != len(header):
            told = f"{len(row)} cell(s) where the header names {len(header)} columns"
            problems.append(Problem(place, number, "cells", told))
            continue
        name, change, p = (row[i] if i is not None else None for i in (at["entity"], at["change"], at["p"]))
        assert name is not None
        assert change is not None
        yield _Cells(place, number, name, change, p)


def _row_cells(rows: Iterable[object], place: str, problems: list[Problem]) -> Iterator[_Cells]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, (tuple, list)) or len(row) not in (2, 3):
            told = f"{row!r} is neither (entity, change) nor (entity, change, p)"
            problems.append(Problem(place, number, "cells", told))
            continue
        p = row[2] if len(row) == 3 else None
        yield _Cells(place, number, row[0], str(row[1]).strip(), None if p is None else str(p))


def _named(row: _Cells, names: Names, with_hint: bool) -> tuple[str | Problem, bool]:
    """The entity's name, or what is wrong with it and whether nothing is called so."""
    if isinstance(row.name, Entity):
        return row.name.name, False
    if not row.name:
        return row.problem("name", "the entity is missing"), False
    found = names.resolution(row.name)
    if found.is_found:
        return found.names[0], False
    if found.names:
        own = [f"{n} ({names.by_name[n].id})" for n in found.names]
        listed = ", ".join(own + [f"{o.partition(' ')[2]} ({o.partition(' ')[0]})" for o in found.others])
        told_of = "entities" if not found.others else "things"
        told = f"{row.name!r} names {len(found.names) + len(found.others)} {told_of}; write one of {listed}"
        return row.problem("ambiguous", told), False
    nearest = names.nearest(row.name) if with_hint else []
    hint = f"; did you mean {', '.join(map(repr, nearest))}?" if nearest else ""
    return row.problem("unknown", f"no entity is called {row.name!r}{hint}"), True


def _change(row: _Cells, min_change: float, max_p: float | None) -> int | Problem | None:
    """1, -1 or 0; None where the cell holds no value."""
    text = row.change.casefold()
    change = next((c for c, words in WORDS.items() if text in words), None)
    if change is None:
        if text in MISSING:
            return None
        value = _number(text)
        if value is None or not math.isfinite(value):
            return row.problem("change", f"{row.change!r} is neither up, down, unchanged nor a number")
        change = 0 if abs(value) < min_change or value == 0 else 1 if value > 0 else -1
    if max_p is None:
        return change
    if row.p is None or row.p.casefold() in MISSING:
        return 0
    p = _number(row.p)
    if p is None or not 0 <= p <= 1:
        return row.problem("p", f"{row.p!r} is no p-value; a number from 0 to 1, or NA")
    return change if p <= max_p else 0


def _number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None
