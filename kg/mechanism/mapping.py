"""A column of names of any kind, each as an entity of ours, or why it is none."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.curation.tables import read_text
from kg.errors import BadInput
from kg.mechanism.names import Names

__all__ = ["COLUMNS", "Mapped", "map_names", "mapped_row", "read_column", "tally"]

STATUSES = ("found", "paper", "class", "ambiguous", "unknown")
COLUMNS = ("place", "text", "status", "name", "id", "category", "how", "candidates")
NAME_COLUMNS = ("entity", "name", "gene", "symbol", "gene symbol", "gene_symbol", "identifier", "id")
"""Headers taken for the column where none is named, in any case, in this order."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text and what it is: an entity (`found`), a paper, a class of the ontology that is no entity,
    `ambiguous`, or `unknown`.

    `name`, `id`, `category`: of the one thing that it stands for. `how`: by what. `candidates`: what it may
    stand for, or, where it is unknown, what is spelled like it.
    """

    text: str
    status: str
    name: str = ""
    id: str = ""
    category: str = ""
    how: str = ""
    candidates: tuple[str, ...] = ()
    place: str = ""


def map_names(
    texts: Iterable[tuple[str, str]], names: Names, other: Callable[[str], Mapped | None], prefix: str = ""
) -> list[Mapped]:
    """Each (place, text) mapped; `other` tells papers and classes. Empty texts are left out."""
    known: dict[str, Mapped] = {}
    found = []
    for place, text in texts:
        if not (text := text.strip()):
            continue
        if text not in known:
            known[text] = _mapped(text, names, other, prefix)
        one = known[text]
        found.append(Mapped(text, one.status, one.name, one.id, one.category, one.how, one.candidates, place))
    return found


def _mapped(text: str, names: Names, other: Callable[[str], Mapped | None], prefix: str) -> Mapped:
    found = names.resolution(text, prefix)
    if found.is_found:
        entity = names.by_name[found.names[0]]
        return Mapped(text, "found", entity.name, entity.id, entity.category, found.how)
    if found.names:
        own = tuple(f"{n} ({names.by_name[n].id})" for n in found.names)
        foreign = tuple(f"{o.partition(' ')[2]} ({o.partition(' ')[0]})" for o in found.others)
        return Mapped(text, "ambiguous", how=found.how, candidates=own + foreign)
    return other(text) or Mapped(text, "unknown", candidates=tuple(names.resolver.near(text)))


def mapped_row(m: Mapped) -> tuple[str, ...]:
    """The cells of a row, in the order of the columns."""
    return (m.place, m.text, m.status, m.name, m.id, m.category, m.how, "|".join(m.candidates))


def tally(found: Iterable[Mapped]) -> str:
    """How many of each: `12 names: 9 found, 1 ambiguous, 2 unknown`."""
    counts = Counter(m.status for m in found)
    told = ", ".join(f"{counts[s]:,} {s}" for s in STATUSES if counts[s])
    return f"{counts.total():,} name{'' if counts.total() == 1 else 's'}: {told or 'none'}"


def read_column(file: str, column: str | None = None) -> list[tuple[str, str]]:
    """(place, text) of a column of a TSV or CSV file, or of every line of a plain list.

    `-` is standard input. `column` is a name in the header or a number from 1. Lines that start with # are
    comments.

    Raises BadInput.
    """
    text = sys.stdin.read() if file == "-" else read_text(Path(file))
    shown = "stdin" if file == "-" else file
    lines = text.removeprefix("\ufeff").splitlines()
    kept = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not kept:
        raise BadInput(f"{shown} holds no name")
    first = kept[0][1]
    comma = file.endswith(".csv") or ("\t" not in first and "," in first and column is not None)
    separator = "," if comma else "\t"
    rows = [(n, next(csv.reader(io.StringIO(line), delimiter=separator), [])) for n, line in kept]
    header = rows[0][1]
    if column is None and len(header) == 1:
        at, start = 0, 1 if header[0].strip().casefold() in NAME_COLUMNS else 0
    else:
        at, start = _place(header, column, shown), 1
    return [(f"{shown}:{n}", row[at] if at < len(row) else "") for n, row in rows[start:]]


def _place(header: Sequence[str], column: str | None, shown: str) -> int:
    folded = [cell.strip().casefold() for cell in header]
    if column is None:
        for name in NAME_COLUMNS:
            if name in folded:
                return folded.index(name)
        raise BadInput(f"{shown} has {len(header)} columns; say which with --column: {', '.join(header)}")
    if column in header:
        return list(header).index(column)
    if column.strip().casefold() in folded:
        return folded.index(column.strip().casefold())
    if column.isdecimal() and 1 <= int(column) <= len(header):
        return int(column) - 1
    raise BadInput(f"{shown} has no column {column!r}; it has {', '.join(header)}")
