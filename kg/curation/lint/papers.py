"""Rules that paper files keep, each seen with what it needs to know of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kg import vocab
from kg.curation.checkout import Checkout, entity_of, relation_of
from kg.curation.lint.tables import LONGEST_FINDING, near
from kg.curation.papers import PaperFile, nearest
from kg.errors import Problem
from kg.model import Entity, Experiment, Line, Paper, Relation, Sign

__all__ = ["PAPER_RULES"]


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
                hint = near(experiment.disease, diseases)
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
                hint = near(word, context.entities)
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


def plain_msc(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """Engineered or primed cells, and what they release, are a subject of their own, not plain MSCs."""
    for experiment, line, loc in _claims(file):
        agent = experiment.agent
        done = agent and (agent.engineering or agent.priming)
        if done and line.subject in vocab.PLAIN_MSC:
            message = f"{line.subject!r} acts, but it was treated ({done}); name what was given, below it"
            yield file.problem("plain_msc", message, *loc, "statement")


def sufficient_alone(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """Sufficiency is for a factor: giving whole cells, vesicles or medium shows an association."""
    for _, line, loc in _claims(file):
        if line.test == "sufficiency" and line.subject in context.msc_things:
            message = f"{line.subject!r} is no single factor; giving it is an association"
            yield file.problem("sufficient_alone", message, *loc, "test")


_INFERRED = re.compile(
    r"(?=.*\b(?:species|cells?|mouse|human|rat)\b)"
    r"(?=.*\b(?:inferred|assumed|taken from|not spelled out|is read from)\b)",
    re.IGNORECASE,
)


def inferred_context(paper: Paper, file: PaperFile, context: Context) -> Iterator[Problem]:
    """What a text does not state stays empty: no species beside a note that it was inferred."""
    for experiment, loc in _experiments(file):
        if experiment.species and experiment.note and _INFERRED.match(experiment.note):
            message = f"species {experiment.species!r}, but the note says it was inferred; leave it out"
            yield file.problem("inferred_context", message, *loc, "species")


PAPER_RULES: tuple[Callable[[Paper, PaperFile, Context], Iterator[Problem]], ...] = (
    paper_id, duplicate_paper, place, retraction_notice, trial_design, readings, context_names,
    undefined_name, domain_range, finding_length, measured, duplicate_claim, msc_evidence, agent_source,
    plain_msc, sufficient_alone, inferred_context,
)  # fmt: skip
