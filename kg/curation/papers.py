"""One paper, one YAML file: reading it with the line of every key, and writing it in canonical form.

pydantic guards the shape (keys, types, closed lists); what a shape cannot see, such as whether a name
is defined, is a rule of `kg.curation.lint`. Scalars are taken as written, so `no` stays a word and an anchor
of digits stays text; only the keys that are numbers or yes/no by definition are converted.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidationError,
)
from pydantic_core import CoreSchema, core_schema

from kg import vocab
from kg.curation.tables import read_text
from kg.errors import Problem
from kg.model import Agent, Curation, Experiment, Line, Paper, Trial

__all__ = ["PaperFile", "PaperShape", "dump_paper", "parse_paper", "read_paper"]

Loc = tuple[str | int, ...]

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _OneOf:
    """Text that is one of a closed list."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self.words)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


def _is_day(text: str) -> str:
    """The text, where it is a day of the calendar."""
    datetime.date.fromisoformat(text)
    return text


class CurationShape(_Shape):
    """Who read the paper, and when."""

    agent: Annotated[str, StringConstraints(pattern=r"^(software|\d{4}-\d{4}-\d{4}-\d{3}[\dX])$")]
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_is_day)]


class SecondReadingShape(CurationShape):
    """A fresh reader's check of every claim; `dropped` counts the claims it removed."""

    dropped: Annotated[int, Field(ge=0)] | None = None


class TrialShape(_Shape):
    """Design of a trial, as far as stated."""

    id: Annotated[str, StringConstraints(pattern=r"^(NCT\d{8}|[A-Z][A-Za-z]+[-: ]?[\w/-]+)$")] | None = None
    phase: _Text | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    randomised: bool | None = None
    blinded: Annotated[str, _OneOf(vocab.BLINDING)] | None = None
    primary_endpoint: Annotated[str, _OneOf(vocab.ENDPOINTS)] | None = Field(None, alias="primary endpoint")


class AgentShape(_Shape):
    """The cell product; leave out what is not reported."""

    product: Annotated[str, _OneOf(vocab.PRODUCTS)] | None = None
    source: Annotated[str, _OneOf(vocab.SOURCES)] | None = None
    donor: Annotated[str, _OneOf(vocab.SPECIES)] | None = None
    route: Annotated[str, _OneOf(vocab.ROUTES)] | None = None
    dose: _Text | None = None
    timing: _Text | None = None
    priming: _Text | None = None
    engineering: _Text | None = None
    contact: Annotated[str, _OneOf(vocab.CONTACTS)] | None = None


class ReportedShape(_Shape):
    """The paper's own words for the two ends."""

    subject: _Text | None = None
    object: _Text | None = None


class ClaimShape(_Shape):
    """One claim: one statement, one source sentence, one direction."""

    statement: Annotated[
        str, StringConstraints(pattern=r"^[^|]*[^|\s][^|]*\|[^|]*[^|\s][^|]*\|[^|]*[^|\s][^|]*$")
    ]
    finding: _Text
    test: Annotated[str, _OneOf(vocab.TESTS)]
    direction: Annotated[str, _OneOf(vocab.DIRECTIONS)] = "supports"
    measured: _Text | None = None
    reported: ReportedShape | None = None
    reading: Annotated[str, _OneOf(vocab.READINGS)] | None = None
    note: _Text | None = None
    anchor: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class ExperimentShape(_Shape):
    """A context that its claims share."""

    disease: _Text | None = None
    model: _Text | None = None
    species: Annotated[str, _OneOf(vocab.SPECIES)]
    system: Annotated[str, _OneOf(vocab.SYSTEMS)]
    phase: _Text | None = None
    comparator: _Text | None = None
    agent: AgentShape | None = None
    note: _Text | None = None
    claims: Annotated[list[ClaimShape], Field(min_length=1)]


class PaperShape(_Shape):
    """A curated file. `kg export schema` prints it as JSON Schema for editors."""

    pmid: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,8}$")] | None = None
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    title: _Text
    journal: _Text
    year: Annotated[int, Field(ge=1950, le=2100)]
    kind: Annotated[str, _OneOf(vocab.KINDS)]
    read: Annotated[str, _OneOf(vocab.READ)]
    group: _Text | None = None
    status: Annotated[str, _OneOf(vocab.STATUSES)] | None = None
    notice: _Text | None = None
    curation: CurationShape
    second_reading: SecondReadingShape | None = Field(None, alias="second reading")
    trial: TrialShape | None = None
    note: _Text | None = None
    experiments: Annotated[dict[_Text, ExperimentShape], Field(min_length=1)]


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


_NUMBERS = {"year", "n", "dropped"}
_FLAGS = {"randomised": {"true": True, "yes": True, "false": False, "no": False}}


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
        if key in _NUMBERS and re.fullmatch(r"\d+", text):
            return int(text)
        if key in _FLAGS:
            return _FLAGS[str(key)].get(text.casefold(), text)
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
    shape: Any = PaperShape
    for part in loc[:-1]:
        if part == "experiments":
            shape = ExperimentShape
        elif part == "claims":
            shape = ClaimShape
        elif isinstance(shape, type) and part in (fields := _fields(shape)):
            shape = fields[str(part)]
    return list(_fields(shape)) if isinstance(shape, type) and issubclass(shape, BaseModel) else []


def _fields(shape: type[BaseModel]) -> dict[str, Any]:
    nested = {
        "curation": CurationShape,
        "second reading": SecondReadingShape,
        "trial": TrialShape,
        "agent": AgentShape,
        "reported": ReportedShape,
    }
    names = [f.alias or n for n, f in shape.model_fields.items()]
    return {name: nested.get(name) if name != "agent" or shape is ExperimentShape else None for name in names}


_PATTERNS = {
    "pmid": "a PMID is digits only",
    "doi": "a DOI starts with 10. and has no spaces, such as 10.1038/nm.1905",
    "anchor": "an anchor is 16 hex digits; `kg anchor` prints it",
    "date": "a date is YYYY-MM-DD",
    "statement": "a statement is `subject | predicate | object`",
    "id": "a trial id looks like NCT01234567",
    "agent": "write `software`, or the ORCID of the person who read the source",
}


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
        return Problem(path, line, "bad_value", f"{key}: {value!r}; {_PATTERNS.get(key, error['msg'])}")
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
        paper: Paper | None = _to_model(PaperShape.model_validate(data), path)
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


def _to_model(shape: PaperShape, path: str) -> Paper:
    plain = shape.model_dump()
    experiments = tuple(
        Experiment(
            name=name,
            agent=Agent(**e.agent.model_dump()) if e.agent else None,
            lines=tuple(_to_line(c) for c in e.claims),
            **e.model_dump(exclude={"agent", "claims"}),
        )
        for name, e in shape.experiments.items()
    )
    second, trial = plain.pop("second_reading"), plain.pop("trial")
    plain.pop("experiments")
    return Paper(
        **{**plain, "curation": Curation(**plain["curation"])},
        second_reading=Curation(**second) if second else None,
        trial=Trial(**trial) if trial else None,
        experiments=experiments,
        path=path,
    )


def _to_line(claim: ClaimShape) -> Line:
    subject, predicate, obj = (part.strip() for part in claim.statement.split("|"))
    reported = claim.reported or ReportedShape()
    return Line(
        subject, predicate, obj,
        reported_subject=reported.subject,
        reported_object=reported.object,
        **claim.model_dump(exclude={"statement", "reported"}),
    )  # fmt: skip


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


def _filled(**pairs: Any) -> dict[str, Any]:
    return {k.replace("_", " "): v for k, v in pairs.items() if v is not None}


def _curation(c: Curation | None) -> _Flow | None:
    if c is None:
        return None
    return _Flow(_filled(agent=c.agent, date=datetime.date.fromisoformat(c.date), dropped=c.dropped))


def _flow(value: Agent | Trial | None) -> _Flow | None:
    if value is None:
        return None
    return _Flow(_filled(**{f: getattr(value, f) for f in value.__slots__}))


def _claim(line: Line) -> dict[str, Any]:
    reported = _Flow(_filled(subject=line.reported_subject, object=line.reported_object))
    digits = re.fullmatch(r"\d+(e\d+)?", line.anchor)
    return _filled(
        statement=f"{line.subject} | {line.predicate} | {line.object}",
        direction=None if line.direction == "supports" else line.direction,
        finding=line.finding,
        measured=line.measured,
        test=line.test,
        reported=reported or None,
        reading=line.reading,
        note=line.note,
        anchor=_Quoted(line.anchor) if digits else line.anchor,
    )


def dump_paper(paper: Paper) -> str:
    """The canonical text of a curated file; `parse_paper` of it gives the same paper."""
    experiments = {
        e.name: _filled(
            disease=e.disease, model=e.model, species=e.species, system=e.system, phase=e.phase,
            comparator=e.comparator, agent=_flow(e.agent), note=e.note,
            claims=[_claim(line) for line in e.lines],
        )
        for e in paper.experiments
    }  # fmt: skip
    data = _filled(
        pmid=_Quoted(paper.pmid) if paper.pmid else None,
        doi=paper.doi, title=paper.title, journal=paper.journal, year=paper.year, kind=paper.kind,
        read=paper.read, group=paper.group, status=paper.status, notice=paper.notice,
        curation=_curation(paper.curation), second_reading=_curation(paper.second_reading),
        trial=_flow(paper.trial), note=paper.note, experiments=experiments,
    )  # fmt: skip
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000)
