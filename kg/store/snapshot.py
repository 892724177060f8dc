"""The model as one JSON text, for opening a built graph without parsing RDF."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from kg.model import (
    Adjudication,
    Agent,
    Bridge,
    Curation,
    Entity,
    Experiment,
    Knowledge,
    Line,
    Paper,
    Relation,
    Sign,
    Trial,
)

__all__ = ["dump_knowledge", "load_knowledge"]


def _row(value: Any) -> Any:
    """A dataclass as the list of its fields; lists are shorter and quicker than objects."""
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, Sign):
        return value.value
    if isinstance(value, tuple):
        return [_row(item) for item in value]
    return [_row(getattr(value, f.name)) for f in fields(value)]


def dump_knowledge(knowledge: Knowledge, **also: Any) -> str:
    """JSON of the knowledge, with further plain values beside it."""
    data = {
        "entities": _row(knowledge.entities),
        "relations": _row(knowledge.relations),
        "papers": _row(knowledge.papers),
        "derivations": _row(knowledge.derivations),
        "adjudications": _row(knowledge.adjudications),
        "bridges": _row(knowledge.bridges),
        **also,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _entity(row: list[Any]) -> Entity:
    name, id_, label, category, aliases, parents, note = row
    return Entity(name, id_, label, category, tuple(aliases), tuple(parents), note)


def _relation(row: list[Any]) -> Relation:
    name, sign, domain, range_, inverse, mappings, definition = row
    pairs = tuple((a, b) for a, b in mappings)
    return Relation(name, Sign(sign), tuple(domain), tuple(range_), inverse, pairs, definition)


def _adjudication(row: list[Any]) -> Adjudication:
    subject, predicate, obj, axes, note, paper, agent, date = row
    return Adjudication(subject, predicate, obj, tuple(axes), note, paper, agent, date)


_EXPERIMENT = {f.name: i for i, f in enumerate(fields(Experiment))}
_PAPER = {f.name: i for i, f in enumerate(fields(Paper))}


def _experiment(row: list[Any]) -> Experiment:
    agent, lines = _EXPERIMENT["agent"], _EXPERIMENT["lines"]
    row[agent] = Agent(*row[agent]) if row[agent] else None
    row[lines] = tuple(Line(*line) for line in row[lines])
    return Experiment(*row)


def _paper(row: list[Any]) -> Paper:
    for name, cls in (("curation", Curation), ("second_reading", Curation), ("trial", Trial)):
        i = _PAPER[name]
        row[i] = cls(*row[i]) if row[i] else None
    i = _PAPER["experiments"]
    row[i] = tuple(map(_experiment, row[i]))
    return Paper(*row)


def load_knowledge(text: str) -> tuple[Knowledge, dict[str, Any]]:
    """The knowledge that `dump_knowledge` wrote, and what else stood beside it."""
    data = json.loads(text)
    knowledge = Knowledge(
        tuple(map(_entity, data.pop("entities"))),
        tuple(map(_relation, data.pop("relations"))),
        tuple(map(_paper, data.pop("papers"))),
        tuple((a, b, c) for a, b, c in data.pop("derivations")),
        tuple(map(_adjudication, data.pop("adjudications"))),
        tuple(Bridge(*row) for row in data.pop("bridges")),
    )
    return knowledge, data
