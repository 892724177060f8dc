"""The values everything else speaks of: entities, statements and the evidence behind them.

All are frozen. A `Knowledge` is what the curated files say, whole: reading the files, or the RDF made
from them, gives equal `Knowledge` (a property test holds that). Conventions, once:

- *Sign* is the effect of more of the subject on the object: ``+``, ``-`` or ``?``.
- A *statement* is (subject, predicate, object). Its id is a hash of the three identifiers, so a
  finding made twice strengthens one statement.
- An *evidence line* is one claim of one paper: one statement, one source sentence, one direction.
- Absent context is ``None``: not reported. It is never read as a claim.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from kg import vocab

__all__ = [
    "Adjudication",
    "Agent",
    "Bridge",
    "Curation",
    "Entity",
    "Experiment",
    "Knowledge",
    "Line",
    "Paper",
    "Relation",
    "Sign",
    "Statement",
    "Trial",
    "rung_of",
    "statement_id",
]


class Sign(Enum):
    """Direction of an effect. Signs multiply along a path; one unknown step makes the path unknown.

    >>> Sign.MINUS * Sign.MINUS is Sign.PLUS
    True
    >>> Sign.PLUS * Sign.UNKNOWN is Sign.UNKNOWN
    True
    """

    PLUS, MINUS, UNKNOWN = "+", "-", "?"

    def __mul__(self, other: Sign) -> Sign:
        if Sign.UNKNOWN in (self, other):
            return Sign.UNKNOWN
        return Sign.PLUS if self is other else Sign.MINUS

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that acts or is acted on. `name` is our one word, `label` what its source calls it."""

    name: str
    id: str
    label: str
    category: str
    aliases: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_minted(self) -> bool:
        """Whether the term is the project's own; its definition then stands in `note`."""
        return self.id.startswith("mscm:")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Relation:
    """A predicate with its sign, the categories it may join, and its mappings."""

    name: str
    sign: Sign
    domain: tuple[str, ...]
    range: tuple[str, ...]
    inverse: str
    mappings: tuple[tuple[str, str], ...]
    definition: str

    @property
    def id(self) -> str:
        return "rel:" + self.name.replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Agent:
    """The cell product that an experiment used."""

    product: str | None = None
    source: str | None = None
    donor: str | None = None
    route: str | None = None
    dose: str | None = None
    timing: str | None = None
    priming: str | None = None
    engineering: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """Design of a clinical trial, as far as the paper states it."""

    id: str | None = None
    phase: str | None = None
    n: int | None = None
    randomised: bool | None = None
    blinded: str | None = None
    primary_endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Curation:
    """Who read a paper and when; for a second reading also how many claims it dropped."""

    agent: str
    date: str
    dropped: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One claim of one paper: a statement, the curator's sentence, the kind of test, the anchor."""

    subject: str
    predicate: str
    object: str
    finding: str
    test: str
    anchor: str
    direction: str = "supports"
    measured: str | None = None
    reported_subject: str | None = None
    reported_object: str | None = None
    reading: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A context that its claims share."""

    name: str
    species: str
    system: str
    disease: str | None = None
    model: str | None = None
    phase: str | None = None
    comparator: str | None = None
    agent: Agent | None = None
    note: str | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper, one file."""

    title: str
    journal: str
    year: int
    kind: str
    read: str
    curation: Curation
    pmid: str | None = None
    doi: str | None = None
    second_reading: Curation | None = None
    trial: Trial | None = None
    group: str | None = None
    status: str | None = None
    notice: str | None = None
    note: str | None = None
    experiments: tuple[Experiment, ...] = ()
    path: str = ""

    @property
    def id(self) -> str:
        """`PMID:…`, else `doi:…`; its place where it has neither (a row of an edge table)."""
        if self.pmid:
            return f"PMID:{self.pmid}"
        return f"doi:{self.doi}" if self.doi else self.path

    @property
    def is_withdrawn(self) -> bool:
        """Whether its lines count for nothing (retracted)."""
        return self.status == "retracted"

    @property
    def source_group(self) -> str:
        """What makes papers dependent: the research group, else the paper itself."""
        return f"group:{self.group}" if self.group else self.id


@dataclass(frozen=True, slots=True)
class Adjudication:
    """What a paper says separates two sides that disagree, as a curator read it.

    Without a predicate it is about statements of opposite sign between the ends, else about the lines for
    and against one statement. `axes` holds several where the paper cannot tell them apart.
    """

    subject: str
    predicate: str
    object: str
    axes: tuple[str, ...]
    note: str
    paper: str
    agent: str
    date: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """A link between two classes, neither is-a nor causal: what models a disease, what marks something.

    `subject` and `object` are names of entities, else labels of classes; `kind` is ``models`` or ``marker
    of``. `sign` of a marker: whether more of it means more (``+``) or less (``-``) of what it marks; a model
    has none. `source`: terms and papers that say so, parted by ``|``; "" where it is our own judgement.
    """

    kind: str
    subject: str
    object: str
    subject_id: str
    object_id: str
    reason: str
    sign: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.kind} {self.object}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def statement_id(subject_id: str, predicate: str, object_id: str) -> str:
    """The statement's id: `s` and 12 hex digits of SHA-256 over the three identifiers."""
    return "s" + _digest(subject_id, predicate, object_id)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An evidence line with the experiment and paper it comes from."""

    id: str
    line: Line
    experiment: Experiment
    paper: Paper

    @property
    def direction(self) -> str:
        return self.line.direction

    @property
    def counts(self) -> bool:
        """Whether it is counted at all: lines of a retracted paper are shown, never counted."""
        return not self.paper.is_withdrawn

    @property
    def rung(self) -> str:
        return rung_of(self.paper, self.experiment)


@dataclass(frozen=True, slots=True)
class Statement:
    """(subject, predicate, object) with its evidence lines, ordered by paper and place.

    `given_belief`, 0 to 1, comes with an edge table and stands in place of one worked out here.
    """

    id: str
    subject: str
    predicate: str
    object: str
    sign: Sign
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    given_belief: float | None = None

    def _counted(self, direction: str) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.counts and e.direction == direction)

    @property
    def supports(self) -> tuple[Evidence, ...]:
        return self._counted("supports")

    @property
    def disputes(self) -> tuple[Evidence, ...]:
        return self._counted("disputes")

    @property
    def no_effects(self) -> tuple[Evidence, ...]:
        return self._counted("no effect")

    @property
    def is_asserted(self) -> bool:
        """Whether at least one counted line supports it; only then is it a step of paths."""
        return bool(self.supports)

    @property
    def papers(self) -> tuple[str, ...]:
        """Ids of all papers behind it, sorted."""
        return tuple(sorted({e.paper.id for e in self.evidence}))

    @property
    def rung(self) -> str:
        """The highest rung that a counted supporting line reaches; empty without support."""
        rungs = [vocab.RUNGS.index(e.rung) for e in self.supports if e.rung]
        return vocab.RUNGS[max(rungs)] if rungs else ""

    @property
    def species(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.species for e in self.supports}))

    @property
    def diseases(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.disease for e in self.supports if e.experiment.disease}))

    def __str__(self) -> str:
        return f"{self.subject} ─{self.predicate}→ {self.object}"


def rung_of(paper: Paper, experiment: Experiment) -> str:
    """The rung of the translational ladder on which one line of evidence stands.

    A meta-analysis of animal studies stands where the animals stand; explanted human tissue is above
    cell culture, explanted animal tissue is not; a trial is early until it is randomised. Empty where the
    system is not known (an edge table).
    """
    if not experiment.system:
        return ""
    if experiment.system == "clinical":
        if paper.kind == "meta-analysis":
            return "meta-analysis of trials"
        if paper.kind == "trial":
            return "randomised trial" if paper.trial and paper.trial.randomised else "early trial"
        return "human observational"
    if experiment.system == "in vivo":
        return "large animal in vivo" if experiment.species in vocab.LARGE_ANIMALS else "rodent in vivo"
    if experiment.system == "ex vivo" and experiment.species == "human":
        return "ex vivo human tissue"
    return "in vitro"


@dataclass(frozen=True)
class Knowledge:
    """All that the curated files say."""

    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]
    papers: tuple[Paper, ...]
    derivations: tuple[tuple[str, str, str], ...] = ()
    adjudications: tuple[Adjudication, ...] = ()
    bridges: tuple[Bridge, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Entity]:
        return {e.name: e for e in self.entities}

    @cached_property
    def by_predicate(self) -> Mapping[str, Relation]:
        return {r.name: r for r in self.relations}

    def id_of(self, line: Line) -> str:
        """Id of the statement a line speaks of."""
        ends = self.by_name[line.subject].id, self.by_name[line.object].id
        return statement_id(ends[0], line.predicate, ends[1])

    def line_id(self, paper: Paper, experiment: Experiment, line: Line) -> str:
        """Id of an evidence line: `e` and 12 hex digits over what makes it one claim."""
        key = (self.id_of(line), paper.id, experiment.name, line.anchor, line.direction, line.test)
        return "e" + _digest(*key)

    def evidence(self) -> Iterator[Evidence]:
        """All evidence lines in the order of papers, experiments and claims."""
        for paper in self.papers:
            for experiment in paper.experiments:
                for line in experiment.lines:
                    yield Evidence(self.line_id(paper, experiment, line), line, experiment, paper)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement, sorted by subject, predicate and object."""
        return collect(self.evidence(), self)


def collect(evidence: Iterable[Evidence], knowledge: Knowledge) -> tuple[Statement, ...]:
    """Evidence lines gathered into statements, sorted by subject, predicate and object."""
    found: dict[tuple[str, str, str], list[Evidence]] = {}
    for item in evidence:
        line = item.line
        found.setdefault((line.subject, line.predicate, line.object), []).append(item)
    return tuple(
        Statement(
            knowledge.id_of(items[0].line),
            *key,
            sign=knowledge.by_predicate[key[1]].sign,
            evidence=tuple(items),
        )
        for key, items in sorted(found.items())
    )
