"""The curated data as released: rules kept, coverage as promised, the questions people arrive with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kg.curation.checkout import Checkout
from kg.curation.lint import lint
from kg.curation.papers import dump_paper
from kg.graph import Graph

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def checkout() -> Checkout:
    return Checkout(ROOT)


def test_no_lint_problem(checkout: Checkout) -> None:
    assert lint(checkout) == []


def test_files_are_in_canonical_form(checkout: Checkout) -> None:
    wrong = [f.path for f in checkout.paper_files if f.paper and dump_paper(f.paper) != f.text]
    assert wrong == [], "run `kg lint --fix`"


def test_entities_are_sorted_and_used_or_structural(real: Graph, checkout: Checkout) -> None:
    names = [row["name"] for row in checkout.entity_rows]
    assert names == sorted(names, key=lambda n: (n.casefold(), n))


def test_size_as_promised(real: Graph) -> None:
    primary = [p for p in real.papers if p.kind in ("primary", "trial")]
    lines = [e for s in real.statements() for e in s.evidence]
    assert len(primary) >= 80
    assert len(lines) >= 240
    assert sum(e.direction != "supports" for e in lines) >= 15


def test_every_claim_was_read_twice(real: Graph) -> None:
    for paper in real.papers:
        assert paper.second_reading, paper.path
        assert all(line.reading for x in paper.experiments for line in x.lines), paper.path


def test_every_line_reports_the_papers_own_words(real: Graph) -> None:
    for s in real.statements():
        assert all(e.line.reported_subject and e.line.reported_object for e in s.evidence), s


@pytest.mark.parametrize(
    "disease", ["asthma", "COPD", "pulmonary fibrosis", "pneumonia", "sepsis", "ARDS and lung injury"]
)
def test_each_disease_has_evidence(real: Graph, disease: str) -> None:
    from kg.show.stats import DISEASES

    within = {n for root in DISEASES[disease] for n in real.matching(root)}
    lines = [e for s in real.statements() for e in s.evidence if e.experiment.disease in within]
    assert len(lines) >= 15
    assert len({e.paper.id for e in lines}) >= 5


@pytest.mark.parametrize(
    "mediator",
    [
        "PGE2",
        "IL-10",
        "TGF-beta",
        "IDO",
        "TSG-6",
        "IL-1RA",
        "HGF",
        "KGF",
        "Ang-1",
        "VEGF",
        "LL-37",
        "nitric oxide",
    ],
)
def test_each_mediator_is_linked_on_both_sides_or_said_to_be_missing(real: Graph, mediator: str) -> None:
    assert real.statements(mediator) or real.statements(None, None, mediator)


@pytest.mark.parametrize(
    "entity",
    [
        "Treg", "Th1", "Th2", "Th17", "B cell", "neutrophil", "macrophage", "M1 macrophage", "M2 macrophage",
        "dendritic cell", "epithelial cell", "endothelial permeability", "fibroblast", "fibrosis",
        "mucus secretion",
        "airway hyperresponsiveness", "airway remodelling", "cytokine storm", "oxidative stress",
        "alveolar-capillary permeability", "bacterial clearance", "mitochondrial transfer",
    ],
)  # fmt: skip
def test_each_cell_and_process_has_a_statement(real: Graph, entity: str) -> None:
    assert real.statements(entity) or real.statements(None, None, entity)


def test_msc_to_treg_to_reduced_fibrosis_stands_on_papers_at_every_step(real: Graph) -> None:
    answer = real.paths("MSC", "fibrosis", via="Treg", sign="-", max_length=2)
    assert answer
    best = answer[0]
    assert len(best.steps) == 2
    for step in best.steps:
        assert step.papers
        assert all(re.fullmatch(r"PMID:\d+|doi:10\.\S+", p) for p in step.papers)
    assert not set(best.steps[0].papers) & set(best.steps[1].papers), "each step has papers of its own"


def test_trials_whose_endpoint_was_not_met_are_there(real: Graph) -> None:
    trials = [p for p in real.papers if p.kind == "trial"]
    assert len(trials) >= 8
    assert any(p.trial and p.trial.primary_endpoint == "not met" for p in trials)


def test_findings_are_short_and_their_own_words(real: Graph) -> None:
    """At most 25 words, and no finding stands word for word in two papers (as copied text would)."""
    papers: dict[str, set[str]] = {}
    for s in real.statements():
        for e in s.evidence:
            assert len(e.line.finding.split()) <= 25
            papers.setdefault(e.line.finding, set()).add(e.paper.id)
    shared = {finding for finding, found in papers.items() if len(found) > 1 and len(finding.split()) > 8}
    assert not shared


def test_the_page_on_quality_is_what_the_files_say() -> None:
    import importlib.util

    path = ROOT / "scripts" / "quality.py"
    spec = importlib.util.spec_from_file_location("quality", path)
    assert spec is not None
    assert spec.loader is not None
    quality = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(quality)
    made = quality.page(ROOT)
    assert (ROOT / "data/QUALITY.md").read_text(encoding="utf-8") == made, "run scripts/quality.py"
    assert "confirmed" in made
