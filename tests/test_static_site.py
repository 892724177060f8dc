"""`kg site`: what it writes, and its views from a folder. Its answers are held in test_web_engine.py."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.errors import NotWritable
from kg.web import objects
from kg.web.site import write_site


def test_every_view_opens_from_a_folder_without_a_network(opened_site, real):
    page = opened_site
    statement, conflict = real.statements("Treg")[0].id, real.conflicts()[0].id
    views = [
        "", "paths?source=MSC&target=fibrosis&via=Treg&sign=-", "search?q=macrophage", "entity/Treg",
        "entity/COPD", f"statement/{statement}", "paper/PMID%3A19098906", "conflicts", f"conflict/{conflict}",
        "trials?disease=COPD", "hypotheses?source=MSC", "ontology", "ontology/cell", "sparql",
        "cell?disease=COPD&mechanism=neutrophils",
    ]  # fmt: skip
    for view in views:
        page.open(view)
        assert page.tab.locator("[role=alert]").count() == 0, view
        assert len(page.tab.locator("main").inner_text()) > 100, view
    page.open("compare?one=cells&other=vesicles")
    assert "needs the server" in page.tab.locator("[role=alert]").inner_text()
    assert [r for r in page.requests if not r.startswith(("file:", "blob:", "data:", "about:"))] == []
    assert page.complaints == []


def test_a_plain_question_is_understood_as_on_the_server(opened_site, real):
    for text in (
        "how do MSCs reduce fibrosis through Treg?", "MSC increases IL-10", "unicorns reduce fibrosis",
        "How does MSC affect death in mice", "do MSC reduce death without IL-10 in patients",
    ):  # fmt: skip
        found = opened_site.tab.evaluate("q => kg.api('search', {q})", text)["question"]
        assert found == objects.question(real, text), text


def test_the_site_is_small(opened_site):
    files = [f for f in opened_site.folder.rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) <= 20_000_000


@pytest.mark.slow
def test_the_page_is_quick(opened_site):
    """The first view within 1.5 s, the first path question with its picture within 3 s; twice that here."""
    times = opened_site.timed()
    assert times["view"] <= 3.0, times
    assert times["paths"] <= 6.0, times


def test_files_of_others_are_unmodified_releases():
    folder = Path(objects.__file__).parent / "vendor"
    listed = re.findall(
        r"^\| (\w+) \|.*\| ([\w.]+) \| `([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.M
    )
    assert {name for name, _, _ in listed} == {f.name for f in folder.iterdir() if f.is_dir()}
    for name, file, digest in listed:
        assert hashlib.sha256((folder / name / file).read_bytes()).hexdigest() == digest, file
    assert "Apache License" in (folder / "oxigraph" / "LICENSE-APACHE").read_text()


def test_a_site_that_cannot_be_moved_into_place_leaves_the_old_one(tiny, tmp_path, monkeypatch):
    out = write_site(tiny, tmp_path / "site")
    before = (out / "index.html").read_bytes()
    rename = Path.rename

    def refuses(self, target):
        if self.name.startswith(".site-") and "old" not in self.name:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(NotWritable, match="No space left"):
        write_site(tiny, out)
    assert (out / "index.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_only_a_site_is_replaced(tiny, tmp_path):
    out = tmp_path / "site"
    write_site(tiny, out)
    first = sorted(f.relative_to(out) for f in out.rglob("*"))
    write_site(tiny, out)
    assert sorted(f.relative_to(out) for f in out.rglob("*")) == first
    assert [p.name for p in tmp_path.iterdir()] == ["site"]
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(NotWritable, match="is no site of ours"):
        write_site(tiny, other)
    assert (other / "thesis.txt").read_text() == "years of work"
    file = tmp_path / "file"
    file.write_text("")
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "site", str(file)])
    assert done.exit_code == 2
    assert "is no site of ours" in done.output
