"""Fingerprints: the same sentence gives the same one however it was printed, and is found again."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kg.curation.anchor import anchor, find_sentence, normalise

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("TGF-β1 fell (P&lt;0.05).", "tgfbeta1fellp005"),
        ("IL&#8208;10 &amp; IL&#x2010;6", "il10il6"),
        ("&alpha;&beta;", "alphabeta"),
        ("10⁶ cells in 2 mL H₂O", "106cellsin2mlh2o"),
        ("5 µg", "5mug"),
        ("5 μg", "5mug"),
        ("50 Ω", "50omega"),
        ("ΑΒΓ Ω ς ϕ ϵ ϑ", "alphabetagammaomegasigmaphiepsilontheta"),
        ("ﬁbrosis, ﬂow, oﬃce", "fibrosisflowoffice"),
        ("ＡＢＣ １２３", "abc123"),
        ("STRASSE Straße", "strassestrasse"),
        ("naïve nai\u0308ve", "naïvenaïve"),
        ("½ ± 0·5", "1205"),
        ("IFN-γ‐/‑ – — −", "ifngamma"),
        ("a\u00a0b\u2009c\u200bd\ufeffe", "abcde"),
        ("Treg (CD4⁺CD25⁺)", "tregcd4cd25"),
        ("“quoted” ‘words’ \"here\"", "quotedwordshere"),
        ("…—.,;:!?", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_only_letters_and_digits_count(text: str, bare: str) -> None:
    assert normalise(text) == bare


@pytest.mark.parametrize(
    "label",
    [
        "RESULTS:", "Results:", "results :", "METHODS AND RESULTS:", "Measurements and Main Results:",
        "BACKGROUND & AIMS:", "Background/Aims:", "MATERIALS AND METHODS:", "CONCLUSION:", "Conclusions:",
        "KEY RESULTS:", "  FINDINGS:", "Objective, Methods and Results:", "EXPERIMENTAL APPROACH:",
        "CONCLUSIONS AND SIGNIFICANCE:", "DESIGN, SETTING, AND PARTICIPANTS:",
    ],
)  # fmt: skip
def test_a_section_label_is_not_part_of_the_sentence(label: str) -> None:
    assert anchor(f"{label} TGF-β rose.") == anchor("TGF-beta rose")


@pytest.mark.parametrize("sentence", ["Results were mixed: some died.", "Mice: all died.", "results"])
def test_what_only_looks_like_a_label_is_part_of_the_sentence(sentence: str) -> None:
    assert anchor(sentence) == hashlib.sha256(normalise(sentence).encode()).hexdigest()[:16]


def test_a_fingerprint_by_hand() -> None:
    by_hand = hashlib.sha256(b"tgfbeta1fellp005").hexdigest()[:16]
    assert anchor("TGF-β1 fell (P&lt;0.05).") == by_hand == "baa245620ce2263e"


# Laws ---------------------------------------------------------------------------------------------

words = st.text("abcdefghijklmnopqrstuvwxyzABCDEXYZ0123456789éüαβγδκμΑΒΓΩ", min_size=1, max_size=10)
sentences = st.lists(words, min_size=1, max_size=25).map(" ".join).filter(lambda s: not s[0].isdigit())


@given(
    sentences, st.sampled_from([",", ".", "-", " ", "‐", "–", "(", "”", "'", "\u00a0", "\n", ";"]), st.data()
)
def test_punctuation_and_blanks_do_not_matter(sentence: str, mark: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sentence)))
    assert anchor(sentence[:at] + mark + sentence[at:]) == anchor(sentence)


@given(sentences)
def test_case_does_not_matter(sentence: str) -> None:
    assert anchor(sentence.upper()) == anchor(sentence.lower()) == anchor(sentence)


@given(sentences)
def test_greek_letters_may_be_spelled_out(sentence: str) -> None:
    spelled = "".join(GREEK.get(letter.lower(), letter) for letter in sentence)
    assert anchor(spelled) == anchor(sentence)


@given(sentences, words)
def test_another_word_is_another_sentence(sentence: str, word: str) -> None:
    assert anchor(f"{sentence} {word}") != anchor(sentence)


@given(sentences)
def test_a_fingerprint_is_sixteen_hex_digits(sentence: str) -> None:
    assert len(anchor(sentence)) == 16
    assert set(anchor(sentence)) <= set("0123456789abcdef")


layouts = st.tuples(
    st.sampled_from([" ", "\n", "  ", "\n\n", "\r\n", " RESULTS: ", "\nConclusions: ", "\nMETHODS:\n"]),
    st.sampled_from([".", "!", "?", ' (P < 0.05; vs. 3.2 i.e. "none").', ".”", " (n = 4).", ": 5 of 6."]),
    st.sampled_from([None, 40, 60, 80]),
)


def wrap(text: str, width: int | None) -> str:
    """The text with a line end in place of a blank wherever a line would be longer."""
    if width is None:
        return text
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\n".join(lines)


@given(st.lists(sentences, min_size=1, max_size=6), layouts)
def test_every_sentence_of_a_text_is_found_whatever_the_layout(
    parts: list[str], layout: tuple[str, str, int | None]
) -> None:
    between, end, width = layout
    whole = [part + end for part in parts]
    text = wrap(between.join(whole), width)
    for sentence in whole:
        found = find_sentence(anchor(sentence), text)
        assert found is not None
        assert anchor(found) == anchor(sentence)


@given(st.lists(sentences, min_size=1, max_size=4), sentences)
def test_no_other_sentence_is_found(parts: list[str], other: str) -> None:
    text = ". ".join(parts) + "."
    assume(normalise(other) not in normalise(text))
    assert find_sentence(anchor(other), text) is None


def test_a_sentence_is_found_in_a_printed_abstract() -> None:
    text = (
        "A title without a stop\n"
        "BACKGROUND: Nothing is known (cf. ref. 3).RESULTS: In vitro, approx. 5% of S. aureus died at 3.5 h"
        "\u2009(P&lt;0.05). TGF-&beta;1 fell.\nConclusions: This, e.g. in “mice”, is made up."
    )
    for sentence in (
        "A title without a stop",
        "Nothing is known (cf. ref. 3).",
        "In vitro, approx. 5% of S. aureus died at 3.5 h (P < 0.05).",
        "TGF-β1 fell.",
        'This, e.g. in "mice", is made up.',
    ):
        found = find_sentence(anchor(sentence), text)
        assert found is not None, sentence
        assert anchor(found) == anchor(sentence)


@pytest.mark.parametrize("part", ["TGF-β1", "fell in mice", "TGF-β1 fell in mice. It rose", ""])
def test_a_part_of_a_sentence_is_not_a_sentence(part: str) -> None:
    assert find_sentence(anchor(part), "TGF-β1 fell in mice. It rose in rats.") is None


def test_nothing_is_found_in_an_empty_text() -> None:
    assert find_sentence(anchor("TGF-β1 fell."), "") is None
