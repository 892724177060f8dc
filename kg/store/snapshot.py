"""The model as one JSON text, for opening a built graph without parsing RDF.

A value is the list of its fields, in the order of the model; how to read it back follows from their types.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from kg.model import Knowledge

__all__ = ["dump_knowledge", "load_knowledge"]

_PARTS = ("entities", "relations", "papers", "derivations", "adjudications", "bridges")


def _row(value: Any) -> Any:
    """A dataclass as the list of its fields; lists are shorter and quicker than objects."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_row(item) for item in value]
    return [_row(getattr(value, f.name)) for f in fields(value)]


def dump_knowledge(knowledge: Knowledge, **also: Any) -> str:
    """JSON of the knowledge, with further plain values beside it."""
    data = {part: _row(getattr(knowledge, part)) for part in _PARTS} | also
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


@cache
def _reader(kind: Any) -> Callable[[Any], Any] | None:
    """What turns plain data into a value of a type; None where it is one already."""
    if isinstance(kind, UnionType):
        some = _reader(next(part for part in get_args(kind) if part is not type(None)))
        return None if some is None else lambda data: None if data is None else some(data)
    if get_origin(kind) is tuple:
        first, *rest = get_args(kind)
        inner = _reader(first) if rest == [...] else None
        return tuple if inner is None else lambda data: tuple(map(inner, data))
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        inner_ones = [(i, read) for i, f in enumerate(fields(kind)) if (read := _reader(hints[f.name]))]

        def read_all(data: list[Any]) -> Any:
            for i, read in inner_ones:
                data[i] = read(data[i])
            return kind(*data)

        return read_all
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else None


def load_knowledge(text: str) -> tuple[Knowledge, dict[str, Any]]:
    """The knowledge that `dump_knowledge` wrote, and what else stood beside it."""
    data = json.loads(text)
    hints = get_type_hints(Knowledge)
    found = {}
    for part in _PARTS:
        read = _reader(hints[part])
        assert read is not None
        found[part] = read(data.pop(part))
    return Knowledge(**found), data
