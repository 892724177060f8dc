"""What models a disease and what is a marker of something: links that are neither is-a nor causal.

Both stand in tables of the ontology, each row with its reason (`ontology/models_of_disease.tsv`,
`ontology/markers.tsv`). Names are those of entities, else labels of classes, such as "bleomycin model".

>>> from kg.model import Bridge
>>> rows = (Bridge("models", "bleomycin", "IPF", "CHEBI:22907", "MONDO:0800504", "Scars follow."),)
>>> Bridges(Names(()), rows).models_of("IPF")
{'bleomycin': 'bleomycin models IPF: Scars follow.'}
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kg.mechanism.names import Names
from kg.model import Bridge

__all__ = ["Bridges"]


@dataclass(frozen=True)
class Bridges:
    """The bridges of a graph. `spellings`: further words for labels of classes, such as "CLP"."""

    names: Names
    bridges: tuple[Bridge, ...]
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _into(self) -> Mapping[tuple[str, str], list[Bridge]]:
        found: dict[tuple[str, str], list[Bridge]] = defaultdict(list)
        for b in self.bridges:
            found[b.kind, b.object].append(b)
        return found

    @cached_property
    def _from(self) -> Mapping[tuple[str, str], list[Bridge]]:
        found: dict[tuple[str, str], list[Bridge]] = defaultdict(list)
        for b in self.bridges:
            found[b.kind, b.subject].append(b)
        return found

    def _matching(self, name: str) -> dict[str, str]:
        return self.names.matching(name) if name in self.names.by_name else {name: ""}

    def models_of(self, disease: str) -> dict[str, str]:
        """Name of each disease, exposure or experimental model that models a disease → why; nearest first.

        Models of its subclasses count, and so do models of its models and what is below a disease that
        models it. Subclasses of the disease match without a bridge; one is listed here only if it has one.
        """
        own = self._matching(disease)
        found: dict[str, str] = {}
        todo = [(name, "") for name in own]
        while todo:
            here, after = todo.pop(0)
            for b in self._into.get(("models", here), ()):
                why = f"{b.subject} models {b.object}: {b.reason}" + (f" And {after}" if after else "")
                for low, link in self._matching(b.subject).items():
                    if low != disease and low not in found and not (link and low in own):
                        found[low] = f"{link}; {why}" if link else why
                        todo.append((low, found[low]))
        return found

    def modelled_by(self, name: str) -> dict[str, str]:
        """Name of each disease that a disease, exposure or experimental model stands for → why."""
        return {b.object: f"{b}: {b.reason}" for b in self._from.get(("models", name), ())}

    def markers_of(self, name: str) -> dict[str, Bridge]:
        """Name of each marker of an entity, or of what is below it → the bridge, with sign and reason."""
        found: dict[str, Bridge] = {}
        for low in self._matching(name):
            for b in self._into.get(("marker of", low), ()):
                found.setdefault(b.subject, b)
        return found

    def marked_by(self, name: str) -> dict[str, Bridge]:
        """Name of each entity that something is a marker of → the bridge, with sign and reason."""
        return {b.object: b for b in self._from.get(("marker of", name), ())}

    @cached_property
    def _model_words(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Exposures and experimental models, each with its spellings in words; "model" is optional."""
        found = []
        for name in sorted({b.subject for b in self.bridges if b.kind == "models"}):
            entity = self.names.by_name.get(name)
            if entity is not None and entity.category == "disease":
                continue
            told = (name, *(entity.aliases if entity else self.spellings.get(name, ())))
            words = (" ".join(_words(t.removesuffix(" model"))) for t in told)
            found.append((name, frozenset(filter(None, words))))
        return tuple(found)

    def models_in(self, text: str | None) -> tuple[str, ...]:
        """Exposures and experimental models that the free text of an experiment's model names; sorted."""
        told = f" {' '.join(_words(text or ''))} "
        return tuple(name for name, spelled in self._model_words if any(f" {s} " in told for s in spelled))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())
