"""The ontology's own tables: complete, checked, and said in the ontology graph; the mapping set is SSSOM."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
import sssom_pydantic
from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from kg import vocab
from kg.curation.checkout import Checkout
from kg.curation.lint import lint
from kg.curation.mappings import from_source
from kg.errors import DataProblems, Problem
from kg.graph import Graph
from kg.ontology.extract import LICENCES
from kg.ontology.text import ontology_text
from kg.store.rdf import voc

ROOT = Path(__file__).resolve().parents[1]
MAPPING_SET = "ontology/mappings.sssom.tsv"


@pytest.fixture(scope="module")
def checkout() -> Checkout:
    return Checkout(ROOT)


@pytest.fixture(scope="module")
def triples(real: Graph) -> rdflib.Graph:
    return rdflib.Graph().parse(data=ontology_text(real.built, ".nt"), format="nt")


def uri(curie: str) -> rdflib.URIRef:
    return rdflib.URIRef(vocab.expand(curie))


# Closed lists -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", vocab.CLOSED_LISTS)
def test_every_value_of_a_closed_list_has_one_term_that_answers_to_it(
    key: str, triples: rdflib.Graph
) -> None:
    prop = rdflib.URIRef(voc(key).value)
    for value in vocab.CLOSED_LISTS[key]:
        found = [
            c
            for c in triples.subjects(uri("voc:valueOf"), prop)
            if (c, uri("voc:value"), rdflib.Literal(value)) in triples
        ]
        assert len(found) == 1, (key, value)
        assert (found[0], RDF.type, OWL.Class) in triples
        if (
            str(found[0]).startswith(vocab.PREFIXES["mscm"])
            and (found[0], uri("voc:name"), None) not in triples
        ):
            names = {
                *triples.objects(found[0], RDFS.label),
                *triples.objects(found[0], uri("oboInOwl:hasExactSynonym")),
                *triples.objects(found[0], uri("oboInOwl:hasRelatedSynonym")),
            }
            assert rdflib.Literal(value) in names, (key, value)


def test_species_and_categories_have_terms_too(triples: rdflib.Graph) -> None:
    for value, curie in vocab.SPECIES.items():
        assert (uri(curie), uri("voc:value"), rdflib.Literal(value)) in triples
        assert (uri(curie), RDF.type, OWL.Class) in triples
    assert all((uri(curie), RDF.type, OWL.Class) in triples for curie in vocab.CATEGORIES.values())


def test_the_evidence_leads_to_the_terms_of_its_values(real: Graph) -> None:
    rows = real.query(
        """SELECT ?class (COUNT(DISTINCT ?experiment) AS ?n) WHERE {
            GRAPH graph:evidence { ?experiment voc:system ?value }
            GRAPH graph:ontology { ?class voc:valueOf voc:system ; voc:value ?value } } GROUP BY ?class"""
    ).rows
    told = Counter(e.system for p in real.knowledge.papers for e in p.experiments)
    assert sum(int(str(n)) for _, n in rows) == sum(told.values())
    assert len(rows) == len(told)


def test_values_are_the_closed_lists_and_nothing_else(checkout: Checkout) -> None:
    listed = {(key, value) for key, values in vocab.CLOSED_LISTS.items() for value in values}
    assert {(row["list"], row["value"]) for row in checkout.value_rows} == listed


# Classes and imports ------------------------------------------------------------------------------


def test_a_class_of_the_tables_says_what_why_and_where_from(
    checkout: Checkout, triples: rdflib.Graph
) -> None:
    assert checkout.class_rows
    for row in checkout.class_rows:
        node = uri(row["id"])
        assert triples.value(node, uri("IAO:0000115")) == rdflib.Literal(row["definition"])
        assert triples.value(node, uri("voc:whyMinted")) == rdflib.Literal(row["why_minted"])
        assert triples.value(node, uri("IAO:0000119")) is not None
        assert set(triples.objects(node, RDFS.subClassOf)) >= {uri(p) for p in row["parents"].split("|")}


def test_every_minted_term_says_why_no_public_one_fits(triples: rdflib.Graph) -> None:
    start = vocab.PREFIXES["mscm"]
    minted = {c for c in triples.subjects(RDF.type, OWL.Class) if str(c).startswith(start)}
    assert len(minted) > 200
    silent = {str(c) for c in minted if not list(triples.objects(c, uri("voc:whyMinted")))}
    assert not silent


def test_nothing_is_both_class_and_property_or_individual(triples: rdflib.Graph) -> None:
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.AnnotationProperty, OWL.NamedIndividual)
    named = [{s for s in triples.subjects(RDF.type, kind) if isinstance(s, rdflib.URIRef)} for kind in kinds]
    for i, one in enumerate(named):
        for other in named[i + 1 :]:
            assert not one & other


def test_every_annotation_used_is_declared(triples: rdflib.Graph) -> None:
    builtin = (str(OWL), str(RDF), str(RDFS))
    used = {p for p in triples.predicates() if not str(p).startswith(builtin)}
    declared = set(triples.subjects(RDF.type, OWL.AnnotationProperty)) | set(
        triples.subjects(RDF.type, OWL.ObjectProperty)
    )
    assert used <= declared


def test_every_word_of_the_evidence_is_declared_and_defined(real: Graph, triples: rdflib.Graph) -> None:
    used = set()
    for name in ("evidence", "provenance", "inferred"):
        for q in parse(path=str(real.built.path / f"{name}.nq"), format=RdfFormat.N_QUADS):
            used |= {
                term.value
                for term in (q.predicate, q.object)
                if isinstance(term, NamedNode) and term.value.startswith(vocab.PREFIXES["voc"])
            }
    assert len(used) > 50
    silent = {u for u in used if not list(triples.objects(rdflib.URIRef(u), uri("IAO:0000115")))}
    assert not silent


def test_what_is_taken_in_is_a_class_with_its_licence_and_a_way_up(
    checkout: Checkout, triples: rdflib.Graph
) -> None:
    assert len(checkout.import_rows) > 300
    roots = {row["id"] for row in checkout.import_rows if row["below"] == "owl:Thing"}
    for row in checkout.import_rows:
        node = uri(row["id"])
        assert (node, RDF.type, OWL.Class) in triples
        assert triples.value(node, uri("dcterms:license")) is not None
        if row["id"] not in roots:
            assert list(triples.objects(node, RDFS.subClassOf)), row["id"]
    assert {term.licence for term in checkout.terms.values()} <= set(LICENCES.values())


def test_what_is_taken_in_is_no_entity(real: Graph, checkout: Checkout) -> None:
    assert not {row["id"] for row in checkout.import_rows} & {e.id for e in real.entities}


# The mapping set ----------------------------------------------------------------------------------


def test_the_mapping_set_is_sssom(checkout: Checkout) -> None:
    mappings, converter, about = sssom_pydantic.read(ROOT / MAPPING_SET)
    assert len(mappings) == len(checkout.mapping_set) > 900
    assert str(about.license) == "https://creativecommons.org/licenses/by/4.0/"
    assert about.title
    assert about.version
    assert str(about.id).startswith(vocab.ONTOLOGY_IRI)
    for m, row in zip(mappings, checkout.mapping_set, strict=True):
        for reference, column in (
            (m.subject, "subject_id"),
            (m.predicate, "predicate_id"),
            (m.object, "object_id"),
        ):
            assert converter.expand_reference(reference, strict=True) == vocab.expand(row[column])


def test_a_mapping_stands_in_the_ontology_graph(checkout: Checkout, triples: rdflib.Graph) -> None:
    written = {
        (uri(r["subject_id"]), uri(r["predicate_id"]), uri(r["object_id"])) for r in checkout.mapping_set
    }
    matches = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
    assert {t for match in matches for t in triples.triples((None, match, None))} == written


def test_no_two_terms_of_ours_are_exactly_the_same_public_one(checkout: Checkout) -> None:
    exact = [r for r in checkout.mapping_set if r["predicate_id"] == "skos:exactMatch"]
    shared = {t: n for t, n in Counter(r["object_id"] for r in exact).items() if n > 1}
    assert not shared


def test_an_exact_match_is_no_class_above_or_below(checkout: Checkout, triples: rdflib.Graph) -> None:
    for row in checkout.mapping_set:
        if row["predicate_id"] in ("skos:exactMatch", "skos:narrowMatch"):
            above = set(triples.transitive_objects(uri(row["subject_id"]), RDFS.subClassOf))
            assert uri(row["object_id"]) not in above - {uri(row["subject_id"])}, row.cells


Change = Callable[[str], str]


def changed(root: Path, path: str, change: Change) -> list[Problem]:
    file = root / path
    before = file.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    file.write_text(after, encoding="utf-8")
    return lint(Checkout(root))


EXACT = "CL:0000134\tmesenchymal stem cell\tskos:exactMatch\tMESH:D059630\tMesenchymal Stem Cells"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("MESH:D059630", "MESH:D059631", "'MESH:D059631' is no term of the ontology"),
        (
            "Mesenchymal Stem Cells",
            "Stem Cells",
            "MESH:D059630 is 'Mesenchymal Stem Cells', not 'Stem Cells'",
        ),
        ("skos:exactMatch", "skos:exctMatch", "did you mean 'skos:exactMatch'?"),
        ("skos:exactMatch", "owl:sameAs", "'owl:sameAs' is no predicate of mappings"),
        ("CL:0000134\tmes", "CL:9999999\tmes", "'CL:9999999' is no term of the ontology"),
        ("mesenchymal stem cell\t", "stem cell\t", "CL:0000134 is 'mesenchymal stem cell', not 'stem cell'"),
    ],
)
def test_a_wrong_mapping_is_found(tiny_copy: Path, old: str, new: str, message: str) -> None:
    problems = changed(tiny_copy, MAPPING_SET, lambda text: text.replace(EXACT, EXACT.replace(old, new)))
    assert any(p.rule == "mapping_set" and message in p.message for p in problems), problems


def test_a_mapping_twice_and_an_unknown_justification_are_found(tiny_copy: Path) -> None:
    (line,) = (x for x in (tiny_copy / MAPPING_SET).read_text().split("\n") if x.startswith(EXACT))
    again = line.replace("exactMatch", "closeMatch").replace("BackgroundKnowledgeBasedMatching", "Guess")
    problems = changed(tiny_copy, MAPPING_SET, lambda text: text.replace(line, f"{line}\n{again}"))
    assert [p.rule for p in problems] == ["mapping_set"] * 2
    assert "the same two terms are mapped on line 34" in problems[1].message
    assert "'semapv:Guess' is no justification" in problems[0].message


def test_a_mapping_set_that_is_behind_its_tables_is_found(tiny_copy: Path) -> None:
    added = "CL:0000084\tT cell\tclose\tCL:0000542\tlymphocyte\t\n"
    problems = changed(tiny_copy, "ontology/terms/mappings.tsv", lambda text: text + added)
    assert [p.rule for p in problems] == ["mapping_set"]
    assert "refresh it (`kg extract`)" in problems[0].message
    problems = changed(
        tiny_copy, "ontology/relations.tsv", lambda text: text.replace("close RO:0002305", "close RO:0002304")
    )
    assert {p.rule for p in problems} == {"mapping_set"}


@pytest.mark.parametrize("change", [lambda t: t.replace("subject_label\t", ""), lambda t: t + "a\tb\n"])
def test_a_mapping_set_that_is_no_table_is_refused(tiny_copy: Path, change: Change) -> None:
    assert {p.rule for p in changed(tiny_copy, MAPPING_SET, change)} == {"table"}
    with pytest.raises(DataProblems, match=r"mappings\.sssom\.tsv"):
        Checkout(tiny_copy).mapping_set  # noqa: B018


@pytest.mark.parametrize(
    ("path", "old", "new", "rule", "message"),
    [
        ("evidence", "test\t\tECO:0000000", "test\t\tmscm:0000302", "term_parent", "among its own ancestors"),
        ("evidence", "mscm:0000302\tnecess", "mscm:0000902\tnecess", "term_id", "is not one of"),
        ("evidence", "mscm:0000302\tnecess", "mscm:0000300\tnecess", "term_id", "already taken by line 2"),
        ("evidence", "mscm:0000300\tA", "\tA", "term_parent", "'necessity' stands below no class"),
        ("evidence", "\tECO:0000016\t", "\t\t", "term_text", "mscm:0000302 has no source"),
        ("values", "test\tnec", "tset\tnec", "value_term", "did you mean 'test'?"),
        (
            "values",
            "mscm:0000302\tnecessity",
            "CL:0000134\tmesenchymal stem cell",
            "value_term",
            "more than once",
        ),
        ("imports", "Dyspnea\t", "Dyspnea\tmscm:0000005", "import_table", "HPO terms get no parent of ours"),
        ("imports", "edema\tmscm:0000005", "edema\t", "import_table", "say what it is below"),
        (
            "imports",
            "edema\tmscm:0000005",
            "edema\tmscm:0000998",
            "import_table",
            "is no class of the ontology",
        ),
        ("imports", "cell of the blood", "", "import_table", "say in `why` who needs it"),
        ("imports", "CL:0000232\terythrocyte", "CL:0000084\tT cell", "import_table", "is already an entity"),
        ("mappings", "broad\tGO", "braod\tGO", "mapping_table", "did you mean 'broad'?"),
        (
            "mappings",
            "GO:1903561\textracellular vesicle",
            "mscm:0000902\tMSC-EV",
            "mapping_table",
            "to itself",
        ),
        (
            "minted",
            "mscm:0000902\tMSC-EV",
            "mscm:0000902\tEV",
            "minted_without_reason",
            "is 'MSC-EV', not 'EV'",
        ),
        (
            "minted",
            "mscm:0000902\tMSC-EV",
            "CL:0000084\tT cell",
            "minted_without_reason",
            "is no minted entity",
        ),
        (
            "minted",
            "mscm:0000902\tMSC-EV",
            "mscm:0000901\tcollagen deposition",
            "minted_without_reason",
            "once",
        ),
    ],
)
def test_other_ways_to_break_the_tables(
    tiny_copy: Path, path: str, old: str, new: str, rule: str, message: str
) -> None:
    text = (tiny_copy / f"ontology/terms/{path}.tsv").read_text(encoding="utf-8")
    assert old in text
    problems = changed(tiny_copy, f"ontology/terms/{path}.tsv", lambda t: t.replace(old, new))
    assert any(p.rule == rule and message in p.message for p in problems), problems


def test_what_sources_say_of_our_entities() -> None:
    row = {"ensembl": "ENSEMBL:ENSG1", "ncbigene": "NCBIGene:1", "uniprot": "UniProtKB:P1|UniProtKB:P2"}
    assert [(m, t) for m, t, *_ in from_source("HGNC:1", row)] == [
        ("close", target) for target in ("ENSEMBL:ENSG1", "NCBIGene:1", "UniProtKB:P1", "UniProtKB:P2")
    ]
    row = {"xrefs": "DOID:1|OMIM:2|mesh:D3"}
    assert [(m, t) for m, t, *_ in from_source("MONDO:1", row)] == [("exact", "DOID:1"), ("exact", "MESH:D3")]
    row = {"derives_from": "mirbase:MI1", "gene": "HGNC:9"}
    assert [(m, t) for m, t, *_ in from_source("mirbase.mature:1", row)] == [
        ("related", "mirbase:MI1"), ("related", "HGNC:9"),
    ]  # fmt: skip
    assert list(from_source("CL:1", {"xrefs": "FMA:1"})) == []


# The command --------------------------------------------------------------------------------------


def tables_of(root: Path, folder: Path) -> Path:
    """Term tables made of what a checkout's extracts hold."""
    folder.mkdir()
    for path in (root / "ontology/imports").glob("*.tsv"):
        if path.name != "targets.tsv":
            shutil.copy(path, folder / path.name)
    held = [
        line.split("\t") for line in (root / "ontology/imports/targets.tsv").read_text().split("\n")[1:-1]
    ]
    homes = {
        "MESH": "mesh",
        "ECO": "eco",
        "DOID": "doid",
        "mirbase": "mirna",
        "HGNC": "hgnc",
        "UniProtKB": "uniprot",
    }
    for curie, label, *_ in held:
        if (home := homes.get(curie.partition(":")[0])) is not None:
            path = folder / f"{home}.tsv"
            header = "id\tlabel\tparents\n"
            columns = (path.read_text() if path.exists() else header).split("\n")[0].split("\t")
            row = {"id": curie, "label": label}
            text = path.read_text() if path.exists() else header
            path.write_text(text + "\t".join(row.get(c, "") for c in columns) + "\n")
    return folder


def test_extract_takes_in_what_the_tables_name_and_writes_the_mappings(
    tiny_copy: Path, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from kg.cli import main

    tables = tables_of(tiny_copy, tmp_path / "tables")
    hand = tiny_copy / "ontology/terms/mappings.tsv"
    (tiny_copy / "ontology/imports/left-over.tsv").write_text("no longer wanted\n")
    before = (tiny_copy / MAPPING_SET).read_bytes()
    runs = []
    for _ in range(2):
        done = CliRunner().invoke(main, ["extract", str(tables), "--checkout", str(tiny_copy)])
        assert done.exit_code == 0, done.output
        runs.append((tiny_copy / MAPPING_SET).read_bytes())
    assert runs[0] == runs[1]
    assert not (tiny_copy / "ontology/imports/left-over.tsv").exists()
    assert lint(Checkout(tiny_copy)) == []
    curated = [line for line in before.decode().split("\n") if "BackgroundKnowledge" in line]
    written = runs[0].decode().split("\n")
    assert {tuple(x.split("\t")[:5]) for x in curated} <= {tuple(x.split("\t")[:5]) for x in written}
    hand.write_text(
        hand.read_text().replace("MESH:D059630\tMesenchymal Stem", "MESH:D000000\tMesenchymal Stem")
    )
    assert CliRunner().invoke(main, ["extract", str(tables), "--checkout", str(tiny_copy)]).exit_code == 0
    rules = {p.rule for p in lint(Checkout(tiny_copy))}
    assert rules == {"mapping_table", "mapping_set"}


def test_extract_without_its_table_says_which(tiny_copy: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from kg.cli import main

    tables = tables_of(tiny_copy, tmp_path / "tables")
    (tables / "eco.tsv").unlink()
    done = CliRunner().invoke(main, ["extract", str(tables), "--checkout", str(tiny_copy)])
    assert done.exit_code == 2
    assert "no eco.tsv or eco.tsv.gz" in done.output
