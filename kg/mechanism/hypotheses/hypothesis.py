"""A hypothesis: an effect that nobody has tested, why it should be so, why not, and what would refute it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from kg import vocab
from kg.frames import html_table
from kg.mechanism.paths import Path
from kg.model import Sign, Statement

__all__ = ["KINDS", "Experiment", "Hypothesis", "Stake"]

KINDS = vocab.HYPOTHESES


@dataclass(frozen=True, slots=True)
class Experiment:
    """The cheapest experiment that could refute a hypothesis, taken from those behind its steps.

    `intervention` blocks what the agent raises and adds back what it lowers. `papers` did the parts of it.
    """

    model: str
    species: str
    readout: str
    control: str
    intervention: str
    papers: tuple[str, ...]
    text: str
    refuted_by: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Stake:
    """A statement and how far its belief would move: from what it is, if confirmed, and if refuted."""

    statement: Statement
    now: float
    confirmed: float
    refuted: float

    @property
    def moves(self) -> float:
        return self.confirmed - self.refuted


@dataclass(frozen=True)
class Hypothesis:
    """An untested effect. Never a finding: no paper here measured it.

    `score`, 0 to 1, ranks hypotheses of one kind: how well the chains behind it agree (see
    `kg.mechanism.hypotheses`). `probability` is the calibrated chance that the pair is reported within
    `years` years, where the kind is about a pair nobody reported; `base_rate` that of any open pair. `vote`
    is the share of the support that the sign has. `p_value`: chance of as many walks of this sign were
    degrees all there is. `rank` is its place within its kind, `degree_rank` the place popularity alone
    would give it. `merged` lists further agents, products and readouts of the same idea.
    """

    kind: str
    source: str
    target: str
    sign: Sign
    reason: str
    score: float
    support: float
    dissent: float
    supporting: tuple[Path, ...]
    dissenting: tuple[Path, ...]
    experiment: Experiment
    via: str = ""
    probability: float | None = None
    sign_probability: float | None = None
    base_rate: float | None = None
    years: float | None = None
    p_value: float | None = None
    rank: int = 0
    degree_rank: int | None = None
    contexts: tuple[str, ...] = ()
    known_nearby: tuple[Statement, ...] = field(default=(), repr=False)
    stakes: tuple[Stake, ...] = field(default=(), repr=False)
    merged: tuple[str, ...] = ()
    n_paths: int = 0

    @property
    def id(self) -> str:
        """`h` and 12 hex digits over kind, ends, mediator and, of a transfer, disease."""
        where = self.contexts[:1] if self.kind == "mechanism transfer" else ()
        key = "\x1f".join((self.kind, self.source, self.via, self.target, *where))
        return "h" + sha256(key.encode()).hexdigest()[:12]

    @property
    def vote(self) -> float:
        """Share of the support that the sign has, 0 to 1."""
        total = self.support + self.dissent
        return round(self.support / total, 3) if total else 1.0

    @property
    def test(self) -> str:
        return self.experiment.text

    @property
    def refuted_by(self) -> str:
        return self.experiment.refuted_by

    @property
    def rung(self) -> str:
        """The weakest rung of the best chain; empty where there is none."""
        return self.supporting[0].rung if self.supporting else ""

    @property
    def papers(self) -> tuple[str, ...]:
        return tuple(sorted({p for path in (*self.supporting, *self.dissenting) for p in path.papers}))

    @property
    def claim(self) -> str:
        """The hypothesis in one sentence."""
        moves = {Sign.PLUS: "raise", Sign.MINUS: "lower", Sign.UNKNOWN: "change"}[self.sign]
        if self.supporting and self.supporting[0].steps[-1].predicate in ("activates", "inhibits"):
            # What a chain says of activity is not said of amount.
            moves = {Sign.PLUS: "activate", Sign.MINUS: "inhibit", Sign.UNKNOWN: "act on"}[self.sign]
        told = f"{self.source} should {moves} {self.target}"
        if self.kind == "missing mediator":
            does = {Sign.PLUS: "raises", Sign.MINUS: "lowers", Sign.UNKNOWN: "changes"}[self.sign]
            return f"{self.via} is how {self.source} {does} {self.target}"
        if self.kind == "rung gap":
            return f"{told} in human cells, tissue or people as it does in animals"
        if self.kind == "drug interaction":
            drug, agent = self.source.split(" given with ")
            adds = self.supporting[0].sign is self.supporting[-1].sign
            does = "add to" if adds else "weaken"
            return f"{drug} should {does} what {agent} does to {self.target}, through {self.via}"
        if self.kind == "conflict":
            return (
                f"what {self.source} does to {self.target} depends on {self.via or 'something not reported'}"
            )
        if self.kind == "mechanism transfer" and self.contexts:
            return f"{told} in {self.contexts[0]}, through {self.via}"
        return f"{told}, through {self.via}" if self.via else told

    def __str__(self) -> str:
        chance = f", probability {self.probability:.3g}" if self.probability is not None else ""
        return f"{self.claim}   [{self.kind}; {self.sign}] score {self.score:.3f}{chance}"

    def _repr_html_(self) -> str:
        sides = (("for", self.supporting), ("against", self.dissenting))
        rows = [
            (side, " > ".join(p.entities), p.sign, p.belief, p.rung, p.papers)
            for side, paths in sides
            for p in paths
        ]
        columns = ("paths", "path", "net sign", "belief", "rung", "papers")
        notes = (self.reason, f"test: {self.test}", f"refuted if {self.refuted_by}")
        return html_table(columns, rows, f"hypothesis, no finding: {self.claim}", notes)
