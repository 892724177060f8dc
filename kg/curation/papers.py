"""One paper, one YAML file: reading it with the line of every key, and writing it in canonical form.

pydantic guards the shape (keys, types, closed lists; see `kg.curation.shapes`); what a shape cannot see,
such as whether a name is defined, is a rule of `kg.curation.lint`. Scalars are taken as written, so `no`
stays a word and an anchor of digits stays text; only the keys that are numbers
or yes/no by definition are converted.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from kg.curation.shapes import HINTS, PaperShape, class_at, flags, keys_of, model_of, numbers, plain_of, short
from kg.curation.tables import read_text
from kg.errors import Problem
from kg.model import Paper

__all__ = ["PaperFile", "PaperShape", "dump_paper", "parse_paper", "read_paper"]

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file that was read: its paper where the shape holds, its problems, and where its keys stand."""

    path: str
    text: str
    paper: Paper | None
    problems: tuple[Problem, ...]
    lines: Mapping[Loc, int] = field(repr=False)

    def line(self, *loc: str | int) -> int:
        """The line (from 1) of the innermost known part of `loc`."""
        for size in range(len(loc), -1, -1):
            if loc[:size] in self.lines:
                return self.lines[loc[:size]]
        return 1

    def problem(self, rule: str, message: str, *loc: str | int) -> Problem:
        return Problem(self.path, self.line(*loc), rule, message)

    @property
    def has_comments(self) -> bool:
        """Whether a `#` stands outside of all scalars."""
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            events = list(yaml.parse(self.text, Loader=loader))
        except yaml.YAMLError:
            return "#" in self.text
        end = 0
        between: list[str] = []
        for event in events:
            if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark:
                between.append(self.text[end : event.start_mark.index])
                end = event.end_mark.index
        return "#" in "".join([*between, self.text[end:]])


_YES_NO = {"true": True, "yes": True, "false": False, "no": False}


class _Reader:
    """Turns YAML nodes into plain data, noting lines and duplicate keys on the way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lines: dict[Loc, int] = {}
        self.seen: set[int] = set()
        self.problems: list[Problem] = []

    def read(self, node: yaml.Node | None, loc: Loc = ()) -> Any:
        if node is None:
            return {}
        self.lines.setdefault(loc, node.start_mark.line + 1)
        if id(node) in self.seen:
            message = "refers to another place (&, *); write it out"
            self.problems.append(Problem(self.path, node.start_mark.line + 1, "yaml_syntax", message))
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, loc))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*loc, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, loc)

    def _pairs(self, node: yaml.MappingNode, loc: Loc) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value).strip(), key_node.start_mark.line + 1
            if key in seen:
                message = f"{key!r} stands here and on line {seen[key]}; keep one"
                self.problems.append(Problem(self.path, line, "duplicate_key", message))
                continue
            seen[key] = line
            self.lines[(*loc, key)] = line
            yield key, self.read(value_node, (*loc, key))

    @staticmethod
    def _scalar(node: yaml.Node, loc: Loc) -> Any:
        text, key = str(node.value), loc[-1] if loc else ""
        if node.tag == "tag:yaml.org,2002:null":
            return None
        if key in numbers() and re.fullmatch(r"\d+", text):
            return int(text)
        if key in flags():
            return _YES_NO.get(text.casefold(), text)
        return text


def nearest(word: str, words: Any) -> str:
    """A hint at the closest valid spelling, or the list where nothing is close."""
    options = list(dict.fromkeys(str(w) for w in words))
    close = difflib.get_close_matches(word, options, 1, 0.6) or [
        w for w in options if w.casefold() == word.casefold()
    ]
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(options)}"


def _keys_at(loc: Loc) -> list[str]:
    """The keys that may stand where `loc` (ending in an unknown key) stands."""
    if loc[-2:-1] == ("reported",):
        return ["subject", "object"]
    cls = class_at(loc[:-1])
    return keys_of(cls) if cls is not None else []


def _explain(error: Mapping[str, Any], path: str, reader: _Reader) -> Problem:
    """A pydantic error as a problem: place, rule, and what would be right."""
    loc: Loc = tuple(error["loc"])
    key, value, kind = str(loc[-1]) if loc else "", error.get("input"), error["type"]
    line = PaperFile(path, "", None, (), reader.lines).line(*loc)
    if kind == "extra_forbidden":
        return Problem(path, line, "unknown_key", f"{key!r} is not a key here; {nearest(key, _keys_at(loc))}")
    if kind == "missing":
        return Problem(path, line, "missing_key", f"{key!r} is missing")
    if kind == "literal_error":
        options = re.findall(r"'((?:[^'\\]|\\.)*)'|\"([^\"]*)\"", str(error["ctx"]["expected"]))
        words = [(a or b).replace("\\'", "'") for a, b in options]
        return Problem(
            path, line, "bad_value", f"{key}: {value!r} is not allowed; {nearest(str(value), words)}"
        )
    if kind == "string_pattern_mismatch":
        return Problem(path, line, "bad_value", f"{key}: {value!r}; {HINTS.get(key, error['msg'])}")
    return Problem(path, line, "bad_value", f"{key}: {value!r}; {error['msg'][0].lower()}{error['msg'][1:]}")


def parse_paper(text: str, path: str) -> PaperFile:
    """Read the text of a curated file; `path` is what problems name."""
    reader = _Reader(path)
    try:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        data = reader.read(yaml.compose(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"not YAML at column {column}: {error.problem or error.context}"
        return PaperFile(path, text, None, (Problem(path, line, "yaml_syntax", message),), {})
    except yaml.YAMLError as error:
        problem = Problem(path, 1, "yaml_syntax", f"not YAML: {str(error).splitlines()[0]}")
        return PaperFile(path, text, None, (problem,), {})
    if not isinstance(data, dict):
        problem = Problem(path, 1, "yaml_syntax", "the file is not a mapping of keys to values")
        return PaperFile(path, text, None, (problem,), {})
    try:
        paper: Paper | None = model_of(Paper, PaperShape.model_validate(data), path=path)
    except ValidationError as error:
        paper = None
        found = [_explain(e, path, reader) for e in error.errors(include_url=False)]
        # A union reports every branch that failed; one problem per place is enough.
        reader.problems += list({(p.line, p.message.split(":")[0]): p for p in reversed(found)}.values())[
            ::-1
        ]
    return PaperFile(path, text, paper, tuple(sorted(reader.problems)), reader.lines)


def read_paper(path: Path, shown: str | None = None) -> PaperFile:
    """Read a curated file.

    Raises BadInput where the file cannot be read.
    """
    return parse_paper(read_text(path), shown or str(path))


# Writing ------------------------------------------------------------------------------------------


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _Quoted(str):
    """Text that is always in double quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(
    _Flow, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v.items(), flow_style=True)
)
_Dumper.add_representer(
    str,
    lambda d, v: d.represent_scalar(
        "tag:yaml.org,2002:str", v, style='"' if re.search("[\n\x85\u2028\u2029]", v) else None
    ),
)
_Dumper.add_representer(_Quoted, lambda d, v: d.represent_scalar("tag:yaml.org,2002:str", v, style='"'))


def _written(value: Any, key: str = "") -> Any:
    """Plain data as it is written: short mappings on one line, digits that are no numbers in quotes."""
    if isinstance(value, Mapping):
        pairs = {k: _written(v, k) for k, v in value.items()}
        return _Flow(pairs) if key in short() else pairs
    if isinstance(value, list):
        return [_written(item) for item in value]
    if key == "date":
        return datetime.date.fromisoformat(value)
    if key == "pmid" or (key == "anchor" and re.fullmatch(r"\d+(e\d+)?", value)):
        return _Quoted(value)
    return value


def dump_paper(paper: Paper) -> str:
    """The canonical text of a curated file; `parse_paper` of it gives the same paper."""
    data = _written(plain_of(paper))
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000)
