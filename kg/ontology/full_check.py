"""The full OWL DL check: what HermiT says, and whether the embedded reasoner says the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kg.errors import Contradiction
from kg.ontology.axioms import axiom_texts
from kg.ontology.conclusions import Conclusions
from kg.ontology.hermit import conclude_hermit, hermit_world, unsatisfiable_classes
from kg.ontology.reading import Ontology
from kg.ontology.reasoning import conclude_rustdl

__all__ = ["Difference", "FullCheck", "compare", "full_check"]

_EMBEDDED = "the embedded reasoner"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """What one reasoner concludes and the other does not; `kind`: consistency, superclass or membership."""

    kind: str
    low: str
    high: str
    found_by: str

    def __str__(self) -> str:
        joint = {"superclass": "is a", "membership": "is member of"}.get(self.kind, "is")
        return f"only {self.found_by} finds: {self.low} {joint} {self.high}"


@dataclass(frozen=True)
class FullCheck:
    """What the check found, in labels.

    `unsatisfiable`: classes that nothing can be in. `axioms`: why all is contradictory, in words.
    `differences` is None where the embedded reasoner is not installed.
    """

    is_consistent: bool
    unsatisfiable: tuple[str, ...]
    axioms: tuple[str, ...]
    differences: tuple[Difference, ...] | None
    n_axioms: int
    n_superclasses: int = 0
    n_memberships: int = 0

    @property
    def is_fine(self) -> bool:
        return self.is_consistent and not self.unsatisfiable and not self.differences


def compare(hermit: Conclusions, embedded: Conclusions) -> tuple[Difference, ...]:
    """Where two reasoners differ in superclasses of classes and memberships of entities, by CURIE; sorted."""
    found = []
    for kind, one, other in (
        ("superclass", hermit.superclasses, embedded.superclasses),
        ("membership", hermit.types, embedded.types),
    ):
        for low in one.keys() | other.keys():
            left, right = one.get(low, frozenset()), other.get(low, frozenset())
            found += [Difference(kind, low, high, "HermiT") for high in left - right]
            found += [Difference(kind, low, high, _EMBEDDED) for high in right - left]
    return tuple(sorted(found))


def full_check(ontology: Ontology, say: Callable[[str], None] = lambda message: None) -> FullCheck:
    """Consistency, unsatisfiable classes, and agreement of both reasoners; `say` is called with each step.

    Raises BadInput where there is no Java.
    """
    n_axioms = len(axiom_texts(ontology.quads))
    say("HermiT reads classes and statements")
    hermit: Conclusions | None = None
    unsatisfiable: tuple[str, ...] = ()
    try:
        hermit = conclude_hermit(ontology)
    except Contradiction:
        # Of a contradiction HermiT says no more; over the classes alone it can say where.
        say("HermiT reads the classes alone")
        if (world := hermit_world(ontology.tbox)) is not None:
            unsatisfiable = unsatisfiable_classes(world, ontology)
    say("the embedded reasoner reads the same")
    embedded: Conclusions | None = None
    axioms: tuple[str, ...] = ()
    try:
        embedded = conclude_rustdl(ontology)
    except Contradiction as error:
        axioms = error.axioms
    except ImportError:
        return FullCheck(hermit is not None, unsatisfiable, (), None, n_axioms, *_sizes(hermit))
    if hermit is not None and embedded is not None:
        labels = ontology.labels
        differences = tuple(
            sorted(
                Difference(d.kind, labels.get(d.low, d.low), labels.get(d.high, d.high), d.found_by)
                for d in compare(hermit, embedded)
            )
        )
    elif hermit is None and embedded is None:
        differences = ()
    else:
        by = "HermiT" if hermit is None else _EMBEDDED
        differences = (Difference("consistency", "the ontology with the statements", "contradictory", by),)
    return FullCheck(hermit is not None, unsatisfiable, axioms, differences, n_axioms, *_sizes(hermit))


def _sizes(found: Conclusions | None) -> tuple[int, int]:
    if found is None:
        return 0, 0
    return sum(map(len, found.superclasses.values())), sum(map(len, found.types.values()))
