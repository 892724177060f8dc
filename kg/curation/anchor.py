"""Fingerprints of source sentences: proof that one was read, without copying it.

The fingerprint is the first 16 hex digits of SHA-256 over the sentence with HTML entities decoded, in
NFKC, casefolded, Greek letters spelled out (old abstracts spell them, publishers print them), and
everything but letters and digits dropped. A section label ("RESULTS:") is not part of the sentence.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

__all__ = ["anchor", "find_sentence", "normalise"]

_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        strict=True,
    )
)
_WORD = (
    "backgrounds?|objectives?|aims?|purpose|introduction|rationale|hypothesis|materials?|methods?|design|setting|"
    "patients|participants|interventions?|measurements?|main|key|results?|findings?|interpretation|discussion|"
    "conclusions?|significance|funding|context|outcomes?|study|experimental|approach|methodology|principal|summary"
)
_LABEL = re.compile(rf"^\s*(?:{_WORD})(?:[\s,/&]+(?:and\s+)?(?:{_WORD}))*\s*:\s+", re.IGNORECASE)
_HEADINGS = (
    "Background|Objectives?|Aims?|Purpose|Introduction|Rationale|Materials and [Mm]ethods|Methods|"
    "Methods and [Rr]esults|Results|Findings|Interpretation|Discussion|Conclusions?"
)
# A heading may stand before its sentence with a colon, a space or nothing between them.
_END = re.compile(
    rf"[.?!](?=[\"')\]\s”’»]|[A-Z]|$)|[:\]](?=\s)|\n|(?:(?<=[.?!])|(?<=\s)|^)(?:{_HEADINGS})(?=:?\s*[A-Z])"
)


def normalise(text: str) -> str:
    """The letters and digits of a text, as they enter the fingerprint.

    >>> normalise("TGF-β1 fell (P&lt;0.05).")
    'tgfbeta1fellp005'
    """
    if text.isascii() and "&" not in text:  # the same, sooner
        return "".join(filter(str.isalnum, text.lower()))
    text = unicodedata.normalize("NFKC", html.unescape(text)).casefold()
    return "".join(_GREEK.get(c, c) for c in text if c.isalnum())


def anchor(sentence: str) -> str:
    """16 hex digits for a sentence; a section label in front of it is ignored.

    >>> anchor("RESULTS: TGF-β rose.") == anchor("TGF-beta rose")
    True
    """
    bare = normalise(_LABEL.sub("", sentence))
    return hashlib.sha256(bare.encode()).hexdigest()[:16]


def find_sentence(fingerprint: str, text: str, longest: int = 16) -> str | None:
    """The span of `text` that has this fingerprint, or None.

    Every span between two possible sentence ends is tried, up to `longest` ends apart, so that no
    sentence splitter has to agree with another.
    """
    ends = sorted({0, len(text), *(m.end() for m in _END.finditer(text))})
    for i, start in enumerate(ends[:-1]):
        for end in ends[i + 1 : i + 1 + longest]:
            span = text[start:end]
            if anchor(span) == fingerprint:
                return span.strip()
    return None
