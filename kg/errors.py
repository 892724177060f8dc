"""Every error the package raises on purpose.

::

    KGError
    ├── NameNotFound        (LookupError)   no entity, query, check or statement has that name
    │   └── NoSuchTerm      (AttributeError) the same, asked for as an attribute: `g.ontology.Tregg`
    ├── AmbiguousName       (LookupError)   a name that several entities answer to
    ├── DataProblems        (ValueError)    curated data that lint refuses; carries all problems
    ├── Contradiction       (ValueError)    an ontology or statements that cannot all be true
    ├── BadInput            (ValueError)    an argument, option or input file that cannot be used
    │   └── FileProblems                    an input file with wrong lines; carries all problems
    ├── QueryRefused        (ValueError)    SPARQL that is not a read-only query, or does not parse
    ├── QueryTooSlow        (TimeoutError)  SPARQL stopped at its time limit
    ├── EndpointFailed      (OSError)       a SPARQL endpoint elsewhere that does not answer as one
    ├── StoreDamaged        (OSError)       a built graph whose files do not match their manifest
    ├── StoreMissing        (OSError)       no built graph, and nothing to build one from
    └── NotWritable         (OSError)       an output path that cannot be written

A message names the thing, the place and the next step. The data behind it are attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AmbiguousName",
    "BadInput",
    "Contradiction",
    "DataProblems",
    "EndpointFailed",
    "FileProblems",
    "KGError",
    "NameNotFound",
    "NoSuchTerm",
    "NotWritable",
    "Problem",
    "QueryRefused",
    "QueryTooSlow",
    "StoreDamaged",
    "StoreMissing",
]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with curated data: `path:line: rule: message`."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class KGError(Exception):
    """Root of all errors that the package raises on purpose."""


class NameNotFound(KGError, LookupError):
    """No entity answers to a name; `nearest` holds the closest spellings."""

    def __init__(self, name: str, nearest: Sequence[str] = (), kind: str = "entity") -> None:
        self.name, self.nearest, self.kind = name, tuple(nearest), kind
        hint = f"; did you mean {', '.join(map(repr, nearest))}?" if nearest else ""
        where = "try `kg find TEXT`" if kind == "entity" else f"see `kg {kind} --list`"
        super().__init__(f"no {kind} is called {name!r}{hint or f'; {where}'}")


class NoSuchTerm(NameNotFound, AttributeError):  # type: ignore[misc]  # both have `name`
    """A name asked for as an attribute, so that `hasattr` can say no."""


class AmbiguousName(KGError, LookupError):
    """A name that several entities answer to; `candidates` holds (name, id) pairs."""

    def __init__(self, name: str, candidates: Sequence[tuple[str, str]]) -> None:
        self.name, self.candidates = name, tuple(candidates)
        listed = ", ".join(f"{n} ({i})" for n, i in candidates)
        super().__init__(f"{name!r} names {len(candidates)} entities; pass one of their names: {listed}")


class DataProblems(KGError, ValueError):
    """Curated data that lint refuses; `problems` holds every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(str(p) for p in self.problems[:20])
        more = f"\n… and {len(self.problems) - 20} more" if len(self.problems) > 20 else ""
        super().__init__(f"{len(self.problems)} problem(s) in the curated data; run `kg lint`\n{shown}{more}")


class BadInput(KGError, ValueError):
    """An argument, option or input file that cannot be used."""


class FileProblems(BadInput):
    """A file of the user's that cannot be used as it is; `problems` holds everything wrong with it."""

    def __init__(self, what: str, problems: Sequence[Problem], hint: str = "") -> None:
        self.what, self.problems = what, tuple(problems)
        shown = "".join(f"\n{p}" for p in self.problems[:20])
        more = f"\n… and {len(self.problems) - 20} more" if len(self.problems) > 20 else ""
        super().__init__(f"{what}, {len(self.problems)} problem(s){hint}{shown}{more}")


class Contradiction(KGError, ValueError):
    """The ontology, or the statements with it, cannot all be true; `axioms` say why, in words."""

    def __init__(self, what: str, axioms: Sequence[str] = ()) -> None:
        self.what, self.axioms = what, tuple(axioms)
        because = "".join(f"\n  {axiom}" for axiom in self.axioms)
        super().__init__(f"{what}" + (f", because together:{because}" if because else ""))


class QueryRefused(KGError, ValueError):
    """SPARQL text that is not a read-only query, or does not parse."""


class QueryTooSlow(KGError, TimeoutError):
    """A query stopped at its time limit (seconds)."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"the query ran longer than {seconds:g} s and was stopped; "
            "narrow it, add LIMIT, or raise --time-limit"
        )


class EndpointFailed(KGError, OSError):
    """A SPARQL endpoint elsewhere that cannot be reached, or does not answer as one."""


class StoreDamaged(KGError, OSError):
    """A built graph whose files do not match their manifest."""


class StoreMissing(KGError, OSError):
    """No built graph, and nothing to build one from."""


class NotWritable(KGError, OSError):
    """An output path that cannot be written."""
