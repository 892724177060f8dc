"""The ontology as owlready2 objects, under the names the project uses.

>>> import kg
>>> g = kg.load()                                              # doctest: +SKIP
>>> g.ontology.bone_marrow_MSC.ancestors()                     # doctest: +SKIP
>>> g.ontology["pulmonary fibrosis"].label                     # doctest: +SKIP
>>> g.ontology.search("*macrophage*")                          # doctest: +SKIP

An attribute is a name with `_` for whatever Python allows in no name: `MSC_EV`, `TGF_beta`. owlready2 itself
answers None to a misspelt one; here NameNotFound says what was meant.
"""

from __future__ import annotations

import fnmatch
import keyword
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from kg import vocab
from kg.errors import AmbiguousName, NameNotFound, NoSuchTerm
from kg.ontology.terms import KINDS, Term, Terms
from kg.ontology.text import ontology_text
from kg.store.graphs import BuiltGraph

__all__ = ["OntologyView", "python_name"]


def python_name(name: str) -> str:
    """A name as Python can write it.

    >>> python_name("bone marrow MSC"), python_name("15-PGDH"), python_name("TGF-β")
    ('bone_marrow_MSC', '_15_PGDH', 'TGF_β')
    """
    made = re.sub(r"\W+", "_", name).strip("_")
    return f"_{made}" if not made or made[0].isdigit() or keyword.iskeyword(made) else made


class OntologyView:
    """Classes and properties of the ontology by name; `owl` is the owlready2 ontology itself.

    What is no name of ours is looked up on the owlready2 ontology: `classes()`, `search_one(iri=…)`, `world`.
    """

    def __init__(self, built: BuiltGraph, terms: Terms) -> None:
        self._built, self._terms = built, terms

    def __repr__(self) -> str:
        return f"<Ontology {vocab.ONTOLOGY_IRI} of {len(self._terms.by_id)} classes>"

    @cached_property
    def owl(self) -> Any:
        """The owlready2 ontology, in a world of its own."""
        import io

        import owlready2

        ontology = owlready2.World().get_ontology(vocab.ONTOLOGY_IRI)
        return ontology.load(fileobj=io.BytesIO(ontology_text(self._built, ".owl").encode()))

    @cached_property
    def _attributes(self) -> Mapping[str, tuple[Term, ...]]:
        """Python name → its terms; those of the first kind that has it, entities first."""
        found: dict[str, list[Term]] = defaultdict(list)
        for term in self._terms.by_id.values():
            found[python_name(term.name)].append(term)
        ranked = {}
        for name, terms in found.items():
            best = min(KINDS.index(t.kind) for t in terms)
            ranked[name] = tuple(t for t in terms if KINDS.index(t.kind) == best)
        return ranked

    @cached_property
    def _properties(self) -> Mapping[str, Any]:
        return {python_name(p.label.first() or p.name): p for p in self.owl.object_properties()}

    def _class(self, term: Term) -> Any:
        return self.owl.world[vocab.expand(term.id)]

    def __getitem__(self, name: str) -> Any:
        """The owlready2 class of a name, alias, label, synonym or identifier.

        Raises NameNotFound and AmbiguousName.
        """
        return self._class(self._terms.resolve(name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("_built", "_terms"):
            raise AttributeError(name)
        terms = self._attributes.get(name, ())
        if len(terms) == 1:
            return self._class(terms[0])
        if terms:
            raise AmbiguousName(name, [(t.name, t.id) for t in terms])
        # owlready2 gives None to any attribute, so only what its classes and the object really have.
        if hasattr(type(self.owl), name) or name in self.owl.__dict__:
            return getattr(self.owl, name)
        if name in self._properties:
            return self._properties[name]
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name.replace("_", " ")]
        except NameNotFound as error:
            raise NoSuchTerm(name, [python_name(n) for n in error.nearest]) from None

    def __dir__(self) -> list[str]:
        ours = (name for name, terms in self._attributes.items() if len(terms) == 1)
        return sorted({*super().__dir__(), *ours, *self._properties, *dir(type(self.owl))})

    def search(self, pattern: str | None = None, **also: Any) -> list[Any]:
        """Classes whose name, label, synonym or identifier fits a pattern with `*` and `?`, in any case.

        Keywords go to owlready2's own search: `search("*macrophage*", subclass_of=g.ontology.leukocyte)`.
        """
        allowed = set(self.owl.search(**also)) if also else None
        if pattern is None:
            return sorted(allowed or (), key=lambda c: str(c.iri))
        fits = re.compile(fnmatch.translate(pattern.casefold())).match
        found = (
            term
            for term in self._terms.by_id.values()
            if any(fits(s.casefold()) for s in (term.name, term.label, *term.synonyms, term.id))
        )
        ordered = sorted(found, key=lambda t: (t.name.casefold(), t.id))
        classes = [self._class(t) for t in ordered]
        return classes if allowed is None else [c for c in classes if c in allowed]
