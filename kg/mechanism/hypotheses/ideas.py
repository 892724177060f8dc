"""What is one idea, and what is known of it: families of agents, readouts of one thing, what was measured.

A hypothesis is new only where nothing bears on it: not for a subclass, a broader class or a product of the
agent (either way), not for a marker of the target, what it marks, or what is above or below it. Tissue
sources and products of one agent are one family; engineered and primed cells belong to it too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from kg.mechanism.bridges import Bridges
from kg.mechanism.names import Names
from kg.model import Evidence, Statement

__all__ = ["AGENT", "CHANGED", "Ideas"]

AGENT = "MSC"
"""The agent whose sources, products and changed forms are one family."""
CHANGED = ("engineered MSC", "primed MSC", "engineered MSC vesicle", "vesicle of primed MSC",
           "conditioned medium of primed MSC", "dead MSC")  # fmt: skip
"""Classes of the family that are not the plain product."""
BROAD = ("process", "phenotype", "outcome", "disease", "pathway")
"""Categories in which a broader class is a readout of the narrower one; broader proteins and cells are
others.
"""


class Ideas:
    """Families and readouts over the entities of a graph, and what its lines measured."""

    def __init__(self, names: Names, bridges: Bridges, statements: Iterable[Statement]) -> None:
        self.names, self.bridges = names, bridges
        self.statements = tuple(statements)

    # Agents ---------------------------------------------------------------------------------------

    @cached_property
    def family(self) -> frozenset[str]:
        """The agent, all below it and its products; empty where the graph does not know it."""
        if AGENT not in self.names.by_name:
            return frozenset()
        return frozenset(self.names.matching(AGENT, products=True))

    @cached_property
    def changed(self) -> frozenset[str]:
        """Engineered, primed and dead forms, and their products."""
        known = [c for c in CHANGED if c in self.names.by_name]
        return frozenset(low for c in known for low in self.names.matching(c))

    def kin(self, name: str) -> frozenset[str]:
        """Everything that is one agent with `name`: its family, or what is above, below and made from it."""
        if name in self.family:
            return self.family
        found = set(self.names.matching(name, products=True)) | {name}
        category = self._category(name)
        found |= {a for a in self.names.ancestors(name) if self._category(a) == category}
        return frozenset(found)

    def product(self, name: str) -> str:
        """What kind of product a member of the family is, each changed form for itself."""
        if name in self.changed:
            return name
        entity = self.names.by_name[name]
        return {"cell": AGENT, "vesicle": "MSC-EV", "medium": "MSC conditioned medium"}.get(
            entity.category, name
        )

    def _category(self, name: str) -> str:
        entity = self.names.by_name.get(name)
        return entity.category if entity else ""

    # Targets --------------------------------------------------------------------------------------

    def readouts(self, name: str) -> frozenset[str]:
        """Everything that measures the same thing: kinds, broader things of the kind, markers, the marked."""
        if name in self._readouts:
            return self._readouts[name]
        around = set(self.names.matching(name)) if name in self.names.by_name else {name}
        category = self._category(name)
        if category in BROAD:
            around |= {a for a in self.names.ancestors(name) if self._category(a) in BROAD}
        marked = {m for n in around for m in (*self.bridges.marked_by(n), *self.bridges.markers_of(n))}
        marked |= {m for n in self.bridges.marked_by(name) for m in self.bridges.markers_of(n)}
        found = frozenset(around | marked)
        self._readouts[name] = found
        return found

    @cached_property
    def _readouts(self) -> dict[str, frozenset[str]]:
        return {}

    def root(self, name: str) -> str:
        """The name under which readouts of one thing are merged: what they mark, else itself."""
        seen = {name}
        while marked := sorted(set(self.bridges.marked_by(name)) - seen):
            name = marked[0]
            seen.add(name)
        return name

    # What was measured ----------------------------------------------------------------------------

    @cached_property
    def _lines(self) -> Mapping[tuple[str, str], list[Evidence]]:
        found: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
        for s in self.statements:
            found[s.subject, s.object] += [e for e in s.evidence if e.counts]
        return found

    @cached_property
    def _objects(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for subject, obj in self._lines:
            found[subject].add(obj)
        return {k: frozenset(v) for k, v in found.items()}

    @cached_property
    def _measured_by(self) -> dict[frozenset[str], frozenset[str]]:
        return {}

    def measured(self, agents: frozenset[str]) -> frozenset[str]:
        """Every object on which some line of the agents bears, and everything that measures the same."""
        if agents not in self._measured_by:
            objects = {o for a in agents for o in self._objects.get(a, ())}
            lines = [e for a in agents for o in self._objects.get(a, ()) for e in self._lines[a, o]]
            # Given in a disease, whatever was measured there is one of its own phenotypes or outcomes.
            objects |= {d for e in lines if (d := e.experiment.disease)}
            self._measured_by[agents] = frozenset(r for o in objects for r in self.readouts(o))
        return self._measured_by[agents]

    def is_known(self, source: str, target: str) -> bool:
        """Whether some line, whichever way it went, bears on the pair or on kin of it."""
        return target in self.measured(self.kin(source))

    def lines(self, agents: Iterable[str], targets: Iterable[str]) -> list[Evidence]:
        """Every counted line of the agents on the targets."""
        wanted = frozenset(targets)
        return [
            e for a in agents for o in self._objects.get(a, frozenset()) & wanted for e in self._lines[a, o]
        ]
