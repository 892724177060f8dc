"""A path query as SPARQL 1.1: the same paths from any endpoint that holds the evidence graph.

One row is one path: `?sign`, then by turns entities (`?n0` …) and statements (`?s1` …); a shorter path leaves
the last columns unbound. Each step is a statement with a supporting line that counts; lines of retracted
papers do not. What needs belief, scores or a search of its own cannot be said: see `REFUSED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg import vocab
from kg.errors import BadInput
from kg.mechanism.paths import Question
from kg.model import CURATED, Knowledge, Relation, Sign

__all__ = ["REFUSED", "path_sparql"]

REFUSED = {
    "min_belief": "--min-belief: belief depends on which lines count",
    "coherent": "--coherent: contexts are compared line by line",
    "bridged": "--bridged: such steps are not stated",
    "inherited": "--inherited: such steps are not stated",
    "diverse": "--diverse: it compares paths with each other",
    "top": "--top: paths are ranked by more than SPARQL sees",
}
"""Options of a path query without a counterpart in SPARQL, and why."""

_NUMBER = {Sign.PLUS: "1", Sign.MINUS: "-1", Sign.UNKNOWN: "0"}


def path_sparql(
    question: Question, knowledge: Knowledge, allowed: Iterable[tuple[str, frozenset[str]]] = (),
    until: int | None = None,
) -> str:  # fmt: skip
    """The query text. `allowed`: axes of context with the values that a line must have; `until`: a year.

    Raises BadInput for what SPARQL cannot say.
    """
    if question.min_belief is not None or question.is_coherent:
        raise BadInput(f"no SPARQL for {REFUSED['coherent' if question.is_coherent else 'min_belief']}")
    ids = {e.name: e.id for e in knowledge.entities}
    steps = _Steps(ids, knowledge.by_predicate, question, tuple(allowed), until)
    lengths = [question.max_length] if question.is_exact else range(1, question.max_length + 1)
    columns = "?n0 " + " ".join(f"?s{i} ?n{i}" for i in range(1, question.max_length + 1))
    body = "\nUNION\n".join(f"{{\n{steps.branch(n)}\n}}" for n in lengths)
    prefixes = {p: start for p, start in vocab.PREFIXES.items() if f" {p}:" in f" {body}"}
    head = "".join(f"PREFIX {p}: <{start}>\n" for p, start in sorted(prefixes.items()))
    return f"{head}SELECT DISTINCT ?sign {columns} WHERE {{\n{body}\n}}\nORDER BY {columns}\n"


class _Steps:
    """Writes the parts of the query."""

    def __init__(
        self, ids: Mapping[str, str], predicates: Mapping[str, Relation], question: Question,
        allowed: tuple[tuple[str, frozenset[str]], ...], until: int | None,
    ) -> None:  # fmt: skip
        self._ids, self._predicates, self._q = ids, predicates, question
        self._allowed, self._until = allowed, until
        self._at: dict[int, frozenset[str]] = {}
        for place, names in question.at:
            self._at[place] = self._at[place] & names if place in self._at else names

    def _values(self, variable: str, names: Iterable[str]) -> str:
        listed = " ".join(f"<{vocab.expand(self._ids[n])}>" for n in sorted(names))
        return f"VALUES ?{variable} {{ {listed} }}"

    def _node(self, place: int, length: int) -> list[str]:
        """What an entity at a position must be."""
        q, found = self._q, []
        wanted = [q.sources] if place == 0 else [q.targets] if place == length else []
        if place in self._at:
            wanted.append(self._at[place])
        if wanted:
            found.append(self._values(f"n{place}", frozenset.intersection(*wanted)))
        if q.no_return and place > 0:
            listed = ", ".join(f"<{vocab.expand(self._ids[n])}>" for n in sorted(q.no_return))
            found.append(f"FILTER(?n{place} NOT IN ({listed}))")
        if q.avoid:
            listed = ", ".join(f"<{vocab.expand(self._ids[n])}>" for n in sorted(q.avoid))
            found.append(f"FILTER(?n{place} NOT IN ({listed}))")
        return found

    def _step(self, i: int, length: int) -> str:
        """A statement that counts, as a selection of its own."""
        q = self._q
        lines = [
            f"  ?s{i} rdf:subject ?n{i - 1} ; rdf:predicate ?p ; rdf:object ?n{i} ; voc:sign ?told .",
            f"  ?line voc:statement ?s{i} ; voc:experiment ?x ; voc:paper ?paper .",
            '  ?line voc:direction "supports" .',
        ]
        after = []
        if q.test is not None:
            lines.append(f'  ?line voc:test "{q.test}" .')
        if q.predicates:
            listed = " ".join(f"<{vocab.expand(self._predicates[p].id)}>" for p in sorted(q.predicates))
            lines.append(f"  VALUES ?p {{ {listed} }}")
        agent = ""
        for number, (axis, values) in enumerate(self._allowed):
            variable = f"?{axis}{number}"
            if axis in ("disease", "species"):
                curies = [self._ids[v] if axis == "disease" else vocab.SPECIES[v] for v in sorted(values)]
                listed = " ".join(f"<{vocab.expand(c)}>" for c in curies)
                lines.append(f"  ?x voc:{axis} {variable} . VALUES {variable} {{ {listed} }}")
            elif axis == "origin" and values == {CURATED}:
                after.append("FILTER(!BOUND(?origin))")
                agent += "  OPTIONAL { ?line voc:origin ?origin }\n"
            elif axis == "origin":
                listed = " ".join(f'"{v}"' for v in sorted(values))
                lines.append(f"  ?line voc:origin {variable} . VALUES {variable} {{ {listed} }}")
            elif axis == "rung":
                listed = " ".join(f'"{v}"' for v in sorted(values))
                lines.append(f"  ?line voc:rung {variable} . VALUES {variable} {{ {listed} }}")
            else:
                listed = ", ".join(f'"{v}"' for v in sorted(values))
                agent += f"  OPTIONAL {{ ?x voc:agent ?agent . ?agent voc:{axis} {variable} }}\n"
                after.append(f"FILTER(!BOUND(?any) || (BOUND({variable}) && {variable} IN ({listed})))")
        if agent:
            agent = f"  OPTIONAL {{ ?x voc:agent ?any }}\n{agent}"
        inner = "\n".join(lines)
        year = ""
        if self._until is not None:
            year = f" GRAPH graph:provenance {{ ?paper voc:year ?year }} FILTER(?year <= {self._until})"
        ends = " ".join([*(self._node(0, length) if i == 1 else []), *self._node(i, length), *after])
        # Groups and no DISTINCT: Virtuoso 7.2 loses rows of a selection that is both nested and DISTINCT.
        row = f"?n{i - 1} ?s{i} ?n{i}"
        return (
            f'{{ SELECT {row} (MAX(IF(?told = "+", 1, IF(?told = "-", -1, 0))) AS ?g{i}) '
            f"WHERE {{\n GRAPH graph:evidence {{\n{inner}\n{agent} }}{year}\n {ends}\n"
            ' MINUS { GRAPH graph:provenance { ?paper voc:status "retracted" } }\n} '
            f"GROUP BY {row} }}"
        )

    def branch(self, length: int) -> str:
        """Paths of one length."""
        parts = [self._step(i, length) for i in range(1, length + 1)]
        apart = [f"?n{a} != ?n{b}" for a in range(length + 1) for b in range(a + 1, length + 1)]
        parts.append(f"FILTER({' && '.join(apart)})")
        for via in self._q.via:
            if length < 2:
                parts.append("FILTER(false)")
                continue
            listed = ", ".join(f"<{vocab.expand(self._ids[n])}>" for n in sorted(via))
            inner = " || ".join(f"?n{i} IN ({listed})" for i in range(1, length))
            parts.append(f"FILTER({inner})")
        product = " * ".join(f"?g{i}" for i in range(1, length + 1))
        if self._q.sign is not None:
            parts.append(f"FILTER({product} = {_NUMBER[self._q.sign]})")
        parts.append(f'BIND(IF({product} > 0, "+", IF({product} < 0, "-", "?")) AS ?sign)')
        return "\n".join(parts)
