"""From curated files to a built graph, and which built graph `kg.load()` opens.

Same files, same bytes: no clock, sorted lines. A checkout's build is cached under a hash of every file
that goes into it, the package's own code included.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.errors import BadInput, KGError, NotWritable, StoreMissing
from kg.store.graphs import BuiltGraph, write_build

if TYPE_CHECKING:
    from kg.mechanism.overlay import Joined
    from kg.model import Knowledge
    from kg.ontology.reading import Ontology

__all__ = [
    "build_graph",
    "build_in_cache",
    "build_joined",
    "cache_folders",
    "content_hash",
    "find_checkout",
    "joined_names",
    "open_graph",
    "read_ontology",
]

_PACKAGE = Path(__file__).resolve().parent
PACKAGED = _PACKAGE / "built"
"""Where a wheel carries the built graph."""


def find_checkout() -> Path | None:
    """The checkout this package runs from, if it does."""
    root = _PACKAGE.parent
    return root if (root / "data" / "entities.tsv").is_file() and (root / "ontology").is_dir() else None


def _inputs(checkout: Path) -> Iterator[Path]:
    for folder, patterns in (("data", ("*.tsv", "*.yaml", "*.yml")), ("ontology", ("*.tsv", "*.ttl"))):
        for pattern in patterns:
            yield from (checkout / folder).rglob(pattern)
    yield from _PACKAGE.rglob("*.py")


def content_hash(checkout: Path) -> str:
    """16 hex digits over every file that goes into a build."""
    digest = hashlib.sha256()
    named = {
        path.relative_to(_PACKAGE.parent if path.is_relative_to(_PACKAGE) else checkout).as_posix(): path
        for path in _inputs(checkout)
    }
    for name, path in sorted(named.items()):
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(f"cannot read {path}: {error.strerror}") from None
        digest.update(name.encode() + b"\0" + data + b"\0")
    return digest.hexdigest()[:16]


def build_graph(checkout: Path, out: Path, say: Callable[[str], None] = lambda message: None) -> BuiltGraph:
    """Lint, convert, infer and write; `say` is called with each step.

    Raises DataProblems with all of them, Contradiction, BadInput and NotWritable. A failed build leaves
    `out` as it was.
    """
    from kg.curation.checkout import Checkout
    from kg.curation.lint import read_knowledge
    from kg.mechanism.names import reduced_links
    from kg.ontology.inferences import defined_rows, infer, inferred_quads
    from kg.ontology.owl import all_quads, serialise
    from kg.ontology.reading import Ontology, class_parents
    from kg.ontology.reasoning import conclude
    from kg.ontology.terms import term_rows
    from kg.store.graphs import dump_rows
    from kg.store.snapshot import dump_knowledge

    say("reading and checking the curated files")
    source = Checkout(checkout)
    knowledge = read_knowledge(source)
    say(f"writing RDF of {len(knowledge.papers)} papers")
    quads = all_quads(source, knowledge)
    parents = class_parents(quads["ontology"])
    is_a = reduced_links(knowledge.entities, parents)
    say("inferring")
    ontology = Ontology(quads["ontology"], knowledge)
    conclusions = conclude(ontology)
    inferences = list(infer(ontology, conclusions))
    quads["inferred"] = list(inferred_quads(inferences))
    files = {f"{name}.nq": serialise(found) for name, found in quads.items()}
    files["model.json"] = dump_knowledge(
        knowledge, is_a=[list(link) for link in is_a], defined=defined_rows(ontology, inferences)
    )
    files["terms.json"] = dump_rows(
        term_rows(quads["ontology"], knowledge, conclusions.superclasses, ontology.definitions)
    )
    files["names.json"] = dump_rows([*row.cells.values()] for row in source.identifier_rows)
    say("writing files")
    write_build(out, files, _facts(files, knowledge))
    return BuiltGraph.open(out)


def build_joined(
    base: BuiltGraph,
    joined: Joined,
    rows: Iterable[Sequence[Any]],
    out: Path,
    *,
    anew: bool = True,
    say: Callable[[str], None] = lambda message: None,
) -> BuiltGraph:
    """The build of a graph with data of the user's joined to it.

    `rows`: its terms, as `term_rows` gives them. `anew`: what follows is inferred again, which takes the time
    of a whole build; else it is that of the graph alone.
    Raises Contradiction where the joined statements contradict the ontology, and NotWritable.
    """
    from pyoxigraph import Quad, RdfFormat, parse

    from kg.model import Knowledge
    from kg.ontology.inferences import defined_rows, infer, inferred_quads
    from kg.ontology.owl import serialise
    from kg.ontology.reading import Ontology
    from kg.ontology.reasoning import conclude
    from kg.ontology.terms import term_rows
    from kg.store.graphs import dump_rows
    from kg.store.rdf import graph, to_quads
    from kg.store.snapshot import dump_knowledge

    say("writing RDF of what was joined")
    quads: dict[str, list[Quad]] = {name: [] for name in vocab.GRAPHS}
    for quad in to_quads(joined.knowledge):
        quads[str(quad.graph_name.value).rpartition("/")[2]].append(quad)  # type: ignore[union-attr]
    # The ontology is the one there was, with what is new; the public terms and axioms are in the build only.
    new = Knowledge(joined.entities, joined.relations, ())
    quads["ontology"] = list(parse(path=str(base.path / "ontology.nq"), format=RdfFormat.N_QUADS))
    quads["ontology"] += [q for q in to_quads(new) if q.graph_name == graph("ontology")]
    defined = base.snapshot[1].get("defined", [])
    rows = list(rows)
    if anew:
        say("inferring")
        ontology = Ontology(quads["ontology"], joined.knowledge)
        conclusions = conclude(ontology)
        inferences = list(infer(ontology, conclusions))
        quads["inferred"] = list(inferred_quads(inferences))
        defined = defined_rows(ontology, inferences)
        rows = term_rows(quads["ontology"], joined.knowledge, conclusions.superclasses, ontology.definitions)
    else:
        quads["inferred"] = list(parse(path=str(base.path / "inferred.nq"), format=RdfFormat.N_QUADS))
    say("writing files")
    files = {f"{name}.nq": serialise(found) for name, found in quads.items()}
    files["model.json"] = dump_knowledge(
        joined.knowledge, is_a=[list(link) for link in joined.is_a], defined=defined
    )
    files["terms.json"] = dump_rows(rows)
    files["names.json"] = dump_rows(base.identifier_rows)
    write_build(out, files, {**_facts(files, joined.knowledge), "joined": joined_names(joined.knowledge)})
    return BuiltGraph.open(out)


def _facts(files: Mapping[str, str], knowledge: Knowledge) -> dict[str, Any]:
    return {
        "content": hashlib.sha256("".join(files[name] for name in sorted(files)).encode()).hexdigest()[:16],
        "n_papers": len(knowledge.papers),
        "n_statements": len(knowledge.statements),
        "n_entities": len(knowledge.entities),
    }


def joined_names(knowledge: Knowledge) -> list[str]:
    """Names of the data that are joined to what was curated, sorted."""
    lines = (line for p in knowledge.papers for x in p.experiments for line in x.lines)
    return sorted({line.origin for line in lines if line.origin})


def build_in_cache(base: BuiltGraph, joined: Joined, rows: Iterable[Sequence[Any]]) -> BuiltGraph:
    """The build of a graph with data joined, kept where it can be made again; what follows is the graph's."""
    from kg.store.snapshot import dump_knowledge

    told = f"{base.manifest['content']} {dump_knowledge(joined.knowledge, is_a=joined.is_a)}"
    key = "joined-" + hashlib.sha256(told.encode()).hexdigest()[:16]
    return _kept(key, find_checkout(), lambda out: build_joined(base, joined, rows, out, anew=False))


def cache_folders(checkout: Path | None = None) -> Iterator[Path]:
    """Where what can be made again may be kept, best first."""
    if checkout is not None:
        yield checkout / "build" / "cache"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    yield Path(base) / "msc-kg"
    yield Path(tempfile.gettempdir()) / f"msc-kg-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _cached(checkout: Path) -> BuiltGraph:
    def build(out: Path) -> BuiltGraph:
        return build_graph(checkout, out, lambda m: print(f"kg: {m}", file=sys.stderr))

    return _kept(content_hash(checkout), checkout, build)


def _kept(key: str, checkout: Path | None, build: Callable[[Path], BuiltGraph]) -> BuiltGraph:
    """The build that is kept under a key; else a new one, in the first folder that takes it."""
    for folder in cache_folders(checkout):
        try:
            return BuiltGraph.open(folder / key)
        except KGError:
            continue
    failed: NotWritable | None = None
    for folder in cache_folders(checkout):
        try:
            built = build(folder / key)
        except NotWritable as error:
            failed = error
            continue
        _forget_older(folder, key)
        return built
    assert failed is not None
    raise failed


def _forget_older(folder: Path, key: str, days: float = 2) -> None:
    """Drop cached builds that are days old; a younger one may still be open somewhere."""
    import shutil
    import time

    builds = [p for p in folder.iterdir() if (p / "manifest.json").is_file() and p.name != key]
    for path in builds:
        if time.time() - path.stat().st_mtime > days * 86_400:
            shutil.rmtree(path, ignore_errors=True)


def open_graph(path: str | os.PathLike[str] | None = None) -> BuiltGraph:
    """The built graph of a folder; a checkout's, built if need be; or the one the wheel carries.

    Without a path: `$KG_GRAPH`, else the checkout the package runs from, else the packaged graph.
    Raises StoreMissing, StoreDamaged and what `build_graph` raises.
    """
    given = path or os.environ.get("KG_GRAPH")
    if given:
        folder = Path(given)
        if (folder / "data" / "entities.tsv").is_file():
            return _cached(folder)
        return BuiltGraph.open(folder)
    checkout = find_checkout()
    if checkout is not None:
        return _cached(checkout)
    if (PACKAGED / "manifest.json").is_file():
        return BuiltGraph.open(PACKAGED)
    raise StoreMissing("no built graph here: run `kg build --out DIR` in a checkout, then set KG_GRAPH=DIR")


def read_ontology(path: str | os.PathLike[str] | None = None) -> Ontology:
    """What the reasoners would read, without any reasoning: also of a checkout that contradicts itself.

    `path` as for `open_graph`. Raises what it raises, but for Contradiction.
    """
    from pyoxigraph import RdfFormat, parse

    from kg.curation.checkout import Checkout
    from kg.curation.lint import read_knowledge
    from kg.ontology.owl import ontology_quads
    from kg.ontology.reading import Ontology

    given = path or os.environ.get("KG_GRAPH")
    checkout = Path(given) if given else find_checkout()
    if checkout is not None and (checkout / "data" / "entities.tsv").is_file():
        source = Checkout(checkout)
        knowledge = read_knowledge(source)
        return Ontology(list(ontology_quads(source, knowledge)), knowledge)
    built = open_graph(path)
    quads = parse(path=str(built.path / "ontology.nq"), format=RdfFormat.N_QUADS)
    return Ontology(list(quads), built.snapshot[0])
