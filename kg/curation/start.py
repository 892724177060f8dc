"""Starting a paper file: what identifies the paper filled in, one made-up claim to write over.

The record comes from NCBI E-utilities, or Europe PMC, when there is a network; else from what is given.
Nothing is filled in that neither states.
"""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import yaml

from kg.curation.tables import write_text
from kg.curation.verify import services
from kg.errors import BadInput

__all__ = ["Record", "fetch_record", "read_key", "start_paper"]


@dataclass(frozen=True, slots=True)
class Record:
    """What identifies a paper; an empty field is not known. `authors`: family names, in order."""

    pmid: str = ""
    doi: str = ""
    title: str = ""
    journal: str = ""
    year: str = ""
    authors: tuple[str, ...] = ()

    def filled(self, other: Record) -> Record:
        """This one, with what it lacks from another."""
        return Record(*(getattr(self, f.name) or getattr(other, f.name) for f in fields(Record)))

    @property
    def lacking(self) -> list[str]:
        """What a paper file cannot do without."""
        return [name for name in ("title", "journal", "year") if not getattr(self, name)]


def read_key(text: str) -> Record:
    """The PMID or DOI that a text is, with or without its prefix or address. Raises BadInput.

    >>> read_key("https://doi.org/10.1038/nm.1905").doi
    '10.1038/nm.1905'
    >>> read_key("PMID: 19098906").pmid
    '19098906'
    """
    key = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"10\.\d{4,9}/\S+", key):
        return Record(doi=key)
    key = re.sub(r"^(https?://pubmed\.ncbi\.nlm\.nih\.gov/|pmid:?\s*)", "", key, flags=re.IGNORECASE).strip(
        "/"
    )
    if re.fullmatch(r"[1-9]\d{0,8}", key):
        return Record(pmid=key)
    raise BadInput(f"{text!r} is neither a PMID (digits) nor a DOI (10.…/…)")


def fetch_record(key: Record) -> Record:
    """What the services know of a paper. Raises BadInput where none answers or none has it."""
    get, ncbi, europe = services()
    wanted = f"EXT_ID:{key.pmid} AND SRC:MED" if key.pmid else f'DOI:"{key.doi}"'
    asked = [
        (
            f"{europe}/search?{urlencode({'query': wanted, 'resultType': 'core', 'format': 'json'})}",
            _europe_pmc,
        )
    ]
    if key.pmid:
        url = f"{ncbi}/efetch.fcgi?{urlencode({'db': 'pubmed', 'id': key.pmid, 'retmode': 'xml'})}"
        asked.insert(0, (url, _pubmed))
    failures = []
    for url, read in asked:
        try:
            found = read(get(url))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ET.ParseError) as error:
            failures.append(f"{url.partition('?')[0]}: {getattr(error, 'reason', error)}")
            continue
        if found:
            return key.filled(found)
    if len(failures) == len(asked):
        raise BadInput(
            f"no service answered ({'; '.join(failures)}); give --title, --journal, --year and --author "
            "instead"
        )
    raise BadInput(
        f"no service knows {key.pmid or key.doi}; give --title, --journal, --year and --author instead"
    )


def _pubmed(data: bytes) -> Record | None:
    citation = ET.fromstring(data).find(".//PubmedArticle")
    if citation is None:
        return None

    def text(path: str) -> str:
        node = citation.find(path)
        return " ".join("".join(node.itertext()).split()) if node is not None else ""

    year = text(".//JournalIssue/PubDate/Year") or text(".//JournalIssue/PubDate/MedlineDate")[:4]
    dois = [n.text or "" for n in citation.iter("ArticleId") if n.get("IdType") == "doi"]
    names = [n.text or "" for n in citation.findall(".//AuthorList/Author/LastName")]
    return Record(
        text(".//PMID"), dois[0] if dois else "", text(".//ArticleTitle").rstrip("."),
        text(".//Journal/Title"), year, tuple(names),
    )  # fmt: skip


def _europe_pmc(data: bytes) -> Record | None:
    results = json.loads(data)["resultList"]["result"]
    if not results:
        return None
    r = results[0]
    journal = r.get("journalInfo", {}).get("journal", {}).get("title", "")
    authors = r.get("authorList", {}).get("author", [])
    title = re.sub(r"</?[A-Za-z][^<>]*>", "", r.get("title", "")).rstrip(".")
    names = tuple(a["lastName"] for a in authors if a.get("lastName"))
    return Record(r.get("pmid", ""), r.get("doi", ""), title, journal, str(r.get("pubYear", "")), names)


def start_paper(
    checkout: Path, record: Record, kind: str, words: str = "", known: Path | None = None
) -> Path:
    """Write the file of a paper, to be filled in; its path.

    `words` follow the first author in its name; else they are words of the title. Raises BadInput where the
    record lacks something, `known` (a file that holds the paper already) is given, or the file exists.
    """
    if known is not None:
        raise BadInput(f"{record.pmid or record.doi} is there already: {known}")
    if record.lacking:
        told = ", ".join(record.lacking)
        raise BadInput(
            f"{record.pmid or record.doi}: {told} not known; give "
            + " ".join(f"--{n}" for n in record.lacking)
        )
    if not re.fullmatch(r"(19|20)\d\d", record.year):
        raise BadInput(f"year {record.year!r} is none")
    first = _plain(record.authors[0]) if record.authors else "anon"
    rest = _plain(
        words or " ".join([w for w in re.findall(r"[A-Za-z0-9-]+", record.title) if len(w) > 5][:2])
    )
    path = checkout / "data" / "papers" / record.year / f"{first}-{rest}.yaml"
    if path.exists():
        raise BadInput(f"{path} exists; give other --words")
    head = {"pmid": record.pmid, "doi": record.doi, "title": record.title, "journal": record.journal}
    lines = [f"{k}: {_scalar(v)}" for k, v in head.items() if v]
    lines += [f"year: {record.year}", f"kind: {kind}", "read: abstract"]
    if record.authors:
        lines.append(f"group: {_scalar(record.authors[-1])}")
    lines += [
        f"curation: {{agent: software, date: {datetime.now(UTC).date().isoformat()}}}",
        "experiments:",
        "  # One for each context: what it was done in. Leave out what the text does not state.",
        "  what was done:",
        "    disease: ",
        "    model: ",
        "    species: ",
        "    system: in vivo            # in vitro | ex vivo | in vivo | clinical",
        "    agent: {product: cells, source: , donor: , route: }",
        "    claims:",
        "      - statement: SUBJECT | PREDICATE | OBJECT",
        "        finding: Your own sentence, 25 words at most.",
        "        test: association      # necessity | sufficiency | rescue | dose response",
        "        reported: {subject: , object: }",
        "        anchor:                # echo 'The sentence.' | kg anchor",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "\n".join(lines) + "\n")
    return path


def _plain(text: str) -> str:
    """Letters and digits in lower case, words joined by a hyphen."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", bare.casefold())) or "paper"


def _scalar(text: str) -> str:
    """A text as one YAML scalar on one line."""
    return yaml.safe_dump(text, width=10**6, allow_unicode=True).removesuffix("\n...\n").strip()
