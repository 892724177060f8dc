"""Hypotheses as documents in Markdown: a dossier for a meeting, and what became of those of earlier years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kg import vocab
from kg.mechanism.hypotheses import KINDS, Hypothesis
from kg.mechanism.hypotheses.backtest import Outcome, Tally
from kg.mechanism.paths import Path

if TYPE_CHECKING:
    from kg.graph import Graph

__all__ = ["dossier", "retrospective"]

MARKED = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#"})


def _text(value: object) -> str:
    """Text that Markdown leaves as it is."""
    return " ".join(str(value).split()).translate(MARKED)


def _paper(key: str) -> str:
    address = vocab.paper_address(key)
    return f"[{_text(key)}]({address})" if address else _text(key)


def _chain(path: Path) -> str:
    steps = [f"{_text(path.entities[0])}"]
    steps += [
        f"*{_text(s.predicate)}* → {_text(s.object)} ({', '.join(map(_paper, s.papers[:3]))})"
        for s in path.steps
    ]
    return " ".join(steps)


def dossier(hypotheses: Sequence[Hypothesis], asked: str, graph: Graph) -> str:
    """A Markdown document: what was asked, of which graph, and each hypothesis in full with its papers."""
    n = len(hypotheses)
    warning = (
        f"None of them is a finding: each is an effect that no paper in the graph ({len(graph.papers)}) "
        "measured, suggested by chains of measured steps. What the graph lacks may have been published."
    )
    out = [
        "# Hypotheses",
        "",
        f"{n} hypothes{'i' if n == 1 else 'e'}s for: {_text(asked)}.",
        "",
        warning,
        "",
    ]
    for kind, told in KINDS.items():
        some = [h for h in hypotheses if h.kind == kind]
        if not some:
            continue
        out += [f"## {kind[0].upper()}{kind[1:]}", "", f"{told[0].upper()}{told[1:]}.", ""]
        for h in some:
            out += _section(h)
    return "\n".join(out).rstrip() + "\n"


def _section(h: Hypothesis) -> list[str]:
    from kg.show.cards import hypothesis_numbers

    out = [f"### {_text(h.claim[0].upper() + h.claim[1:])}", "", f"{_text(h.reason)}", ""]
    rows = [("Numbers", _text(hypothesis_numbers(h)))]
    if h.contexts:
        rows.append(("Should hold in", _text(", ".join(h.contexts))))
    rows.append(("Weakest rung of the best chain", _text(h.rung or "not stated")))
    if h.merged:
        rows.append(("Same idea", _text(", ".join(h.merged[:10]))))
    rows.append(("Test", _text(h.test)))
    rows.append(("Refuted if", _text(h.refuted_by)))
    if h.experiment.papers:
        rows.append(("Done before, in part, by", ", ".join(map(_paper, h.experiment.papers))))
    out += [f"- **{name}:** {value}" for name, value in rows]
    for title, paths in (("For", h.supporting), ("Against", h.dissenting)):
        if paths:
            out += ["", f"{title}:", ""]
            out += [f"- {_chain(p)}" for p in paths]
    if h.known_nearby:
        out += ["", "Known nearby:", ""]
        out += [f"- {_text(s)} ({', '.join(map(_paper, s.papers[:3]))})" for s in h.known_nearby]
    if h.stakes:
        out += ["", "What the experiment would teach:", ""]
        out += [
            f"- {_text(s.statement)}: belief {s.now:.2f} → {s.confirmed:.2f} if confirmed, {s.refuted:.2f} "
            "if refuted"
            for s in h.stakes
        ]
    return [*out, ""]


def retrospective(outcomes: Sequence[Outcome], tallies: Sequence[Tally]) -> str:
    """Markdown: by year and kind how many were borne out, beside decoys; then which, with papers."""
    out = [
        "| as of | kind | hypotheses | borne out | of the best 10 | decoys borne out | sign right |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for t in tallies:
        signs = f"{t.signs_right} of {t.n_signs}" if t.n_signs else "–"
        out.append(
            f"| {t.until} | {t.kind} | {t.n} | {t.borne_out} ({t.share:.0%}) | {t.best_borne_out} of "
            f"{t.best_n} | "
            f"{t.decoy_share:.0%} of {t.n_decoys} | {signs} |"
        )
    out += ["", "## The ones that were borne out", ""]
    years = sorted({o.until for o in outcomes})
    for year in years:
        some = [o for o in outcomes if o.until == year and o.is_borne_out]
        out += [f"### As of {year}", ""]
        for o in some[:40]:
            h = o.hypothesis
            right = {True: "", False: " (**the other way**)", None: ""}[o.sign_right]
            out.append(
                f"- {_text(h.claim)} ({h.kind}, rank {h.rank}): {o.first_year}{right}, "
                f"{', '.join(map(_paper, o.papers[:3]))}"
            )
        if len(some) > 40:
            out.append(f"- … and {len(some) - 40} more")
        out.append("")
    return "\n".join(out).rstrip() + "\n"
