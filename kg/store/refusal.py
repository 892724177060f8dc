"""Whether a query may be run: its form, and whether it would reach out of the graph.

The text is cut into the tokens of the SPARQL grammar, so a word inside a string, an IRI, a comment, a
variable or a prefixed name is never taken for a keyword. The engine is more generous than the grammar, and
each generosity is read here as the engine reads it:

- keywords need no blank around them: `trueSERVICE<…>` and `SERVICEex:a{` are federation;
- `<` may open an IRI or mean "less than", whichever fits: both readings are followed;
- code-point escapes (`\\u0053`) are looked at as they stand and decoded.

What could be federation in one of the readings is refused. `close_doors` is the second lock: it leaves a
process without a way to open anything, so a query that fooled this module would still reach nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.errors import QueryRefused

__all__ = ["Reading", "close_doors", "read_query"]

MAX_DEPTH = 100
"""Brackets within brackets; the engine's parser is recursive and would run out of stack."""

_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
_VOLATILE = ("NOW", "RAND", "UUID", "STRUUID")

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS = _BASE + "_0-9\u00b7\u0300-\u036f\u203f-\u2040"
_LOCAL = rf"[{_CHARS}:{{}}]|%[0-9A-Fa-f]{{{{2}}}}|\\[_~.!$&'()*+,;=/?\#@%-]"
_TOKEN = re.compile(
    rf"""
    (?P<blank>[ \t\r\n]+|\#[^\r\n]*)
  | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
  | (?P<string>\"{{3}}(?:[^"\\]|\\.|"{{1,2}}(?!"))*\"{{3}}|'{{3}}(?:[^'\\]|\\.|'{{1,2}}(?!'))*'{{3}}
      |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<var>[?$][{_CHARS}]+)
  | (?P<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<name>(?:[{_BASE}_][{_CHARS}.-]*)?:(?:(?:{_LOCAL.format("")})(?:{_LOCAL.format(".-")})*)?)
  | (?P<word>[{_BASE}_][{_CHARS}.-]*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(000[0-9A-Fa-f]{5}|0010[0-9A-Fa-f]{4})")
_HAS_AUTHORITY = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query is. `form`: SELECT, ASK, CONSTRUCT, DESCRIBE, or empty when the text starts otherwise.

    `names_graphs`: it says FROM. `is_volatile`: it asks for the time, chance or a new identifier, so the
    same query may get another answer.
    """

    form: str
    names_graphs: bool
    is_volatile: bool


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text, of a prefixed name only what stands before its colon: keywords stick to it."""
        return (self.text.partition(":")[0] if self.kind == "name" else self.text).upper()


def read_query(query: str) -> Reading:
    """What the query is, if it may be run.

    >>> read_query('SELECT ?service { ?service rdfs:label "SERVICE" } # no SERVICE here').form
    'SELECT'

    Raises QueryRefused for empty text, updates, SERVICE and brackets nested too deeply.
    """
    tokens = list(_tokens(query, 0))
    if not tokens:
        raise QueryRefused("the query is empty")
    decoded = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), query)
    if _is_federated(query, tokens) or (
        decoded != query and _is_federated(decoded, list(_tokens(decoded, 0)))
    ):
        raise QueryRefused("SERVICE is refused: the graph is asked on its own, without the network")
    form, first = _form(tokens)
    if not form and (update := next((word for word in _UPDATES if first.startswith(word)), "")):
        raise QueryRefused(f"{update} is an update; the graph is read-only, ask SELECT, ASK or CONSTRUCT")
    depth = 0
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text in "{([") - (token.text in "})]")
            if depth > MAX_DEPTH:
                raise QueryRefused(f"more than {MAX_DEPTH} brackets within each other; write it flatter")
    is_volatile = any(t.kind == "word" and t.upper.endswith(_VOLATILE) for t in tokens)
    return Reading(form, _names_graphs(tokens), is_volatile)


def close_doors(memory: int | None = None) -> None:
    """From now on this process opens nothing: no connection, no file.

    What is open stays usable. `memory`: bytes that it may take beyond what it has; then it dies. Systems
    without such limits (Windows) are left as they are.
    """
    if sys.platform == "win32":
        return
    import resource
    from pathlib import Path

    if memory is not None and (told := Path("/proc/self/statm")).exists():
        has = int(told.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + memory, has + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _tokens(text: str, start: int) -> Iterator[_Token]:
    """The tokens from a place on, without blanks and comments."""
    at = start
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None  # a mark is any character
        kind, end = found.lastgroup or "mark", found.end()
        if kind in ("name", "word"):  # a dot at the end closes a triple
            end = at + len(found[0].rstrip("."))
        if kind != "blank":
            yield _Token(kind, text[at:end], at, end)
        at = end


def _form(tokens: Sequence[_Token]) -> tuple[str, str]:
    """The form of the query and the first word after its prologue; either may be empty."""
    is_declared = False  # the name after PREFIX
    for token in tokens:
        if is_declared:
            is_declared = False
            continue
        if token.kind not in ("word", "name"):
            continue
        for form in _FORMS:
            if token.upper.startswith(form):
                return form, token.upper
        if token.kind == "word":
            if token.upper == "PREFIX":
                is_declared = True
            elif token.upper not in ("BASE", "VERSION"):
                return "", token.upper
    return "", ""


def _names_graphs(tokens: Sequence[_Token]) -> bool:
    """Whether FROM stands between the form and the first group."""
    before = ""
    for token in tokens:
        if token.text == "{":
            return False
        stuck = token.kind == "name" and token.upper != "FROM" and before != "PREFIX"
        if token.upper.startswith("FROM") and (token.kind == "word" or stuck):
            return True
        before = token.upper
    return False


def _is_federated(text: str, tokens: Sequence[_Token]) -> bool:
    """Whether SERVICE stands as a keyword in one of the readings."""
    if "SERVICE" not in text.upper():
        return False
    if any(token.kind == "word" and "SERVICE" in token.upper for token in tokens):
        return True
    if any(_opens_service(tokens, i) for i in range(len(tokens))):
        return True
    seen = {token.start for token in tokens}
    waiting = [token.start for token in tokens if _may_be_less(token)]
    while waiting:
        branch: list[_Token] = []
        n_known = 0
        for token in _tokens(text, waiting.pop() + 1):
            # Where a reading meets one already followed, four tokens more show what its last word opens.
            n_known += token.start in seen
            if n_known > 4:
                break
            branch.append(token)
            if token.start not in seen and _may_be_less(token):
                waiting.append(token.start)
        if any(_opens_service(branch, i) for i in range(len(branch))):
            return True
        seen |= {token.start for token in branch}
    return False


def _may_be_less(token: _Token) -> bool:
    """Whether what looks like an IRI can be read as `<` and more; after `scheme://` it cannot."""
    return token.kind == "iri" and _HAS_AUTHORITY.match(token.text) is None


def _opens_service(tokens: Sequence[_Token], i: int) -> bool:
    """Whether a token holds the keyword and is followed by what federation needs: a name, and a group."""
    token = tokens[i]
    if token.kind not in ("word", "name") or "SERVICE" not in token.upper:
        return False
    after = [t.text for t in tokens[i + 1 : i + 4]]
    if token.kind == "name":  # the keyword stuck to a prefixed name
        before = tokens[i - 1].upper if i else ""
        return after[:1] == ["{"] and before not in ("GRAPH", "FROM", "NAMED", "DESCRIBE")
    return "{" in after
