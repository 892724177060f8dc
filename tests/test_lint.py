"""Every rule is seen to fail, at the right line, and alone; `kg lint --fix` changes no meaning."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.curation import checkout as curated
from kg.curation import mappings, papers, tables
from kg.curation.checkout import Checkout
from kg.curation.lint import PAPER_RULES, TABLE_RULES, fix, lint, read_knowledge, terms
from kg.curation.lint import bridges as bridge_rules
from kg.curation.lint import papers as paper_rules
from kg.curation.lint import tables as table_rules
from kg.errors import BadInput, DataProblems, Problem

BAD = Path(__file__).resolve().parent / "bad"
PAPER = "data/papers/2005/bad-file.yaml"
ENTITIES, RELATIONS, DERIVATIONS = "data/entities.tsv", "ontology/relations.tsv", "ontology/derivations.tsv"
ADJUDICATIONS = "data/adjudications.tsv"
TERMS, MAPPING_SET = "ontology/terms", "ontology/mappings.sssom.tsv"
PLACES = {
    "relation_table": RELATIONS,
    "derivation_table": DERIVATIONS,
    "adjudication_table": ADJUDICATIONS,
    "bridge_table": "ontology/models_of_disease.tsv",
    **dict.fromkeys(("term_id", "term_text", "label_clash", "term_parent"), f"{TERMS}/evidence.tsv"),
    "minted_without_reason": f"{TERMS}/minted.tsv",
    "value_term": f"{TERMS}/values.tsv",
    "import_table": f"{TERMS}/imports.tsv",
    "mapping_table": f"{TERMS}/mappings.tsv",
    "parent_table": f"{TERMS}/parents.tsv",
    "synonym_table": f"{TERMS}/synonyms.tsv",
    "source_table": f"{TERMS}/sources.tsv",
    "mapping_set": MAPPING_SET,
}
"""Where a bad table goes; all others replace the entities."""

EXPECTED = {
    "yaml_syntax": (2, "not YAML at column 15: mapping values are not allowed"),
    "duplicate_key": (3, "'title' stands here and on line 2; keep one"),
    "unknown_key": (11, "'sistem' is not a key here; did you mean 'system'?"),
    "missing_key": (13, "'test' is missing"),
    "bad_value": (15, "test: 'associaton' is not allowed; did you mean 'association'?"),
    "paper_id": (1, "neither pmid nor doi"),
    "duplicate_paper": (1, "doi 10.5555/TINY.1 is already in data/papers/2001/able-treg-mice.yaml"),
    "place": (4, "the paper is of 2006 but lies in folder 2005"),
    "retraction_notice": (7, "status retracted: give the notice's identifier"),
    "trial_design": (5, "kind trial needs `trial:`"),
    "readings": (16, "reading 'confirmed' without `second reading:`"),
    "context_names": (10, "'death' is of category outcome, not a disease"),
    "undefined_name": (13, "no entity is called 'Terg'; did you mean 'Treg'?"),
    "undefined_predicate": (13, "'decrease' is no predicate; did you mean 'decreases'?"),
    "domain_range": (13, "object 'death' is of category outcome; secretes takes"),
    "finding_length": (14, "26 words; say it in 25"),
    "measured": (14, "no effect: say in `measured:` what was measured"),
    "duplicate_claim": (17, "the same claim stands on line 13"),
    "msc_evidence": (13, "'MSC' acts, but experiment 'mice' has no `agent:`"),
    "agent_source": (14, "'bone marrow MSC' acts, but the agent's source is lung"),
    "plain_msc": (14, "'MSC' acts, but it was treated (hypoxia); name what was given"),
    "sufficient_alone": (16, "'MSC' is no single factor; giving it is an association"),
    "inferred_context": (10, "species 'mouse', but the note says it was inferred"),
    "table": (2, "has 1 cells, the header has 7"),
    "duplicate_name": (3, "'t-cell' is already 'T cell' on line 2"),
    "duplicate_id": (3, "CL:0000084 is already 'T cell' on line 2"),
    "alias_clash": (3, "'CM' already names 'cardiac myocyte' (line 2)"),
    "unknown_category": (2, "'cel' is no category; did you mean 'cell'?"),
    "bad_id": (2, "'Cl:0000084' is not prefix:local; did you mean 'CL'?"),
    "unknown_id": (2, "CL:0000085 is not in ontology/imports/"),
    "obsolete_id": (2, "CL:9999999 (T cell) is obsolete; replaced by CL:0000084"),
    "label_mismatch": (2, "CL:0000815 is 'regulatory T cell', not 'T cell'"),
    "minted_without_definition": (2, "'scar' needs a definition in `note`"),
    "undefined_parent": (2, "no entity is called 'Lymphocyte'; did you mean 'lymphocyte'?"),
    "parent_cycle": (2, "'T cell' is among its own ancestors"),
    "relation_table": (2, "range: 'protien' is no category; did you mean 'protein'?"),
    "adjudication_table": (2, "'specie' is no axis; did you mean 'species'?"),
    "derivation_table": (2, "'derived from' is no structural relation; did you mean 'derives from'?"),
    "bridge_table": (2, "MONDO:0002771 is 'fibrotic lung disease', not 'fibrotic lung diseas'"),
    "term_id": (2, "'mscm:0000999' is not one of mscm:0000200 to mscm:0000399"),
    "term_text": (2, "'scar' needs a sentence in `why_minted`"),
    "label_clash": (2, "'Asthma' is already the label of MONDO:0004979"),
    "term_parent": (2, "'GO:0008151' is no class of the ontology"),
    "minted_without_reason": (3, "'MSC-EV' needs a sentence in `why_minted`"),
    "value_term": (2, "'cels' is not allowed; did you mean 'cells'?"),
    "import_table": (2, "CL:0000232 is 'erythrocyte', not 'red blood cell'"),
    "mapping_table": (2, "'GO:1903562' is no term of the ontology, or obsolete"),
    "parent_table": (2, "MONDO:0000001 is 'disease', not 'disese'"),
    "synonym_table": (2, "'interleukin ten' is no alias or synonym of 'IL10'"),
    "source_table": (2, "'PMID:99999999' is no term here and no paper of data/papers/"),
    "mapping_set": (34, "MESH:D059630 is 'Mesenchymal Stem Cells', not 'Mesenchymal Stromal Cells'"),
}
"""Rule → line of the first problem and a part of its message."""

OBSOLETE = "CL:9999999\tT cell\t\t\t\ttrue\tCL:0000084\tmade up\tCC0-1.0\n"


def put(root: Path, file: Path) -> str:
    """Put a bad file in its place; a bad table stands alone, without the papers that use the good one.

    But adjudications are about the papers.
    """
    if file.suffix == ".yaml":
        place = PAPER
    elif file.stem == "adjudication_table":
        place = PLACES[file.stem]
    else:
        place = PLACES.get(file.stem, ENTITIES)
        shutil.rmtree(root / "data/papers")
        (root / "data/papers").mkdir()
        if place != MAPPING_SET:
            # The other tables of the ontology speak of what is replaced.
            (root / MAPPING_SET).unlink()
            for name in ("values", "mappings"):
                (root / TERMS / f"{name}.tsv").unlink()
        if place == ENTITIES:
            rows = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n")]
            minted = [
                f"{r[1]}\t{r[0]}\tMade up for the tests.\n" for r in rows if r[1:] and r[1][:5] == "mscm:"
            ]
            (root / TERMS / "minted.tsv").write_text("id\tname\twhy_minted\n" + "".join(minted))
            header = (root / DERIVATIONS).read_text().split("\n")[0]
            (root / DERIVATIONS).write_text(header + "\n")
    if file.stem == "obsolete_id":
        header = "\t".join(curated.TERM_COLUMNS) + "\n"
        (root / "ontology/imports/made-up.tsv").write_text(header + OBSOLETE)
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, root / place)
    return place


def paper(
    root: Path, change: Callable[[str], str], name: str = PAPER, rule: str = "paper_id"
) -> list[Problem]:
    """The problems of a bad paper after a change; `paper_id` is the good one but for its missing DOI."""
    text = (BAD / f"{rule}.yaml").read_text()
    if rule == "paper_id":
        text = "doi: 10.5555/bad\n" + text
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(change(text), encoding="utf-8")
    return lint(Checkout(root))


def rule_names() -> set[str]:
    """Every rule name that the code can report: the text given to `.problem(` or `Problem(`."""
    found = set()
    for module in (table_rules, bridge_rules, paper_rules, papers, tables, curated, mappings, terms):
        for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "problem":
                given = node.args[0]
            elif isinstance(node.func, ast.Name) and node.func.id == "Problem":
                given = node.args[2]
            else:
                continue
            if isinstance(given, ast.Constant):
                found.add(str(given.value))
    return found


# Rules --------------------------------------------------------------------------------------------


def test_the_tiny_checkout_is_clean(tiny_root: Path) -> None:
    assert lint(Checkout(tiny_root)) == []


def test_every_rule_has_a_bad_file_and_every_bad_file_a_rule() -> None:
    names = rule_names() | {rule.__name__ for rule in (*TABLE_RULES, *PAPER_RULES)}
    assert names == {file.stem for file in BAD.iterdir()}
    assert names == set(EXPECTED)


def test_every_rule_says_in_a_sentence_what_must_hold() -> None:
    for rule in (*TABLE_RULES, *PAPER_RULES):
        assert (rule.__doc__ or "").endswith("."), rule.__name__


@pytest.mark.parametrize("file", sorted(BAD.iterdir()), ids=lambda file: file.name)
def test_a_bad_file_breaks_its_rule_and_no_other(tiny_copy: Path, file: Path) -> None:
    place = put(tiny_copy, file)
    problems = lint(Checkout(tiny_copy))
    assert {p.rule for p in problems} == {file.stem}
    line, message = EXPECTED[file.stem]
    assert message in problems[0].message
    assert str(problems[0]) == f"{place}:{line}: {file.stem}: {problems[0].message}"
    assert [p.line for p in problems] == ([2, 3] if file.stem == "parent_cycle" else [line])


@pytest.mark.parametrize("file", sorted(BAD.iterdir()), ids=lambda file: file.name)
def test_bad_data_is_never_read_as_knowledge(tiny_copy: Path, file: Path) -> None:
    put(tiny_copy, file)
    with pytest.raises(DataProblems) as caught:
        read_knowledge(Checkout(tiny_copy))
    assert {p.rule for p in caught.value.problems} == {file.stem}


def test_the_paper_that_the_other_cases_change_is_good(tiny_copy: Path) -> None:
    assert paper(tiny_copy, lambda text: text) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "rule", "message"),
    [
        ("title: Made up", "titel: Made up", 2, "unknown_key", "did you mean 'title'?"),
        ("title: Made up", "zzz: 1\ntitle: Made up", 2, "unknown_key", "allowed: pmid, doi"),
        ("title: Made up", "title:", 2, "bad_value", "title: None"),
        ("title: Made up", "title: '  '", 2, "bad_value", "title: '  '"),
        ("title: Made up", "title: [a]", 2, "bad_value", "title: ['a']"),
        ("doi: 10.5555/bad", "doi: https://doi.org/10.5555/bad", 1, "bad_value", "a DOI starts with 10."),
        ("doi: 10.5555/bad", "pmid: PMC12", 1, "bad_value", "a PMID is digits only"),
        ("year: 2005", "year: in 2005", 4, "bad_value", "year: 'in 2005'"),
        ("year: 2005", "year: 1066", 4, "bad_value", "year: 1066"),
        ("2026-01-01", "1 January 2026", 7, "bad_value", "a date is YYYY-MM-DD"),
        ("2026-01-01", "2026-02-30", 7, "bad_value", "2026-02-30"),
        ("agent: software", "agent: me", 7, "bad_value", "ORCID"),
        ("experiments:", "experiments: {}\nx:", 8, "bad_value", "experiments: {}"),
        ("species: mouse", "species: mose", 10, "bad_value", "did you mean 'mouse'?"),
        ("species: mouse", "species: Mouse", 10, "bad_value", "did you mean 'mouse'?"),
        ("species: mouse", "disease: astma\n    species: mouse", 10, "undefined_name",
         "did you mean 'asthma'?"),
        ("system: in vivo", "system: clinical", 10, "context_names", "clinical, but the species is mouse"),
        ("statement: Treg | decreases | death", "statement: Treg decreases death", 13, "bad_value",
         "a statement is `subject | predicate | object`"),
        ("Treg | decreases | death", "Treg | decreases | Treg", 13, "domain_range", "'Treg' acts on itself"),
        ("Treg | decreases | death", "death | decreases | Treg", 13, "domain_range",
         "subject 'death' is of category outcome"),
        ("Treg | decreases | death", "Treg | decreases | deth", 13, "undefined_name", "'death'"),
        ("Treg | decreases | death", "Treg | decreases | nothing alike", 13, "undefined_name",
         "define it in data/entities.tsv"),
        ("test: association", "test: ASSOCIATION", 15, "bad_value", "did you mean 'association'?"),
        ("test: association", "reported: {subjct: x}\n        test: association", 15, "unknown_key",
         "did you mean 'subject'?"),
        ("anchor: 0123456789abcdef", "anchor: 0123", 16, "bad_value", "an anchor is 16 hex digits"),
        ("kind: primary", "kind: primary\ntrial: {n: 3}", 6, "trial_design",
         "`trial:` stands in a paper of kind primary"),
        ("kind: primary", "kind: primary\nnotice: 10.5/x", 6, "retraction_notice", "a notice needs `status:"),
        ("read: abstract", "read: abstract\nsecond reading: {agent: software, date: 2025-12-31}", 7,
         "readings", "second reading 2025-12-31 before the first 2026-01-01"),
    ],
)  # fmt: skip
def test_other_ways_to_break_a_rule(
    tiny_copy: Path, old: str, new: str, line: int, rule: str, message: str
) -> None:
    problems = paper(tiny_copy, lambda text: text.replace(old, new))
    found = [p for p in problems if (p.path, p.line, p.rule) == (PAPER, line, rule) and message in p.message]
    assert found, problems


@pytest.mark.parametrize(
    "text", ["", "just words", "- a\n- b\n", "a: 1\n---\nb: 2\n", "a: \x07", "a: *b", "\t"]
)
def test_what_is_no_paper_is_a_problem_not_a_crash(tiny_copy: Path, text: str) -> None:
    problems = paper(tiny_copy, lambda _: text)
    assert {p.rule for p in problems} <= {"yaml_syntax", "missing_key"}
    assert problems


def test_a_file_that_refers_to_itself_is_a_problem_not_a_crash(tiny_copy: Path) -> None:
    assert "yaml_syntax" in {p.rule for p in paper(tiny_copy, lambda text: text + "note: &a [*a]\n")}


def test_the_same_claim_twice_on_one_line_is_seen(tiny_copy: Path) -> None:
    claim = "{statement: Treg | decreases | death, finding: a, test: association, anchor: 0123456789abcdef}"
    problems = paper(tiny_copy, lambda text: text.partition(" claims:")[0] + f" claims: [{claim}, {claim}]\n")
    assert {p.rule for p in problems} == {"duplicate_claim"}


def test_a_problem_in_an_experiment_is_placed_there_whatever_its_name(tiny_copy: Path) -> None:
    problems = paper(tiny_copy, lambda t: t.replace("mice:", "literal mice:").replace("association", "asso"))
    assert [(p.line, p.rule) for p in problems] == [(15, "bad_value")]


def test_a_second_reading_says_what_became_of_each_claim(tiny_copy: Path) -> None:
    again = "read: abstract\nsecond reading: {agent: software, date: 2026-01-02}"
    problems = paper(tiny_copy, lambda t: t.replace("read: abstract", again))
    assert [(p.line, p.rule) for p in problems] == [(14, "readings")]
    assert "confirmed or mended" in problems[0].message


def test_a_review_says_nothing_about_mscs(tiny_copy: Path) -> None:
    problems = paper(
        tiny_copy,
        lambda t: t.replace("primary", "review").replace(
            "    claims", "    agent: {product: cells}\n    claims"
        ),
        rule="msc_evidence",
    )
    assert [(p.line, p.rule) for p in problems] == [(14, "msc_evidence")]
    assert "in a review" in problems[0].message


@pytest.mark.parametrize(
    "name", ["bad.yaml", "Bad-file.yaml", "bäd-file.yaml", "bad-file.yml", "bad_file.yaml"]
)
def test_a_file_is_named_after_author_and_words_in_ascii(tiny_copy: Path, name: str) -> None:
    problems = paper(tiny_copy, lambda text: text, f"data/papers/2005/{name}")
    assert [(p.line, p.rule) for p in problems] == [(1, "place")]


def test_two_files_of_one_pmid_are_one_paper(tiny_copy: Path) -> None:
    problems = paper(tiny_copy, lambda text: 'pmid: "1"\n' + text)
    assert [(p.line, p.rule) for p in problems] == [(1, "duplicate_paper")]
    assert "data/papers/2004/dale-asthma-trial.yaml" in problems[0].message


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("scar\tmscm:12\tscar\tprocess\t\t\tNew tissue after an injury.", "bad_id"),
        ("scar\tmscm:0000999\tScar\tprocess\t\t\tNew tissue after an injury.", "label_mismatch"),
        ("scar\tscar\tscar\tprocess\t\t\t", "bad_id"),
        ("scar\tGO:\tscar\tprocess\t\t\t", "bad_id"),
        ("scar\tmscm:0000999\tscar\tprocess\tfibrosis\t\tNew tissue after an injury.", "alias_clash"),
        ("scar\tmscm:0000999\tscar\tprocess\t\tscar\tNew tissue after an injury.", "parent_cycle"),
        (
            "lung-fibrosis\tmscm:0000999\tlung-fibrosis\tprocess\t\t\tNew tissue after an injury.",
            "alias_clash",
        ),
        ("scar\tmscm:0000999\tscar", "table"),
    ],
)
def test_other_ways_to_break_the_entities(tiny_copy: Path, row: str, rule: str) -> None:
    path = tiny_copy / ENTITIES
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    problems = lint(Checkout(tiny_copy))
    assert {p.rule for p in problems} >= {rule}
    assert 20 in {p.line for p in problems if p.rule == rule} or rule == "alias_clash", problems


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t+\t", "\tplus\t", "sign 'plus' is not one of + - ?"),
        ("close RO", "near RO", "mapping 'near' is not one of exact, close, broad, narrow, related"),
        ("RO:0002304", "RO:9999999", "mapping target RO:9999999 is unknown or obsolete"),
    ],
)
def test_other_ways_to_break_the_relations(tiny_copy: Path, old: str, new: str, message: str) -> None:
    put(tiny_copy, BAD / "relation_table.tsv")
    path = tiny_copy / RELATIONS
    path.write_text(path.read_text().replace("protien", "protein").replace(old, new))
    problems = lint(Checkout(tiny_copy))
    assert [(p.path, p.line, p.rule) for p in problems] == [(RELATIONS, 2, "relation_table")]
    assert message in problems[0].message


def test_a_wrong_header_names_the_right_one(tiny_copy: Path) -> None:
    path = tiny_copy / ENTITIES
    path.write_text(path.read_text(encoding="utf-8").replace("aliases", "alias", 1), encoding="utf-8")
    (problem,) = lint(Checkout(tiny_copy))
    assert (problem.line, problem.rule) == (1, "table")
    assert "name | id | label | category | aliases | parents | note" in problem.message


def test_an_alias_of_two_meanings_may_be_declared(tiny_root: Path) -> None:
    """`CM?` stands at two entities of the tiny checkout."""
    assert sum("CM?" in row["aliases"] for row in Checkout(tiny_root).entity_rows) == 2


# All at once --------------------------------------------------------------------------------------


def test_problems_in_several_files_are_reported_in_one_run(tiny_copy: Path) -> None:
    put(tiny_copy, BAD / "bad_value.yaml")
    shutil.copy(BAD / "yaml_syntax.yaml", tiny_copy / "data/papers/2005/bad-syntax.yaml")
    path = tiny_copy / ENTITIES
    text = path.read_text(encoding="utf-8").replace("\tregulatory T cell\tcell", "\tregulatory T-cell\tcel")
    path.write_text(text, encoding="utf-8")
    problems = lint(Checkout(tiny_copy))
    assert problems == sorted(problems)
    assert {(p.path, p.rule) for p in problems} >= {
        (ENTITIES, "label_mismatch"),
        (ENTITIES, "unknown_category"),
        (PAPER, "bad_value"),
        ("data/papers/2005/bad-syntax.yaml", "yaml_syntax"),
    }


def test_several_problems_of_one_file_are_reported_in_one_run(tiny_copy: Path) -> None:
    problems = paper(
        tiny_copy,
        lambda t: (
            t.replace("primary", "primry").replace("association", "associaton").replace("title", "titel")
        ),
    )
    assert [(p.line, p.rule) for p in problems] == [
        (1, "missing_key"), (2, "unknown_key"), (5, "bad_value"), (15, "bad_value"),
    ]  # fmt: skip


def test_two_wrong_values_on_one_line_are_two_problems(tiny_copy: Path) -> None:
    wrong = "agent: {product: cell, source: bone}\n    claims"
    problems = paper(tiny_copy, lambda t: t.replace("claims", wrong))
    assert [(p.line, p.message.split(":")[0]) for p in problems] == [(12, "product"), (12, "source")]


def test_a_broken_table_does_not_hide_broken_papers_and_other_tables(tiny_copy: Path) -> None:
    with (tiny_copy / ENTITIES).open("a", encoding="utf-8") as file:
        file.write("no tabs here\n")
    with (tiny_copy / RELATIONS).open("a", encoding="utf-8") as file:
        file.write("nor here\n")
    shutil.copytree(
        BAD, tiny_copy / "data/papers/2005", ignore=lambda _, names: set(names) - {"bad_value.yaml"}
    )
    found = {(p.path, p.rule) for p in lint(Checkout(tiny_copy))}
    assert found >= {
        (ENTITIES, "table"),
        (RELATIONS, "table"),
        ("data/papers/2005/bad_value.yaml", "bad_value"),
    }


def test_one_file_is_linted_against_all_others(tiny_copy: Path) -> None:
    put(tiny_copy, BAD / "duplicate_paper.yaml")
    shutil.copy(BAD / "yaml_syntax.yaml", tiny_copy / "data/papers/2005/bad-syntax.yaml")
    problems = lint(Checkout(tiny_copy), [tiny_copy / PAPER])
    assert [(p.path, p.rule) for p in problems] == [(PAPER, "duplicate_paper")]


# What cannot be read ------------------------------------------------------------------------------


def test_a_folder_without_data_is_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"entities\.tsv is missing"):
        Checkout(tmp_path)


def test_a_file_where_the_papers_should_be_is_named(tiny_copy: Path) -> None:
    shutil.rmtree(tiny_copy / "data/papers")
    (tiny_copy / "data/papers").write_text("")
    with pytest.raises(BadInput, match=r"cannot read .*data/papers: Not a directory"):
        lint(Checkout(tiny_copy))


def test_missing_papers_are_not_no_papers(tiny_copy: Path) -> None:
    shutil.rmtree(tiny_copy / "data/papers")
    with pytest.raises(BadInput, match=r"cannot read .*data/papers: No such file"):
        lint(Checkout(tiny_copy))


def test_an_unreadable_folder_is_not_an_empty_one(tiny_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("2003"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(BadInput, match=r"cannot read .*2003: Permission denied"):
        lint(Checkout(tiny_copy))


def test_a_dangling_link_is_named(tiny_copy: Path) -> None:
    (tiny_copy / "data/papers/2003/gone-away.yaml").symlink_to(tiny_copy / "nowhere")
    with pytest.raises(BadInput, match=r"cannot read .*gone-away\.yaml: No such file"):
        lint(Checkout(tiny_copy))


@pytest.mark.parametrize("place", [PAPER, ENTITIES, RELATIONS])
def test_a_file_that_is_not_utf_8_is_named(tiny_copy: Path, place: str) -> None:
    (tiny_copy / place).parent.mkdir(exist_ok=True)
    (tiny_copy / place).write_bytes("title: naïve\n".encode("latin-1"))
    with pytest.raises(BadInput, match=rf"{place} is not UTF-8 text \(byte 9\)"):
        lint(Checkout(tiny_copy))


# Adjudications ------------------------------------------------------------------------------------

GOOD = ("Treg", "", "pulmonary fibrosis", "species|model", "They scarred rats and spared mice.",
        "doi:10.5555/tiny.3", "software", "2026-01-01")  # fmt: skip


def adjudicated(root: Path, *rows: tuple[str, ...]) -> list[str]:
    """What lint says of these adjudications."""
    lines = ["\t".join(row) for row in (curated.ADJUDICATION_COLUMNS, *rows)]
    (root / ADJUDICATIONS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [p.message for p in lint(Checkout(root))]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("subject", "Terg", "no entity is called 'Terg'; did you mean 'Treg'?"),
        ("object", "", "no entity is called ''"),
        ("predicate", "increase", "'increase' is no predicate; did you mean 'increases'?"),
        ("predicate", "increases", "no two sides disagree on Treg | increases | pulmonary fibrosis"),
        ("object", "TGF-beta", "no two sides disagree on Treg | TGF-beta; drop the row"),
        ("axes", "", "names no axis; one or more of species, disease"),
        ("note", "By species.", "the note has 2 words"),
        ("note", "word " * 26, "the note has 26 words"),
        (
            "paper",
            "PMID:1",
            "paper 'PMID:1' has no line in this conflict; those that have: doi:10.5555/tiny.1",
        ),
        ("agent", "me", "agent 'me' is neither software nor an ORCID"),
        ("date", "2026-13-01", "date '2026-13-01' is not YYYY-MM-DD"),
    ],
)
def test_what_an_adjudication_must_keep(tiny_copy: Path, column: str, value: str, message: str) -> None:
    assert adjudicated(tiny_copy, GOOD) == []
    bad = dict(zip(curated.ADJUDICATION_COLUMNS, GOOD, strict=True)) | {column: value}
    (told,) = adjudicated(tiny_copy, tuple(bad.values()))
    assert message in told


def test_a_conflict_is_adjudicated_once(tiny_copy: Path) -> None:
    assert adjudicated(tiny_copy, GOOD, GOOD) == ["the same conflict is adjudicated on line 2; keep one"]


# kg lint --fix ------------------------------------------------------------------------------------


def untidy(root: Path) -> None:
    """Entities in reverse order with blanks; a paper with shuffled keys, odd quotes and blank lines."""
    path = root / ENTITIES
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    rows = [row.replace("mesenchymal stromal cell|", "mesenchymal stromal cell | ") for row in reversed(rows)]
    path.write_text(
        "\n".join([header, *(row.replace("\t", " \t ", 1) for row in rows)]) + "\n", encoding="utf-8"
    )
    path = root / "data/papers/2001/able-treg-mice.yaml"
    first, second, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([*rest, "", f"{second}   ", first.replace("10.5555/tiny.1", "'10.5555/tiny.1'")])
    )


def snapshot(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_fix_sorts_orders_and_trims_without_changing_what_is_known(tiny_copy: Path) -> None:
    tidy = snapshot(tiny_copy)
    untidy(tiny_copy)
    before = read_knowledge(Checkout(tiny_copy))
    changed, left = fix(Checkout(tiny_copy))
    assert (sorted(changed), left) == ([ENTITIES, "data/papers/2001/able-treg-mice.yaml"], [])
    assert read_knowledge(Checkout(tiny_copy)) == before
    assert snapshot(tiny_copy) == tidy


def test_fix_twice_is_fix_once(tiny_copy: Path) -> None:
    untidy(tiny_copy)
    fix(Checkout(tiny_copy))
    once = snapshot(tiny_copy)
    assert fix(Checkout(tiny_copy)) == ([], [])
    assert snapshot(tiny_copy) == once


def test_fix_leaves_tidy_files_alone(tiny_copy: Path) -> None:
    before = snapshot(tiny_copy)
    assert fix(Checkout(tiny_copy)) == ([], [])
    assert snapshot(tiny_copy) == before


@pytest.mark.parametrize("rule", ["yaml_syntax", "duplicate_key", "unknown_key", "missing_key", "bad_value"])
def test_fix_leaves_broken_files_byte_for_byte_and_says_so(tiny_copy: Path, rule: str) -> None:
    put(tiny_copy, BAD / f"{rule}.yaml")
    before = snapshot(tiny_copy)
    assert fix(Checkout(tiny_copy)) == ([], [f"{PAPER}: mend its problems first"])
    assert snapshot(tiny_copy) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Made up", "# a comment\ntitle: Made up"),
        ("title: Made up", "title: Made up  # a comment"),
        ("title: Made up", 'title: "Made up"  # a comment'),
        ("doi: 10.5555/bad", 'doi: "10.5555/bad" # seen on the page'),
        ("title: Made up", '# called "Made up" by its authors\ntitle: Made up'),
        ("    claims:", "    claims:  # two more in the full text"),
    ],
)
def test_fix_loses_no_comment_and_says_so(tiny_copy: Path, old: str, new: str) -> None:
    assert paper(tiny_copy, lambda text: text.replace(old, new)) == []
    before = snapshot(tiny_copy)
    changed, left = fix(Checkout(tiny_copy))
    assert changed == []
    assert [reason for reason in left if reason.startswith(PAPER) and "comments" in reason]
    assert snapshot(tiny_copy) == before


def test_a_number_sign_in_a_text_is_no_comment(tiny_copy: Path) -> None:
    paper(tiny_copy, lambda text: text.replace("title: Made up", "title:   'Made up # 2'"))
    assert fix(Checkout(tiny_copy)) == ([PAPER], [])
    assert "title: 'Made up # 2'\n" in (tiny_copy / PAPER).read_text()


def test_fix_of_named_files_touches_no_other(tiny_copy: Path) -> None:
    untidy(tiny_copy)
    before = snapshot(tiny_copy)
    assert fix(Checkout(tiny_copy), [tiny_copy / "data/papers/2002/baker-pge2-il10.yaml"]) == ([], [])
    assert snapshot(tiny_copy) == before


def test_fix_keeps_the_header_of_a_table_without_rows(tiny_copy: Path) -> None:
    path = tiny_copy / ENTITIES
    header = path.read_text(encoding="utf-8").splitlines()[0] + "\n"
    path.write_text(header, encoding="utf-8")
    fix(Checkout(tiny_copy))
    assert path.read_text(encoding="utf-8") == header


def test_fix_refuses_a_broken_table_and_leaves_it(tiny_copy: Path) -> None:
    path = tiny_copy / ENTITIES
    path.write_text(path.read_text(encoding="utf-8") + "no tabs here\n", encoding="utf-8")
    before = snapshot(tiny_copy)
    with pytest.raises(DataProblems, match=r"entities\.tsv:20: table"):
        fix(Checkout(tiny_copy))
    assert snapshot(tiny_copy) == before
