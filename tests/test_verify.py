"""`kg verify`: every sentence is found again in its abstract, from a folder or from the network.

The network is a thread on 127.0.0.1 that answers as E-utilities and Europe PMC do, with made-up text.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from kg.cli import main
from kg.curation.anchor import anchor
from kg.curation.checkout import Checkout
from kg.curation.papers import PaperFile, parse_paper
from kg.curation.verify import Texts, fetcher, folder_source, verify
from kg.errors import BadInput

TRIAL = "data/papers/2004/dale-asthma-trial.yaml"


def kg(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


def change(path: Path, old: str, new: str) -> int:
    """Replace one text in a file; the line (from 1) that it stands on."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


# From a folder ------------------------------------------------------------------------------------


def test_every_line_of_the_tiny_checkout_is_found_again(tiny_root: Path) -> None:
    files = Checkout(tiny_root).paper_files
    report = verify(files, folder_source(tiny_root / "abstracts"))
    assert {row[3] for row in report.rows} == {"found"}
    assert len(report.rows) == sum(len(x.lines) for f in files if f.paper for x in f.paper.experiments) == 14
    assert report.problems == []
    assert report.summary() == "14 of 14 lines found again, 0 failed, 0 without a text (0 papers)"


def test_the_command_says_that_all_is_found(tiny_root: Path) -> None:
    done = kg("verify", "--checkout", tiny_root, "--abstracts", tiny_root / "abstracts")
    assert (done.exit_code, done.stdout) == (
        0,
        "14 of 14 lines found again, 0 failed, 0 without a text (0 papers)\n",
    )


def test_a_changed_anchor_is_reported_at_its_line(tiny_copy: Path) -> None:
    line = change(tiny_copy / TRIAL, "df8b5f8ea7ff833d", "df8b5f8ea7ff833e")
    done = kg("verify", "--checkout", tiny_copy, "--abstracts", tiny_copy / "abstracts")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{TRIAL}:{line}: wrong_anchor: no sentence of PMID:1 has the fingerprint df8b5f8ea7ff833e",
        "13 of 14 lines found again, 1 failed, 0 without a text (0 papers)",
    ]


def test_a_changed_abstract_is_reported_too(tiny_copy: Path) -> None:
    change(tiny_copy / "abstracts/1.txt", "mortality was nil", "mortality was low")
    done = kg("verify", "--checkout", tiny_copy, "--abstracts", tiny_copy / "abstracts")
    assert done.exit_code == 1
    assert "wrong_anchor" in done.stdout


@pytest.mark.parametrize("end", ["subject: Vesicles of stromal cells", "object: miR-21}"])
def test_a_name_that_the_abstract_does_not_use_is_reported(tiny_copy: Path, end: str) -> None:
    word = "exosomes" if end.startswith("subject") else "miR-210}"
    change(tiny_copy / TRIAL, end, f"{end.split()[0]} {word}")
    report = verify(Checkout(tiny_copy).paper_files, folder_source(tiny_copy / "abstracts"))
    (problem,) = report.problems
    assert (problem.path, problem.rule) == (TRIAL, "not_reported")
    assert problem.message == f"{word.rstrip('}')!r} is not in the abstract of PMID:1"


def test_a_paper_without_text_is_counted_and_fails_nothing(tiny_copy: Path) -> None:
    (tiny_copy / "abstracts/1.txt").unlink()
    done = kg("verify", "--checkout", tiny_copy, "--abstracts", tiny_copy / "abstracts")
    assert done.exit_code == 0
    assert done.stdout == "10 of 14 lines found again, 0 failed, 4 without a text (1 papers)\n"


def test_tables_and_json_have_a_row_per_line(tiny_root: Path) -> None:
    common = ("verify", "--checkout", tiny_root, "--abstracts", tiny_root / "abstracts")
    rows = json.loads(kg(*common, "--json").stdout)
    assert len(rows) == 14
    assert set(rows[0]) == {"path", "line", "paper", "result", "detail"}
    table = kg(*common, "--tsv").stdout.splitlines()
    assert table[0] == "path\tline\tpaper\tresult\tdetail"
    assert [line.split("\t")[:4] for line in table[1:]] == [
        [r["path"], str(r["line"]), r["paper"], r["result"]] for r in rows
    ]


def test_named_files_alone_are_looked_at(tiny_root: Path) -> None:
    done = kg("verify", tiny_root / TRIAL, "--checkout", tiny_root, "--abstracts", tiny_root / "abstracts")
    assert (done.exit_code, done.stdout[:8]) == (0, "4 of 4 l")


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_a_folder_that_cannot_be_read_is_named(tiny_root: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "texts"
    if kind == "a file":
        folder.write_text("")
    done = kg("verify", "--checkout", tiny_root, "--abstracts", folder)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"cannot read the folder of abstracts {folder}" in done.stderr


def test_a_text_that_is_not_utf_8_is_named(tiny_copy: Path) -> None:
    (tiny_copy / "abstracts/1.txt").write_bytes(b"na\xefve")
    done = kg("verify", "--checkout", tiny_copy, "--abstracts", tiny_copy / "abstracts")
    assert done.exit_code == 2
    assert "1.txt is not UTF-8 text (byte 2)" in done.stderr


def test_a_broken_file_is_reported_instead_of_skipped(tiny_copy: Path) -> None:
    change(tiny_copy / TRIAL, "kind: trial", "kind: trail")
    done = kg("verify", "--checkout", tiny_copy, "--abstracts", tiny_copy / "abstracts")
    assert done.exit_code == 1
    assert f"{TRIAL}:6: bad_value: kind: 'trail' is not allowed; did you mean 'trial'?" in done.stderr


# From the network ---------------------------------------------------------------------------------

PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN"
 "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">77</PMID><Article>
<Journal><Title>Journal of Examples</Title></Journal>
<ArticleTitle>Made-up cells in <i>Mus</i> lungs.</ArticleTitle>
<Abstract>
<AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">All of this is made up.</AbstractText>
<AbstractText Label="RESULTS">Imaginary cells lowered <i>Il10</i> and TGF-&#x3b2;<sub>1</sub> (P&lt;0.05).
 Nobody died.</AbstractText>
<AbstractText>No label stands here.</AbstractText>
</Abstract></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"""

EUROPE = {
    "hitCount": 1,
    "resultList": {
        "result": [
            {
                "id": "77",
                "title": "Made-up cells in <i>Mus</i> lungs.",
                "abstractText": "<h4>Background</h4>All of this is made up.<h4>Results</h4>Imaginary cells "
                "lowered <i>Il10</i> and TGF-&#x3b2;<sub>1</sub> (P&lt;0.05). Nobody died. "
                "<p>No label stands here.</p>",
            }
        ]
    },
}

SENTENCES = (
    "Made-up cells in Mus lungs.",
    "All of this is made up.",
    "Imaginary cells lowered Il10 and TGF-β1 (P < 0.05).",
    "Nobody died.",
    "No label stands here.",
)
NO_ABSTRACT = PUBMED[: PUBMED.index("<Abstract>")] + PUBMED[PUBMED.index("</Article>") :]
NOTHING = '<?xml version="1.0"?><PubmedArticleSet></PubmedArticleSet>'


@dataclass
class Services:
    """What the two services answer (status, body, bytes promised but not sent), and what they were asked."""

    pubmed: tuple[int, str] = (200, PUBMED)
    europe: tuple[int, str] = (200, json.dumps(EUROPE))
    missing: int = 0
    address: str = ""
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    def texts(self) -> Texts:
        return fetcher(f"{self.address}/eutils", f"{self.address}/rest/", pause=0, timeout=5)

    @property
    def services_asked(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture
def services() -> Iterator[Services]:
    state = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            state.asked.append((url.path, parse_qs(url.query)))
            answers = {"/eutils/efetch.fcgi": state.pubmed, "/rest/search": state.europe}
            status, text = answers.get(url.path, (404, ""))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + state.missing))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def made_up(*, pmid: str | None = "77", doi: str | None = None) -> PaperFile:
    """A paper whose claims are the sentences that the services send."""
    claims = "".join(
        f"      - {{statement: a | increases | b, finding: Yes., test: association, anchor: {anchor(s)!r}}}\n"
        for s in SENTENCES
    )
    ids = (f'pmid: "{pmid}"\n' if pmid else "") + (f"doi: {doi}\n" if doi else "")
    text = (
        f"{ids}title: Made up\njournal: Journal of Examples\nyear: 2005\nkind: primary\nread: abstract\n"
        "curation: {agent: software, date: 2026-01-01}\nexperiments:\n  mice:\n    species: mouse\n"
        f"    system: in vivo\n    claims:\n{claims}"
    )
    file = parse_paper(text, "data/papers/2005/made-up.yaml")
    assert file.problems == ()
    return file


def results(file: PaperFile, texts: Texts) -> list[str]:
    return [row[3] for row in verify([file], texts).rows]


def test_by_pmid_every_sentence_is_found_and_one_service_asked(services: Services) -> None:
    assert results(made_up(), services.texts()) == ["found"] * 5
    ((path, asked),) = services.asked
    assert path == "/eutils/efetch.fcgi"
    assert (asked["db"], asked["id"], asked["retmode"]) == (["pubmed"], ["77"], ["xml"])


def test_by_doi_every_sentence_is_found_at_europe_pmc(services: Services) -> None:
    assert results(made_up(pmid=None, doi="10.5555/made(up)&1"), services.texts()) == ["found"] * 5
    ((path, asked),) = services.asked
    assert path == "/rest/search"
    assert asked["query"] == ['DOI:"10.5555/made(up)&1"']
    assert (asked["resultType"], asked["format"]) == (["core"], ["json"])


@pytest.mark.parametrize(
    "answer",
    [(500, "oops"), (429, "slow down"), (200, NO_ABSTRACT), (200, NOTHING), (200, "<not xml"), (200, "")],
)
def test_europe_pmc_is_asked_where_pubmed_has_no_abstract(
    services: Services, answer: tuple[int, str]
) -> None:
    services.pubmed = answer
    assert results(made_up(), services.texts()) == ["found"] * 5
    assert services.services_asked == ["/eutils/efetch.fcgi", "/rest/search"]
    assert services.asked[1][1]["query"] == ["EXT_ID:77 AND SRC:MED"]


def test_a_paper_that_no_service_has_is_counted_and_fails_nothing(services: Services) -> None:
    services.pubmed, services.europe = (200, NOTHING), (200, '{"resultList": {"result": []}}')
    report = verify([made_up()], services.texts())
    assert report.problems == []
    assert report.summary() == "0 of 5 lines found again, 0 failed, 5 without a text (1 papers)"


def test_a_paper_whose_abstract_no_service_has_is_counted(services: Services) -> None:
    services.pubmed = (200, NO_ABSTRACT)
    services.europe = (200, '{"resultList": {"result": [{"id": "77", "title": "Made up"}]}}')
    assert results(made_up(), services.texts()) == ["no_text"] * 5


def test_when_neither_service_answers_the_message_says_what_to_do(services: Services) -> None:
    services.pubmed, services.europe = (500, ""), (503, "")
    with pytest.raises(BadInput) as caught:
        verify([made_up()], services.texts())
    message = str(caught.value)
    assert message.startswith("no abstract service answered for PMID:77 (")
    assert "Internal Server Error" in message
    assert "Service Unavailable" in message
    assert message.endswith("check the network, or give the texts with --abstracts DIR")


@pytest.mark.parametrize(
    "body", ["{}", "[]", "null", '{"resultList": null}', '{"errCode": 404}', "<html>", ""]
)
def test_an_answer_of_another_shape_is_no_answer(services: Services, body: str) -> None:
    services.pubmed, services.europe = (500, ""), (200, body)
    with pytest.raises(BadInput, match="no abstract service answered for PMID:77"):
        verify([made_up()], services.texts())


def test_an_answer_that_is_cut_off_is_no_answer(services: Services) -> None:
    services.missing = 10
    with pytest.raises(BadInput, match="no abstract service answered for PMID:77"):
        verify([made_up()], services.texts())


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "no address", "ftp://127.0.0.1:9", "http://[bad"])
def test_an_address_where_nobody_listens_is_no_answer(address: str) -> None:
    with pytest.raises(BadInput, match="no abstract service answered for PMID:77"):
        fetcher(address, address, pause=0, timeout=1)(made_up().paper)  # type: ignore[arg-type]


def test_a_bare_less_than_sign_is_not_markup(services: Services) -> None:
    services.pubmed = (500, "")
    text = json.dumps(EUROPE).replace("P&lt;0.05", "P < 0.05 or > 9")
    services.europe = (200, text)
    found = services.texts()(made_up().paper)  # type: ignore[arg-type]
    assert found is not None
    assert "(P < 0.05 or > 9)" in found


def test_the_command_takes_the_addresses_from_the_environment(
    services: Services, tmp_path: Path, tiny_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_EUTILS", f"{services.address}/eutils/")
    monkeypatch.setenv("KG_EUROPE_PMC", f"{services.address}/rest")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    services.pubmed = (200, NO_ABSTRACT)
    path = tmp_path / "made-up.yaml"
    path.write_text(made_up().text)
    done = kg("verify", path, "--checkout", tiny_root)
    assert (done.exit_code, done.stdout) == (
        0,
        "5 of 5 lines found again, 0 failed, 0 without a text (0 papers)\n",
    )
    assert services.services_asked == ["/eutils/efetch.fcgi", "/rest/search"]


def test_the_command_says_when_the_services_do_not_answer(
    services: Services, tmp_path: Path, tiny_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_EUTILS", services.address)
    monkeypatch.setenv("KG_EUROPE_PMC", services.address)
    path = tmp_path / "made-up.yaml"
    path.write_text(made_up().text)
    done = kg("verify", path, "--checkout", tiny_root)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "kg: no abstract service answered for PMID:77" in done.stderr
    assert "Not Found" in done.stderr
