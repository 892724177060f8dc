"""Checks of the built graph: one SPARQL query per violation, which returns no row where all is well.

Lint looks at the curated files before they become a graph; these look at what came of them, the parts that
nobody typed included. Each is a file of `ontology/checks/`, opens with what it finds and why that matters,
and calls what is wrong by its first column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.curation.tables import read_text
from kg.errors import BadInput
from kg.store.graphs import Result

__all__ = ["Check", "Finding", "read_checks", "run_checks"]

_HEAD = ("finds", "why", "columns")


@dataclass(frozen=True, slots=True)
class Check:
    """A query for one kind of violation."""

    name: str
    title: str
    finds: str
    why: str
    columns: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of a check: what is wrong, then what a reader needs to know about it."""

    check: Check
    row: tuple[str, ...]

    @property
    def detail(self) -> str:
        """What stands in the columns after the first."""
        rest = zip(self.check.columns[1:], self.row[1:], strict=True)
        return ", ".join(f"{column} {value!r}" for column, value in rest if value)

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.check.name, self.row[0], self.detail)))


def _read(path: Path) -> Check:
    text = read_text(path)
    head = [line.lstrip("# ").rstrip() for line in text.splitlines() if line.startswith("#")]
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in head[1:])}
    if missing := [key for key in _HEAD if not said.get(key)]:
        raise BadInput(
            f"{path}: a check opens with its title and `# finds:`, `# why:` and `# columns:`; "
            f"{', '.join(missing)} is missing"
        )
    columns = tuple(c.strip() for c in said["columns"].split(","))
    return Check(path.stem, head[0], said["finds"], said["why"], columns, text)


def read_checks(folder: Path) -> list[Check]:
    """Every check of a folder, sorted by name.

    Raises BadInput where there is none, and for one without its header.
    """
    found = [_read(path) for path in sorted(folder.glob("*.rq"))]
    if not found:
        raise BadInput(f"no checks in {folder}; run this in a checkout, or give one with --checkout")
    return found


def run_checks(checks: Iterable[Check], query: Callable[[str], Result]) -> Iterator[Finding]:
    """What the checks find, check by check, rows sorted.

    Raises QueryRefused, and BadInput for a check whose columns are not those it announces.
    """
    for check in checks:
        found = query(check.text)
        if found.columns != check.columns:
            raise BadInput(
                f"check {check.name} announces the columns {', '.join(check.columns)} "
                f"and returns {', '.join(found.columns)}"
            )
        for row in sorted(_told(row) for row in found.rows):
            yield Finding(check, row)


def _told(row: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(cell or "" for cell in row)
