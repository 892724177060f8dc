"""Builds: the same files give the same bytes, nothing is lost on the way, and a damaged one is refused."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, RdfFormat, parse

import kg
from kg import build, vocab
from kg.build import build_graph, content_hash, open_graph
from kg.curation.checkout import Checkout
from kg.curation.lint import read_knowledge
from kg.errors import BadInput, DataProblems, NotWritable, StoreDamaged, StoreMissing
from kg.graph import Graph
from kg.model import Adjudication, Entity, Knowledge, Relation, Sign
from kg.ontology.owl import serialise
from kg.store import graphs as store
from kg.store.rdf import from_quads, to_quads
from kg.store.snapshot import dump_knowledge, load_knowledge

TREG = "data/papers/2001/able-treg-mice.yaml"
FILES = {*(f"{name}.nq" for name in vocab.GRAPHS), "model.json", "terms.json", "names.json", "manifest.json"}


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def quads(folder: Path) -> Iterator[Any]:
    for name in vocab.GRAPHS:
        yield from parse(path=str(folder / f"{name}.nq"), format=RdfFormat.N_QUADS)


@pytest.fixture(scope="module")
def built(tiny: Graph) -> Path:
    """The folder of the tiny graph; read it, never write to it."""
    return tiny.built.path


# Same input, same bytes ---------------------------------------------------------------------------


def test_building_twice_gives_the_same_bytes(tiny_root: Path, tmp_path: Path, built: Path) -> None:
    build_graph(tiny_root, tmp_path / "again")
    assert set(contents(built)) == FILES
    assert contents(tmp_path / "again") == contents(built)


def test_building_over_an_old_build_replaces_it(tiny_root: Path, tmp_path: Path, built: Path) -> None:
    out = Path(shutil.copytree(built, tmp_path / "graph"))
    (out / "model.json").write_text("{}")
    (out / "old.nq").write_text("")
    build_graph(tiny_root, out)
    assert contents(out) == contents(built)
    assert [p.name for p in tmp_path.iterdir()] == ["graph"]


def test_order_of_files_and_rows_does_not_matter(tiny_root: Path, tmp_path: Path, built: Path) -> None:
    shuffle = random.Random(7).shuffle
    files = [p for part in ("data", "ontology") for p in (tiny_root / part).rglob("*") if p.is_file()]
    shuffle(files)
    for path in files:
        copy = tmp_path / "tiny" / path.relative_to(tiny_root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".tsv":
            lines = text.splitlines()
            about = [line for line in lines if line.startswith("#")]
            header, *rows = lines[len(about) :]
            shuffle(rows)
            text = "\n".join([*about, header, *rows]) + "\n"
        copy.write_text(text, encoding="utf-8")
    build_graph(tmp_path / "tiny", tmp_path / "graph")
    assert contents(tmp_path / "graph") == contents(built)


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_hash_seed_of_python_does_not_matter(
    tiny_root: Path, tmp_path: Path, built: Path, seed: str
) -> None:
    code = "import sys, pathlib, kg.build as b; b.build_graph(*map(pathlib.Path, sys.argv[1:]))"
    env = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(Path(kg.__file__).parents[1]),
        "TZ": "Asia/Tokyo",
    }
    subprocess.run([sys.executable, "-c", code, tiny_root, tmp_path / "graph"], check=True, env=env)
    assert contents(tmp_path / "graph") == contents(built)


def test_nothing_of_this_machine_is_in_a_build(tiny_copy: Path, tmp_path: Path) -> None:
    build_graph(tiny_copy, tmp_path / "graph")
    for name, data in contents(tmp_path / "graph").items():
        assert str(tmp_path).encode() not in data, name


def test_lines_are_sorted_and_none_repeats(built: Path) -> None:
    for name in vocab.GRAPHS:
        lines = (built / f"{name}.nq").read_text(encoding="utf-8").splitlines()
        assert lines == sorted(set(lines))


# What is in it ------------------------------------------------------------------------------------


def test_all_five_graphs_are_there_each_in_its_file(built: Path) -> None:
    for name in vocab.GRAPHS:
        found = {q.graph_name.value for q in parse(path=str(built / f"{name}.nq"), format=RdfFormat.N_QUADS)}
        assert found == {vocab.expand(f"graph:{name}")}


def test_blank_nodes_are_in_the_ontology_only(built: Path) -> None:
    with_blank = {
        q.graph_name.value.rpartition("/")[2]
        for q in quads(built)
        if isinstance(q.subject, BlankNode) or isinstance(q.object, BlankNode)
    }
    assert with_blank == {"ontology"}


def test_every_assertion_has_a_counted_supporting_line(tiny: Graph, built: Path) -> None:
    n = sum(1 for _ in parse(path=str(built / "assertions.nq"), format=RdfFormat.N_QUADS))
    assert n == sum(s.is_asserted for s in tiny.statements()) == 12


def test_the_manifest_counts_what_is_there(tiny: Graph) -> None:
    manifest = tiny.built.manifest
    assert (manifest["n_papers"], manifest["n_statements"], manifest["n_entities"]) == (4, 14, 18)
    assert manifest["format"] == store.FORMAT
    assert set(manifest["files"]) == FILES - {"manifest.json"}


# Model → RDF → model ------------------------------------------------------------------------------


def there_and_back(knowledge: Knowledge) -> Knowledge:
    return from_quads(parse(serialise(to_quads(knowledge)), format=RdfFormat.N_QUADS))


def test_rdf_gives_the_tiny_model_back(tiny_root: Path, built: Path) -> None:
    knowledge = read_knowledge(Checkout(tiny_root))
    assert there_and_back(knowledge) == knowledge
    assert from_quads(quads(built)) == knowledge


def test_rdf_gives_the_real_model_back(real: Graph) -> None:
    assert from_quads(quads(real.built.path)) == real.knowledge


def test_the_snapshot_gives_the_model_back(tiny_root: Path, tiny: Graph) -> None:
    knowledge = read_knowledge(Checkout(tiny_root))
    assert load_knowledge(dump_knowledge(knowledge, more=[1])) == (knowledge, {"more": [1]})
    assert tiny.knowledge == knowledge


def test_the_snapshot_gives_the_real_model_back(real: Graph) -> None:
    assert load_knowledge(dump_knowledge(real.knowledge)) == (real.knowledge, {})


@st.composite
def knowledge(draw: st.DrawFn, text: st.SearchStrategy[str], papers: Callable[..., Any]) -> Knowledge:
    """Any knowledge that lint would let through, as far as RDF is concerned."""
    categories = list(vocab.CATEGORIES)

    def some(items: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(sorted(draw(st.lists(items, max_size=2, unique=True))))

    prefixes = st.sampled_from(["CL", "GO", "HGNC", "mscm", "MESH", "mirbase", "FPLX", "HP"])
    ids = st.builds("{}:{:07}".format, prefixes, st.integers(1, 99))
    names = draw(st.lists(text, min_size=1, max_size=4, unique=True))
    curies = draw(st.lists(ids, min_size=len(names), max_size=len(names), unique=True))
    entities = [
        Entity(
            name, curie, draw(text), draw(st.sampled_from(categories)), some(text),
            some(st.sampled_from(names)), draw(st.just("") | text),
        )
        for name, curie in zip(sorted(names), curies, strict=True)
    ]  # fmt: skip
    mappings = st.tuples(
        st.sampled_from(["exact", "close", "broad"]), st.sampled_from(["RO:0002304", "biolink:affects"])
    )
    predicates = some(st.sampled_from(["differentiates into", "protects from", "binds"])) or ("increases",)
    relations = [
        Relation(
            name, draw(st.sampled_from(Sign)), some(st.sampled_from(categories)),
            some(st.sampled_from(categories)), f"is {name} by", some(mappings), draw(text),
        )
        for name in predicates
    ]  # fmt: skip
    ends = st.sampled_from(sorted(names))
    found = draw(
        st.lists(papers(ends, st.sampled_from(predicates), ends, text), max_size=2, unique_by=lambda p: p.id)
    )
    derivations = some(st.tuples(ends, st.sampled_from(["derives from", "produced by", "part of"]), ends))
    about = st.tuples(ends, st.sampled_from(["", *sorted(predicates)]), ends)
    adjudications = tuple(
        Adjudication(
            *key, some(st.sampled_from(vocab.CONTEXT_AXES)), draw(text), draw(st.sampled_from(found)).id,
            "software", "2026-01-01",
        )
        for key in (some(about) if found else ())
    )  # fmt: skip
    ordered = tuple(sorted(found, key=lambda p: p.id))
    return Knowledge(tuple(entities), tuple(relations), ordered, derivations, adjudications)


@given(data=st.data())
def test_rdf_and_snapshot_give_any_model_back(data: st.DataObject, any_text: Any, any_paper: Any) -> None:
    made = data.draw(knowledge(any_text(), any_paper))
    assert from_quads(to_quads(made)) == made
    assert there_and_back(made) == made
    assert load_knowledge(dump_knowledge(made)) == (made, {})


def test_nothing_reported_is_not_the_word_none(tiny_copy: Path) -> None:
    """Two products that differ only in a field left out and one that says "None"."""
    path = tiny_copy / "data/papers/2002/baker-pge2-il10.yaml"
    text = path.read_text(encoding="utf-8").replace("contact: transwell}", "contact: transwell, dose: None}")
    other = "    system: in vivo\n    agent: {product: cells, contact: transwell}\n"
    path.write_text(text.replace("    system: in vivo\n", other), encoding="utf-8")
    made = read_knowledge(Checkout(tiny_copy))
    assert from_quads(to_quads(made)) == made


@pytest.mark.parametrize("space", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_no_character_in_a_finding_breaks_a_line_of_the_graph(tiny_copy: Path, space: str) -> None:
    path = tiny_copy / TREG
    text = path.read_text(encoding="utf-8")
    old = "More regulatory T cells were counted after treatment."
    assert old in text
    path.write_text(text.replace(old, json.dumps(f"More{space}cells.")), encoding="utf-8")
    made = read_knowledge(Checkout(tiny_copy))
    assert f"More{space}cells." in {e.line.finding for e in made.evidence()}
    assert there_and_back(made) == made


@pytest.mark.parametrize(
    "doi",
    [
        "10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2",
        "10.5555/a{b}|c^`\\",
        "10.5555/a#b#c",
        "10.5555/a[b]?c%20d",
    ],
)
def test_a_paper_known_by_an_old_doi_alone_can_be_built(tiny_copy: Path, tmp_path: Path, doi: str) -> None:
    path = tiny_copy / TREG
    path.write_text(
        path.read_text(encoding="utf-8").replace("10.5555/tiny.1", json.dumps(doi)), encoding="utf-8"
    )
    out = build_graph(tiny_copy, tmp_path / "graph").path
    assert doi in {p.doi for p in from_quads(quads(out)).papers}


# All or nothing -----------------------------------------------------------------------------------


def full(*args: Any, **kwargs: Any) -> None:
    raise OSError(28, "No space left on device")


def interrupted(*args: Any, **kwargs: Any) -> None:
    raise KeyboardInterrupt


def changed(root: Path) -> Path:
    """The same checkout with another title, so that its build differs from the old one."""
    path = root / TREG
    path.write_text(
        path.read_text(encoding="utf-8").replace("title: ", "title: Again, ", 1), encoding="utf-8"
    )
    return root


@pytest.fixture
def old(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "out" / "graph"))


@pytest.mark.parametrize(
    ("method", "failing", "error"),
    [
        ("write_bytes", full, NotWritable),
        ("write_text", full, NotWritable),
        ("rename", full, NotWritable),
        ("write_bytes", interrupted, KeyboardInterrupt),
        ("rename", interrupted, KeyboardInterrupt),
    ],
)
def test_a_build_that_is_cut_off_leaves_the_old_one(
    tiny_copy: Path, old: Path, built: Path, monkeypatch: pytest.MonkeyPatch,
    method: str, failing: Callable[..., None], error: type[BaseException],
) -> None:  # fmt: skip
    root = changed(tiny_copy)
    with monkeypatch.context() as patch:
        patch.setattr(Path, method, failing)
        with pytest.raises(error):
            build_graph(root, old)
    assert contents(old) == contents(built)
    assert [p.name for p in old.parent.iterdir()] == ["graph"]


@pytest.mark.parametrize(("failing", "error"), [(full, NotWritable), (interrupted, KeyboardInterrupt)])
def test_a_build_that_is_cut_off_while_it_is_moved_leaves_the_old_one(
    tiny_copy: Path, old: Path, built: Path, monkeypatch: pytest.MonkeyPatch,
    failing: Callable[..., None], error: type[BaseException],
) -> None:  # fmt: skip
    rename = Path.rename

    def second_fails(path: Path, target: Path) -> Path:
        if Path(target) == old and path.name != "old":
            failing()
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", second_fails)
        with pytest.raises(error):
            build_graph(changed(tiny_copy), old)
    assert old.is_dir()
    assert contents(old) == contents(built)
    assert [p.name for p in old.parent.iterdir()] == ["graph"]


def test_wrong_data_leave_the_old_build(tiny_copy: Path, old: Path, built: Path) -> None:
    path = tiny_copy / TREG
    path.write_text(
        path.read_text(encoding="utf-8").replace("kind: primary", "kind: primry"), encoding="utf-8"
    )
    with pytest.raises(DataProblems, match=rf"{TREG}:5: bad_value"):
        build_graph(tiny_copy, old)
    assert contents(old) == contents(built)


def test_a_core_that_is_not_turtle_is_named(tiny_copy: Path, tmp_path: Path) -> None:
    (tiny_copy / "ontology/core.ttl").write_text("this is not Turtle")
    with pytest.raises(BadInput, match=r"ontology/core\.ttl: not Turtle"):
        build_graph(tiny_copy, tmp_path / "graph")
    assert not (tmp_path / "graph").exists()


def test_a_file_is_not_overwritten_by_a_build(tiny_root: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes.txt"
    out.write_text("mine")
    with pytest.raises(NotWritable, match=r"notes\.txt exists and is no built graph"):
        build_graph(tiny_root, out)
    with pytest.raises(NotWritable, match=r"cannot write .*graph: (Not a directory|File exists)"):
        build_graph(tiny_root, out / "graph")
    assert out.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_of_something_else_is_not_overwritten_by_a_build(tiny_root: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("mine")
    with pytest.raises(
        NotWritable, match=r"mine exists and is no built graph; choose another folder with --out"
    ):
        build_graph(tiny_root, tmp_path / "mine")
    assert (tmp_path / "mine/thesis.txt").read_text() == "mine"


def test_an_empty_folder_may_be_built_into(tiny_root: Path, tmp_path: Path, built: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    build_graph(tiny_root, tmp_path / "a/b")
    build_graph(tiny_root, tmp_path / "a/new/c")
    assert contents(tmp_path / "a/b") == contents(tmp_path / "a/new/c") == contents(built)


# Opening ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FILES - {"manifest.json"}))
def test_a_truncated_file_is_named(old: Path, name: str) -> None:
    size = (old / name).stat().st_size
    os.truncate(old / name, size - 1)
    with pytest.raises(StoreDamaged) as caught:
        kg.load(old)
    assert f"{old / name} does not match its manifest ({size - 1} bytes, {size} expected)" in str(
        caught.value
    )
    assert f"kg build --out {old}" in str(caught.value)


def test_a_changed_byte_is_noticed(old: Path) -> None:
    data = bytearray((old / "evidence.nq").read_bytes())
    data[100] ^= 1
    (old / "evidence.nq").write_bytes(data)
    with pytest.raises(StoreDamaged, match=r"evidence\.nq does not match its manifest"):
        kg.load(old)


@pytest.mark.parametrize("name", sorted(FILES - {"manifest.json"}))
def test_a_missing_file_is_named(old: Path, name: str) -> None:
    (old / name).unlink()
    with pytest.raises(StoreDamaged, match=rf"cannot read .*{re.escape(name)}: No such file"):
        kg.load(old)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"files": []}',
        '{"files": {"model.json": 3}}',
        '{"files": {"a": {}}}',
        "\x00",
    ],
)
def test_a_damaged_manifest_is_named(old: Path, text: str) -> None:
    (old / "manifest.json").write_text(text)
    with pytest.raises(StoreDamaged, match=r"manifest\.json|cannot read .*/a: No such file"):
        kg.load(old)


@pytest.mark.parametrize("name", sorted(FILES - {"manifest.json"}))
def test_a_manifest_that_has_lost_a_file_is_damaged(old: Path, name: str) -> None:
    manifest = json.loads((old / "manifest.json").read_text())
    del manifest["files"][name]
    (old / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreDamaged, match=re.escape(name)):
        kg.load(old)


def test_a_build_of_another_format_is_refused(old: Path) -> None:
    manifest = json.loads((old / "manifest.json").read_text())
    (old / "manifest.json").write_text(json.dumps({**manifest, "format": 0}))
    with pytest.raises(
        StoreDamaged, match=rf"{old} was built by another version \(format 0\); build it again"
    ):
        kg.load(old)


def test_a_folder_without_a_build_is_missing_one(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StoreMissing, match=rf"{path} holds no built graph; run `kg build --out {path}`"):
            kg.load(path)
    with pytest.raises(BadInput, match="no format that is read here"):
        kg.load(Path(__file__))


# What load() opens --------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were built into."""
    made: list[Path] = []

    def counting(checkout: Path, out: Path, say: Callable[[str], None]) -> store.BuiltGraph:
        made.append(out)
        return build_graph(checkout, out, say)

    monkeypatch.setattr(build, "build_graph", counting)
    return made


def test_a_checkout_is_built_once_and_again_when_a_file_changes(tiny_copy: Path, counted: list[Path]) -> None:
    first = kg.load(tiny_copy)
    assert kg.load(tiny_copy).knowledge == first.knowledge
    assert counted == [tiny_copy / "build/cache" / content_hash(tiny_copy)]
    changed(tiny_copy)
    second = kg.load(tiny_copy)
    assert len(counted) == 2
    assert {p.title for p in second.papers} - {p.title for p in first.papers} == {
        "Again, Stromal cells and regulatory T cells in scarred lungs"
    }


@pytest.mark.parametrize(
    "name",
    [
        "data/entities.tsv",
        TREG,
        *(f"ontology/{n}" for n in ("core.ttl", "derivations.tsv", "imports/cl.tsv", "terms/values.tsv")),
        "ontology/mappings.sssom.tsv",
    ],
)
def test_every_input_changes_the_hash(tiny_copy: Path, name: str) -> None:
    before = content_hash(tiny_copy)
    with (tiny_copy / name).open("a") as file:
        file.write("\n")
    assert content_hash(tiny_copy) != before


def test_a_renamed_paper_changes_the_hash(tiny_copy: Path) -> None:
    before = content_hash(tiny_copy)
    (tiny_copy / TREG).rename(tiny_copy / TREG.replace("mice", "rats"))
    assert content_hash(tiny_copy) != before


def test_the_place_of_a_checkout_does_not_change_the_hash(tiny_root: Path, tiny_copy: Path) -> None:
    assert content_hash(tiny_copy) == content_hash(tiny_root)


def test_a_damaged_cache_is_built_anew(tiny_copy: Path, counted: list[Path]) -> None:
    folder = kg.load(tiny_copy).built.path
    os.truncate(folder / "model.json", 10)
    assert len(kg.load(tiny_copy).papers) == 4
    assert counted == [folder, folder]


def test_builds_days_old_are_forgotten_but_not_other_folders(tiny_copy: Path) -> None:
    cache = tiny_copy / "build/cache"
    for i in range(7):
        (cache / f"old{i}").mkdir(parents=True)
        (cache / f"old{i}/manifest.json").write_text("{}")
        long_ago = time.time() - (i - 3) * 86_400
        os.utime(cache / f"old{i}", (long_ago, long_ago))
    (cache / "mine").mkdir()
    kg.load(tiny_copy)
    key = content_hash(tiny_copy)
    assert {p.name for p in cache.iterdir()} == {"mine", key, "old0", "old1", "old2", "old3", "old4"}


def test_a_read_only_checkout_is_cached_elsewhere(
    tiny_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[Path]
) -> None:
    (tiny_copy / "build").write_text("a file, so that no folder can be made here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    built_in = kg.load(tiny_copy).built.path
    assert built_in == tmp_path / "cache/msc-kg" / content_hash(tiny_copy)
    assert kg.load(tiny_copy).built.path == built_in
    assert len(counted) == 2  # one that failed, one that worked; none on the second load


def test_kg_graph_names_a_build_or_a_checkout(
    tiny_copy: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_GRAPH", str(built))
    assert kg.load().built.path == built
    monkeypatch.setenv("KG_GRAPH", str(tiny_copy))
    assert kg.load().built.path.is_relative_to(tiny_copy)
    monkeypatch.setenv("KG_GRAPH", str(tmp_path / "nowhere"))
    with pytest.raises(StoreMissing, match="nowhere holds no built graph"):
        kg.load()
    assert kg.load(built).built.path == built


def test_without_a_checkout_the_packaged_graph_is_opened(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "find_checkout", lambda: None)
    monkeypatch.setattr(build, "PACKAGED", built)
    assert open_graph().path == built


def test_without_anything_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "find_checkout", lambda: None)
    monkeypatch.setattr(build, "PACKAGED", tmp_path / "built")
    with pytest.raises(StoreMissing, match=r"run `kg build --out DIR` in a checkout, then set KG_GRAPH=DIR"):
        kg.load()


def test_a_dangling_link_in_a_checkout_is_named(tiny_copy: Path) -> None:
    (tiny_copy / "data/papers/2003/gone-away.yaml").symlink_to(tiny_copy / "nowhere")
    with pytest.raises(BadInput, match=r"gone-away\.yaml"):
        kg.load(tiny_copy)


@pytest.mark.slow
def test_several_processes_may_open_a_fresh_checkout_at_once(tiny_copy: Path) -> None:
    code = "import sys, kg; print(len(kg.load(sys.argv[1]).papers))"
    env = {**os.environ, "PYTHONPATH": str(Path(kg.__file__).parents[1])}
    started = [
        subprocess.Popen([sys.executable, "-c", code, tiny_copy], env=env, stdout=PIPE, stderr=PIPE)
        for _ in range(4)
    ]
    answers = [process.communicate() for process in started]
    assert [out for out, _ in answers] == [b"4\n"] * 4, [err.decode()[-500:] for _, err in answers]
