"""What is wrong with a SPARQL query, in words: where it stops making sense, and what it looks for in vain."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kg import vocab

if TYPE_CHECKING:
    from pyoxigraph import Store

__all__ = ["explain", "missed"]

_KEYWORDS = (
    "SELECT", "WHERE", "FILTER", "OPTIONAL", "UNION", "MINUS", "VALUES", "BIND", "GRAPH", "PREFIX",
    "CONSTRUCT", "DESCRIBE", "ASK", "DISTINCT", "REDUCED", "ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET",
    "COUNT", "EXISTS", "REGEX", "CONTAINS", "BOUND", "COALESCE", "GROUP_CONCAT", "SEPARATOR", "STRSTARTS",
    "LCASE", "UCASE", "AS",
)  # fmt: skip
_NAME = re.compile(r"(?<![\w?$:<#/])([A-Za-z][\w-]*):([A-Za-z][\w-]*)")
_NOISE = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|<[^<>\s]*>|\#[^\n]*")


def explain(query: str, message: str) -> str:
    """A parser's message as a place, the word that does not fit, and the nearest that would.

    `message` is that of pyoxigraph: `error at LINE:COLUMN: …`.
    """
    found = re.search(r"at (\d+):(\d+): (.*)", message, re.DOTALL)
    if found is None:
        return f"SPARQL: {message}"
    row, column, told = int(found[1]), int(found[2]), found[3]
    lines = query.splitlines() or [""]
    line = lines[min(row, len(lines)) - 1]
    at = min(column - 1, len(line))
    words = [m for m in re.finditer(r"[\w:?$-]+", line) if m.start() <= at]
    word = words[-1][0] if words else ""
    start = words[-1].start() if words else at
    where = f"SPARQL line {row}, column {start + 1}: "
    prefix = next((m[1] for m in _NAME.finditer(line) if m.start() <= at and m[1] not in _known(query)), None)
    if "Prefix not found" in told and prefix is not None:
        what = f"no prefix {prefix}:{_near(prefix, vocab.PREFIXES, ':')}"
        start = line.find(f"{prefix}:")
        where = f"SPARQL line {row}, column {start + 1}: "
    elif "unbound" in told:
        what = "the SELECT names a variable that is not in the GROUP BY, or that nothing binds"
    else:
        found_tokens = re.findall(r'"[^"]{1,3}"|\b[A-Z]{3,}\b', told)
        tokens = dict.fromkeys(token.strip('"') for token in found_tokens)
        expected = [token for token in tokens if token not in ("LATERAL", "SERVICE")][:6]
        misspelt = _misspelt(words)
        if misspelt is not None:
            start = misspelt[0].start()
            where = f"SPARQL line {row}, column {start + 1}: "
            what = f"{misspelt[0][0]!r} is not understood; did you mean {misspelt[1]}?"
        elif query.count("{") > query.count("}"):
            what = f"the query ends too soon; expected {' or '.join(expected) or 'more'}"
        else:
            what = f"after {word!r} something is missing, or too much" if word else "this does not fit"
            what += f"; expected {' or '.join(expected)}" if expected else ""
    return f"{where}{what}\n  {line}\n  {' ' * start}^"


def _misspelt(words: Sequence[re.Match[str]]) -> tuple[re.Match[str], str] | None:
    """Of the last words, variables and names left out, the one that is nearly a keyword, and the keyword."""
    plain = [word for word in words if ":" not in word[0] and word[0][0] not in "?$"]
    for word in reversed(plain[-3:]):
        close = difflib.get_close_matches(word[0].upper(), _KEYWORDS, 1, 0.75)
        if close and close[0] != word[0].upper():
            return word, close[0]
    return None


def _known(query: str) -> set[str]:
    return {*vocab.PREFIXES, *re.findall(r"PREFIX\s+([\w-]*):", query, re.IGNORECASE)}


def _near(word: str, words: object, mark: str = "") -> str:
    close = difflib.get_close_matches(word, list(words), 1, 0.6)  # type: ignore[call-overload]
    return f"; did you mean {close[0]}{mark}?" if close else ""


def missed(query: str, store: Store) -> Iterator[str]:
    """Why a query may have found nothing: properties that stand nowhere, or only in graphs not looked at."""
    from pyoxigraph import NamedNode

    bare = _NOISE.sub(" ", query)
    asked = {f"{p}:{n}" for p, n in _NAME.findall(bare) if p in ("voc", "rel")}
    named = set(re.findall(r"GRAPH\s+graph:(\w+)", bare, re.IGNORECASE))
    sees_all = re.search(r"GRAPH\s*[?$<]", bare, re.IGNORECASE) is not None
    for curie in sorted(asked):
        node = NamedNode(vocab.expand(curie))
        graphs = [
            name
            for name in vocab.GRAPHS
            if next(store.quads_for_pattern(None, node, None, NamedNode(vocab.expand(f"graph:{name}"))), None)
        ]
        is_thing = next(store.quads_for_pattern(None, None, node, None), None) is not None
        if not graphs and not is_thing:
            used = {vocab.compress(p) for p in _properties(store) if p.startswith(vocab.PREFIXES["voc"])}
            used |= {vocab.compress(p) for p in _properties(store) if p.startswith(vocab.PREFIXES["rel"])}
            yield f"{curie} stands nowhere in the graph{_near(curie, sorted(used))}"
        elif graphs and not sees_all and not set(graphs) & {*named, *vocab.DEFAULT_GRAPHS}:
            listed = " or ".join(f"graph:{name}" for name in graphs)
            yield f"{curie} stands only in {listed}; write GRAPH {listed.split(' ')[0]} {{ … }} around it"


def _properties(store: Store) -> set[str]:
    from pyoxigraph import QuerySolutions

    found = store.query("SELECT DISTINCT ?p WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert isinstance(found, QuerySolutions)
    return {solution["p"].value for solution in found}
