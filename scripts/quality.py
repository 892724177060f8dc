"""Writes data/QUALITY.md: what second readings made of the claims, from the record in the files.

    python scripts/quality.py

Each line of a paper file says what its second reading made of it, each paper how many claims were dropped;
data/verdicts.tsv says of mended and dropped claims which field was wrong, and why, as far as that was kept.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.curation.checkout import Checkout  # noqa: E402
from kg.curation.papers import read_paper  # noqa: E402


def page(root: Path) -> str:
    """The page of a checkout."""
    papers = []
    for path in sorted((root / "data" / "papers").rglob("*.yaml")):
        paper = read_paper(path).paper
        assert paper is not None, path
        papers.append(paper)
    lines = [line for p in papers for x in p.experiments for line in x.lines]
    readings = Counter(line.reading or "not read" for line in lines)
    dropped = sum((p.second_reading.dropped or 0) for p in papers if p.second_reading)
    claims = len(lines) + dropped
    out = [
        "# What second readings found", "",
        "Made by `python scripts/quality.py` from the files; do not edit. Readers are software; a second",
        "reader saw only the abstract and the claim, and was asked to find what is wrong.", "",
        f"- {len(papers)} papers, {claims:,} claims written by first readers.",
        f"- {readings['confirmed']:,} confirmed ({readings['confirmed'] / claims:.1%}).",
        f"- {readings['mended']:,} mended ({readings['mended'] / claims:.1%}).",
        f"- {dropped:,} dropped ({dropped / claims:.1%}).",
    ]  # fmt: skip
    rows = (root / "data" / "verdicts.tsv").read_text(encoding="utf-8").splitlines()[1:]
    verdicts = [row.split("\t") for row in rows]
    kinds = sorted({field for _, _, field, _ in verdicts})
    counted = Counter((field, verdict.partition(":")[0]) for _, _, field, verdict in verdicts)
    read = {paper for paper, *_ in verdicts}
    out += [
        "", "## Which field was wrong", "",
        f"As far as verdicts by field were kept: {len(verdicts)} verdicts in {len(read)} papers.", "",
        "| field | mended | dropped |", "|---|---:|---:|",
        *(f"| {k} | {counted[k, 'mended']} | {counted[k, 'dropped']} |"
          for k in sorted(kinds, key=lambda k: (-counted[k, "mended"] - counted[k, "dropped"], k))),
        "", "Not measured: agreement of two readers who both start from nothing (Cohen's κ).", "",
    ]  # fmt: skip
    return "\n".join(out)


if __name__ == "__main__":
    root = Checkout(ROOT).root
    (root / "data" / "QUALITY.md").write_text(page(root), encoding="utf-8")
