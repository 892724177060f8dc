"""The engine in JavaScript and SPARQL in the page: the same answers, and the same errors, as Python."""

from __future__ import annotations

import json
import random
import re
import shlex
from pathlib import Path

import pytest

from kg import vocab
from kg.errors import KGError, QueryRefused
from kg.graph import Graph
from kg.mechanism.scope import AXES
from kg.store.queries import named_queries, query_text
from kg.store.refusal import read_query
from kg.web import api, objects

HERE = Path(__file__).resolve().parent

QUESTIONS = [
    {"source": "MSC", "target": "fibrosis", "via": "Treg", "sign": "-"},
    {"source": "MSC", "target": "fibrosis", "via": "Treg"},
    {"source": "MSC", "target": "fibrosis", "via": ["Treg", "TGF-beta"]},
    {"source": "MSC", "target": "fibrosis", "via": "macrophage", "sign": "-"},
    {"source": "MSC", "target": "fibrosis", "max_length": 2},
    {"source": "MSC", "target": "fibrosis", "max_length": 3, "avoid": "Treg"},
    {"source": "MSC", "target": "lung inflammation", "disease": "ARDS"},
    {"source": "MSC", "target": "lung inflammation", "disease": "ARDS", "exact_disease": "1"},
    {"source": "MSC", "target": "lung inflammation", "disease": "asthma", "max_length": 3},
    {"source": "MSC", "target": "Treg", "sign": "+", "max_length": 3},
    {"source": "MSC", "target": "death", "max_length": 3, "until": 2012},
    {"source": "MSC", "target": "death", "max_length": 3, "species": "mouse"},
    {"source": "MSC", "target": "death", "max_length": 3, "rung": "large animal in vivo"},
    {"source": "MSC", "target": "lung injury", "product": "vesicles", "products": "1", "max_length": 3},
    {"source": "MSC", "target": "lung injury", "tissue": "bone marrow", "max_length": 3},
    {"source": "MSC", "target": "lung injury", "route": "intravenous", "max_length": 3},
    {"source": "MSC", "target": "death", "test": "necessity", "max_length": 3},
    {"source": "MSC", "target": "death", "min_belief": 0.6, "max_length": 3},
    {"source": "MSC", "target": "fibrosis", "coherent": "1", "max_length": 3},
    {"source": "MSC", "target": "fibrosis", "at": "1=TGF-beta"},
    {"source": "MSC", "target": "death", "via": "mediator", "max_length": 3},
    {"source": "MSC", "target": "lung injury", "via": "neutrophil"},
    {"source": "MSC-EV", "target": "inflammation", "products": "1", "max_length": 3},
    {"source": "IL-10", "target": "death"},
    {"source": "neutrophil", "target": "lung injury", "max_length": 3},
    {"source": "mesenchymal stem cells", "target": "regulatory T cells", "max_length": 2},
    {"source": "MSC", "target": "MSC", "max_length": 3, "loops": "1"},
    {"source": "MSC", "target": "fibrosis", "predicate": ["decreases", "increases"], "max_length": 3},
    {"source": "bone marrow MSC", "target": "fibrosis", "exact": "1", "max_length": 4},
    {"source": "MSC", "target": "death", "without": "IL-10", "max_length": 3},
    {"source": "MSC", "target": "pulmonary fibrosis", "top": 7},
    {"source": "asthma", "target": "MSC"},
    {"source": "MSC", "target": "lung injury", "inherited": "1", "max_length": 3},
    {"source": "MSC", "target": "fibrosis", "bridged": "1", "max_length": 3},
    {"source": "MSC", "target": "death", "bridged": "1", "inherited": "1", "max_length": 3, "until": 2015},
    {"source": "MSC", "target": "death", "diverse": "1"},
    {"source": "MSC", "target": "inflammation", "diverse": "1", "top": 9, "max_length": 6},
    {"source": "MSC", "target": "fibrosis", "max_length": 7, "top": 20},
    {"source": "MSC", "target": "death", "max_length": 8, "coherent": "1", "sign": "-"},
    {"q": "'MSC > mediator > immune cell > process' --species mouse"},
    {"q": "MSC > * > fibrosis"},
    {"q": "'bone marrow MSC' death --sign - --max-length 3"},
]
"""Questions with every kind of constraint, as parameters of an address."""


BARE = (
    "dragon",
    "Tregg",
    "oedema",
    "mesenchymal stem cells",
    "TGF-β",
    "IL 10",
    "µg",
    "constructor",
    "CM?",
    "",
)
"""Names that are none, or are written otherwise."""

PATHS = "(q) => kg.paths(q)"


def asked(g: Graph, question):
    """What Python answers: the objects of `kg paths --json`, or what is wrong."""
    given = {k: [str(x) for x in (v if isinstance(v, list) else [v])] for k, v in question.items()}
    return settled(lambda: objects.paths(g, objects.path_query(given)))


def settled(make):
    try:
        return {"ok": json.loads(json.dumps(make()))}
    except KGError as error:
        return api.failure(error)[1]


def camel(question):
    return {re.sub(r"_(\w)", lambda m: m[1].upper(), k): v for k, v in question.items()}


def difference(a, b, where=""):
    """Where two answers differ first, numbers by more than a millionth; "" where they do not."""
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return f"{where}: keys {sorted(a.keys() ^ b.keys())}"
        return next(filter(None, (difference(a[k], b[k], f"{where}.{k}") for k in a)), "")
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return f"{where}: {len(a)} and {len(b)}"
        pairs = enumerate(zip(a, b, strict=True))
        return next(filter(None, (difference(x, y, f"{where}[{i}]") for i, (x, y) in pairs)), "")
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        return "" if abs(a - b) <= 1e-6 else f"{where}: {a} and {b}"
    return "" if a == b else f"{where}: {a!r} and {b!r}"


def held_together(page, g, questions):
    """How many questions have an answer; the page and Python say the same to all."""
    found = page.settled([camel(q) for q in questions], PATHS)
    expected = [asked(g, q) for q in questions]
    for question, a, b in zip(questions, found, expected, strict=True):
        assert not (told := difference(a, b)), f"{question}: in the page and in Python {told}"
    return sum(bool(b.get("ok")) for b in expected)


# Path questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: " ".join(map(str, q.values())))
def test_a_path_question_has_the_same_answer_as_in_python(question, opened_site, real):
    held_together(opened_site, real, [question])


def test_the_questions_are_no_empty_ones(real):
    counts = [len(asked(real, q)["ok"]) for q in QUESTIONS]
    assert sum(n > 0 for n in counts) >= 38
    assert max(counts) > 300


def test_the_lines_of_the_page_of_questions(opened_site, real):
    text = (HERE.parent / "docs" / "questions.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ kg paths (.*)$", text, re.M)
    shapes = ("--json", "--table", "--tsv", "--english", "--sparql", "--count", "--conflicts", "--p-values")
    lines = [line for line in lines if not any(word in line for word in (*shapes, "--as", "|", ">"))]
    questions = [{"q": line} for line in lines if _reads(line)]
    assert len(questions) >= 10
    assert held_together(opened_site, real, questions) >= 8


def _reads(line):
    try:
        objects.path_query({"q": [line]})
    except KGError:
        return False
    return bool(shlex.split(line))


def test_all_pairs_of_a_small_graph_have_the_same_answers(opened_tiny_site, tiny):
    names = sorted({n for s in tiny.statements() for n in (s.subject, s.object)})
    pairs = [{"source": a, "target": b, "max_length": 4} for a in names for b in names]
    assert held_together(opened_tiny_site, tiny, pairs) > 20


def made_up(g: Graph, rnd: random.Random):
    """A question with names, conditions and mistakes by chance."""
    used = sorted({n for s in g.statements() for n in (s.subject, s.object)})
    others = [*(a for e in g.entities for a in (*e.aliases, e.label, e.id)), *vocab.CATEGORIES, *g.defined]
    diseases = [e.name for e in g.entities if e.category == "disease"]

    def name():
        return rnd.choice(
            [rnd.choice(used), rnd.choice(used), rnd.choice(others), rnd.choice(BARE), "mediator"]
        )

    ends = ("MSC", "MSC", "MSC-EV", "macrophage", "death", "fibrosis", "Treg", "lung injury", "inflammation")
    found = {
        "source": rnd.choice([*ends[:4], name()]), "target": rnd.choice([*ends[4:], name()]),
        "max_length": rnd.choice([1, 2, 3, 3, 4]),
    }  # fmt: skip
    choices = {
        "via": lambda: [name() for _ in range(rnd.choice([1, 1, 2]))], "avoid": lambda: [name()],
        "without": lambda: [name()], "sign": lambda: rnd.choice("+-?x"),
        "test": lambda: rnd.choice([*vocab.TESTS, "magic"]),
        "disease": lambda: rnd.choice([*diseases, "Treg"]), "exact_disease": lambda: rnd.choice(["1", "0"]),
        **{a: lambda a=a: rnd.choice([*AXES[a], "dragon"]) for a in ("species", "product", "route", "rung")},
        "tissue": lambda: rnd.choice(AXES["source"]), "until": lambda: rnd.choice([2008, 2014, 2020]),
        "min_belief": lambda: rnd.choice([0, 0.5, 0.7, 2]), "top": lambda: rnd.choice([0, 1, 7, 50]),
        "at": lambda: [f"{rnd.choice([0, 1, 2, 9])}={name()}"], "max_length": lambda: rnd.choice([0, 9]),
        "predicate": lambda: [rnd.choice([*g.knowledge.by_predicate, "reduces"])],
        **{flag: lambda: "1" for flag in ("coherent", "products", "exact", "loops")},
        **{flag: lambda: "1" for flag in ("inherited", "bridged", "diverse")},
    }  # fmt: skip
    for option in rnd.sample(sorted(choices), rnd.choice([0, 1, 1, 2, 3])):
        found[option] = choices[option]()
    return found


def test_random_questions_on_a_small_graph(opened_tiny_site, tiny):
    rnd = random.Random(0)
    assert held_together(opened_tiny_site, tiny, [made_up(tiny, rnd) for _ in range(1000)]) > 60


@pytest.mark.slow
def test_random_questions_on_the_real_graph(opened_site, real):
    rnd = random.Random(0)
    # In parts: the answers of all are more than one text of a browser holds.
    assert (
        sum(held_together(opened_site, real, [made_up(real, rnd) for _ in range(25)]) for _ in range(20)) > 60
    )


def test_wrong_names_and_values_are_told_in_the_same_words(opened_site, real):
    wrong = [
        *({"source": "MSC", "target": name} for name in BARE),
        {"source": "MSC", "target": "Treg", "species": "dragon"},
        {"source": "MSC", "target": "Treg", "tissue": "dragon"},
        {"source": "MSC", "target": "Treg", "max_length": 99},
        {"source": "MSC", "target": "Treg", "max_length": "many"},
        {"source": "MSC", "target": "Treg", "sign": "x"},
        {"source": "MSC", "target": "Treg", "disease": "Treg"},
        {"source": "MSC", "target": "Treg", "at": "Treg"},
        {"source": "MSC", "target": "Treg", "min_belief": 7},
        {"source": "MSC", "target": "Treg", "colour": "red"},
        {"source": "MSC"},
        {"q": "MSC"},
        {"q": "MSC fibrosis --bogus 1"},
        {"q": "MSC fibrosis --via"},
        {"q": "MSC fibrosis --sign - --sign +"},
        {"q": "MSC 'fibrosis"},
        {"q": "MSC > > fibrosis"},
    ]
    held_together(opened_site, real, wrong)
    assert sum("error" in asked(real, q) for q in wrong) >= 20


def test_sampled_intervals_and_rounded_beliefs_are_python_s(opened_site, real):
    """Beliefs in views, where nothing is exported: rounding ties, and intervals of many sources."""
    ends = ("fibrosis", "death", "lung injury", "inflammation", "neutrophil", "TNF", "IL-10", "Treg")
    questions = [
        {"source": "MSC", "target": end, "max_length": 1, "until": year}
        for end in ends for year in range(2008, 2027, 2)
    ]  # fmt: skip
    assert held_together(opened_site, real, questions) > 40


# The other addresses ------------------------------------------------------------------------------

ADDRESSES = [
    ("start", {}),
    ("stats", {}),
    ("queries", {}),
    ("ontology", {}),
    ("ontology/cell", {}),
    ("ontology/CL:0000815", {}),
    ("ontology/no such class", {}),
    ("entity/Treg", {}),
    ("entity/COPD", {}),
    ("entity/MSC", {}),
    ("entity/Tregg", {}),
    ("statement/s0", {}),
    ("paper/PMID:19098906", {}),
    ("paper/19098906", {}),
    ("paper/PMID:1", {}),
    ("paper/nothing", {}),
    ("conflicts", {}),
    ("conflicts", {"axis": "disease"}),
    ("conflicts", {"kind": "opposite"}),
    ("conflicts", {"axis": "x"}),
    ("conflicts", {"unexplained": "1"}),
    ("conflicts", {"entity": "macrophage"}),
    ("conflict/nothing", {}),
    ("trials", {}),
    ("trials", {"disease": "COPD"}),
    ("trials", {"unmet": "1"}),
    ("trials", {"safety": "1"}),
    ("trials", {"until": "2016"}),
    ("trials", {"agent": "MSC", "disease": "ARDS", "exact_disease": "1"}),
    ("trials", {"until": "soon"}),
    ("hypotheses", {}),
    ("hypotheses", {"source": "MSC", "kind": "rung gap"}),
    ("hypotheses", {"kind": "missing mediator", "limit": "200"}),
    ("hypotheses", {"limit": "0"}),
    ("find", {"q": "macrophage"}),
    ("find", {"q": "TGF"}),
    ("find", {"q": "CL:0000815"}),
    ("find", {}),
    ("search", {"q": "the lung"}),
    ("search", {"q": "how do MSCs reduce fibrosis through Treg in mice?"}),
    ("search", {"q": "xyzzyx"}),
    ("search", {"q": "19098906"}),
    ("cell", {"disease": "COPD", "mechanism": "neutrophils"}),
    ("cell", {"disease": "COPD", "mechanism": "magic"}),
    ("paths", {"source": "MSC", "target": "Treg", "max_length": "2"}),
    ("answer", {"source": "MSC", "target": "fibrosis", "via": "Treg", "sign": "-", "limit": "20"}),
    ("answer", {"source": "MSC", "target": "death", "without": "IL-10", "max_length": "3"}),
    ("answer", {"source": "asthma", "target": "MSC"}),
    ("answer", {"source": "MSC", "target": "Treg", "sign": "?"}),
    ("answer", {"source": "MSC", "target": "fibrosis", "via": "neutrophil", "sign": "+", "test": "rescue"}),
    ("answer", {"q": "MSC death --top 5"}),
    ("answer", {"source": "MSC", "target": "lung injury", "bridged": "1"}),
    ("answer", {"source": "MSC", "target": "death", "disease": "ARDS", "max_length": "3"}),
    ("answer", {"source": "MSC", "target": "death", "until": "2012", "max_length": "2"}),
]
"""Addresses under `/api/` with parameters."""

VIEWS = ("disease", "until", "species", "product", "tissue", "route", "rung")


def from_server(g: Graph, address, parameters):
    name, _, key = address.partition("/")
    found = [e for e in api.ENDPOINTS if e.name == name and bool(e.key) == bool(key)]
    return settled(lambda: found[0].make(g, key, {k: [v] for k, v in parameters.items()}))


@pytest.mark.parametrize(("address", "parameters"), ADDRESSES)
def test_an_address_gives_the_object_of_the_server(address, parameters, opened_site, real):
    found = opened_site.settled([[address, parameters]], "([a, p]) => kg.api(a, p)")[0]
    expected = from_server(real, address, parameters)
    if address == "answer":
        for side in (found["ok"], expected["ok"]):
            side.pop("sparql")  # only the server writes it
            if set(parameters) & set(VIEWS):  # the page lists conflicts of the whole graph
                side.pop("conflicts")
    assert not difference(found, expected)


@pytest.mark.slow
def test_every_statement_paper_conflict_and_entity_is_that_of_the_server(opened_site, real):
    rnd = random.Random(1)
    addresses = [f"conflict/{c.id}" for c in real.conflicts()]
    addresses += [f"statement/{s.id}" for s in rnd.sample(list(real.statements()), 200)]
    addresses += [f"paper/{p.id}" for p in rnd.sample(list(real.papers), 60)]
    addresses += [f"entity/{e.name}" for e in rnd.sample(list(real.entities), 120)]
    addresses += [f"ontology/{t.id}" for t in rnd.sample(list(real.terms.by_id.values()), 120)]
    found = opened_site.settled(addresses, "(a) => kg.api(a, {})")
    for address, one in zip(addresses, found, strict=True):
        assert not (told := difference(one, from_server(real, address, {}))), f"{address}: {told}"


def test_what_only_the_server_can_do_says_so(opened_site):
    asked = [["compare", {}], ["explain", {}], ["hypotheses", {"source": "IL-10"}],
             ["hypotheses", {"target": "BPD"}], ["hypotheses", {"disease": "COPD"}]]  # fmt: skip
    told = opened_site.settled(asked, "([a, p]) => kg.api(a, p)")
    assert all("kg serve" in one["error"] for one in told)


# SPARQL -------------------------------------------------------------------------------------------


def rows(found):
    return sorted(["" if cell is None else cell for cell in row] for row in found)


@pytest.mark.slow
def test_named_queries_have_the_same_rows_as_in_python(opened_site, real):
    names = [q.name for q in named_queries()]
    found = opened_site.settled([query_text(name) for name in names], "(text) => kg.query(text)")
    for name, one in zip(names, found, strict=True):
        expected = real.query(query_text(name))
        assert one["ok"]["columns"] == list(expected.columns), name
        # Rows of equal rank may come in any order.
        assert rows(one["ok"]["rows"]) == rows(expected.rows), name
        assert one["ok"]["rows"], name


FORMS = [
    "ASK { ?s a owl:Class }",
    "SELECT * { ?s ?p ?o } LIMIT 0",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { GRAPH graph:evidence { ?s ?p ?o } }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT (COUNT(*) AS ?n) FROM graph:evidence { ?s ?p ?o }",
    "SELECT ?x ?y { VALUES (?x ?y) { (1.50 UNDEF) ('a'@en <http://example.org/b>) } }",
    "SELECT ?x { BIND(<relative> AS ?x) }",
    "CONSTRUCT { ?s rdfs:label ?label } WHERE { ?s rdfs:label ?label ; a owl:Class } ",
    "PREFIX rdfs: <http://example.org/> SELECT ?s { ?s rdfs:label ?o }",
]


def test_forms_of_queries_have_the_same_rows_as_in_python(opened_tiny_site, tiny):
    found = opened_tiny_site.settled(FORMS, "(text) => kg.query(text)")
    for text, one in zip(FORMS, found, strict=True):
        expected = tiny.query(text)
        assert (one["ok"]["columns"], rows(one["ok"]["rows"])) == (
            list(expected.columns),
            rows(expected.rows),
        ), text


def test_what_is_refused_is_refused_in_the_same_words(opened_tiny_site):
    texts = [
        line.replace("⏎", "\n").replace("URL", "http://127.0.0.1:9/")
        for name in ("federated", "harmless")
        for line in (HERE / "sparql" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    ]
    texts += ["", "# nothing", "INSERT DATA { <a:b> <a:b> <a:b> }", "clear all", "LOAD <a:b>",
              "SELECT * " + "{" * 120 + "}" * 120, "SELECT * FROM <a:b> { }",
              "PREFIX a: <b> DELETE { } WHERE { }"]  # fmt: skip

    def reading(text):
        try:
            found = read_query(text)
        except QueryRefused as error:
            return {"error": str(error)}
        return {"ok": {"form": found.form, "namesGraphs": found.names_graphs}}

    expected = [reading(text) for text in texts]
    assert opened_tiny_site.settled(texts, "(text) => kg.readQuery(text)") == expected
    assert sum("error" in e for e in expected) >= 45


def test_a_query_that_does_not_parse_says_where(opened_tiny_site):
    told = opened_tiny_site.settled(
        ["SELECT ?s {\n ?s rdfs:label }", "SELECT nothing"], "(text) => kg.query(text)"
    )
    assert told[0]["error"].startswith("SPARQL line 2, column ")
    assert told[1]["error"].startswith("SPARQL line 1, column ")


def test_nothing_was_asked_of_a_network(opened_site, opened_tiny_site):
    """Last: after all that was asked above."""
    for page in (opened_site, opened_tiny_site):
        outside = [r for r in page.requests if not r.startswith(("file:", "blob:", "data:", "about:"))]
        assert (outside, page.complaints) == ([], [])
