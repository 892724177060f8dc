"""The rules that the ontology's own tables must keep: `ontology/terms/*.tsv` and the mapping set.

Each rule is a small generator; its docstring is its documentation. `kg.curation.lint` runs them with its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from kg import vocab
from kg.curation.checkout import Checkout, mapping_of
from kg.curation.mappings import CURATED, GIVEN
from kg.curation.modules import NOT_CLASSES, module_labels
from kg.curation.papers import nearest
from kg.curation.tables import Row, split
from kg.errors import Problem

__all__ = ["TERM_RULES"]

BLOCK = range(200, 400)
"""Numbers of the project's own classes that are neither entities nor defined in a module."""
FEWEST_WORDS = 4
PREDICATES = tuple(f"skos:{match}Match" for match in vocab.MATCHES)


def _labels(checkout: Checkout, *, classes: bool = False) -> dict[str, str]:
    """CURIE → label of every term of the ontology; with `classes`, without properties and mapping targets."""
    terms = (t for t in checkout.terms.values() if not t.obsolete)
    found = {t.id: t.label for t in terms if not (classes and t.id.partition(":")[0] in NOT_CLASSES)}
    modules = module_labels(checkout)
    found |= {
        i: label for i, label in modules.items() if not (classes and i.partition(":")[0] in ("voc", "rel"))
    }
    found |= {row["id"]: row["label"] for row in (*checkout.entity_rows, *checkout.class_rows)}
    return found


def _names_term(row: Row, curie: str, label: str, labels: Mapping[str, str], rule: str) -> Iterator[Problem]:
    """That an identifier is a term and has this label."""
    if curie not in labels:
        known = "is no term of the ontology, or obsolete; check it, then refresh the extracts (`kg extract`)"
        yield row.problem(rule, f"{curie!r} {known}")
    elif labels[curie] != label:
        yield row.problem(rule, f"{curie} is {labels[curie]!r}, not {label!r}")


def term_id(checkout: Checkout) -> Iterator[Problem]:
    """A class of `terms/` has an identifier of its own, from the numbers kept for such classes."""
    taken = {row["id"]: "data/entities.tsv" for row in checkout.entity_rows}
    taken |= dict.fromkeys(module_labels(checkout), "a hand-written module")
    for row in checkout.class_rows:
        if not (re.fullmatch(r"mscm:\d{7}", row["id"]) and int(row["id"][5:]) in BLOCK):
            span = f"mscm:{BLOCK.start:07} to mscm:{BLOCK.stop - 1:07}"
            yield row.problem("term_id", f"{row['id']!r} is not one of {span}")
        elif row["id"] in taken:
            yield row.problem("term_id", f"{row['id']} is already taken by {taken[row['id']]}")
        taken.setdefault(row["id"], f"line {row.line} of {row.path}")


def term_text(checkout: Checkout) -> Iterator[Problem]:
    """A class of `terms/` has a label, a definition with its source, and says why no public term fits."""
    for row in checkout.class_rows:
        for column in ("label", "source"):
            if not row[column]:
                yield row.problem("term_text", f"{row['id']} has no {column}")
        for column in ("definition", "why_minted"):
            if len(row[column].split()) < FEWEST_WORDS:
                yield row.problem("term_text", f"{row['label']!r} needs a sentence in `{column}`")


def label_clash(checkout: Checkout) -> Iterator[Problem]:
    """No class of `terms/` has the label of another class; case does not tell them apart."""
    ours = {row["id"] for row in checkout.class_rows}
    labels = _labels(checkout, classes=True).items()
    owners = {label.casefold(): curie for curie, label in labels if curie not in ours}
    for row in checkout.class_rows:
        owner = owners.setdefault(row["label"].casefold(), row["id"])
        if owner != row["id"]:
            yield row.problem("label_clash", f"{row['label']!r} is already the label of {owner}")


def term_parent(checkout: Checkout) -> Iterator[Problem]:
    """A class of `terms/` stands below classes of the ontology and not below itself."""
    labels = _labels(checkout, classes=True)
    parents = {row["id"]: split(row["parents"]) for row in checkout.class_rows}
    for row in checkout.class_rows:
        if not parents[row["id"]]:
            yield row.problem("term_parent", f"{row['label']!r} stands below no class")
        for parent in parents[row["id"]]:
            if parent not in labels:
                yield row.problem("term_parent", f"{parent!r} is no class of the ontology")
        todo, seen = list(parents[row["id"]]), set[str]()
        while todo:
            if (above := todo.pop()) not in seen:
                seen.add(above)
                todo += parents.get(above, ())
        if row["id"] in seen:
            yield row.problem("term_parent", f"{row['label']!r} is among its own ancestors")


def minted_without_reason(checkout: Checkout) -> Iterator[Problem]:
    """Each minted entity says once in `terms/minted.tsv` why no public term fits."""
    minted = {row["id"]: row for row in checkout.entity_rows if row["id"].startswith("mscm:")}
    seen = Counter(row["id"] for row in checkout.minted_rows)
    for row in checkout.minted_rows:
        entity = minted.get(row["id"])
        if entity is None:
            yield row.problem("minted_without_reason", f"{row['id']} is no minted entity")
        elif row["name"] != entity["name"]:
            yield row.problem(
                "minted_without_reason", f"{row['id']} is {entity['name']!r}, not {row['name']!r}"
            )
        if seen[row["id"]] > 1:
            yield row.problem("minted_without_reason", f"{row['id']} stands here more than once")
        if len(row["why_minted"].split()) < FEWEST_WORDS:
            yield row.problem("minted_without_reason", f"{row['name']!r} needs a sentence in `why_minted`")
    for curie, row in minted.items():
        if curie not in seen:
            message = f"{row['name']!r}: say in ontology/terms/minted.tsv why no public term fits"
            yield row.problem("minted_without_reason", message)


def value_term(checkout: Checkout) -> Iterator[Problem]:
    """A value of a closed list has one term, which stands for no other value and has the label given."""
    labels = _labels(checkout, classes=True)
    values = Counter((row["list"], row["value"]) for row in checkout.value_rows)
    ids = Counter(row["id"] for row in checkout.value_rows)
    for row in checkout.value_rows:
        if row["list"] not in vocab.CLOSED_LISTS:
            yield row.problem(
                "value_term", f"{row['list']!r} is no list; {nearest(row['list'], vocab.CLOSED_LISTS)}"
            )
        elif row["value"] not in (allowed := vocab.CLOSED_LISTS[row["list"]]):
            yield row.problem(
                "value_term", f"{row['value']!r} is not allowed; {nearest(row['value'], allowed)}"
            )
        if values[row["list"], row["value"]] > 1 or ids[row["id"]] > 1:
            yield row.problem("value_term", f"{row['value']!r} or {row['id']} stands here more than once")
        yield from _names_term(row, row["id"], row["label"], labels, "value_term")


def import_table(checkout: Checkout) -> Iterator[Problem]:
    """A term taken in without being an entity is live, has its source's label, a place and a reason."""
    labels = _labels(checkout, classes=True)
    seen = Counter(row["id"] for row in checkout.import_rows)
    entities = {row["id"] for row in checkout.entity_rows}
    for row in checkout.import_rows:
        if row["id"] in entities or seen[row["id"]] > 1:
            where = "an entity" if row["id"] in entities else "in this table twice"
            yield row.problem("import_table", f"{row['id']} is already {where}")
        yield from _names_term(row, row["id"], row["label"], labels, "import_table")
        if row["below"]:
            if row["id"].startswith("HP:"):
                yield row.problem("import_table", f"{row['id']}: HPO terms get no parent of ours")
            elif row["below"] not in (*labels, "owl:Thing"):
                yield row.problem("import_table", f"{row['below']!r} is no class of the ontology")
        elif row["id"] in checkout.terms and not (
            row["id"].startswith("HP:") or checkout.terms[row["id"]].parents
        ):
            yield row.problem(
                "import_table", f"{row['id']} has no parent in its source; say what it is below"
            )
        if not row["why"]:
            yield row.problem("import_table", f"{row['id']}: say in `why` who needs it")


def mapping_table(checkout: Checkout) -> Iterator[Problem]:
    """A mapping by hand joins a term of the project to a public one, and both have the labels they claim."""
    labels = _labels(checkout)
    targets = {**labels, **{row["id"]: row["label"] for row in checkout.target_rows if not row["obsolete"]}}
    for row in checkout.mapping_rows:
        if row["match"] not in vocab.MATCHES:
            yield row.problem(
                "mapping_table", f"{row['match']!r} is no match; {nearest(row['match'], vocab.MATCHES)}"
            )
        if row["subject_id"] == row["object_id"]:
            yield row.problem("mapping_table", f"{row['subject_id']} is mapped to itself")
        yield from _names_term(row, row["subject_id"], row["subject_label"], labels, "mapping_table")
        yield from _names_term(row, row["object_id"], row["object_label"], targets, "mapping_table")


def mapping_set(checkout: Checkout) -> Iterator[Problem]:
    """The mapping set holds what the curated tables say, once, and every end has the label it claims."""
    labels = _labels(checkout)
    labels |= {"rel:" + row["name"].replace(" ", "_"): row["name"] for row in checkout.relation_rows}
    targets = {**labels, **{row["id"]: row["label"] for row in checkout.target_rows if not row["obsolete"]}}
    seen: dict[tuple[str, str], Row] = {}
    for row in checkout.mapping_set:
        if row["predicate_id"] not in PREDICATES:
            hint = nearest(row["predicate_id"], PREDICATES)
            yield row.problem("mapping_set", f"{row['predicate_id']!r} is no predicate of mappings; {hint}")
        if row["mapping_justification"] not in (CURATED, GIVEN):
            yield row.problem(
                "mapping_set", f"{row['mapping_justification']!r} is no justification used here"
            )
        first = seen.setdefault((row["subject_id"], row["object_id"]), row)
        if first is not row:
            yield row.problem("mapping_set", f"the same two terms are mapped on line {first.line}")
        yield from _names_term(row, row["subject_id"], row["subject_label"], labels, "mapping_set")
        yield from _names_term(row, row["object_id"], row["object_label"], targets, "mapping_set")
    if not checkout.mapping_set:
        return
    held = {(r["subject_id"], r["predicate_id"], r["object_id"]) for r in checkout.mapping_set}
    stale = "is not in ontology/mappings.sssom.tsv; refresh it (`kg extract`)"
    for row in checkout.mapping_rows:
        if (row["subject_id"], f"skos:{row['match']}Match", row["object_id"]) not in held:
            yield row.problem("mapping_set", f"{row['match']} {row['object_id']} {stale}")
    for row in checkout.relation_rows:
        for match, curie in map(mapping_of, split(row["mappings"])):
            if ("rel:" + row["name"].replace(" ", "_"), f"skos:{match}Match", curie) not in held:
                yield row.problem("mapping_set", f"{match} {curie} {stale}")


def parent_table(checkout: Checkout) -> Iterator[Problem]:
    """A superclass set by hand joins two classes by their labels, leaves HPO alone, and says why."""
    labels = _labels(checkout, classes=True)
    for row in checkout.parent_rows:
        yield from _names_term(row, row["id"], row["label"], labels, "parent_table")
        yield from _names_term(row, row["parent"], row["parent_label"], labels, "parent_table")
        if row["id"].startswith("HP:"):
            yield row.problem("parent_table", f"{row['id']}: HPO terms get no parent of ours")
        if len(row["why"].split()) < FEWEST_WORDS:
            yield row.problem("parent_table", f"{row['label']!r}: say in `why` what makes it a subclass")


def synonym_table(checkout: Checkout) -> Iterator[Problem]:
    """A synonym that is not exact is one of a project term or an entity, of a known kind, and says why."""
    labels = _labels(checkout, classes=True)
    ours = {row["id"]: {*split(row["aliases"])} for row in checkout.entity_rows}
    ours |= {row["id"]: {*split(row["synonyms"])} for row in checkout.class_rows}
    for row in checkout.synonym_rows:
        yield from _names_term(row, row["id"], row["label"], labels, "synonym_table")
        if row["kind"] not in ("broad", "narrow", "related"):
            yield row.problem("synonym_table", f"{row['kind']!r} is not broad, narrow or related")
        if row["synonym"] not in ours.get(row["id"], ()):
            yield row.problem(
                "synonym_table", f"{row['synonym']!r} is no alias or synonym of {row['label']!r}"
            )
        if not row["why"]:
            yield row.problem("synonym_table", f"{row['synonym']!r}: say in `why` how it differs")


def source_table(checkout: Checkout) -> Iterator[Problem]:
    """A definition is drawn from a term of the ontology, a mapping's target or a paper of the data."""
    labels = _labels(checkout, classes=True)
    known = {*labels, *(row["id"] for row in checkout.target_rows)}
    known |= {file.paper.id for file in checkout.paper_files if file.paper}
    for row in checkout.source_rows:
        yield from _names_term(row, row["id"], row["label"], labels, "source_table")
        if not row["id"].startswith("mscm:"):
            yield row.problem(
                "source_table", f"{row['id']} is no project term: its source gives its definition"
            )
        for source in split(row["source"]):
            if source not in known:
                yield row.problem("source_table", f"{source!r} is no term here and no paper of data/papers/")


TERM_RULES: tuple[Callable[[Checkout], Iterator[Problem]], ...] = (
    term_id, term_text, label_clash, term_parent, minted_without_reason, value_term, import_table,
    mapping_table, mapping_set, parent_table, synonym_table, source_table,
)  # fmt: skip
