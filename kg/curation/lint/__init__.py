"""The rules that curated data must keep. Each is a small generator; its docstring is its documentation.

`lint` runs them all and returns every problem at once, sorted by place. A rule for tables takes the
checkout; a rule for papers takes one file and a `Context`. `tests/bad/` holds the smallest file that
breaks each rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kg.curation.checkout import ENTITY_COLUMNS, Checkout
from kg.curation.lint.bridges import BRIDGE_RULES
from kg.curation.lint.papers import PAPER_RULES, Context
from kg.curation.lint.tables import (
    adjudication_table,
    alias_clash,
    bad_id,
    derivation_table,
    duplicate_id,
    duplicate_name,
    label_mismatch,
    minted_without_definition,
    obsolete_id,
    parent_cycle,
    relation_table,
    undefined_parent,
    unknown_category,
    unknown_id,
)
from kg.curation.lint.terms import TERM_RULES
from kg.curation.papers import dump_paper, read_paper
from kg.curation.tables import split, write_rows, write_text
from kg.errors import DataProblems, Problem
from kg.model import Knowledge

__all__ = ["PAPER_RULES", "TABLE_RULES", "fix", "lint", "read_knowledge"]


TABLE_RULES: tuple[Callable[[Checkout], Iterator[Problem]], ...] = (
    duplicate_name, duplicate_id, alias_clash, unknown_category, bad_id, unknown_id, obsolete_id,
    label_mismatch, minted_without_definition, undefined_parent, parent_cycle, relation_table,
    derivation_table, adjudication_table, *BRIDGE_RULES, *TERM_RULES,
)  # fmt: skip


_TABLES = (
    "entity_rows", "relation_rows", "derivation_rows", "adjudication_rows", "terms", "class_rows",
    "minted_rows", "value_rows", "import_rows", "mapping_rows", "mapping_set", "target_rows", "bridge_rows",
    "parent_rows", "synonym_rows", "source_rows",
)  # fmt: skip


def lint(checkout: Checkout, only: Sequence[Path] = ()) -> list[Problem]:
    """Every problem, sorted by place; with `only`, those of these paper files (against all others)."""
    problems: list[Problem] = []
    for read in _TABLES:
        try:
            getattr(checkout, read)
        except DataProblems as error:
            problems += error.problems
    if problems:
        return sorted([*problems, *(p for file in checkout.paper_files for p in file.problems)])
    for rule in TABLE_RULES:
        problems += rule(checkout)
    files = list(checkout.paper_files)
    if only:
        wanted = [read_paper(path, checkout.shown(path)) for path in only]
        names = {f.path for f in wanted}
        files = [f for f in files if f.path not in names] + wanted
        problems = []
    else:
        wanted = files
    context = Context.of(checkout, files)
    for file in wanted:
        problems += file.problems
        if file.paper is not None:
            for paper_rule in PAPER_RULES:
                problems += paper_rule(file.paper, file, context)
    return sorted(set(problems))


def read_knowledge(checkout: Checkout) -> Knowledge:
    """The knowledge of a checkout.

    Raises DataProblems, with all of them, where lint finds any.
    """
    if problems := lint(checkout):
        raise DataProblems(problems)
    return checkout.knowledge()


def fix(checkout: Checkout, only: Sequence[Path] = ()) -> tuple[list[str], list[str]]:
    """Bring files into canonical form without changing what they mean: (rewritten, left alone and why).

    Sorts `entities.tsv`, orders the keys of paper files and trims. A file that does not parse, breaks
    its shape, or holds comments (which would be lost) is left as it is.
    """
    changed: list[str] = []
    left: list[str] = []
    if not only:
        path = checkout.data / "entities.tsv"
        rows = sorted(checkout.entity_rows, key=lambda r: (r["name"].casefold(), r["name"]))
        cells = [
            ["|".join(split(c)) if k in ("aliases", "parents") else c for k, c in r.cells.items()]
            for r in rows
        ]
        before = path.read_text(encoding="utf-8")
        write_rows(path, ENTITY_COLUMNS, cells)
        if path.read_text(encoding="utf-8") != before:
            changed.append(checkout.shown(path))
    for path in only or checkout.paper_paths():
        file = read_paper(path, checkout.shown(path))
        if file.paper is None or file.problems:
            left.append(f"{file.path}: mend its problems first")
        elif file.has_comments:
            left.append(f"{file.path}: holds comments, which would be lost; move them into `note:`")
        elif (text := dump_paper(file.paper)) != file.text:
            write_text(path, text)
            changed.append(file.path)
    return changed, left
