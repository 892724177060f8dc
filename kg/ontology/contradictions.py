"""A contradiction in sentences: the axioms that cannot hold together, with papers and labels."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from kg import vocab
from kg.ontology.reading import Ontology, exemplar
from kg.store.rdf import iri

__all__: list[str] = []

_IRI = re.compile(r"<?(https?://[^\s<>(),]+)>?")


_NAMED = r"<([^<>\s]+)>"


_SUBCLASS = re.compile(f"{_NAMED} SubClassOf {_NAMED}")


_DISJOINT = re.compile(f"{_NAMED} DisjointWith {_NAMED}")


_TYPE = re.compile(f"{_NAMED} Type {_NAMED}")


_FACT = re.compile(f"{_NAMED} {_NAMED} {_NAMED}")


_SENTENCES = (
    (re.compile(r"(\S+) SubClassOf (\S+ some .+)"), "every {0} {1}"),
    (re.compile(r"(\S+) SubClassOf (.+)"), "every {0} is {1}"),
    (re.compile(r"(\S+) EquivalentTo (.+)"), "{0} is defined as {1}"),
    (re.compile(r"(\S+) Domain (.+)"), "whatever {0} something is {1}"),
    (re.compile(r"(\S+) Range (.+)"), "whatever something {0} is {1}"),
    (re.compile(r"(\S+) SubPropertyOf (\S+)"), "what {0} something also {1} it"),
    (re.compile(r"(\S+) InverseOf (\S+)"), "where one {1} another, the other {0} the one"),
    (re.compile(r"(\S+) Type (.+)"), "{0} is {1}"),
)
"""How axioms read, as rustdl 0.4.42 prints them, after facts, named subclasses and disjointness."""


def axioms_in_words(axioms: Iterable[str], ontology: Ontology) -> tuple[str, ...]:
    """Axioms as sentences with names for identifiers: facts, kinds, what excludes what.

    Subclass links that follow each other are one sentence, and an exemplar goes by the name of its entity.
    """
    return tuple(_Words(ontology).sentences(axioms))


@dataclass(frozen=True)
class _Words:
    """Says axioms in words."""

    ontology: Ontology

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        labels = {vocab.expand(c): label for c, label in self.ontology.labels.items()}
        return labels | {exemplar(c).value: self.ontology.labels.get(c, c) for c in self.ontology.told_types}

    @cached_property
    def _class_of(self) -> Mapping[str, str]:
        return {exemplar(e.id).value: iri(e.id).value for e in self.ontology.knowledge.entities}

    def name(self, told: str) -> str:
        """A label in quotes, for an IRI; properties, which read as verbs, stand without."""
        label, curie = self._labels.get(told), vocab.compress(told)
        if label is None or not curie.startswith(("rel:", "voc:")):
            return f"'{label or curie}'"
        return f"is {label}" if label.split()[0].endswith(("ed", "wn")) else label

    def expression(self, text: str, told: Set[str] = frozenset()) -> str:
        """A class expression: `that` joins a kind to what it does; a long list is cut."""
        parts = text.split(" or ")
        if len(parts) > 6 and "(" not in text:
            kept = [part for part in parts if part.strip("<>") in told] or parts[:3]
            text = " or ".join(kept) + f" or one of {len(parts) - len(kept)} more"
        named = _IRI.sub(lambda m: self.name(m[1]), text)
        return re.sub(r" and \((?=[a-z])", " that (", named)

    def sentences(self, axioms: Iterable[str]) -> Iterator[str]:
        """Facts, then other axioms, then kinds, then what excludes what."""
        facts, others, apart = [], [], []
        links: dict[str, set[str]] = defaultdict(set)
        axioms = sorted(axioms)
        named = Counter(found for axiom in axioms for found in set(_IRI.findall(axiom)))
        told = {found for found, n in named.items() if n > 1}
        for axiom in axioms:
            if m := _SUBCLASS.fullmatch(axiom):
                links[m[1]].add(m[2])
            elif m := _DISJOINT.fullmatch(axiom):
                apart.append(f"nothing is both {self.name(m[1])} and {self.name(m[2])}")
            elif (m := _TYPE.fullmatch(axiom)) and m[1] in self._class_of:
                if self._class_of[m[1]] != m[2]:
                    links[self._class_of[m[1]]].add(m[2])
            elif m := _FACT.fullmatch(axiom):
                facts.append(self._fact(*m.groups()))
            else:
                others.append(self._other(axiom, told))
        yield from facts
        yield from others
        yield from self._kinds(links)
        yield from apart

    def _fact(self, low: str, prop: str, high: str) -> str:
        """A fact with the papers that say so, where it is a statement."""
        names = {exemplar(e.id).value: e.name for e in self.ontology.knowledge.entities}
        ends, relation = (names.get(low), names.get(high)), vocab.compress(prop)
        papers = next(
            (
                s.papers
                for s in self.ontology.knowledge.statements
                if (s.subject, s.object) == ends
                and self.ontology.knowledge.by_predicate[s.predicate].id == relation
            ),
            (),
        )
        more = f" and {len(papers) - 3} more" if len(papers) > 3 else ""
        source = f", says {', '.join(papers[:3])}{more}" if papers else ""
        return f"{self.name(low)} {self.name(prop)} {self.name(high)}{source}"

    def _other(self, axiom: str, told: Set[str]) -> str:
        for pattern, sentence in _SENTENCES:
            if m := pattern.fullmatch(axiom):
                return sentence.format(*(self.expression(part, told) for part in m.groups()))
        return self.expression(axiom, told)

    def _kinds(self, links: Mapping[str, set[str]]) -> Iterator[str]:
        """Each run of subclass links as one sentence; a run ends where it forks or meets what was said."""
        left = {low: sorted(highs, key=self.name) for low, highs in links.items()}
        targets = {high for highs in links.values() for high in highs}
        for start in sorted(left, key=lambda low: (low in targets, self.name(low))):
            while left[start]:
                run = [left[start].pop(0)]
                while len(links.get(run[-1], ())) == 1 and left[run[-1]]:
                    run.append(left[run[-1]].pop())
                first, *rest = map(self.name, run)
                so = f", and so of {', '.join(rest)}" if rest else ""
                yield f"{self.name(start)} is a kind of {first}{so}"
