"""Rules that the tables of bridges keep: `ontology/models_of_disease.tsv` and `ontology/markers.tsv`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kg import vocab
from kg.curation.checkout import Checkout
from kg.curation.modules import NOT_CLASSES, module_labels
from kg.curation.papers import nearest
from kg.curation.tables import Row, split
from kg.errors import Problem

__all__ = ["BRIDGE_RULES"]

FEWEST_WORDS, MOST_WORDS = 3, 25


def bridge_table(checkout: Checkout) -> Iterator[Problem]:
    """A bridge joins two classes by their names, once, says why, and ends in a disease if it models."""
    names = _names(checkout)
    categories = {row["id"]: row["category"] for row in checkout.entity_rows}
    seen: dict[tuple[str, str, str], Row] = {}
    for kind, row in checkout.bridge_rows:
        told = [*_ends(row, names), *_reason(kind, row)]
        if kind == "models" and categories.get(row["object_id"], "disease") != "disease":
            told.append(f"{row['object']!r} is no disease")
        first = seen.setdefault((kind, row["subject_id"], row["object_id"]), row)
        if first is not row:
            told.append(f"the same bridge stands on line {first.line}")
        for message in told:
            yield row.problem("bridge_table", message)


def _names(checkout: Checkout) -> Mapping[str, str]:
    """Identifier → what a bridge calls it: the name of an entity, else the label of a class."""
    terms = (
        t for t in checkout.terms.values() if not t.obsolete and t.id.partition(":")[0] not in NOT_CLASSES
    )
    found = {t.id: t.label for t in terms} | module_labels(checkout)
    found |= {row["id"]: row["label"] for row in checkout.class_rows}
    return found | {row["id"]: row["name"] for row in checkout.entity_rows}


def _ends(row: Row, names: Mapping[str, str]) -> Iterator[str]:
    for end in ("subject", "object"):
        curie, name = row[f"{end}_id"], row[end]
        if curie not in names:
            yield f"{curie!r} is no class of the ontology"
        elif names[curie] != name:
            yield f"{curie} is {names[curie]!r}, not {name!r}"
    if row["subject_id"] == row["object_id"]:
        yield f"{row['subject']!r} is joined to itself"


def _reason(kind: str, row: Row) -> Iterator[str]:
    words = len(row["reason"].split())
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        yield f"the reason has {words} words; say in {FEWEST_WORDS} to {MOST_WORDS} why it holds"
    if kind == "marker of" and row["sign"] not in ("+", "-"):
        yield f"sign {row['sign']!r} is not + or -"
    for source in split(row["source"]):
        prefix, colon, local = source.partition(":")
        if not (colon and local and prefix in vocab.PREFIXES):
            yield f"source {source!r} is not prefix:local; {nearest(prefix, vocab.PREFIXES)}"


BRIDGE_RULES: tuple[Callable[[Checkout], Iterator[Problem]], ...] = (bridge_table,)
