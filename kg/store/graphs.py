"""A built graph on disk, and SPARQL over it.

A build is a folder: one N-Quads file per named graph, `model.json` for opening it without RDF,
`terms.json` with every class of the ontology, `names.json` with what else entities are called, and
`manifest.json` with size and SHA-256 of each. It is written beside its place and moved there whole, so a
build that is cut off leaves the old one. Opening checks the manifest first.

A query sees ontology, assertions and inferred as one default graph unless it names others. Queries only:
updates and federation (SERVICE) are refused. pyoxigraph cannot stop a running query, so a query with a
time limit runs in a process of its own, which is killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.errors import NotWritable, QueryRefused, QueryTooSlow, StoreDamaged, StoreMissing
from kg.frames import frame, html_table
from kg.model import Knowledge
from kg.store.refusal import close_doors, read_query

if TYPE_CHECKING:
    from pyoxigraph import Store, Triple

__all__ = ["BuiltGraph", "Result", "check_query", "dump_rows", "put_in_place", "turtle_text", "write_build"]

FORMAT = 3
"""Raised when the layout of a build changes; an older build is then built anew."""


# Writing ------------------------------------------------------------------------------------------


def write_build(out: Path, files: Mapping[str, str], facts: Mapping[str, Any]) -> None:
    """Write a build: all of it, or nothing.

    Raises NotWritable.
    """
    out = out.resolve()
    try:
        is_build = (out / "manifest.json").is_file()
        if out.exists() and not is_build and not (out.is_dir() and not any(out.iterdir())):
            raise NotWritable(f"{out} exists and is no built graph; choose another folder with --out")
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        if isinstance(error, NotWritable):
            raise
        raise NotWritable(f"cannot write {out}: {error.strerror or error}") from None
    try:
        sums = {}
        for name, text in sorted(files.items()):
            data = text.encode()
            (staging / name).write_bytes(data)
            sums[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest = {"format": FORMAT, **facts, "files": sums}
        (staging / "manifest.json").write_text(
            json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        staging.chmod(0o755)
        put_in_place(staging, out)
    except OSError as error:
        raise NotWritable(f"cannot write {out}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def dump_rows(rows: Iterable[Sequence[Any]]) -> str:
    """JSON of rows, one a line."""
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def put_in_place(staging: Path, out: Path) -> None:
    """Put a new folder in place; the old one is moved aside first and comes back if that fails."""
    if not out.exists():
        staging.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    try:
        out.rename(old / "old")
        try:
            staging.rename(out)
        except BaseException:
            (old / "old").rename(out)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


# Reading ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """Rows of a query: variable names, and rows of N-Triples-like plain values (None = unbound).

    `notes`: why nothing may have been found, such as a property that stands only in a graph not looked at.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    is_cut: bool = False
    notes: tuple[str, ...] = ()

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises BadInput without pandas.
        """
        return frame(self.columns, self.rows)

    def _repr_html_(self) -> str:
        cut = (f"cut at {len(self.rows):,} rows",) if self.is_cut else ()
        return html_table(self.columns, self.rows, "" if self.rows else "no row", (*cut, *self.notes))


@dataclass(frozen=True)
class BuiltGraph:
    """An opened build."""

    path: Path
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path) -> BuiltGraph:
        """Open a build after checking every file against the manifest.

        Raises StoreMissing and StoreDamaged.
        """
        if not (path / "manifest.json").is_file():
            raise StoreMissing(f"{path} holds no built graph; run `kg build --out {path}`")
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            if manifest["format"] != FORMAT:
                raise StoreDamaged(
                    f"{path} was built by another version (format {manifest['format']}); build it again"
                )
            files = manifest["files"]
            if (
                missing := {
                    *(f"{name}.nq" for name in vocab.GRAPHS),
                    "model.json",
                    "terms.json",
                    "names.json",
                }
                - files.keys()
            ):
                raise KeyError(f"without {', '.join(sorted(missing))}")
            for name, expected in files.items():
                data = (path / name).read_bytes()
                if len(data) != expected["bytes"] or hashlib.sha256(data).hexdigest() != expected["sha256"]:
                    raise StoreDamaged(
                        f"{path / name} does not match its manifest ({len(data)} bytes, {expected['bytes']} "
                        f"expected); build it again with `kg build --out {path}`"
                    )
        except StoreDamaged:
            raise
        except OSError as error:
            raise StoreDamaged(f"cannot read {error.filename}: {error.strerror}; build it again") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreDamaged(
                f"{path / 'manifest.json'} is not a manifest ({error}); build it again"
            ) from None
        return cls(path, manifest)

    @cached_property
    def snapshot(self) -> tuple[Knowledge, dict[str, Any]]:
        """The model, and what the build worked out beside it."""
        from kg.store.snapshot import load_knowledge

        return load_knowledge((self.path / "model.json").read_text(encoding="utf-8"))

    @cached_property
    def term_rows(self) -> tuple[list[Any], ...]:
        """One row per class of the ontology; `kg.ontology.terms` knows the columns."""
        return tuple(json.loads((self.path / "terms.json").read_text(encoding="utf-8")))

    @cached_property
    def identifier_rows(self) -> tuple[list[str], ...]:
        """Identifier of an entity, what else it is called, of which kind, and who else is called so."""
        return tuple(json.loads((self.path / "names.json").read_text(encoding="utf-8")))

    @cached_property
    def store(self) -> Store:
        """The five named graphs in memory, as a pyoxigraph store."""
        from pyoxigraph import RdfFormat, Store

        store = Store()
        for name in vocab.GRAPHS:
            store.bulk_load(path=str(self.path / f"{name}.nq"), format=RdfFormat.N_QUADS)
        return store

    def _solutions(self, query: str) -> Any:
        from pyoxigraph import NamedNode

        named = read_query(query).names_graphs
        graphs: list[Any] = [NamedNode(vocab.expand(f"graph:{name}")) for name in vocab.GRAPHS]
        default = None if named else [g for g in graphs if g.value.rpartition("/")[2] in vocab.DEFAULT_GRAPHS]
        try:
            return self.store.query(
                query,
                base_iri=vocab.BASE,
                prefixes=_prefixes(),
                default_graph=default,
                named_graphs=None if named else graphs,
            )
        except SyntaxError as error:
            from kg.store.mistakes import explain

            raise QueryRefused(explain(query, str(error))) from None

    def query(self, query: str, row_limit: int | None = None) -> Result:
        """Rows of a SELECT, ASK (one row `true` or `false`), CONSTRUCT or DESCRIBE (three columns).

        Raises QueryRefused. Nothing stops a slow query here: see `query_in_process`.
        """
        from pyoxigraph import QueryBoolean, QueryTriples

        found = self._solutions(query)
        if isinstance(found, QueryBoolean):
            return Result(("answer",), (("true" if found else "false",),))
        if isinstance(found, QueryTriples):
            columns: tuple[str, ...] = ("subject", "predicate", "object")
        else:
            columns = tuple(v.value for v in found.variables)
        rows: list[tuple[str | None, ...]] = []
        for solution in found:
            if row_limit is not None and len(rows) >= row_limit:
                return Result(columns, tuple(rows), is_cut=True)
            rows.append(tuple(_plain(term) for term in solution))
        notes = () if any(set(row) - {None, "0"} for row in rows) else self._missed(query)
        return Result(columns, tuple(rows), notes=notes)

    def _missed(self, query: str) -> tuple[str, ...]:
        from kg.store.mistakes import missed

        return tuple(missed(query, self.store))

    def turtle(self, query: str) -> str:
        """Turtle of a CONSTRUCT or DESCRIBE, sorted by line.

        Raises QueryRefused for other queries.
        """
        from pyoxigraph import QueryTriples

        found = self._solutions(query)
        if not isinstance(found, QueryTriples):
            raise QueryRefused("Turtle needs a CONSTRUCT or DESCRIBE query; this one gives rows")
        return turtle_text(found)

    def query_in_process(
        self, query: str, *, time_limit: float, row_limit: int | None = None, turtle: bool = False
    ) -> Result | str:
        """`query` or `turtle` in a process that is killed at the time limit (seconds).

        Raises QueryRefused and QueryTooSlow.
        """
        check_query(query)
        asked = json.dumps({"path": str(self.path), "query": query, "rows": row_limit, "turtle": turtle})
        try:
            done = subprocess.run(
                [sys.executable, "-c", "from kg.store.graphs import _worker; _worker()"],
                input=asked.encode(), capture_output=True, timeout=time_limit, check=False,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise QueryTooSlow(time_limit) from None
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            detail = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise QueryRefused(f"the query process failed: {' '.join(detail) or done.returncode}") from None
        if "refused" in answer:
            raise QueryRefused(answer["refused"])
        if turtle:
            return str(answer["turtle"])
        rows = tuple(map(tuple, answer["rows"]))
        return Result(tuple(answer["columns"]), rows, answer["cut"], tuple(answer["notes"]))


def _worker() -> None:
    """What the query process runs: one question on standard input, one answer on standard output."""
    asked = json.load(sys.stdin)
    graph = BuiltGraph(Path(asked["path"]), {})
    import kg.store.mistakes  # noqa: F401 - nothing can be imported once the doors are closed

    try:
        _ = graph.store
        close_doors()
        if asked["turtle"]:
            answer: dict[str, Any] = {"turtle": graph.turtle(asked["query"])}
        else:
            found = graph.query(asked["query"], asked["rows"])
            answer = {
                "columns": found.columns, "rows": found.rows, "cut": found.is_cut, "notes": found.notes,
            }  # fmt: skip
    except QueryRefused as error:
        answer = {"refused": str(error)}
    json.dump(answer, sys.stdout)


def _plain(term: Any) -> str | None:
    """A term as people read it: a CURIE where a prefix fits, the text of a literal."""
    from pyoxigraph import BlankNode, Literal, NamedNode

    if term is None:
        return None
    if isinstance(term, NamedNode):
        return vocab.compress(term.value)
    if isinstance(term, (Literal, BlankNode)):
        return str(term.value)
    return str(term)


def _prefixes() -> dict[str, str]:
    return dict(vocab.PREFIXES)


def turtle_text(triples: Iterable[Triple], prefixes: Mapping[str, str] = vocab.PREFIXES) -> str:
    """Turtle with sorted triples and only the prefixes in use: the same triples give the same text."""
    from pyoxigraph import RdfFormat, serialize

    ordered = sorted(triples, key=str)
    text = (serialize(ordered, format=RdfFormat.TURTLE, prefixes=dict(prefixes)) or b"").decode()
    lines = text.splitlines(keepends=True)
    n_head = next((i for i, line in enumerate(lines) if not line.startswith("@prefix")), len(lines))
    body = "".join(lines[n_head:])
    used = [
        line for line in sorted(lines[:n_head]) if re.search(rf"(?<![\w.]){re.escape(line.split()[1])}", body)
    ]
    return "".join([*used, "\n", body])


def check_query(query: str) -> None:
    """Refuse what is not a read-only query over this graph.

    Raises QueryRefused for updates, SERVICE and empty text.
    """
    read_query(query)
