"""Why a path question has no answer, and the nearest question that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.mechanism.query import PathQuery

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.answers import Answer

__all__ = ["why_empty"]


def why_empty(g: Graph, answer: Answer) -> str:
    """Which end or constraint leaves nothing: the constraints without which, alone, there would be paths."""
    query = answer.query
    source, target = query.ends
    view = g.within(**query.context)
    for end, wanted in ((source, answer.question.sources), (target, answer.question.targets)):
        if not any(n in view.engine.index for n in wanted):
            context = " ".join(f"--{k} {v}" for k, v in query.context.items() if v is not None)
            freed = query.changed(**{**dict.fromkeys(query.context), "exact_disease": False, "top": None})
            told = f"no statement involves {end!r}" + (f" with {context}" if context else "")
            if context and (found := len(g.answer(freed))):
                told += f"\nnearest question with an answer ({found} paths): {freed}"
            return told
    single = [
        (option, found, freed.changed(top=None))
        for option, freed in _freed(query)
        if (found := len(g.answer(freed.changed(top=None))))
    ]
    if single:
        told = ", ".join(f"{n} without {option}" for option, n, _ in single)
        nearest = min(single, key=lambda item: (item[1], item[0]))[2]
        return (
            f"no path keeps every constraint; there would be {told}\n"
            f"nearest question with an answer: {nearest}"
        )
    for wider in _wider(query):
        if found := len(g.answer(wider)):
            return (
                f"no path of at most {answer.question.max_length} steps\n"
                f"nearest question with an answer ({found} paths): {wider}"
            )
    bare = g.paths(source, target, max_length=answer.question.max_length)
    if bare:
        return (
            f"no path keeps every constraint, nor all but one; without any there are {len(bare)}\n"
            f"nearest question with an answer: {bare.query}"
        )
    return f"no path of at most {answer.question.max_length} steps; try a larger --max-length or --products"


def _wider(query: PathQuery) -> list[PathQuery]:
    """The same question asked a little more widely, nearest first."""
    found = [query.changed(top=None, **{flag: True}) for flag in ("bridged", "products", "inherited")]
    found.append(query.changed(top=None, bridged=True, products=True))
    if not query.pattern and query.max_length < 6:
        found.append(query.changed(top=None, max_length=query.max_length + 1))
    return found


def _freed(query: PathQuery) -> list[tuple[str, PathQuery]]:
    """The query with one constraint less, for each constraint, and what was dropped."""
    found: list[tuple[str, PathQuery]] = []
    for name in ("via", "avoid", "without", "at", "predicate"):
        values = getattr(query, name)
        for i, value in enumerate(values):
            told = f"{value[0]}={value[1]}" if name == "at" else value
            found.append((f"--{name} {told}", query.changed(**{name: values[:i] + values[i + 1 :]})))
    for name in ("sign", "test", "min_belief", *query.context):
        value = getattr(query, name)
        if value is not None:
            option = "--source" if name == "tissue" else "--" + name.replace("_", "-")
            found.append((f"{option} {value}", query.changed(**{name: None})))
    if query.coherent:
        found.append(("--coherent", query.changed(coherent=False)))
    return found
