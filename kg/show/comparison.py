"""A comparison as rows of a table and as plain data."""

from __future__ import annotations

from typing import Any

from kg.mechanism.compare import Comparison, Seen

__all__ = ["COLUMNS", "comparison_data", "comparison_rows"]

COLUMNS = (
    "object", "verdict", "one", "one_belief", "one_rung", "one_papers", "other", "other_belief", "other_rung",
    "other_papers", "one_diseases", "other_diseases", "one_species", "other_species",
)  # fmt: skip
"""A contract: further columns may follow, these stay."""

_LISTS = ("papers", "diseases", "species")


def comparison_rows(found: Comparison, *, shared: bool = False) -> list[tuple[Any, ...]]:
    """One row an effect, in the order of `COLUMNS`; `shared`: only what both sides were seen to act on."""
    return [
        (
            e.object,
            e.verdict,
            *_side(e.one),
            *_side(e.other),
            *("|".join(side.of(axis)) for axis in ("disease", "species") for side in (e.one, e.other)),
        )
        for e in found.effects
        if not shared or not e.verdict.startswith("only")
    ]


def comparison_data(found: Comparison, *, shared: bool = False) -> list[dict[str, Any]]:
    """The rows as objects: papers, diseases and species as lists, nothing seen as null."""
    return [dict(zip(COLUMNS, _plain(row), strict=True)) for row in comparison_rows(found, shared=shared)]


def _side(seen: Seen) -> tuple[str, float, str, str]:
    return seen.word or ".", seen.belief, seen.rung, "|".join(seen.papers)


def _plain(row: tuple[Any, ...]) -> list[Any]:
    """A row for JSON: papers as lists, nothing seen as null."""
    return [
        None if cell == "." else cell.split("|") if name.endswith(_LISTS) and cell else cell
        for name, cell in zip(COLUMNS, row, strict=True)
    ]
