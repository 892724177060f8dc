"""Trials in people: what was given, to how many, which endpoints came out how.

A trial is a paper of kind `trial`; its endpoints are its clinical evidence lines. A line says what was
measured and which way it went; whether it was a primary endpoint and whether that was met stands on the line
where the text says so, else only on the trial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kg.frames import html_table
from kg.model import Agent, Evidence, Paper, Sign, Statement

__all__ = ["HARMS", "Outcome", "TrialReport", "trials_of"]

HARMS = frozenset(
    {
        "adverse event", "death", "bacterial superinfection", "exacerbation", "pulmonary embolism",
        "coagulation", "bacterial load", "viral load", "fever",
    }
)  # fmt: skip
"""Outcomes that say whether a product is safe."""
FEARED = HARMS | {
    "pulmonary fibrosis",
    "fibrosis",
    "lung inflammation",
    "lung injury",
    "pulmonary hypertension",
}
"""What a trial watches for as a harm where it asks whether it rises."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finding of a trial: a statement's evidence line."""

    statement: Statement
    line: Evidence

    @property
    def result(self) -> str:
        """`higher`, `lower`, `no effect`, `changed` or `disputed`: of the object, in the treated."""
        if self.line.direction == "no effect":
            return "no effect"
        if self.line.direction == "disputes":
            return "disputed"
        return {Sign.PLUS: "higher", Sign.MINUS: "lower"}.get(self.statement.sign, "changed")

    @property
    def rank(self) -> str:
        """Whether the endpoint was primary, secondary, of safety …; empty where not recorded."""
        endpoint = self.line.line.endpoint
        return endpoint.rank if endpoint is not None else ""

    @property
    def met(self) -> bool | None:
        endpoint = self.line.line.endpoint
        return None if endpoint is None else endpoint.met

    @property
    def is_unmet(self) -> bool:
        """Whether what was hoped for was not found: said so, or no effect on what is no harm."""
        return self.met is False or (self.met is None and self.result == "no effect" and not self.is_harm)

    @property
    def is_harm(self) -> bool:
        if self.rank == "safety" or self.statement.object in HARMS:
            return True
        return self.statement.sign is Sign.PLUS and self.statement.object in FEARED

    @property
    def numbers(self) -> str:
        """The numbers of the finding on one line; empty where none are recorded."""
        effect = self.line.line.effect
        if effect is None:
            return ""
        told = [effect.measure, effect.value or ""]
        if effect.control is not None:
            told.append(f"vs {effect.control}")
        if effect.unit:
            told.append(effect.unit)
        if effect.low is not None and effect.high is not None:
            told.append(f"({effect.low} to {effect.high})")
        if effect.p is not None:
            told.append(f"p {effect.p}" if effect.p[0] in "<>=≤≥n" else f"p = {effect.p}")
        if effect.n is not None:
            told.append(
                f"n = {effect.n}" + (f" and {effect.n_control}" if effect.n_control is not None else "")
            )
        return " ".join(part for part in told if part)

    def data(self) -> dict[str, Any]:
        effect = self.line.line.effect
        return {
            "statement_id": self.statement.id,
            "agent": self.statement.subject,
            "endpoint": self.statement.object,
            "result": self.result,
            "rank": self.rank or None,
            "met": self.met,
            "harm": self.is_harm,
            "finding": self.line.line.finding,
            "measured": self.line.line.measured,
            "effect": None if effect is None else {f: getattr(effect, f) for f in effect.__slots__},
            "comparator": self.line.experiment.comparator,
            "disease": self.line.experiment.disease,
        }


@dataclass(frozen=True, slots=True)
class TrialReport:
    """One report of a trial, with its outcomes in the order of the file."""

    paper: Paper
    outcomes: tuple[Outcome, ...]

    @property
    def diseases(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(o.line.experiment.disease for o in self.outcomes if o.line.experiment.disease)
        )

    @property
    def agents(self) -> tuple[Agent, ...]:
        """The products given, as far as recorded, each once."""
        return tuple(dict.fromkeys(o.line.experiment.agent for o in self.outcomes if o.line.experiment.agent))

    def of_agents(self, name: str) -> str:
        """A field of the products, joined; empty where none is recorded."""
        found = dict.fromkeys(str(v) for a in self.agents if (v := getattr(a, name)) is not None)
        return "; ".join(found)

    @property
    def primary(self) -> str:
        """Whether the primary endpoint was met: `met`, `not met` or `not stated`."""
        told = {o.met for o in self.outcomes if o.rank == "primary" and o.met is not None}
        if len(told) == 1:
            return "met" if told.pop() else "not met"
        return (self.paper.trial and self.paper.trial.primary_endpoint) or "not stated"

    @property
    def unmet(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.is_unmet)

    @property
    def harms(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.is_harm)

    def _repr_html_(self) -> str:
        d, t = self.data(), self.paper.trial
        columns = ("agent", "endpoint", "rank", "result", "met", "numbers", "finding", "paper")
        rows = [
            (o.statement.subject, o.statement.object, o.rank, o.result, o.met, o.numbers, o.line.line.finding,
             self.paper.id)
            for o in self.outcomes
        ]  # fmt: skip
        what = [", ".join(self.diseases) or "disease not stated", d["id"] or "no registry number"]
        what += [f"n = {t.n}"] if t and t.n else []
        what += ["retracted"] if d["withdrawn"] else []
        given = "; ".join(d[k] for k in ("product", "source", "route", "dose") if d[k])
        notes = (f"given: {given or 'not stated'}", f"primary endpoint: {self.primary}")
        return html_table(columns, rows, f"{self.paper.title} ({self.paper.year}): {', '.join(what)}", notes)

    def data(self) -> dict[str, Any]:
        t = self.paper.trial
        return {
            "paper": self.paper.id,
            "title": self.paper.title,
            "year": self.paper.year,
            "id": t.id if t else None,
            "phase": t.phase if t else None,
            "n": t.n if t else None,
            "randomised": t.randomised if t else None,
            "blinded": t.blinded if t else None,
            "primary_endpoint": self.primary,
            "diseases": list(self.diseases),
            **{
                name: self.of_agents(name) or None for name in ("product", "source", "donor", "route", "dose")
            },
            "withdrawn": self.paper.is_withdrawn,
            "outcomes": [o.data() for o in self.outcomes],
        }


def trials_of(
    statements: Iterable[Statement], keeps: Callable[[Statement, Evidence], bool] = lambda s, e: True
) -> tuple[TrialReport, ...]:
    """The trials behind some statements, oldest first; `keeps` chooses statements and lines."""
    found: dict[str, tuple[Paper, list[Outcome]]] = {}
    for s in statements:
        for e in s.evidence:
            if e.paper.kind == "trial" and e.experiment.system == "clinical" and keeps(s, e):
                found.setdefault(e.paper.id, (e.paper, []))[1].append(Outcome(s, e))
    order = {
        id(line): i
        for paper, _ in found.values()
        for x in paper.experiments
        for i, line in enumerate(x.lines)
    }
    ranks = ("primary", "secondary", "safety")
    reports = [
        TrialReport(
            paper,
            tuple(
                sorted(
                    outcomes,
                    key=lambda o: (
                        ranks.index(o.rank) if o.rank in ranks else len(ranks),
                        [x.name for x in o.line.paper.experiments].index(o.line.experiment.name),
                        order.get(id(o.line.line), 0),
                    ),
                )
            ),
        )
        for paper, outcomes in found.values()
    ]
    return tuple(sorted(reports, key=lambda t: (t.paper.year, t.paper.id)))
