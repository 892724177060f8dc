"""How a triple follows, as a tree down to what is stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import RdfFormat, parse

from kg.errors import BadInput
from kg.ontology.inferences import Inference, read_inferences
from kg.ontology.reading import Ontology
from kg.store.graphs import BuiltGraph

__all__ = ["Derivation", "Derivations", "tell"]

STATED, UNSUPPORTED = "stated", "unsupported"


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple with what it follows from; rule `stated` where the curated files or the ontology say it."""

    triple: str
    rule: str
    premises: tuple[Derivation, ...] = ()

    @property
    def is_grounded(self) -> bool:
        """Whether all of it ends in what is stated."""
        if self.premises:
            return all(p.is_grounded for p in self.premises)
        return self.rule == STATED

    def text(self, labels: Mapping[str, str], depth: int = 0) -> str:
        """The derivation as an indented tree, with labels for identifiers."""
        subject, predicate, obj = self.triple.split(" ", 2)
        words = " ".join(labels.get(part, part) for part in (subject, predicate))
        parts = (labels.get(part, part) for part in ([obj] if obj in labels else obj.split(" ")))
        line = f"{'  ' * depth}{words} {' '.join(parts)}   [{self.rule}]"
        return "\n".join([line, *(premise.text(labels, depth + 1) for premise in self.premises)])


_WORDS = {
    "rdfs:subClassOf": "is a", "owl:equivalentClass": "is defined as", "owl:inverseOf": "is the inverse of",
    "voc:memberOf": "is member of", "rdf:type": "is a", "voc:parent": "has curated parent",
    "voc:category": "has category",
}  # fmt: skip


@dataclass(frozen=True)
class Derivations:
    """How triples follow, each down to what is stated."""

    ontology: Ontology
    inferences: Sequence[Inference] = field(repr=False)

    @classmethod
    def of_build(cls, built: BuiltGraph) -> Derivations:
        """The derivations of a build, from its ontology and inferred graphs."""
        files = {
            name: parse(path=str(built.path / f"{name}.nq"), format=RdfFormat.N_QUADS)
            for name in ("ontology", "inferred")
        }
        ontology = Ontology(list(files["ontology"]), built.snapshot[0])
        return cls(ontology, list(read_inferences(files["inferred"])))

    @cached_property
    def _known(self) -> Mapping[str, Inference]:
        return {f"{i.subject} {i.predicate} {i.object}": i for i in self.inferences}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What to print for identifiers and for the words of a derivation."""
        return {**self.ontology.labels, **_WORDS}

    def of(self, triple: str) -> Derivation | None:
        """The derivation of a triple of CURIEs; None where it is neither stated nor inferred.

        A subclass link that the inferred graph does not hold, since it leads to imported terms, is derived
        from the stated links.
        """
        if triple in self._known or triple in self.ontology.stated:
            return self._grow(triple, frozenset())
        subject, predicate, obj = triple.split(" ", 2)
        if predicate == "rdfs:subClassOf" and (chain := self.ontology.chain(subject, obj)):
            return Derivation(triple, "subclass", tuple(self._grow(p, frozenset()) for p in chain))
        return None

    def _grow(self, triple: str, above: frozenset[str]) -> Derivation:
        if triple in self.ontology.stated:
            return Derivation(triple, STATED)
        if triple not in self._known or triple in above:
            return Derivation(triple, UNSUPPORTED)
        found = self._known[triple]
        premises = sorted(found.premises, key=lambda p: ("owl:equivalentClass" not in p, p))
        return Derivation(triple, found.rule, tuple(self._grow(p, above | {triple}) for p in premises))


def tell(derivations: Derivations, low: str, predicate: str | None, high: str) -> str | None:
    """How a triple follows, as an indented tree; None where nothing says it.

    `predicate`: its name, that of its inverse, `is a` or `member of`; None for either of the last two.
    Raises BadInput.
    """
    words = {"member of": "voc:memberOf", "is a": "rdfs:subClassOf"}
    for r in derivations.ontology.knowledge.relations:
        words |= {r.name: r.id, r.inverse: "rel:" + r.inverse.replace(" ", "_")}
    words[""] = "voc:memberOf"
    asked = (predicate or "").strip()
    if asked not in words and asked not in words.values():
        raise BadInput(f"{predicate!r} is no predicate; one of {', '.join(sorted(words)[1:])}")
    predicates = [words.get(asked, asked)] + ([] if asked else ["rdfs:subClassOf"])
    found = (derivations.of(f"{low} {p} {high}") for p in predicates)
    first = next(filter(None, found), None)
    return None if first is None else first.text(derivations.labels)
