"""Paths in forms to share and cite: English, Markdown, tables, GraphML, and their papers as citations.

Each function takes paths in order and gives one text; the same paths give the same text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kg.mechanism.paths import Path
from kg.model import Evidence, Paper
from kg.show.cards import line_text, paper_link, path_data, reasons_text

__all__ = ["SHAPES", "bibtex", "english", "graphml", "json_text", "markdown", "path_rows", "ris", "tsv"]

PATH_COLUMNS = (
    "rank", "sign", "score", "belief", "rung", "n_steps", "path", "statements", "papers", "species",
)  # fmt: skip


def english(paths: Sequence[Path]) -> str:
    """One sentence a path, and what is weak about it."""
    return "".join(f"{n}. {p.sentence()} {weakness(p)}\n" for n, p in enumerate(paths, 1))


def weakness(path: Path) -> str:
    """What is weak about a path: its weakest step, what speaks against it, where contexts part."""
    step = min(path.steps, key=lambda s: s.belief.value)
    told = [f"Weakest step: {step.subject} {step.predicate} {step.object} (belief {step.belief.value:.2f})"]
    if against := sum(len(s.against) for s in path.steps):
        told.append(f"{against} line{'s' * (against > 1)} against")
    told += [part for part in str(path.coherence).split("; ") if part.startswith("no one")]
    return "; ".join(told) + "."


def markdown(paths: Sequence[Path]) -> str:
    """A section a path: facts, and every line with a link to its paper."""
    out = []
    for n, p in enumerate(paths, 1):
        low, high = p.belief_range
        facts = (
            f"Net sign **{p.sign}**",
            f"belief {p.belief:.3f} ({low:.3f} to {high:.3f})",
            f"score {p.score:.3f}",
            f"weakest rung: {p.rung or 'not stated'}",
            f"human support on {p.human_share:.0%} of steps",
            str(p.coherence),
        )
        out += [f"## {n}. {_arrows(p)}", "", p.sentence(), "", " · ".join(facts), ""]
        for number, step in enumerate(p.steps, 1):
            taken = f" (taken over from {step.inherited_from})" if step.inherited_from else ""
            out.append(f"{number}. **{step.statement}** [{step.sign}]{taken}")
            for e in step.evidence:
                told = _escaped(line_text(e).rpartition(e.paper.id)[0].strip())
                link = f"[{e.paper.id}]({paper_link(e.paper)})" if paper_link(e.paper) else e.paper.id
                out.append(f"   - {told} {link}" + (f" ({e.paper.year})" if e.paper.year else ""))
        out.append("")
    return "\n".join(out)


def _escaped(text: str) -> str:
    for mark in "\\`*_[]<>":
        text = text.replace(mark, "\\" + mark)
    return text


def _arrows(path: Path) -> str:
    return path.entities[0] + "".join(f" → {name}" for name in path.entities[1:])


def path_rows(paths: Iterable[Path]) -> list[tuple[Any, ...]]:
    """One row a path, as `PATH_COLUMNS` names them."""
    return [
        (
            n, p.sign, p.score, p.belief, p.rung, len(p.steps),
            p.entities[0] + "".join(f" {s.predicate} {s.object}" for s in p.statements),
            "|".join(s.id for s in p.statements), "|".join(p.papers), "|".join(p.species),
        )
        for n, p in enumerate(paths, 1)
    ]  # fmt: skip


def tsv(paths: Sequence[Path]) -> str:
    rows = [PATH_COLUMNS, *path_rows(paths)]
    return "".join("\t".join(" ".join(str(c).split()) for c in row) + "\n" for row in rows)


def json_text(
    paths: Sequence[Path], reasons: Mapping[str, str] | None = None, fallen: Sequence[Path] = ()
) -> str:
    """A list of objects; `sign belief rung steps` in each are a contract.

    `fallen`: paths that a blockade takes away; they come last, with `falls` true.
    """
    gone = tuple(fallen)
    data = [
        {
            **path_data(p),
            "matched": reasons_text(reasons or {}, p.entities),
            **({"falls": p in gone} if gone else {}),
        }
        for p in (*paths, *gone)
    ]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def graphml(paths: Sequence[Path]) -> str:
    """The statements of all paths as one network; `paths` on an arrow holds the ranks of those it is in."""
    import networkx as nx

    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    ranks: dict[str, list[int]] = {}
    for n, p in enumerate(paths, 1):
        for s in p.steps:
            ranks.setdefault(s.id, []).append(n)
            made.add_edge(
                s.subject, s.object, key=s.id, predicate=s.predicate, sign=s.sign.value,
                belief=s.belief.value, rung=s.rung, papers="|".join(s.papers),
            )  # fmt: skip
    for _, _, key, data in made.edges(keys=True, data=True):
        data["paths"] = "|".join(map(str, ranks[key]))
    return "\n".join(nx.generate_graphml(made)) + "\n"


# Citations ----------------------------------------------------------------------------------------


def cited(paths: Iterable[Path]) -> list[Paper]:
    """The papers with an identifier behind some paths, each once, in order of first use."""
    found: dict[str, Paper] = {}
    for p in paths:
        for e in sorted(p.evidence, key=_supporting_first):
            found.setdefault(e.paper.id, e.paper)
    return [paper for paper in found.values() if paper_link(paper)]


def _supporting_first(e: Evidence) -> bool:
    return e.direction != "supports"


_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def bibtex(paths: Iterable[Path]) -> str:
    """The papers as BibTeX, UTF-8. Authors are not recorded here; DOI and PMID lead to them."""
    out = []
    for paper in cited(paths):
        key = paper.id.replace(":", "").replace("/", "_")
        fields = {
            "title": "{" + _tex(paper.title) + "}", "journal": _tex(paper.journal),
            "year": str(paper.year or ""), "doi": paper.doi, "pmid": paper.pmid, "url": paper_link(paper),
        }  # fmt: skip
        told = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        out.append(f"@article{{{key},\n{told}\n}}\n")
    return "\n".join(out)


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in text)


def ris(paths: Iterable[Path]) -> str:
    """The papers as RIS, which reference managers read."""
    out = []
    for paper in cited(paths):
        fields = (
            ("TY", "JOUR"), ("ID", paper.id), ("TI", paper.title), ("JO", paper.journal),
            ("PY", str(paper.year or "")), ("DO", paper.doi), ("AN", paper.pmid),
            ("UR", paper_link(paper)),
        )  # fmt: skip
        out.append("".join(f"{tag}  - {value}\n" for tag, value in fields if value) + "ER  - \n")
    return "\n".join(out)


SHAPES: Mapping[str, Callable[[Sequence[Path]], str]] = {
    "english": english,
    "markdown": markdown,
    "json": json_text,
    "tsv": tsv,
    "graphml": graphml,
    "bibtex": bibtex,
    "ris": ris,
}
"""Name of a shape → the function that writes it."""
