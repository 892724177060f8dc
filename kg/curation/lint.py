"""The rules that curated data must keep. Each is a small generator; its docstring is its documentation.

`lint` runs them all and returns every problem at once, sorted by place. A rule for tables takes the
checkout; a rule for papers takes one file and a `Context`. `tests/bad/` holds the smallest file that
breaks each rule.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kg import vocab
from kg.curation.checkout import DERIVATIONS, ENTITY_COLUMNS, Checkout, entity_of, mapping_of, relation_of
from kg.curation.papers import PaperFile, dump_paper, nearest, read_paper
from kg.curation.tables import Row, split, write_rows, write_text
from kg.curation.term_rules import TERM_RULES
from kg.errors import DataProblems, Problem
from kg.model import Entity, Experiment, Knowledge, Line, Paper, Relation, Sign

__all__ = ["PAPER_RULES", "TABLE_RULES", "fix", "lint", "read_knowledge"]

LONGEST_FINDING = 25


# Tables -------------------------------------------------------------------------------------------


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
                    "undefined_parent", f"no entity is called {parent!r}; {_near(parent, names)}"
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
                    "derivation_table", f"no entity is called {row[column]!r}; {_near(row[column], names)}"
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


def _wrong_adjudication(row: Row, names: set[str], signs: Mapping[str, str]) -> Iterator[str]:
    for column in ("subject", "object"):
        if row[column] not in names:
            yield f"no entity is called {row[column]!r}; {_near(row[column], names)}"
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


TABLE_RULES: tuple[Callable[[Checkout], Iterator[Problem]], ...] = (
    duplicate_name, duplicate_id, alias_clash, unknown_category, bad_id, unknown_id, obsolete_id,
    label_mismatch, minted_without_definition, undefined_parent, parent_cycle, relation_table,
    derivation_table, adjudication_table, *TERM_RULES,
)  # fmt: skip


# Papers -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Context:
    """What a rule about a paper needs to know of the rest."""

    entities: dict[str, Entity]
    relations: dict[str, Relation]
    derivations: tuple[tuple[str, str, str], ...]
    files: Sequence[PaperFile]

    @classmethod
    def of(cls, checkout: Checkout, files: Sequence[PaperFile]) -> Context:
        entities = [entity_of(row) for row in checkout.entity_rows]
        relations = [relation_of(r) for r in checkout.relation_rows if r["sign"] in {s.value for s in Sign}]
        rows = [(r["subject"], r["relation"], r["object"]) for r in checkout.derivation_rows]
        by_name = {e.name: e for e in entities}
        return cls(by_name, {r.name: r for r in relations}, tuple(rows), files)

    @cached_property
    def msc_things(self) -> frozenset[str]:
        """Names of MSCs and of all that derives from them, with everything below."""
        found = {"MSC", *(s for s, _, o in self.derivations if o == "MSC")}
        while True:
            more = {e.name for e in self.entities.values() if found & set(e.parents)} - found
            if not more:
                return frozenset(found)
            found |= more


def _near(word: str, names: Iterable[str]) -> str:
    hint = nearest(word, names)
    return hint if hint.startswith("did you mean") else "define it in data/entities.tsv"


def _experiments(file: PaperFile) -> Iterator[tuple[Experiment, tuple[str | int, ...]]]:
    assert file.paper is not None
    for experiment in file.paper.experiments:
        yield experiment, ("experiments", experiment.name)


def _claims(file: PaperFile) -> Iterator[tuple[Experiment, Line, tuple[str | int, ...]]]:
    for experiment, loc in _experiments(file):
        for i, line in enumerate(experiment.lines):
            yield experiment, line, (*loc, "claims", i)


def paper_id(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A paper has a PMID or a DOI, better both."""
    if not (paper.pmid or paper.doi):
        yield file.problem("paper_id", "neither pmid nor doi; write the one seen on the page that was read")


def duplicate_paper(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A paper has one file."""
    for other in context.files:
        if other.paper is None or other.path >= file.path:
            continue
        for key in ("pmid", "doi"):
            mine, theirs = getattr(paper, key), getattr(other.paper, key)
            if mine and theirs and mine.casefold() == theirs.casefold():
                yield file.problem(
                    "duplicate_paper", f"{key} {mine} is already in {other.path}; merge the two", key
                )


def place(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A file lies in the folder of its year and is named `firstauthor-two-words.yaml`, in ASCII."""
    path = Path(file.path)
    if path.parent.name.isdigit() and path.parent.name != str(paper.year):
        yield file.problem(
            "place", f"the paper is of {paper.year} but lies in folder {path.parent.name}", "year"
        )
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+\.yaml", path.name):
        yield file.problem("place", f"{path.name!r}: name the file firstauthor-two-or-three-words.yaml")


def retraction_notice(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A withdrawn paper names its notice."""
    if paper.status and not paper.notice:
        yield file.problem(
            "retraction_notice", f"status {paper.status}: give the notice's identifier", "status"
        )
    if paper.notice and not paper.status:
        yield file.problem(
            "retraction_notice", "a notice needs `status: retracted` or `status: concern`", "notice"
        )


def trial_design(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A trial states its design; only trials do."""
    if paper.kind == "trial" and paper.trial is None:
        yield file.problem("trial_design", "kind trial needs `trial:` (id, phase, n, randomised …)", "kind")
    if paper.kind != "trial" and paper.trial is not None:
        yield file.problem("trial_design", f"`trial:` stands in a paper of kind {paper.kind}", "trial")


def readings(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A second reading comes after the first and says of each claim what became of it."""
    second = paper.second_reading
    if second and second.date < paper.curation.date:
        message = f"second reading {second.date} before the first {paper.curation.date}"
        yield file.problem("readings", message, "second reading")
    for _, line, loc in _claims(file):
        if second and not line.reading:
            yield file.problem(
                "readings", "say what the second reading made of it: confirmed or mended", *loc
            )
        if line.reading and not second:
            yield file.problem(
                "readings", f"reading {line.reading!r} without `second reading:`", *loc, "reading"
            )


def context_names(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """The disease of an experiment is an entity of category disease; clinical means human."""
    for experiment, loc in _experiments(file):
        at = (*loc, "disease")
        if experiment.disease is not None:
            entity = context.entities.get(experiment.disease)
            if entity is None:
                diseases = [e.name for e in context.entities.values() if e.category == "disease"]
                hint = _near(experiment.disease, diseases)
                yield file.problem(
                    "undefined_name", f"no entity is called {experiment.disease!r}; {hint}", *at
                )
            elif entity.category != "disease":
                yield file.problem(
                    "context_names", f"{entity.name!r} is of category {entity.category}, not a disease", *at
                )
        if experiment.system == "clinical" and experiment.species != "human":
            yield file.problem(
                "context_names", f"clinical, but the species is {experiment.species}", *loc, "species"
            )


def undefined_name(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """The two ends of a statement are names of entities, and its predicate is in the closed list."""
    for _, line, loc in _claims(file):
        for word in (line.subject, line.object):
            if word not in context.entities:
                hint = _near(word, context.entities)
                yield file.problem(
                    "undefined_name", f"no entity is called {word!r}; {hint}", *loc, "statement"
                )
        if line.predicate not in context.relations:
            hint = nearest(line.predicate, context.relations)
            yield file.problem(
                "undefined_predicate", f"{line.predicate!r} is no predicate; {hint}", *loc, "statement"
            )


def domain_range(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """The categories of the two ends fit the predicate; nothing acts on itself."""
    for _, line, loc in _claims(file):
        relation = context.relations.get(line.predicate)
        ends = context.entities.get(line.subject), context.entities.get(line.object)
        if relation is None:
            continue
        for end, allowed, what in zip(
            ends, (relation.domain, relation.range), ("subject", "object"), strict=True
        ):
            if end is not None and end.category not in allowed:
                category = f"{what} {end.name!r} is of category {end.category}"
                message = f"{category}; {relation.name} takes {', '.join(allowed)}"
                yield file.problem("domain_range", message, *loc, "statement")
        if line.subject == line.object:
            yield file.problem("domain_range", f"{line.subject!r} acts on itself", *loc, "statement")


def finding_length(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A finding is one sentence of at most 25 words."""
    for _, line, loc in _claims(file):
        n_words = len(line.finding.split())
        if n_words > LONGEST_FINDING:
            message = f"{n_words} words; say it in {LONGEST_FINDING}"
            yield file.problem("finding_length", message, *loc, "finding")


def measured(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A null result says what was measured."""
    for _, line, loc in _claims(file):
        if line.direction == "no effect" and not line.measured:
            yield file.problem(
                "measured", "no effect: say in `measured:` what was measured", *loc, "direction"
            )


def duplicate_claim(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """One experiment says a thing once."""
    seen: dict[tuple[str, ...], int] = {}
    for experiment, line, loc in _claims(file):
        key = (
            experiment.name,
            line.subject,
            line.predicate,
            line.object,
            line.anchor,
            line.direction,
            line.test,
        )
        if key not in seen:
            seen[key] = file.line(*loc)
        else:
            yield file.problem("duplicate_claim", f"the same claim stands on line {seen[key]}", *loc)


def msc_evidence(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """A claim about MSCs or their products needs more than a review, and says what was given."""
    for experiment, line, loc in _claims(file):
        if line.subject not in context.msc_things:
            continue
        if paper.kind == "review":
            message = f"{line.subject!r} in a review; cite the primary paper, trial or meta-analysis"
            yield file.problem("msc_evidence", message, *loc, "statement")
        if experiment.agent is None:
            message = f"{line.subject!r} acts, but experiment {experiment.name!r} has no `agent:`"
            yield file.problem("msc_evidence", message, *loc, "statement")


def agent_source(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """The tissue in a cell's name is the tissue of the agent."""
    for experiment, line, loc in _claims(file):
        allowed = vocab.SOURCE_OF_AGENT.get(line.subject)
        source = experiment.agent.source if experiment.agent else None
        if allowed and source and source not in (*allowed, "mixed"):
            message = f"{line.subject!r} acts, but the agent's source is {source}"
            yield file.problem("agent_source", message, *loc, "statement")


PAPER_RULES: tuple[Callable[[Paper, PaperFile, Context], Iterator[Problem]], ...] = (
    paper_id, duplicate_paper, place, retraction_notice, trial_design, readings, context_names,
    undefined_name, domain_range, finding_length, measured, duplicate_claim, msc_evidence, agent_source,
)  # fmt: skip


# Running ------------------------------------------------------------------------------------------

_TABLES = (
    "entity_rows", "relation_rows", "derivation_rows", "adjudication_rows", "terms", "class_rows",
    "minted_rows", "value_rows", "import_rows", "mapping_rows", "mapping_set", "target_rows",
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
