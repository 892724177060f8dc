"""The values everything else speaks of: entities, statements and the evidence behind them.

All are frozen. A `Knowledge` is what the curated files say, whole: reading the files, or the RDF made
from them, gives equal `Knowledge` (a property test holds that). Conventions, once:

- *Sign* is the effect of more of the subject on the object: ``+``, ``-`` or ``?``.
- A *statement* is (subject, predicate, object). Its id is a hash of the three identifiers, so a
  finding made twice strengthens one statement.
- An *evidence line* is one claim of one paper: one statement, one source sentence, one direction.
- Absent context is ``None``: not reported. It is never read as a claim.
- What the files say of a paper is described once, field by field (`described_as`): a new field of evidence is
  one entry here, and is read, linted, kept in builds, written as RDF and exported from then on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache, cached_property
from types import UnionType
from typing import Any, get_args, get_type_hints

from kg import vocab

__all__ = [
    "CURATED",
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
    "columns_of",
    "described",
    "kind_of",
    "rung_of",
    "statement_id",
]


CURATED = "curated"
"""Origin of what this project curated itself."""


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
        """Its CURIE; one that nobody defined came with joined data and is its user's own."""
        return ("rel:" if self.definition else "own:") + self.name.replace(" ", "_")


# What the curated files say of a paper -------------------------------------------------------------


def described_as(
    doc: str,
    label: str = "",
    *,
    one_of: Iterable[str] = (),
    pattern: str = "",
    hint: str = "",
    low: int | None = None,
    high: int | None = None,
    column: bool | str = False,
) -> dict[str, Any]:
    """What a field of the classes below says; reading, snapshot, RDF, lint and export are made of it.

    `doc` and `label`: its definition and its label in the ontology, given once where classes share a name.
    `one_of`: its closed list. `pattern` and `hint`: its form, and what to say of another. `low`, `high`:
    bounds of a number. `column`: whether it is a further column of the exported evidence; of a field inside a
    field, what that column is called where not by both names.
    """
    return {
        "doc": doc, "label": label, "one_of": tuple(one_of), "pattern": pattern, "hint": hint,
        "low": low, "high": high, "column": column,
    }  # fmt: skip


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    return get_type_hints(cls)


def kind_of(cls: Any, name: str) -> type | None:
    """The class of the value that a field holds, where that is one of these classes."""
    hint = _hints(cls)[name]
    parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kinds = [kind for kind in parts if isinstance(kind, type) and is_dataclass(kind)]
    return kinds[0] if kinds else None


@dataclass(frozen=True, slots=True)
class Agent:
    """The cell product that an experiment used."""

    product: str | None = field(
        default=None,
        metadata=described_as(
            "What was given: cells, vesicles, medium, mitochondria.", one_of=vocab.PRODUCTS
        ),
    )
    source: str | None = field(
        default=None,
        metadata=described_as(
            "The tissue or cell that the given cells are from.", "tissue source", one_of=vocab.SOURCES
        ),
    )
    donor: str | None = field(
        default=None,
        metadata=described_as(
            "The species that the given cells are from.", "donor species", one_of=vocab.SPECIES
        ),
    )
    route: str | None = field(
        default=None, metadata=described_as("How an agent was given.", one_of=vocab.ROUTES)
    )
    dose: str | None = field(default=None, metadata=described_as("How much of an agent was given."))
    timing: str | None = field(default=None, metadata=described_as("When an agent was given."))
    priming: str | None = field(
        default=None, metadata=described_as("What was done to the cells in culture to change what they do.")
    )
    engineering: str | None = field(
        default=None, metadata=described_as("What was changed in the cells or made from them.")
    )
    contact: str | None = field(
        default=None,
        metadata=described_as("Whether cells in culture touched each other.", one_of=vocab.CONTACTS),
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """Design of a clinical trial, as far as the paper states it."""

    id: str | None = field(
        default=None,
        metadata=described_as(
            "The number of a trial in its registry.", "registry number",
            pattern=r"^(NCT\d{8}|[A-Z][A-Za-z]+[-: ]?[\w/-]+)$", hint="a trial id looks like NCT01234567",
        ),
    )  # fmt: skip
    phase: str | None = None
    n: int | None = field(
        default=None,
        metadata=described_as("How many people took part in a trial.", "number of participants", low=1),
    )
    randomised: bool | None = field(default=None, metadata=described_as("Whether a trial was randomised."))
    blinded: str | None = field(
        default=None, metadata=described_as("Who did not know the arms of a trial.", one_of=vocab.BLINDING)
    )
    primary_endpoint: str | None = field(
        default=None,
        metadata=described_as("Whether a trial met its primary endpoint.", one_of=vocab.ENDPOINTS),
    )


@dataclass(frozen=True, slots=True)
class Curation:
    """Who read a paper and when; for a second reading also how many claims it dropped."""

    agent: str = field(
        metadata=described_as(
            "", pattern=r"^(software|\d{4}-\d{4}-\d{4}-\d{3}[\dX])$",
            hint="write `software`, or the ORCID of the person who read the source",
        )
    )  # fmt: skip
    date: str = field(metadata=described_as("", pattern=r"^\d{4}-\d{2}-\d{2}$", hint="a date is YYYY-MM-DD"))
    dropped: int | None = field(
        default=None, metadata=described_as("How many claims a reading dropped.", "claims dropped", low=0)
    )


_P = r"^([<>=≤≥] ?)?([01]?\.\d+|\d(\.\d+)?[eE]-\d+|[01])$|^not significant$"
_P_HINT = "write a p-value as 0.03, <0.05 or `not significant`"
_WHERE = described_as(
    "In which compartment or cells the object was measured.", one_of=vocab.MEASURED_IN, column=True
)
_HOW = described_as("By which assay the object was measured.", one_of=vocab.ASSAYS, column=True)


@dataclass(frozen=True, slots=True)
class Effect:
    """The numbers of a finding, as the text states them."""

    measure: str = field(
        metadata=described_as("What kind of number an effect is.", one_of=vocab.EFFECT_MEASURES)
    )
    value: str | None = field(
        default=None, metadata=described_as("The size of an effect; of a mean, in the treated.")
    )
    control: str | None = field(
        default=None, metadata=described_as("The same in those it was compared with.")
    )
    unit: str | None = field(default=None, metadata=described_as("The unit of an effect."))
    low: str | None = field(default=None, metadata=described_as("The lower end of its interval."))
    high: str | None = field(default=None, metadata=described_as("The upper end of its interval."))
    p: str | None = field(default=None, metadata=described_as("Its p-value.", pattern=_P, hint=_P_HINT))
    n: int | None = field(default=None, metadata=described_as("How many were treated.", low=0, column="n"))
    n_control: int | None = field(
        default=None, metadata=described_as("How many were not.", low=0, column="n_control")
    )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which endpoint of a trial a finding is."""

    rank: str = field(metadata=described_as("Whether an endpoint was primary.", one_of=vocab.ENDPOINT_RANKS))
    met: bool | None = field(default=None, metadata=described_as("Whether an endpoint was met."))


@dataclass(frozen=True, slots=True)
class Line:
    """One claim of one paper: a statement, the curator's sentence, the kind of test, the anchor."""

    subject: str
    predicate: str
    object: str
    finding: str = field(metadata=described_as("What was found, in the curator's own sentence."))
    test: str = field(
        metadata=described_as(
            "What the experiment can say of cause.", "causal test of a line", one_of=vocab.TESTS
        )
    )
    anchor: str = field(
        metadata=described_as(
            "The fingerprint of the sentence of the paper that says so.", pattern=r"^[0-9a-f]{16}$",
            hint="an anchor is 16 hex digits; `kg anchor` prints it",
        )
    )  # fmt: skip
    direction: str = field(
        default="supports",
        metadata=described_as(
            "Whether a line supports its statement, disputes it or found no effect.", "direction of a line",
            one_of=vocab.DIRECTIONS,
        ),
    )  # fmt: skip
    measured: str | None = field(
        default=None, metadata=described_as("What was measured, where there was no effect.", column=True)
    )
    reported_subject: str | None = field(
        default=None,
        metadata=described_as("The paper's word for the subject.", "subject as reported", column=True),
    )
    reported_object: str | None = field(
        default=None,
        metadata=described_as("The paper's word for the object.", "object as reported", column=True),
    )
    reading: str | None = field(
        default=None,
        metadata=described_as(
            "What the second reading made of a line.", "second reading of a line", one_of=vocab.READINGS,
            column=True,
        ),
    )  # fmt: skip
    note: str | None = None
    measured_in: str | None = field(default=None, metadata=_WHERE)
    assay: str | None = field(default=None, metadata=_HOW)
    effect: Effect | None = field(default=None, metadata=described_as("", column=True))
    endpoint: Endpoint | None = field(default=None, metadata=described_as("", column=True))
    origin: str | None = field(
        default=None,
        metadata=described_as(
            "The data of whoever uses the graph that a line is from; none where this project curated it.",
            column=True,
        ),
    )
    given_belief: float | None = field(
        default=None,
        metadata=described_as(
            "The belief that came with a line of such data, 0 to 1.", "belief as given", column=True
        ),
    )


@dataclass(frozen=True, slots=True)
class Experiment:
    """A context that its claims share."""

    name: str
    species: str | None = field(
        metadata=described_as(
            "The taxon of the animals, people or cells of an experiment.", one_of=vocab.SPECIES
        )
    )
    system: str = field(
        metadata=described_as(
            "Where an experiment took place: in culture, in tissue outside the body, in an animal, in "
            "people.",
            one_of=vocab.SYSTEMS,
        )
    )
    disease: str | None = field(
        default=None, metadata=described_as("The disease that an experiment is about or makes a model of.")
    )
    model: str | None = field(
        default=None, metadata=described_as("The model of an experiment, in free words.")
    )
    phase: str | None = field(
        default=None,
        metadata=described_as(
            "The phase of disease at which something was given or measured; of a trial, its clinical phase."
        ),
    )
    comparator: str | None = field(
        default=None, metadata=described_as("What an experiment was compared with.")
    )
    agent: Agent | None = field(
        default=None, metadata=described_as("The cell product of an experiment; of a reading, who read.")
    )
    measured_in: str | None = field(default=None, metadata=_WHERE)
    assay: str | None = field(default=None, metadata=_HOW)
    note: str | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper, one file."""

    title: str
    journal: str = field(metadata=described_as("The journal of a paper."))
    year: int = field(metadata=described_as("The year of a paper.", low=1950, high=2100))
    kind: str = field(
        metadata=described_as(
            "Whether a paper is primary, a trial, a meta-analysis or a review.", "kind of paper",
            one_of=vocab.KINDS,
        )
    )  # fmt: skip
    read: str = field(
        metadata=described_as(
            "Which part of a paper was in front of the curator.", "part read", one_of=vocab.READ
        )
    )
    curation: Curation
    pmid: str | None = field(
        default=None,
        metadata=described_as(
            "The number of a paper in PubMed.", "PubMed identifier", pattern=r"^[1-9]\d{0,8}$",
            hint="a PMID is digits only",
        ),
    )  # fmt: skip
    doi: str | None = field(
        default=None,
        metadata=described_as(
            "The digital object identifier of a paper.", "DOI", pattern=r"^10\.\d{4,9}/\S+$",
            hint="a DOI starts with 10. and has no spaces, such as 10.1038/nm.1905",
        ),
    )  # fmt: skip
    second_reading: Curation | None = None
    trial: Trial | None = field(default=None, metadata=described_as("The trial that a paper reports."))
    group: str | None = field(
        default=None,
        metadata=described_as(
            "The group whose papers count as one source in belief.", "research group", column=True
        ),
    )
    cohort: str | None = field(
        default=None, metadata=described_as("The cohort or trial that several papers stand on.", column=True)
    )
    pools: str | None = field(
        default=None,
        metadata=described_as(
            "What kind of studies a meta-analysis pools.", "studies pooled", one_of=vocab.POOLED
        ),
    )
    status: str | None = field(
        default=None,
        metadata=described_as(
            "Whether a paper was withdrawn or is under an expression of concern.", one_of=vocab.STATUSES
        ),
    )
    notice: str | None = field(
        default=None, metadata=described_as("The identifier of the notice that says so.")
    )
    note: str | None = None
    experiments: tuple[Experiment, ...] = ()
    path: str = field(default="", metadata=described_as("The curated file of a paper."))

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


def described() -> Iterator[tuple[str, str, str]]:
    """Name, label and definition of every field that `described_as` describes, each name once.

    A field of a value inside a line or an experiment bears that value's name in front.
    """
    for cls in (Paper, Trial, Curation, Experiment, Agent, Line):
        for f in fields(cls):
            inner = kind_of(cls, f.name) if cls in (Line, Experiment) else None
            if inner is not None and inner is not Agent:
                for part in fields(inner):
                    name = f"{f.name} {part.name}"
                    yield name, name.replace("_", " "), part.metadata["doc"]
            elif f.metadata.get("doc"):
                yield f.name, f.metadata["label"] or f.name.replace("_", " "), f.metadata["doc"]


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
    def n(self) -> int | None:
        """How many were compared, both arms together, where the text says so; else how many a trial had."""
        effect = self.line.effect
        if effect is not None and effect.n is not None:
            return effect.n + (effect.n_control or 0)
        return self.paper.trial.n if self.paper.trial else None

    @property
    def measured_in(self) -> str | None:
        """Where the object was measured, by the line or else by its experiment."""
        return self.line.measured_in or self.experiment.measured_in

    @property
    def counts(self) -> bool:
        """Whether it is counted at all: lines of a retracted paper are shown, never counted."""
        return not self.paper.is_withdrawn

    @property
    def rung(self) -> str:
        return rung_of(self.paper, self.experiment)

    @property
    def origin(self) -> str:
        """`curated`, or the name of the data that somebody joined to the graph."""
        return self.line.origin or CURATED


def columns_of(cls: Any) -> dict[str, tuple[str, ...]]:
    """Further columns of the exported evidence, each with the field, or field in a field, that it shows."""
    found: dict[str, tuple[str, ...]] = {}
    for f in fields(cls):
        inner = kind_of(cls, f.name)
        if f.metadata.get("column") and inner is None:
            found[f.name] = (f.name,)
        elif f.metadata.get("column") and inner is not None:
            found |= {
                part.metadata["column"] or f"{f.name}_{part.name}": (f.name, part.name)
                for part in fields(inner)
            }
    return found


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
    def is_null(self) -> bool:
        """Whether it was looked for, and all that counts found no effect."""
        return not self.supports and not self.disputes and bool(self.no_effects)

    @property
    def mark(self) -> str:
        """Its sign as shown: ``+``, ``-`` or ``?`` of what was found, ``0`` of what was only found absent."""
        return "0" if self.is_null else self.sign.value

    @property
    def words(self) -> str:
        """What stands between its ends: the predicate, or `no effect on` where only that was found."""
        return "no effect on" if self.is_null else self.predicate

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
    def origins(self) -> tuple[str, ...]:
        """Where its lines are from: `curated` first, then data that was joined."""
        found = {e.origin for e in self.evidence}
        return tuple(sorted(found, key=lambda origin: (origin != CURATED, origin)))

    @property
    def species(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.species for e in self.supports if e.experiment.species}))

    @property
    def diseases(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.disease for e in self.supports if e.experiment.disease}))

    def __str__(self) -> str:
        return f"{self.subject} ─{self.words}→ {self.object}"


def rung_of(paper: Paper, experiment: Experiment) -> str:
    """The rung of the translational ladder on which one line of evidence stands.

    A meta-analysis stands on its rung only where it pools trials, else where those studies stand. Explanted
    human tissue is above cell culture, explanted animal tissue is not. A trial is early until it is
    randomised, and a comparison with the same arm's baseline is no randomised comparison. An animal that is
    not stated is no rodent. Empty where the system is not known (an edge table).
    """
    if not experiment.system:
        return ""
    if experiment.system == "clinical":
        if paper.kind == "meta-analysis":
            pooled = paper.pools in ("randomised trials", "trials")
            return "meta-analysis of trials" if pooled else "human observational"
        if paper.kind == "trial":
            is_randomised = paper.trial is not None and paper.trial.randomised is True
            compared = (experiment.comparator or "").casefold()
            return "randomised trial" if is_randomised and "baseline" not in compared else "early trial"
        return "human observational"
    if experiment.system == "in vivo":
        if experiment.species in vocab.RODENTS:
            return "rodent in vivo"
        return "large animal in vivo" if experiment.species in vocab.LARGE_ANIMALS else "other animal in vivo"
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
