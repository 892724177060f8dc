"""Starting a paper file: keys, records of the services, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from click.testing import CliRunner

from kg.cli import main
from kg.curation.start import Record, read_key, start_paper
from kg.errors import BadInput

PUBMED = b"""<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>123</PMID><Article>
<Journal><JournalIssue><PubDate><Year>2011</Year></PubDate></JournalIssue>
<Title>Made Journal</Title></Journal>
<ArticleTitle>A made-up <i>title</i>: with a colon.</ArticleTitle>
<AuthorList><Author><LastName>N\xc3\xa9meth</LastName></Author>
<Author><LastName>Last</LastName></Author></AuthorList>
</Article></MedlineCitation><PubmedData>
<ArticleIdList><ArticleId IdType="doi">10.5555/made</ArticleId></ArticleIdList>
</PubmedData></PubmedArticle></PubmedArticleSet>"""
EUROPE = (
    b'{"resultList": {"result": [{"pmid": "77", "doi": "10.5555/other", "title": "Other <sub>one</sub>.", '
    b'"pubYear": "2015", "journalInfo": {"journal": {"title": "J"}}, '
    b'"authorList": {"author": [{"lastName": "Ei"}]}}]}}'
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(Path(__file__).parent / "tiny", tmp_path / "c", ignore=shutil.ignore_patterns("build"))
    return tmp_path / "c"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PUBMED if "efetch" in self.path else EUROPE)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("KG_EUTILS", address)
    monkeypatch.setenv("KG_EUROPE_PMC", address)
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("text", "pmid", "doi"),
    [
        ("19098906", "19098906", ""), ("PMID: 19098906", "19098906", ""),
        ("10.1038/nm.1905", "", "10.1038/nm.1905"),
        ("https://doi.org/10.1038/nm.1905", "", "10.1038/nm.1905"),
        ("https://pubmed.ncbi.nlm.nih.gov/19098906/", "19098906", ""),
    ],
)  # fmt: skip
def test_keys(text: str, pmid: str, doi: str) -> None:
    assert read_key(text) == Record(pmid, doi)


@pytest.mark.parametrize("text", ["", "abc", "10.1038", "PMC12345", "0123"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="neither a PMID"):
        read_key(text)


def test_a_record_fills_the_file_and_lint_names_what_is_left(services: None, checkout: Path) -> None:
    run = CliRunner().invoke
    done = run(main, ["new", "123", "--words", "sepsis pge2", "--checkout", str(checkout)])
    assert done.exit_code == 0, done.output
    path = checkout / "data/papers/2011/nemeth-sepsis-pge2.yaml"
    assert done.stdout.strip() == str(path)
    told = yaml.safe_load(path.read_text().replace("{product: cells, source: , donor: , route: }", "{}")
                          .replace("{subject: , object: }", "{}"))  # fmt: skip
    assert told["pmid"] == "123"
    assert told["doi"] == "10.5555/made"
    assert told["title"] == "A made-up title: with a colon"
    assert (told["journal"], told["year"], told["group"]) == ("Made Journal", 2011, "Last")
    left = run(main, ["lint", str(path), "--checkout", str(checkout)])
    assert left.exit_code == 1
    assert "nemeth-sepsis-pge2.yaml" in left.output


def test_what_is_given_goes_before_what_the_record_says(services: None, checkout: Path) -> None:
    done = CliRunner().invoke(main, ["new", "10.5555/other", "--year", "2016", "--checkout", str(checkout)])
    assert done.exit_code == 0, done.output
    assert (checkout / "data/papers/2016").is_dir()
    assert "pmid: '77'" in (checkout / "data/papers/2016/ei-paper.yaml").read_text()


def test_a_paper_that_is_there_is_not_started_again(checkout: Path) -> None:
    done = CliRunner().invoke(main, ["new", "10.5555/tiny.1", "--checkout", str(checkout)])
    assert done.exit_code == 2
    assert "is there already: data/papers" in done.output


def test_without_a_service_it_says_what_to_give(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    monkeypatch.setenv("KG_EUTILS", "http://127.0.0.1:9")
    monkeypatch.setenv("KG_EUROPE_PMC", "http://127.0.0.1:9")
    done = CliRunner().invoke(main, ["new", "123", "--checkout", str(checkout)])
    assert done.exit_code == 2
    assert "give --title, --journal, --year and --author instead" in done.output
    done = CliRunner().invoke(main, ["new", "123", "--offline", "--title", "T", "--checkout", str(checkout)])
    assert done.exit_code == 2
    assert "--journal --year" in done.output


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    record = Record("1", "", "Effects", "J", "2001", ("Ab",))
    path = start_paper(tmp_path, record, "primary", "x")
    before = path.read_text()
    with pytest.raises(BadInput, match="exists; give other --words"):
        start_paper(tmp_path, record, "trial", "x")
    assert path.read_text() == before
