"""Is a connection more than popularity? Walks of the graph against those of shuffles with the same degrees.

A shuffle keeps how many statements of each predicate, and so of each sign, leave and enter every entity, and
nothing else (`kg.engine.nulls` has the method and its source). So a well-studied source and outcome are
joined by many walks in every shuffle too, and only what goes beyond stands out. Counted are walks of one net
sign, each as 1; belief plays no part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from kg.errors import BadInput
from kg.mechanism.paths import Engine, Path, Question
from kg.model import Sign

if TYPE_CHECKING:
    from kg.engine.nulls import Nulls

__all__ = ["N_SHUFFLES", "Popularity", "of_path", "of_question", "shuffles_of"]

N_SHUFFLES = 1_000
_NUMBER = {Sign.PLUS: 1, Sign.MINUS: -1, Sign.UNKNOWN: 0, None: None}


@dataclass(frozen=True, slots=True)
class Popularity:
    """Walks observed, their mean over the shuffles, and the chance of as many were degrees all there is."""

    observed: float
    expected: float
    p_value: float
    n_shuffles: int

    def __str__(self) -> str:
        return (
            f"{self.observed:g} walks, {self.expected:.3g} expected from degrees alone; "
            f"p = {self.p_value:.3g} ({self.n_shuffles:,} shuffles)"
        )


def shuffles_of(engine: Engine, folder: FilePath, seed: int, n: int = N_SHUFFLES) -> Nulls:
    """The shuffles of an engine's graph that belong to a seed, kept in a folder from the second time on."""
    import numpy as np

    from kg.engine.counts import SignedArcs
    from kg.engine.nulls import Nulls

    arcs = engine.arcs
    predicates = {p: i for i, p in enumerate(sorted({s.predicate for s in engine.steps}))}
    signed = SignedArcs(
        arcs.n, np.array(arcs.source, np.int32), np.array(arcs.target, np.int32), np.array(arcs.sign, np.int8)
    )
    groups = np.array([predicates[s.predicate] for s in engine.steps])
    return Nulls.cached(folder, signed, n, seed=seed, groups=groups)


def _numbers(engine: Engine, names: Iterable[str]) -> set[int]:
    return {engine.index[n] for n in names if n in engine.index}


def of_question(engine: Engine, nulls: Nulls, question: Question) -> Popularity:
    """Of all walks that a question asks for: from any source to any target, of its sign, up to its length.

    A pattern is a metapath. Raises BadInput for what the shuffles do not tell apart: way-points, what is to
    be avoided, coherence, and single positions.
    """
    if question.via or question.avoid or question.is_coherent or (question.at and not question.is_exact):
        raise BadInput("--p-values take two ends or a pattern, without --via, --avoid, --at, --coherent")
    sources, targets = _numbers(engine, question.sources), _numbers(engine, question.targets)
    sources -= targets
    if not sources or not targets:
        return Popularity(0, 0, 1, nulls.n_shuffles)
    if question.is_exact:
        at = dict(question.at)
        everything = set(range(len(engine.names)))
        inner = [_numbers(engine, at[i]) if i in at else everything for i in range(1, question.max_length)]
        found = nulls.counts_along(sources, targets, inner)
    else:
        found = nulls.counts(sources, targets, question.max_length)
    sign = _NUMBER[question.sign]
    return Popularity(found.value(sign), found.expected(sign), found.p_value(sign), nulls.n_shuffles)


def of_path(engine: Engine, nulls: Nulls, path: Path) -> Popularity:
    """Of a path: of the walks between its ends with its net sign and length."""
    source, target = ({engine.index[path.entities[i]]} for i in (0, -1))
    length = len(path.steps)
    found = nulls.counts(source, target, length)
    sign = _NUMBER[path.sign]
    return Popularity(
        found.value(sign, [length]), found.expected(sign, [length]), found.p_value(sign, [length]),
        nulls.n_shuffles,
    )  # fmt: skip
