"""Answers to path questions: the walks found, made into paths when looked at, and why names matched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, overload

from kg import vocab
from kg.engine import TooMany, Walk
from kg.errors import BadInput
from kg.frames import frame, html_table
from kg.mechanism.paths import Engine, Path, Question, diverse
from kg.mechanism.query import PathQuery
from kg.model import Sign

__all__ = ["Answer", "answer", "question_of"]

FEW = 1_000
"""Paths given, best first, where there are too many to look for all."""

COLUMNS = ("rank", "sign", "score", "belief", "rung", "path", "statements", "papers")

SIGNS = {
    "+": Sign.PLUS, "plus": Sign.PLUS, "-": Sign.MINUS, "−": Sign.MINUS, "minus": Sign.MINUS,
    "?": Sign.UNKNOWN, "unknown": Sign.UNKNOWN,
}  # fmt: skip


class Answer(Sequence[Path]):
    """Paths, best first, with the question they answer and why names matched. Paths are made when looked at.

    `is_complete`: whether these are all of them. `at_most`: how many there can be, where it is not.
    """

    def __init__(
        self, engine: Engine, walks: Sequence[Walk], question: Question, reasons: Mapping[str, str],
        query: PathQuery, at_most: int | None = None,
    ) -> None:  # fmt: skip
        self.question, self.reasons, self.query, self.at_most = question, reasons, query, at_most
        self._engine, self._walks = engine, walks

    @property
    def is_complete(self) -> bool:
        return self.at_most is None

    @property
    def found(self) -> tuple[Path, ...]:
        """All of them."""
        return tuple(self)

    def __len__(self) -> int:
        return len(self._walks)

    @overload
    def __getitem__(self, i: int) -> Path: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Path, ...]: ...
    def __getitem__(self, i: int | slice) -> Path | tuple[Path, ...]:
        if isinstance(i, slice):
            return tuple(self._engine.path(walk) for walk in self._walks[i])
        return self._engine.path(self._walks[i])

    def __iter__(self) -> Iterator[Path]:
        return map(self._engine.path, self._walks)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of its table, one a path, best first."""
        for n, p in enumerate(self, 1):
            steps, papers = [s.id for s in p.steps], list(p.papers)
            yield n, str(p.sign), p.score, p.belief, p.rung, " > ".join(p.entities), steps, papers

    def to_frame(self) -> Any:
        """The paths as a pandas DataFrame, one row each, best first.

        Raises BadInput without pandas.
        """
        return frame(COLUMNS, self.rows())

    def _repr_html_(self) -> str:
        columns = [name for name in COLUMNS if name != "statements"]
        rows = ((*row[:6], row[7]) for row in self.rows())
        return html_table(columns, rows, repr(self).strip("<>"), n=len(self))

    def __repr__(self) -> str:
        more = "" if self.is_complete else f" of at most {self.at_most}"
        return f"<Answer of {len(self)}{more} paths: {self.query}>"


def question_of(
    query: PathQuery,
    among: Callable[[str, bool], Mapping[str, str]],
    predicates: Iterable[str],
    kin: frozenset[str] = frozenset(),
) -> tuple[Question, dict[str, str]]:
    """What is asked, in names, and why each of them matches.

    `among`: what stands for a name, and why, with or without its products. `predicates`: those there are.
    `kin`: cells of one kind, which a path that starts from one of them or its products does not come back to.
    Raises NameNotFound, AmbiguousName and BadInput.
    """
    reasons: dict[str, str] = {}

    def names(name: str, products: bool = False) -> frozenset[str]:
        found = among(name, products)
        reasons.update({n: why for n, why in found.items() if why})
        return frozenset(found)

    if query.sign is not None and query.sign not in SIGNS:
        raise BadInput(f"sign {query.sign!r}: write + or - or ?")
    predicates = list(predicates)
    for name in query.predicate:
        if name not in predicates:
            raise BadInput(f"{name!r} is no predicate; one of {', '.join(predicates)}")
    if query.test is not None and query.test not in vocab.TESTS:
        raise BadInput(f"--test {query.test!r}: one of {', '.join(vocab.TESTS)}")
    source, target = query.ends
    inner = list(enumerate(query.pattern))[1:-1]
    at = [(place, names(name)) for place, name in (*inner, *query.at) if name != "*"]
    question = Question(
        names(source, query.products),
        names(target),
        tuple(map(names, query.via)),
        frozenset(n for name in (*query.avoid, *query.without) for n in names(name)),
        None if query.sign is None else SIGNS[query.sign],
        len(query.pattern) - 1 if query.pattern else query.max_length,
        tuple(at),
        bool(query.pattern),
        query.coherent,
        frozenset(query.predicate),
        query.test,
        query.min_belief,
    )
    named = {n for names in (question.targets, *question.via, *(found for _, found in at)) for n in names}
    if not query.loops and any(n in kin for n in question.sources) and not named & kin:
        question = replace(question, no_return=kin)
    return question, reasons


def answer(engine: Engine, query: PathQuery, question: Question, reasons: Mapping[str, str]) -> Answer:
    """The paths of an engine that a question asks for, as far as the query wants them.

    Raises BadInput.
    """
    engine = engine.narrowed(question)
    if query.top is not None:
        if query.top < 1:
            raise BadInput(f"--top {query.top}: choose 1 or more")
        stream: Iterable[Walk] = engine.best_walks(question)
        stream = diverse(stream, engine.arcs) if query.diverse else stream
        walks = list(islice(stream, query.top + 1))
        if len(walks) <= query.top:
            return Answer(engine, walks, question, reasons, query)
        return Answer(engine, walks[:-1], question, reasons, query, engine.bound(question))
    try:
        found: Sequence[Walk] = engine.walks(question)
    except TooMany:
        best: Sequence[Walk] = list(islice(engine.best_walks(question), FEW))
        if query.diverse:
            best = list(diverse(best, engine.arcs))
        return Answer(engine, best, question, reasons, query, engine.bound(question))
    if query.diverse:
        found = list(diverse(found, engine.arcs))
    return Answer(engine, found, question, reasons, query)
