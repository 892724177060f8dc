"""Competency questions: what a researcher asks of ontology and graph together, and the rows that are right.

`tests/competency/*.yaml` holds them. `rows` must be in the answer, `never` must not, `at least` is the
fewest rows, `complete` says that `rows` are all, `engines` leaves rdflib out where it takes minutes. Rows
were taken from the curated files, not from the answers: each says why, and the papers it names must speak
of it. The data grow, so few answers are complete.

`python -m tests.test_competency` writes docs/competency.md from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import rdflib
import yaml

from kg.graph import Graph

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "competency"
PAGE = ROOT / "docs" / "competency.md"
HOWS = ("sparql", "class", "paths", "conflicts", "hypotheses")
KEYS = {"id", "question", "engines", "covers", "how", "rows", "never", "at least", "complete", *HOWS}
CITED = re.compile(r"PMID:[0-9]+|doi:10\.\S+")


@dataclass(frozen=True)
class Expected:
    """A row, and why it is (or is not) right."""

    row: tuple[str, ...]
    why: str

    @property
    def papers(self) -> list[str]:
        found = (re.sub(r"[.,:;]+$", "", cited) for cited in CITED.findall(self.why))
        return [f[:-1] if f.count(")") > f.count("(") else f for f in found]


@dataclass(frozen=True)
class Question:
    id: str
    topic: str
    question: str
    kind: str
    asked: Any = field(hash=False)
    how: str
    covers: tuple[int, ...]
    rows: tuple[Expected, ...]
    never: tuple[Expected, ...]
    at_least: int
    is_complete: bool
    engines: tuple[str, ...]


def expected(items: list[dict[str, Any]]) -> tuple[Expected, ...]:
    return tuple(Expected(tuple(item["is"]), item["why"]) for item in items)


def read() -> Iterator[Question]:
    for path in sorted(FOLDER.glob("*.yaml")):
        page = yaml.safe_load(path.read_text(encoding="utf-8"))
        for q in page["questions"]:
            assert not q.keys() - KEYS, f"{path.name}: {q['id']}: {q.keys() - KEYS}"
            (kind,) = [how for how in HOWS if how in q]
            rows = expected(q["rows"])
            yield Question(
                q["id"], page["title"], q["question"], kind, q[kind], q.get("how", ""),
                tuple(q.get("covers", ())), rows, expected(q.get("never", [])),
                q.get("at least", len(rows)), q.get("complete", False),
                tuple(q.get("engines", ("oxigraph", "rdflib"))),
            )  # fmt: skip


QUESTIONS = list(read())
IDS = [q.id for q in QUESTIONS]


def answer(g: Graph, q: Question) -> list[tuple[str, ...]]:
    """The rows of the answer, by Oxigraph or by the Python call that a question names."""
    if q.kind == "sparql":
        return [tuple(cell or "" for cell in row) for row in g.query(q.asked).rows]
    if q.kind == "class":
        members = [set(g.defined[label].members) for label in q.asked]
        return [(name,) for name in sorted(set.intersection(*members))]
    if q.kind == "conflicts":
        return [(c.subject, c.object) for c in g.conflicts(q.asked)]
    if q.kind == "hypotheses":
        return [(h.source, h.target) for h in g.hypotheses(**q.asked)]
    asked = dict(q.asked)
    view = g.without(asked.pop("without")) if "without" in asked else g
    return [(" → ".join(p.entities), str(p.sign)) for p in view.paths(**asked)]


def hold(q: Question, found: list[tuple[str, ...]]) -> None:
    """The answer is as expected."""
    for e in q.rows:
        assert e.row in found, f"missing {e.row}: {e.why}"
    for e in q.never:
        assert e.row not in found, f"wrong {e.row}: {e.why}"
    assert len(found) >= q.at_least
    if q.is_complete:
        assert sorted(found) == sorted(e.row for e in q.rows)


# The questions themselves -------------------------------------------------------------------------


def test_there_are_at_least_forty_and_no_id_twice() -> None:
    assert len(QUESTIONS) >= 40
    assert len(set(IDS)) == len({q.question for q in QUESTIONS}) == len(QUESTIONS)
    assert all(q.question.endswith((".", "?")) for q in QUESTIONS)


def test_each_asks_something_that_could_be_false() -> None:
    assert not [q.id for q in QUESTIONS if not q.rows and not q.never]
    assert not [q.id for q in QUESTIONS if not q.rows and not q.never and not q.is_complete]


def test_most_questions_people_arrive_with_are_covered() -> None:
    covered = {n for q in QUESTIONS for n in q.covers}
    assert covered == set(range(1, 25))


def test_every_paper_named_is_in_the_graph_and_speaks_of_the_row(real: Graph) -> None:
    ends: dict[str, set[str]] = {}
    for e in real.knowledge.evidence():
        told = {e.line.subject, e.line.object, e.experiment.disease or ""}
        ends.setdefault(e.paper.id, set()).update(told)
        if e.paper.doi:
            ends.setdefault(f"doi:{e.paper.doi}", set()).update(told)
    for q in QUESTIONS:
        for e in (*q.rows, *q.never):
            parts = {part for cell in e.row for part in cell.split(" → ")}
            names = parts & set(real.knowledge.by_name)
            for paper in e.papers:
                assert paper in ends, f"{q.id}: {e.row}: no paper {paper}"
                if e in q.rows and names:
                    assert names & ends[paper], f"{q.id}: {e.row}: {paper} speaks of none of {names}"


# Their answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", QUESTIONS, ids=IDS)
def test_the_answer_is_right(real: Graph, q: Question) -> None:
    hold(q, answer(real, q))


IN_BOTH = [q for q in QUESTIONS if q.kind == "sparql" and "rdflib" in q.engines]


@pytest.mark.parametrize("q", IN_BOTH, ids=[q.id for q in IN_BOTH])
def test_rdflib_gives_the_same_answer(
    real: Graph,
    real_in_rdflib: rdflib.Dataset,
    rows_in_rdflib: Callable[[rdflib.Dataset, str], list[tuple[str, ...]]],
    q: Question,
) -> None:
    assert len(IN_BOTH) >= 15
    assert rows_in_rdflib(real_in_rdflib, q.asked) == sorted(answer(real, q))


def test_holding_can_fail() -> None:
    q = QUESTIONS[IDS.index("perinatal-msc")]
    right = [e.row for e in q.rows]
    hold(q, right)
    for wrong in (right[1:], [*right, q.never[0].row], [*right, ("something else",)]):
        with pytest.raises(AssertionError):
            hold(q, wrong)


# The page -----------------------------------------------------------------------------------------


def asked(q: Question) -> str:
    """What to type for a question."""
    if q.kind == "sparql":
        return f"```sparql\n{q.asked.rstrip()}\n```"
    if q.kind == "class":
        return "Members of " + " and of ".join(f"*{label}*" for label in q.asked) + " (`kg show CLASS`)."
    if q.kind == "conflicts":
        return f"`kg conflicts {q.asked!r}`".replace("'", '"')
    told = dict(q.asked)
    names = {"paths": ("source", "target"), "hypotheses": ("source",)}[q.kind]
    blocked = told.pop("without", None)
    words = [*(repr(told.pop(n)) for n in names), *(f"{k}={v!r}" for k, v in told.items())]
    return f"`g.{f'without({blocked!r}).' if blocked else ''}{q.kind}({', '.join(words)})`"


INTRODUCTION = """What a researcher would ask of the ontology and the graph together, how to ask it, and rows
that the answer must or must not hold, each with the reason. The tests put every question, most SPARQL to two
engines."""


def rendered() -> str:
    lines = [
        "# Competency questions",
        "",
        INTRODUCTION,
        "",
        "Generated from `tests/competency/` by `python -m tests.test_competency`; do not edit.",
    ]
    topic = ""
    for n, q in enumerate(QUESTIONS, 1):
        if q.topic != topic:
            topic = q.topic
            lines += ["", f"## {topic}"]
        lines += ["", f"### {n}. {q.question}", "", *([q.how, ""] if q.how else []), asked(q), ""]
        wanted = "The answer is" if q.is_complete else "The answer holds"
        table = [(wanted, e) for e in q.rows] + [("It does not hold", e) for e in q.never]
        lines += ["| | row | why |", "|---|---|---|"]
        said = ""
        for what, e in table:
            row = ", ".join(e.row).replace("|", "\\|")
            lines.append(f"| {what if what != said else ''} | {row} | {e.why} |")
            said = what
    return "\n".join(lines) + "\n"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(), "run `python -m tests.test_competency`"


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
