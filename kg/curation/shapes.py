"""The shape of a curated file, made from the descriptions in `kg.model`, and the way between both.

A key of a file is the name of a field with spaces. Three things are written otherwise than they are kept: a
claim gives subject, predicate and object in one line (`statement`) and the words of the paper together
(`reported`); the lines of an experiment are its `claims`; experiments go by their names.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import Field as ModelField
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    create_model,
)
from pydantic_core import CoreSchema, core_schema

from kg.model import Experiment, Line, Paper

__all__ = [
    "HINTS",
    "PaperShape",
    "class_at",
    "flags",
    "keys_of",
    "model_of",
    "numbers",
    "plain_of",
    "shape_of",
    "short",
]

FIRST = {
    Line: ("statement", "direction", "finding", "measured"),
    Experiment: ("disease", "model", "species", "system", "phase", "comparator", "agent"),
    Paper: ("pmid", "doi", "title", "journal", "year", "kind", "read"),
}
LAST = {
    Line: ("test", "reported", "reading", "note", "anchor"),
    Experiment: ("note", "claims"),
    Paper: ("curation", "second reading", "trial", "note", "experiments"),
}
"""Keys that open and close a mapping of a canonical file; all others stand between, in the model's order."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_STATEMENT = r"^[^|]*[^|\s][^|]*\|[^|]*[^|\s][^|]*\|[^|]*[^|\s][^|]*$"
HINTS = {"statement": "a statement is `subject | predicate | object`"}
"""Key → what to say where its value has another form than its pattern asks."""


class _OneOf:
    """Text that is one of a closed list."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self.words)


class Shape(BaseModel):
    """A mapping of a curated file: no other keys, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


def _is_day(text: str) -> str:
    """The text, where it is a day of the calendar."""
    datetime.date.fromisoformat(text)
    return text


def _type(f: ModelField[Any], kind: Any) -> Any:
    """The pydantic type of a field, None left out."""
    told = f.metadata
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return shape_of(kind)
    if kind is int:
        return Annotated[int, Field(ge=told["low"], le=told["high"])]
    if kind is not str:
        return kind
    if told.get("one_of"):
        return Annotated[str, _OneOf(told["one_of"])]
    if told.get("pattern"):
        HINTS.setdefault(_key(f), told["hint"])
        form = Annotated[str, StringConstraints(pattern=told["pattern"])]
        return Annotated[form, AfterValidator(_is_day)] if f.name == "date" else form
    return _Text


def _key(f: ModelField[Any]) -> str:
    return f.name.replace("_", " ")


def _kinds(cls: type) -> dict[str, tuple[Any, bool]]:
    """Field → its type without None, and whether it may be None."""
    found = {}
    for name, hint in get_type_hints(cls).items():
        parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        kept = [part for part in parts if part is not type(None)]
        found[name] = (kept[0], len(kept) < len(parts))
    return found


_REPORTED = create_model(
    "ReportedShape", __base__=Shape, __doc__="The paper's own words for the two ends.",
    subject=(_Text | None, None), object=(_Text | None, None),
)  # fmt: skip
_OWN_FORM: dict[type, tuple[str, ...]] = {
    # Data that is joined to the graph has an origin; what stands in a curated file has none.
    Line: (
        "subject",
        "predicate",
        "object",
        "reported_subject",
        "reported_object",
        "origin",
        "given_belief",
    ),
    Experiment: ("name", "lines"),
    Paper: ("experiments", "path"),
}


@cache
def shape_of(cls: type) -> type[Shape]:
    """The shape of the mapping that stands for a class of the model."""
    kinds, made = _kinds(cls), {}
    for f in fields(cls):
        if f.name in _OWN_FORM.get(cls, ()):
            continue
        kind, is_optional = kinds[f.name]
        shaped = _type(f, kind)
        default = f.default if isinstance(f.default, str) else None if is_optional else ...
        made[f.name] = (shaped | None if is_optional else shaped, Field(default, alias=_key(f)))
    if cls is Line:
        made["statement"] = (Annotated[str, StringConstraints(pattern=_STATEMENT)], ...)
        made["reported"] = (_REPORTED | None, None)
    if cls is Experiment:
        made["claims"] = (Annotated[list[shape_of(Line)], Field(min_length=1)], ...)  # type: ignore[misc]
    if cls is Paper:
        named = dict[_Text, shape_of(Experiment)]  # type: ignore[valid-type,misc]
        made["experiments"] = (Annotated[named, Field(min_length=1)], ...)
    name = "Claim" if cls is Line else cls.__name__
    return create_model(f"{name}Shape", __base__=Shape, __doc__=cls.__doc__, **made)  # type: ignore[call-overload,no-any-return]


PaperShape = shape_of(Paper)


def keys_of(cls: type) -> list[str]:
    """The keys of a mapping, in the order of a canonical file."""
    keys = [f.alias or name for name, f in shape_of(cls).model_fields.items()]
    first, last = FIRST.get(cls, ()), LAST.get(cls, ())
    return [*first, *(key for key in keys if key not in (*first, *last)), *last]


def _typed(kind: type) -> frozenset[tuple[type, str]]:
    return frozenset(
        (cls, _key(f)) for cls in _classes(Paper) for f in fields(cls) if _kinds(cls)[f.name][0] is kind
    )


def _classes(cls: type) -> list[type]:
    """A class of the model and the classes of its fields."""
    found = [cls, *({Paper: (Experiment,), Experiment: (Line,)}.get(cls, ()))]
    found += [kind for kind, _ in _kinds(cls).values() if isinstance(kind, type) and is_dataclass(kind)]
    return [cls, *(inner for part in found[1:] for inner in _classes(part))]


@cache
def numbers() -> frozenset[str]:
    """Keys whose value is a whole number wherever they stand."""
    return frozenset(key for _, key in _typed(int))


@cache
def flags() -> frozenset[str]:
    """Keys whose value is yes or no."""
    return frozenset(key for _, key in _typed(bool))


@cache
def short() -> frozenset[str]:
    """Keys whose mapping stands on one line."""
    kinds = (item for cls in _classes(Paper) for item in _kinds(cls).items())
    return frozenset(
        {"reported", *(name.replace("_", " ") for name, (kind, _) in kinds if is_dataclass(kind))}
    )


def class_at(loc: Iterable[str | int]) -> type | None:
    """The class of the model whose mapping stands at a place of a file; None where none does."""
    cls: Any = Paper
    parts = iter(loc)
    for part in parts:
        if cls is Paper and part == "experiments":
            cls = Experiment if next(parts, None) is not None else None
        elif cls is Experiment and part == "claims":
            cls = Line if next(parts, None) is not None else None
        elif cls is Line and part == "reported":
            return None
        else:
            kinds = {name.replace("_", " "): kind for name, (kind, _) in _kinds(cls).items()}
            cls = kinds.get(str(part))
        if not is_dataclass(cls):
            return None
    return cls if isinstance(cls, type) else None


def model_of(cls: type, shape: Any, **given: Any) -> Any:
    """The value of the model that a checked mapping stands for; `given` are fields it does not hold."""
    content = dict(given)
    kinds = _kinds(cls)
    for name in type(shape).model_fields:
        value = getattr(shape, name)
        if name not in kinds or name in content:
            continue
        kind = kinds[name][0]
        content[name] = model_of(kind, value) if isinstance(value, BaseModel) else value
    if cls is Line:
        content |= dict(zip(("subject", "predicate", "object"), _parts(shape.statement), strict=True))
        if shape.reported:
            content |= {"reported_subject": shape.reported.subject, "reported_object": shape.reported.object}
    if cls is Experiment:
        content["lines"] = tuple(model_of(Line, claim) for claim in shape.claims)
    if cls is Paper:
        named = shape.experiments.items()
        content["experiments"] = tuple(model_of(Experiment, e, name=name) for name, e in named)
    return cls(**content)


def _parts(statement: str) -> list[str]:
    return [part.strip() for part in statement.split("|")]


def plain_of(value: Any) -> Mapping[str, Any]:
    """A value of the model as the mapping of a file, keys in canonical order; what is not set is left out."""
    cls = type(value)
    content: dict[str, Any] = {}
    for f in fields(cls):
        held = getattr(value, f.name)
        if held is not None and f.name not in _OWN_FORM.get(cls, ()):
            content[_key(f)] = plain_of(held) if is_dataclass(held) else held
    if cls is Line:
        content["statement"] = f"{value.subject} | {value.predicate} | {value.object}"
        reported = {"subject": value.reported_subject, "object": value.reported_object}
        content["reported"] = {key: word for key, word in reported.items() if word is not None} or None
        if value.direction == "supports":
            del content["direction"]
    if cls is Experiment:
        content["claims"] = [plain_of(line) for line in value.lines]
    if cls is Paper:
        content["experiments"] = {e.name: plain_of(e) for e in value.experiments}
    return {key: content[key] for key in keys_of(cls) if content.get(key) is not None}
