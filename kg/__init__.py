"""msc-kg: how mesenchymal stromal cells act in lung disease, as a signed, cited knowledge graph.

>>> import kg
>>> g = kg.load()                                                           # doctest: +SKIP
>>> print(g.paths("MSC", "fibrosis", via="Treg", sign="-")[0].sentence())   # doctest: +SKIP

Names are imported when first used, so `import kg` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "load": "kg.graph",
    "Graph": "kg.graph",
    "Path": "kg.mechanism.paths",
    "PathQuery": "kg.mechanism.query",
    "Statement": "kg.model",
    "Entity": "kg.model",
    "Sign": "kg.model",
    "Conflict": "kg.mechanism.conflicts",
    "Hypothesis": "kg.mechanism.hypotheses",
    "KGError": "kg.errors",
    "NameNotFound": "kg.errors",
    "AmbiguousName": "kg.errors",
}

__all__ = [
    "AmbiguousName",
    "Conflict",
    "Entity",
    "Graph",
    "Hypothesis",
    "KGError",
    "NameNotFound",
    "Path",
    "PathQuery",
    "Sign",
    "Statement",
    "__version__",
    "load",
]

if TYPE_CHECKING:
    from kg.errors import AmbiguousName, KGError, NameNotFound
    from kg.graph import Graph, load
    from kg.mechanism.conflicts import Conflict
    from kg.mechanism.hypotheses import Hypothesis
    from kg.mechanism.paths import Path
    from kg.mechanism.query import PathQuery
    from kg.model import Entity, Sign, Statement


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'kg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
