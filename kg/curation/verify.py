"""Finding every source sentence again in its abstract.

Texts come from a folder, or from NCBI E-utilities with Europe PMC as the second source (the one thing in
this package that uses the network). Abstracts are read, hashed and forgotten; none is kept.
"""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.curation.anchor import find_sentence, normalise
from kg.curation.papers import PaperFile
from kg.curation.tables import read_text
from kg.errors import BadInput, Problem
from kg.model import Paper

__all__ = ["EUROPE_PMC", "E_UTILITIES", "Report", "fetcher", "folder_source", "services", "verify"]

E_UTILITIES = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
EUROPE_PMC = "https://www.ebi.ac.uk/europepmc/webservices/rest"
PAUSE = 0.34
"""Seconds between requests: NCBI asks for at most three a second."""

Texts = Callable[[Paper], str | None]


def folder_source(folder: Path) -> Texts:
    """Texts from `<pmid>.txt`, or `<doi with / as _>.txt`, in a folder.

    Raises BadInput where the folder cannot be read.
    """
    try:
        present = {p.name for p in folder.iterdir()}
    except OSError as error:
        raise BadInput(f"cannot read the folder of abstracts {folder}: {error.strerror}") from None

    def text(paper: Paper) -> str | None:
        for key in (paper.pmid, (paper.doi or "").replace("/", "_")):
            if key and f"{key}.txt" in present:
                return read_text(folder / f"{key}.txt")
        return None

    return text


Get = Callable[[str], bytes]


def services(
    e_utilities: str | None = None, europe_pmc: str | None = None, pause: float = PAUSE, timeout: float = 30
) -> tuple[Get, str, str]:
    """How to get an address, and the addresses of E-utilities and Europe PMC."""
    ncbi = (e_utilities or os.environ.get("KG_EUTILS") or E_UTILITIES).rstrip("/")
    europe = (europe_pmc or os.environ.get("KG_EUROPE_PMC") or EUROPE_PMC).rstrip("/")

    def get(url: str) -> bytes:
        request = urllib.request.Request(url, headers={"User-Agent": "msc-kg"})
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            time.sleep(pause)
            return bytes(answer.read())

    return get, ncbi, europe


def fetcher(
    e_utilities: str | None = None, europe_pmc: str | None = None, pause: float = PAUSE, timeout: float = 30
) -> Texts:
    """Texts from the network; the addresses can be set by $KG_EUTILS and $KG_EUROPE_PMC.

    The returned function raises BadInput where neither service answers.
    """
    get, ncbi, europe = services(e_utilities, europe_pmc, pause, timeout)

    def text(paper: Paper) -> str | None:
        failures: list[str] = []
        urls: list[tuple[str, Callable[[bytes], str | None]]] = []
        if paper.pmid:
            asked = urllib.parse.urlencode({"db": "pubmed", "id": paper.pmid, "retmode": "xml"})
            urls.append((f"{ncbi}/efetch.fcgi?{asked}", _from_pubmed))
        wanted = f"EXT_ID:{paper.pmid} AND SRC:MED" if paper.pmid else f'DOI:"{paper.doi}"'
        asked = urllib.parse.urlencode({"query": wanted, "resultType": "core", "format": "json"})
        urls.append((f"{europe}/search?{asked}", _from_europe_pmc))
        for url, read in urls:
            try:
                found = read(get(url))
            except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError,
                    ET.ParseError) as error:  # fmt: skip
                failures.append(f"{url.partition('?')[0]}: {getattr(error, 'reason', error)}")
                continue
            if found:
                return found
        if len(failures) == len(urls):
            raise BadInput(
                f"no abstract service answered for {paper.id} ({'; '.join(failures)}); "
                "check the network, or give the texts with --abstracts DIR"
            )
        return None

    return text


def _from_pubmed(data: bytes) -> str | None:
    """Title and abstract of an E-utilities answer."""
    article = ET.fromstring(data).find(".//Article")
    if article is None:
        return None
    parts = ["".join(node.itertext()) for node in article.findall("ArticleTitle")]
    for node in article.findall("Abstract/AbstractText"):
        label = node.get("Label")
        body = "".join(node.itertext())
        parts.append(f"{label}: {body}" if label else body)
    return "\n".join(parts) if len(parts) > 1 else None


def _from_europe_pmc(data: bytes) -> str | None:
    """Title and abstract of a Europe PMC answer; its markup is dropped."""
    results = json.loads(data)["resultList"]["result"]
    if not results or not results[0].get("abstractText"):
        return None
    import re

    abstract = re.sub(r"</?h\d>", "\n", results[0]["abstractText"])
    return re.sub(r"</?[A-Za-z][^<>]*>", "", f"{results[0].get('title', '')}\n{abstract}")


@dataclass(frozen=True)
class Report:
    """What became of every line: (path, line, paper, result, detail)."""

    rows: tuple[tuple[str, int, str, str, str], ...]

    @property
    def problems(self) -> list[Problem]:
        """Lines whose sentence or names are not in the text."""
        return [
            Problem(p, n, result, detail)
            for p, n, _, result, detail in self.rows
            if result not in ("found", "no_text")
        ]

    def _count(self, result: str) -> int:
        return sum(row[3] == result for row in self.rows)

    def summary(self) -> str:
        without = len({row[2] for row in self.rows if row[3] == "no_text"})
        return (
            f"{self._count('found')} of {len(self.rows)} lines found again, {len(self.problems)} failed, "
            f"{self._count('no_text')} without a text ({without} papers)"
        )

    def data(self) -> list[dict[str, Any]]:
        keys = ("path", "line", "paper", "result", "detail")
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


def verify(files: Iterable[PaperFile], texts: Texts) -> Report:
    """Look for the sentence of every line, and for the names as the paper reports them."""
    rows: list[tuple[str, int, str, str, str]] = []
    for file in files:
        paper = file.paper
        if paper is None:
            continue
        text = texts(paper)
        bare = normalise(text) if text else ""
        for experiment in paper.experiments:
            for i, line in enumerate(experiment.lines):
                at = file.line("experiments", experiment.name, "claims", i, "anchor")
                result, detail = "found", ""
                if text is None:
                    result, detail = "no_text", "no abstract at hand"
                elif find_sentence(line.anchor, text) is None:
                    result, detail = (
                        "wrong_anchor",
                        f"no sentence of {paper.id} has the fingerprint {line.anchor}",
                    )
                else:
                    for word in (line.reported_subject, line.reported_object):
                        if word and normalise(word) not in bare:
                            result, detail = "not_reported", f"{word!r} is not in the abstract of {paper.id}"
                rows.append((file.path, at, paper.id, result, detail))
    return Report(tuple(rows))
