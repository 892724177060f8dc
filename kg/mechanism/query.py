"""A question for paths as people write it: in words, and as one line of text that reads back the same.

The line is what stands behind `kg paths`, with the same options:

>>> asked = PathQuery.parse("MSC fibrosis --via Treg --sign -")
>>> asked.source, asked.target, asked.via, asked.sign
('MSC', 'fibrosis', ('Treg',), '-')
>>> PathQuery.parse("'MSC > mediator > immune cell > process' --species mouse").pattern
('MSC', 'mediator', 'immune cell', 'process')
>>> str(PathQuery("bone marrow MSC", "death", sign="-", max_length=3))
"'bone marrow MSC' death --sign - --max-length 3"

Names are not looked up here; `Graph.paths` does that.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from kg.errors import BadInput

__all__ = ["CONTEXT", "PathQuery", "position"]

CONTEXT = ("disease", "exact_disease", "species", "product", "tissue", "route", "rung", "until")
"""Options that choose which evidence lines count; `Graph.within` takes them."""

_SEVERAL = ("via", "avoid", "without", "predicate")
_FLAGS = ("products", "exact", "exact_disease", "inherited", "bridged", "loops", "coherent", "diverse")
_NUMBERS: Mapping[str, type] = {"max_length": int, "until": int, "top": int, "min_belief": float}
_DEFAULTS = {"max_length": 4}
_ENDS = ("source", "target", "pattern")
_SPELLED = {"tissue": "source"}
"""Spelled differently on the line: `--source` is the tissue that a product comes from."""


@dataclass(frozen=True, slots=True)
class PathQuery:
    """What is asked, in words: two ends, or a `pattern` whose first and last positions are the ends.

    `via`, `avoid`, `without`, `at` and the pattern take entities, defined classes and categories; `*` in a
    pattern is anything. `at`: (position, name), counted from 0 at the source. `test`: only steps with a
    supporting line of that causal test. `min_belief`: of every step. `inherited`: what is stated of a class
    counts for what is below it. `bridged`: what is stated of a marker counts, with its sign, for what it
    marks. `loops`: a path may come back to the cells that it starts from, in another dish or tissue.
    `exact_disease`: models of the disease, and what is below it, do not count as it. `diverse`: of paths that
    share most of their steps, only the best. `top`: only so many, best first.
    """

    source: str = ""
    target: str = ""
    pattern: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    at: tuple[tuple[int, str], ...] = ()
    sign: str | None = None
    max_length: int = 4
    predicate: tuple[str, ...] = ()
    test: str | None = None
    min_belief: float | None = None
    disease: str | None = None
    exact_disease: bool = False
    species: str | None = None
    product: str | None = None
    tissue: str | None = None
    route: str | None = None
    rung: str | None = None
    until: int | None = None
    products: bool = False
    exact: bool = False
    inherited: bool = False
    bridged: bool = False
    loops: bool = False
    coherent: bool = False
    diverse: bool = False
    top: int | None = None

    @property
    def ends(self) -> tuple[str, str]:
        return (self.pattern[0], self.pattern[-1]) if self.pattern else (self.source, self.target)

    @property
    def context(self) -> dict[str, Any]:
        """The options that choose evidence lines, as `Graph.within` takes them."""
        found = {name: getattr(self, name) for name in CONTEXT}
        return {name: None if value is False else value for name, value in found.items()}

    @classmethod
    def of(cls, source: str, target: str | None = None, **options: Any) -> PathQuery:
        """A query from what a caller gives: two ends, or one text that is a pattern or a whole line.

        Raises BadInput.
        """
        if target is None:
            asked = cls.parse(source)
            return asked.changed(**options) if options else asked
        return cls(source, target).changed(**options)

    def changed(self, **options: Any) -> PathQuery:
        """This query with other options; one name may stand for a list of one.

        Raises BadInput for an option that does not exist.
        """
        known = {f.name for f in fields(self)}
        for name in options:
            if name not in known:
                raise BadInput(f"{name!r} is no option of a path query; one of {', '.join(sorted(known))}")
        for name in _SEVERAL:
            if name in options:
                given = options[name]
                options[name] = (given,) if isinstance(given, str) else tuple(given or ())
        return replace(self, **options)

    @classmethod
    def parse(cls, text: str) -> PathQuery:
        """The query that a line stands for.

        Raises BadInput, which names the word that does not fit.
        """
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise BadInput(f"path query {text!r}: {error}; put names with blanks in quotes") from None
        spelled = {_option(f.name): f.name for f in fields(cls)}
        ends: list[str] = []
        found: dict[str, Any] = {}
        rest = iter(words)
        for word in rest:
            if not word.startswith("--"):
                ends.append(word)
                continue
            name = spelled.get(word)
            if name is None:
                raise BadInput(f"path query {text!r}: no option {word!r}")
            if name in _FLAGS:
                found[name] = True
                continue
            value = next(rest, None)
            if value is None:
                raise BadInput(f"path query {text!r}: {word} needs a value")
            if name in _SEVERAL or name == "at":
                one = position(value) if name == "at" else value
                found[name] = (*found.get(name, ()), one)
            elif name in found:
                raise BadInput(f"path query {text!r}: {word} stands twice")
            else:
                found[name] = _number(name, value, text)
        return cls(**_ends(ends, text), **found)

    def __str__(self) -> str:
        words = [" > ".join(self.pattern)] if self.pattern else [self.source, self.target]
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in _ENDS or value in (None, (), False):
                continue
            if value == _DEFAULTS.get(f.name):
                continue
            option = _option(f.name)
            if value is True:
                words.append(option)
            elif f.name == "at":
                words += [w for place, name in value for w in (option, f"{place}={name}")]
            elif f.name in _SEVERAL:
                words += [w for name in value for w in (option, name)]
            else:
                words += [option, str(value)]
        return " ".join(_quoted(w) for w in words)


def _quoted(word: str) -> str:
    return word if word in ("+", "?") else shlex.quote(word)


def _option(name: str) -> str:
    """The word for a field on the line; the ends have none."""
    return "" if name in _ENDS else "--" + _SPELLED.get(name, name).replace("_", "-")


def _number(name: str, value: str, text: str) -> Any:
    kind = _NUMBERS.get(name)
    if kind is None:
        return value
    try:
        return kind(value)
    except ValueError:
        raise BadInput(f"path query {text!r}: {_option(name)} takes a number, not {value!r}") from None


def position(value: str) -> tuple[int, str]:
    """Position and name of `1=vesicle`.

    Raises BadInput.
    """
    place, equals, name = value.partition("=")
    if not equals or not place.isdecimal() or not name:
        raise BadInput(f"--at takes POSITION=NAME, such as 1=vesicle, not {value!r}")
    return int(place), name


def _ends(words: Iterable[str], text: str) -> dict[str, Any]:
    """The ends of a line, or its pattern."""
    ends = list(words)
    if len(ends) == 1 and ">" in ends[0]:
        places = tuple(place.strip() for place in ends[0].split(">"))
        if not all(places):
            raise BadInput(f"path query {text!r}: a position of the pattern is empty")
        return {"pattern": places}
    if ">" in ends:
        places = tuple(" ".join(part) for part in _split(ends))
        if not all(places):
            raise BadInput(f"path query {text!r}: a position of the pattern is empty")
        return {"pattern": places}
    if len(ends) != 2:
        raise BadInput(
            f"path query {text!r}: give two ends, or a pattern such as 'MSC > mediator > fibrosis'; "
            "names with blanks want quotes"
        )
    return {"source": ends[0], "target": ends[1]}


def _split(words: Iterable[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == ">":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts
