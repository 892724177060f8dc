"""Named SPARQL queries. Each file opens with its title, its question and its columns."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BadInput, NameNotFound

__all__ = ["NamedQuery", "named_queries", "query_text"]

_FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query that ships with the package."""

    name: str
    title: str
    question: str
    columns: tuple[str, ...]
    text: str


def _read(path: Path) -> NamedQuery:
    text = path.read_text(encoding="utf-8")
    head = [line.lstrip("# ").rstrip() for line in text.splitlines() if line.startswith("#")]
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in head[1:])}
    columns = tuple(c.strip() for c in said["columns"].split(","))
    return NamedQuery(path.stem, head[0], said["question"], columns, text)


def named_queries() -> list[NamedQuery]:
    """Every named query, sorted by name."""
    return [_read(path) for path in sorted(_FOLDER.glob("*.rq"))]


def query_text(name: str) -> str:
    """The text of a named query, or of a file.

    Raises NameNotFound, and BadInput for a file that cannot be read.
    """
    named = _FOLDER / f"{name}.rq"
    if named.parent == _FOLDER and named.is_file():
        return named.read_text(encoding="utf-8")
    path = Path(name)
    if path.is_file():
        from kg.curation.tables import read_text

        return read_text(path)
    if path.suffix or "/" in name:
        raise BadInput(f"no query file {name}")
    known = [p.stem for p in _FOLDER.glob("*.rq")]
    raise NameNotFound(name, difflib.get_close_matches(name, known, 3, 0.5), kind="query")
