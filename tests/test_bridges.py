"""Models of diseases and markers: in the tables, the model, the ontology graph and the answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib

from kg import vocab
from kg.curation.checkout import BRIDGES, Checkout
from kg.graph import Graph
from kg.mechanism.bridges import Bridges
from kg.mechanism.names import Names
from kg.model import Bridge, Entity
from kg.ontology.text import ontology_text
from kg.store.rdf import from_quads, to_quads

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("disease", "models"),
    [
        ("ARDS", {"acute lung injury", "LPS", "endotoxin model", "ventilator-induced lung injury"}),
        ("IPF", {"fibrotic lung disease", "bleomycin", "bleomycin model"}),
        ("COPD", {"emphysema", "elastase", "cigarette smoke", "elastase emphysema model"}),
        ("sepsis", {"cecal ligation and puncture model", "LPS"}),
        ("asthma", {"allergic asthma", "ovalbumin", "house dust mite", "allergic airway model"}),
        ("BPD", {"hyperoxia", "hyperoxia model"}),
        ("silicosis", {"silica"}),
        ("pulmonary hypertension", {"monocrotaline model"}),
    ],
)
def test_a_disease_has_its_experimental_models(real: Graph, disease: str, models: set[str]) -> None:
    found = real.models_of(disease)
    assert models <= set(found)
    assert disease not in found
    assert all(re.search(r" models .+: .+\.", why) for why in found.values())


def test_a_model_of_a_model_counts_and_says_both_reasons(real: Graph) -> None:
    why = real.models_of("ARDS")["paraquat model"]
    assert "paraquat model models acute lung injury" in why
    assert "acute lung injury models ARDS" in why


def test_models_of_one_disease_are_not_those_of_another(real: Graph) -> None:
    assert not {"bleomycin", "hyperoxia", "ovalbumin", "elastase"} & set(real.models_of("ARDS"))
    assert not {"LPS", "ovalbumin"} & set(real.models_of("IPF"))
    assert real.models_of("cystic fibrosis") == {}


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("cecal ligation and puncture", ("cecal ligation and puncture model",)),
        ("intratracheal bleomycin, IL-10 plasmid on day 1 or 14", ("bleomycin", "bleomycin model")),
        ("hyperoxia (90% oxygen) for 14 days", ("hyperoxia", "hyperoxia model")),
        ("ovalbumin, male BALB/c", ("allergic airway model", "ovalbumin")),
        ("patients with moderate to severe COPD", ()),
        (None, ()),
    ],
)
def test_the_free_text_of_a_model_names_models(real: Graph, text: str, models: tuple[str, ...]) -> None:
    assert set(models) <= set(real.bridges.models_in(text))
    assert bool(models) == bool(real.bridges.models_in(text))


@pytest.mark.parametrize(
    ("marker", "marked", "sign"),
    [
        ("hydroxyproline", "collagen deposition", "+"),
        ("alpha-SMA", "myofibroblast", "+"),
        ("MPO", "neutrophil", "+"),
        ("arginase-1", "M2 macrophage", "+"),
        ("M2 macrophage", "macrophage polarisation to M2", "+"),
        ("iNOS", "M1 macrophage", "+"),
        ("FOXP3", "Treg", "+"),
        ("RORgammat", "Th17", "+"),
        ("T-bet", "Th1", "+"),
        ("GATA3", "Th2", "+"),
        ("MUC5AC", "mucus secretion", "+"),
        ("VE-cadherin", "endothelial permeability", "-"),
        ("E-cadherin", "EMT", "-"),
        ("KL-6", "lung injury", "+"),
    ],
)
def test_markers_have_a_sign_and_a_reason(real: Graph, marker: str, marked: str, sign: str) -> None:
    bridge = real.markers_of(marked)[marker]
    assert bridge.sign == sign
    assert bridge.reason
    assert real.bridges.marked_by(marker)[marked] == bridge


def test_what_cells_release_is_no_marker_of_them(real: Graph) -> None:
    assert "IL-10" not in real.markers_of("macrophage")
    assert "IL-17" not in real.markers_of("Th17")


def test_markers_of_what_is_below_are_found(real: Graph) -> None:
    assert {"hydroxyproline", "collagen I"} <= set(real.markers_of("fibrosis"))


def test_the_ontology_graph_shows_them_with_reason_sign_and_source(real: Graph) -> None:
    found = real.query(
        "SELECT ?reason ?sign ?source WHERE { CL:0000890 ^voc:markerOf HGNC:663 . "
        "?axiom a owl:Axiom ; owl:annotatedSource HGNC:663 ; owl:annotatedProperty voc:markerOf ; "
        "owl:annotatedTarget CL:0000890 ; voc:reason ?reason ; voc:sign ?sign ; dcterms:source ?source }"
    )
    (row,) = found.rows
    assert row[0] == "Its high expression is part of their definition."
    assert row[1:] == ("+", "CL:0000890")


def test_both_are_annotation_properties_that_say_nothing_to_a_reasoner(real: Graph) -> None:
    g = rdflib.Graph().parse(data=ontology_text(real.built, ".ttl"))
    for kind in BRIDGES:
        prop = rdflib.URIRef(vocab.expand("voc:" + {"models": "models", "marker of": "markerOf"}[kind]))
        assert (prop, rdflib.RDF.type, rdflib.OWL.AnnotationProperty) in g
        assert len(set(g.subject_objects(prop))) > 40


def test_they_survive_the_way_through_rdf(real: Graph) -> None:
    assert from_quads(to_quads(real.knowledge)).bridges == real.knowledge.bridges
    assert len(real.knowledge.bridges) > 100


def test_a_source_that_is_a_paper_is_one_of_ours() -> None:
    checkout = Checkout(ROOT)
    papers = {f.paper.id for f in checkout.paper_files if f.paper}
    for _, row in checkout.bridge_rows:
        for source in filter(None, row["source"].split("|")):
            assert not source.startswith(("PMID:", "doi:")) or source in papers, source


def test_a_circle_of_models_ends() -> None:
    names = Names(tuple(Entity(n, f"MONDO:{n}", n, "disease") for n in "AB"))
    rows = (
        Bridge("models", "A", "B", "MONDO:A", "MONDO:B", "It does."),
        Bridge("models", "B", "A", "MONDO:B", "MONDO:A", "It does too."),
    )
    assert Bridges(names, rows).models_of("A") == {"B": "B models A: It does too."}
