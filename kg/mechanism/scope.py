"""Which evidence lines a view of the graph counts, and what holds a value of context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg import vocab
from kg.errors import BadInput
from kg.mechanism.names import Names
from kg.model import Entity, Evidence, Paper

__all__ = ["AXES", "Contexts", "Scope"]

AXES: dict[str, Sequence[str]] = {
    "species": tuple(vocab.SPECIES),
    "product": vocab.PRODUCTS,
    "source": vocab.SOURCES,
    "route": vocab.ROUTES,
    "rung": vocab.RUNGS,
}
"""Axes of context that a view may be narrowed to, besides disease, with their closed lists."""


@dataclass(frozen=True)
class Scope:
    """Which evidence lines a view counts, and which entities it leaves out.

    `allowed` holds (axis, values) pairs that a line must meet, all of them. On the axes of the cell product
    (product, source, route) a line from an experiment without one passes: it is about no product.
    """

    allowed: tuple[tuple[str, frozenset[str]], ...] = ()
    until: int | None = None
    without: frozenset[str] = frozenset()

    def keeps(self, e: Evidence) -> bool:
        if self.until is not None and e.paper.year > self.until:
            return False
        if self.without & {e.line.subject, e.line.object}:
            return False
        return all(self._meets(e, axis, values) for axis, values in self.allowed)

    @staticmethod
    def _meets(e: Evidence, axis: str, values: frozenset[str]) -> bool:
        if axis == "rung":
            return e.rung in values
        if axis == "origin":
            return e.origin in values
        if axis in ("disease", "species"):
            return getattr(e.experiment, axis) in values
        return e.experiment.agent is None or getattr(e.experiment.agent, axis) in values

    def narrowed(
        self, diseases: Iterable[str] | None, until: int | None, context: Iterable[tuple[str, str | None]],
        origin: str | None = None,
    ) -> Scope:  # fmt: skip
        """The scope inside this one: lines of these diseases, up to a year, with these values of context.

        Raises BadInput for an axis that there is not and for a value that is not in its list.
        """
        allowed = list(self.allowed)
        if diseases is not None:
            allowed.append(("disease", frozenset(diseases)))
        if origin is not None:
            allowed.append(("origin", frozenset({origin})))
        for axis, value in context:
            if value is None:
                continue
            if axis not in AXES:
                raise BadInput(f"{axis!r} is no axis of context; one of disease, until, {', '.join(AXES)}")
            if value not in AXES[axis]:
                raise BadInput(f"{value!r} is no {axis} here; one of {', '.join(AXES[axis])}")
            above = vocab.RUNGS[vocab.RUNGS.index(value) :] if axis == "rung" else (value,)
            allowed.append((axis, frozenset(above)))
        years = [y for y in (self.until, until) if y is not None]
        return Scope(tuple(allowed), min(years, default=None), self.without)


@dataclass(frozen=True)
class Contexts:
    """What holds a value of context: wider diseases that were studied; what a model is made with."""

    names: Names
    entities: Sequence[Entity]
    papers: Sequence[Paper]

    @cached_property
    def _reported(self) -> frozenset[str]:
        """Diseases that experiments were done in."""
        return frozenset(x.disease for p in self.papers for x in p.experiments if x.disease)

    @cached_property
    def _injuries(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """What a model can be made with: name, and its spellings in words."""
        return tuple(
            (e.name, frozenset(" ".join(_words(t)) for t in (e.name, *e.aliases)))
            for e in self.entities
            if e.category in ("exposure", "organism")
        )

    def wider(self, axis: str, value: str) -> frozenset[str]:
        """A value of a context axis and what holds it.

        A disease is within the diseases above it that were studied too. A model, which is free text, is what
        it is made with (LPS, bleomycin, E. coli …) where it names that, else the text itself.
        """
        if axis == "disease" and value in self.names.by_name:
            return (self.names.ancestors(value) & self._reported) | {value}
        if axis == "model":
            told = f" {' '.join(_words(value))} "
            made_with = {name for name, spelled in self._injuries if any(f" {s} " in told for s in spelled)}
            return frozenset(made_with) or frozenset({value})
        return frozenset({value})


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())
