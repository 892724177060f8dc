"""Counts, and the coverage grid: disease x mechanism x rung, with the empty cells visible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kg import vocab
from kg.mechanism.conflicts import find_conflicts
from kg.mechanism.names import Names
from kg.model import Knowledge, Statement

__all__ = ["DISEASES", "ENDS", "MECHANISMS", "Grid", "coverage", "members", "open_ends", "summary"]

DISEASES: dict[str, tuple[str, ...]] = {
    "asthma": ("asthma",),
    "COPD": ("COPD", "emphysema"),
    "pulmonary fibrosis": ("fibrotic lung disease", "IPF", "silicosis"),
    "pneumonia": ("pneumonia", "influenza", "COVID-19"),
    "sepsis": ("sepsis",),
    "ARDS and lung injury": ("ARDS", "acute lung injury", "ventilator-induced lung injury"),
    "BPD": ("BPD",),
}
"""Row of the grid → diseases counted in it, with all below them."""

MECHANISMS: dict[str, tuple[str, ...]] = {
    "T cells": ("T cell", "T cell proliferation"),
    "B cells": ("B cell", "B cell proliferation", "antibody production"),
    "neutrophils": ("neutrophil", "neutrophil chemotaxis", "NET formation"),
    "macrophages": ("macrophage", "monocyte", "phagocytosis", "macrophage polarisation to M2"),
    "dendritic cells": ("dendritic cell",),
    "epithelium": (
        "epithelial cell", "epithelial apoptosis", "epithelial repair", "epithelial proliferation",
    ),
    "endothelium": ("endothelial cell", "endothelial permeability", "endothelial barrier", "angiogenesis"),
    "fibroblasts, fibrosis": ("fibroblast", "fibrosis", "myofibroblast", "myofibroblast differentiation"),
    "mucus": ("goblet cell", "goblet cell hyperplasia", "mucus secretion"),
    "airway tone, remodelling": (
        "airway hyperresponsiveness", "airway resistance", "airway remodelling", "bronchoconstriction",
        "airway smooth muscle cell", "airway obstruction",
    ),
    "inflammation": ("inflammation", "cytokine storm"),
    "oxidative stress": ("oxidative stress", "ROS", "mitochondrial dysfunction"),
    "barrier and fluid": ("pulmonary edema", "alveolar-capillary permeability", "alveolar fluid clearance",
                          "epithelial permeability"),
    "infection control": ("bacterial clearance", "bacterial load", "viral load"),
    "mitochondria": ("mitochondrion", "mitochondrial transfer"),
    "vesicles": ("extracellular vesicle",),
    "microRNA": (),
    "survival": ("death",),
    "lung function": ("lung function", "FEV1", "FVC", "DLCO", "oxygenation", "exercise capacity"),
    "safety": ("adverse event",),
}  # fmt: skip
"""Row of the grid → entities that count, with all below them, at either end of a statement."""


@dataclass(frozen=True)
class Grid:
    """Rows of (disease, mechanism, lines on each rung)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def summary(statements: Sequence[Statement], knowledge: Knowledge) -> dict[str, int]:
    """Counts of what the graph holds."""
    evidence = [e for s in statements for e in s.evidence]
    directions = Counter(e.direction for e in evidence)
    kinds = Counter(p.kind for p in knowledge.papers)
    return {
        "papers": len(knowledge.papers),
        **{f"  {kind}": kinds[kind] for kind in vocab.KINDS},
        "evidence lines": len(evidence),
        **{f"  {direction}": directions[direction] for direction in vocab.DIRECTIONS},
        "statements": len(statements),
        "  asserted": sum(s.is_asserted for s in statements),
        "  with two papers or more": sum(len(s.papers) > 1 for s in statements),
        "entities": len(knowledge.entities),
        "  in statements": len({n for s in statements for n in (s.subject, s.object)}),
        "conflicts": sum(1 for _ in find_conflicts(statements)),
        "lines read twice": sum(e.line.reading is not None for e in evidence),
    }


def members(names: Names, roots: Sequence[str]) -> set[str]:
    """The entities that a row of the grid counts: those named, with all below them."""
    return {n for root in roots if root in names.by_name for n in names.matching(root)}


def coverage(statements: Sequence[Statement], knowledge: Knowledge, names: Names) -> Grid:
    """Evidence lines in every cell, none left out."""
    diseases = {label: members(names, roots) for label, roots in DISEASES.items()}
    mechanisms = {label: members(names, roots) for label, roots in MECHANISMS.items()}
    mechanisms["microRNA"] |= {e.name for e in knowledge.entities if e.category == "microRNA"}
    counts: Counter[tuple[str, str, str]] = Counter()
    for s in statements:
        for e in s.evidence:
            for disease, within in diseases.items():
                if e.counts and e.experiment.disease in within:
                    hit = (m for m, members in mechanisms.items() if members & {s.subject, s.object})
                    counts.update((disease, mechanism, e.rung) for mechanism in hit)
    rows: list[tuple[str | int, ...]] = [
        (d, m, *(counts[d, m, rung] for rung in vocab.RUNGS)) for d in diseases for m in mechanisms
    ]
    return Grid(("disease", "mechanism", *vocab.RUNGS), tuple(rows))


ENDS = ("outcome", "disease", "phenotype")
"""Categories where a path may well end: what is wanted or feared."""


def open_ends(
    statements: Sequence[Statement], knowledge: Knowledge, given: Collection[str]
) -> list[tuple[str, str, int, int]]:
    """Entities that something given acts on and that lead nowhere: (name, category, lines, papers).

    Those with most lines come first. `given`: the cells and products whose effects count. What is an end by
    nature (`ENDS`) and the given themselves are left out. An entity leads somewhere when a supported
    statement starts at it.
    """
    lines: Counter[str] = Counter()
    papers: dict[str, set[str]] = {}
    leads = {s.subject for s in statements if s.is_asserted}
    for s in statements:
        if s.subject in given and s.object not in given and s.object not in leads and s.is_asserted:
            if knowledge.by_name[s.object].category in ENDS:
                continue
            lines[s.object] += len(s.supports)
            papers.setdefault(s.object, set()).update(e.paper.id for e in s.supports)
    return [
        (name, knowledge.by_name[name].category, n, len(papers[name]))
        for name, n in sorted(lines.items(), key=lambda item: (-item[1], item[0]))
    ]
