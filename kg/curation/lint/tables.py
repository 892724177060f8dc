"""Rules that the curated tables keep: entities, relations, derivations, adjudications."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping

from kg import vocab
from kg.curation.checkout import DERIVATIONS, Checkout, mapping_of
from kg.curation.papers import nearest
from kg.curation.tables import Row, split
from kg.errors import Problem
from kg.model import Sign

__all__: list[str] = []

LONGEST_FINDING = 25
"""Words in a finding or a note."""


def key_of(text: str) -> str:
    """What two names must not share: case, Greek letters, blanks and hyphens do not tell names apart."""
    from kg.curation.anchor import normalise

    return normalise(text) or text


def duplicate_name(checkout: Checkout) -> Iterator[Problem]:
    """A name is defined once; case, blanks and hyphens do not tell two names apart."""
    seen: dict[str, Row] = {}
    for row in checkout.entity_rows:
        first = seen.setdefault(key_of(row["name"]), row)
        if first is not row:
            yield row.problem(
                "duplicate_name", f"{row['name']!r} is already {first['name']!r} on line {first.line}"
            )


def duplicate_id(checkout: Checkout) -> Iterator[Problem]:
    """An identifier has one name."""
    seen: dict[str, Row] = {}
    for row in checkout.entity_rows:
        first = seen.setdefault(row["id"], row)
        if first is not row:
            yield row.problem(
                "duplicate_id", f"{row['id']} is already {first['name']!r} on line {first.line}"
            )


def alias_clash(checkout: Checkout) -> Iterator[Problem]:
    """An alias names one entity. One that really has two meanings ends in `?` wherever it stands."""
    owners: dict[str, Row] = {key_of(row["name"]): row for row in checkout.entity_rows}
    for row in checkout.entity_rows:
        for alias in split(row["aliases"]):
            if alias.endswith("?"):
                continue
            owner = owners.setdefault(key_of(alias), row)
            if owner["name"] != row["name"]:
                message = f"{alias!r} already names {owner['name']!r} (line {owner.line}); "
                yield row.problem("alias_clash", message + "drop it, or write it as `alias?` in both places")


def unknown_category(checkout: Checkout) -> Iterator[Problem]:
    """A category is one of the closed list."""
    for row in checkout.entity_rows:
        if row["category"] not in vocab.CATEGORIES:
            hint = nearest(row["category"], vocab.CATEGORIES)
            yield row.problem("unknown_category", f"{row['category']!r} is no category; {hint}")


def bad_id(checkout: Checkout) -> Iterator[Problem]:
    """An identifier is a CURIE with a known prefix."""
    for row in checkout.entity_rows:
        prefix, colon, local = row["id"].partition(":")
        if not (colon and local and prefix in vocab.PREFIXES):
            yield row.problem(
                "bad_id", f"{row['id']!r} is not prefix:local; {nearest(prefix, vocab.PREFIXES)}"
            )


def unknown_id(checkout: Checkout) -> Iterator[Problem]:
    """A public identifier is in the extract of its source."""
    for row in checkout.entity_rows:
        prefix = row["id"].partition(":")[0]
        if prefix in vocab.PREFIXES and prefix != "mscm" and row["id"] not in checkout.terms:
            message = (
                f"{row['id']} is not in ontology/imports/; check it, then refresh the extracts (`kg extract`)"
            )
            yield row.problem("unknown_id", message)


def obsolete_id(checkout: Checkout) -> Iterator[Problem]:
    """A public identifier is live."""
    for row in checkout.entity_rows:
        term = checkout.terms.get(row["id"])
        if term and term.obsolete:
            instead = (
                f"; replaced by {term.replaced_by}"
                if term.replaced_by
                else "; its source names no replacement"
            )
            yield row.problem("obsolete_id", f"{row['id']} ({term.label}) is obsolete{instead}")


def label_mismatch(checkout: Checkout) -> Iterator[Problem]:
    """The label beside an identifier is the one its source gives it."""
    for row in checkout.entity_rows:
        term = checkout.terms.get(row["id"])
        if term and term.label != row["label"]:
            yield row.problem("label_mismatch", f"{row['id']} is {term.label!r}, not {row['label']!r}")


def minted_without_definition(checkout: Checkout) -> Iterator[Problem]:
    """A project term has its name as label and a definition in `note`."""
    for row in checkout.entity_rows:
        if not row["id"].startswith("mscm:"):
            continue
        if not re.fullmatch(r"mscm:\d{7}", row["id"]):
            yield row.problem("bad_id", f"{row['id']!r} is not mscm: and seven digits")
        if row["label"] != row["name"]:
            yield row.problem("label_mismatch", f"a project term is labelled by its name, {row['name']!r}")
        if len(row["note"].split()) < 4:
            yield row.problem("minted_without_definition", f"{row['name']!r} needs a definition in `note`")


def undefined_parent(checkout: Checkout) -> Iterator[Problem]:
    """A parent is the name of another entity."""
    names = {row["name"] for row in checkout.entity_rows}
    for row in checkout.entity_rows:
        for parent in split(row["parents"]):
            if parent not in names:
                yield row.problem(
                    "undefined_parent", f"no entity is called {parent!r}; {near(parent, names)}"
                )


def parent_cycle(checkout: Checkout) -> Iterator[Problem]:
    """No entity is its own ancestor."""
    parents = {row["name"]: split(row["parents"]) for row in checkout.entity_rows}
    for row in checkout.entity_rows:
        todo, seen = list(parents[row["name"]]), set()
        while todo:
            name = todo.pop()
            if name == row["name"]:
                yield row.problem("parent_cycle", f"{name!r} is among its own ancestors")
                break
            if name not in seen:
                seen.add(name)
                todo += parents.get(name, ())


def relation_table(checkout: Checkout) -> Iterator[Problem]:
    """Signs, categories and mappings of the predicates are what they claim to be."""
    for row in checkout.relation_rows:
        if row["sign"] not in {s.value for s in Sign}:
            yield row.problem("relation_table", f"sign {row['sign']!r} is not one of + - ?")
        for column in ("domain", "range"):
            for category in split(row[column]):
                if category not in vocab.CATEGORIES:
                    hint = nearest(category, vocab.CATEGORIES)
                    yield row.problem("relation_table", f"{column}: {category!r} is no category; {hint}")
        for match, curie in map(mapping_of, split(row["mappings"])):
            if match not in vocab.MATCHES:
                yield row.problem(
                    "relation_table", f"mapping {match!r} is not one of {', '.join(vocab.MATCHES)}"
                )
            term = checkout.terms.get(curie)
            if term is None or term.obsolete:
                yield row.problem("relation_table", f"mapping target {curie} is unknown or obsolete")


def derivation_table(checkout: Checkout) -> Iterator[Problem]:
    """Structural links join defined entities by a known relation."""
    names = {row["name"] for row in checkout.entity_rows}
    for row in checkout.derivation_rows:
        if row["relation"] not in DERIVATIONS:
            hint = nearest(row["relation"], DERIVATIONS)
            yield row.problem("derivation_table", f"{row['relation']!r} is no structural relation; {hint}")
        for column in ("subject", "object"):
            if row[column] not in names:
                yield row.problem(
                    "derivation_table", f"no entity is called {row[column]!r}; {near(row[column], names)}"
                )


def adjudication_table(checkout: Checkout) -> Iterator[Problem]:
    """An adjudication is about a conflict in the data, and a paper among its lines says so."""
    names = {row["name"] for row in checkout.entity_rows}
    signs = {row["name"]: row["sign"] for row in checkout.relation_rows}
    seen: dict[tuple[str, str, str], Row] = {}
    for row in checkout.adjudication_rows:
        about = row["subject"], row["predicate"], row["object"]
        told = list(_wrong_adjudication(row, names, signs))
        first = seen.setdefault(about, row)
        if first is not row:
            told.append(f"the same conflict is adjudicated on line {first.line}; keep one")
        if not told:
            sides = _sides(checkout, about, signs)
            if not all(sides):
                told.append(f"no two sides disagree on {' | '.join(w for w in about if w)}; drop the row")
            elif row["paper"] not in sides[0] | sides[1]:
                papers = ", ".join(sorted(sides[0] | sides[1]))
                told.append(f"paper {row['paper']!r} has no line in this conflict; those that have: {papers}")
        for message in told:
            yield row.problem("adjudication_table", message)


def _sides(
    checkout: Checkout, about: tuple[str, str, str], signs: Mapping[str, str]
) -> tuple[set[str], set[str]]:
    """Papers on both sides of the conflict that a row is about."""
    subject, predicate, obj = about
    one: set[str] = set()
    other: set[str] = set()
    for paper in (file.paper for file in checkout.paper_files if file.paper and not file.paper.is_withdrawn):
        for line in (line for x in paper.experiments for line in x.lines):
            if (line.subject, line.object) != (subject, obj) or predicate not in ("", line.predicate):
                continue
            supports, sign = line.direction == "supports", signs.get(line.predicate)
            if predicate:
                (one if supports else other).add(paper.id)
            elif supports and sign in ("+", "-"):
                (one if sign == "+" else other).add(paper.id)
    return one, other


def near(word: str, names: Iterable[str]) -> str:
    hint = nearest(word, names)
    return hint if hint.startswith("did you mean") else "define it in data/entities.tsv"


def _wrong_adjudication(row: Row, names: set[str], signs: Mapping[str, str]) -> Iterator[str]:
    for column in ("subject", "object"):
        if row[column] not in names:
            yield f"no entity is called {row[column]!r}; {near(row[column], names)}"
    if row["predicate"] and row["predicate"] not in signs:
        yield f"{row['predicate']!r} is no predicate; {nearest(row['predicate'], signs)}"
    axes = split(row["axes"])
    if not axes:
        yield f"names no axis; one or more of {', '.join(vocab.CONTEXT_AXES)}, parted by |"
    for axis in axes:
        if axis not in vocab.CONTEXT_AXES:
            yield f"{axis!r} is no axis; {nearest(axis, vocab.CONTEXT_AXES)}"
    n_words = len(row["note"].split())
    if not 4 <= n_words <= LONGEST_FINDING:
        yield f"the note has {n_words} words; say in 4 to {LONGEST_FINDING} what the paper found"
    if row["agent"] not in vocab.AGENTS and not re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", row["agent"]):
        yield f"agent {row['agent']!r} is neither software nor an ORCID"
    try:
        datetime.date.fromisoformat(row["date"])
    except ValueError:
        yield f"date {row['date']!r} is not YYYY-MM-DD"
