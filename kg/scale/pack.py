"""Edge tables made ready for engines: entities numbered, edges numbered and sorted, as Parquet or a database.

A *packed graph* is two tables. `nodes`: `node` (0 … n−1, in the order of names), `name`, `category`, and how
many edges leave and enter it (`n_out`, `n_in`). `edges`: `edge` (0 … m−1, in the order of subject, object,
predicate and sign), `subject` and `object` as numbers, `sign` (1, −1, 0 for unknown), `predicate`, `belief`
(0 to 1), `through` (paths of two steps that the object lies on, were all its edges free to take: n_out ×
n_in, each at least 1), `id`, `papers`, and the columns of context (several values parted by `|`, NULL where
none is stated).

The order is that of `kg.mechanism.edge_tables`, so that an edge has the same number in `kg.engine`. Tables
are sorted by subject: what leaves a node stands together, and readers of Parquet skip the rest.

Packing runs in DuckDB on one machine, and spills to the folder of its output. It is done once; engines that
are spread over machines read its result.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.errors import BadInput, NotWritable
from kg.mechanism.edge_tables import COLUMNS, CONTEXT, OF_EXPORT

if TYPE_CHECKING:
    from kg.mechanism.paths import Engine
    from kg.model import Knowledge

__all__ = ["Packed", "fill", "pack", "statement_table"]

WANTED = COLUMNS[:4]
OPTIONAL = ("belief", "papers", "id", *CONTEXT)
CATEGORIES = ("subject_category", "object_category")
SHOWN = 20
"""Bad rows that are named."""

MEMORY = "4GB"
"""Memory that packing takes before it spills."""

_SIGNS = "case trim({0}) when '+' then 1 when '-' then -1 when '−' then -1 when '?' then 0 end"


@dataclass(frozen=True)
class Packed:
    """How much was packed, and where it lies (None: in the connection that was given)."""

    n_nodes: int
    n_edges: int
    path: Path | None


def duckdb() -> Any:
    """The module. Raises BadInput without it."""
    try:
        import duckdb as found
    except ImportError:
        raise BadInput("this needs DuckDB: pip install 'msc-kg[scale]'") from None
    return found


def text(value: str | os.PathLike[str]) -> str:
    """A text as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


def statement_table(engine: Engine, knowledge: Knowledge) -> Any:
    """The statements of a graph as a pyarrow table in the columns of an edge table; contexts are those
    reported.

    Raises BadInput without pyarrow.
    """
    try:
        import pyarrow
    except ImportError:
        raise BadInput("this needs pyarrow: pip install 'msc-kg[scale]'") from None
    kinds = {e.name: e.category for e in knowledge.entities}
    names = (*WANTED, *OPTIONAL, *CATEGORIES)
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for s in engine.steps:
        told = {
            axis: sorted({v for e in s.supports if (v := getattr(e.experiment, axis))}) for axis in CONTEXT
        }
        row = (
            s.subject, s.predicate, s.sign.value, s.object, s.belief.value, "|".join(s.papers), s.id,
            *("|".join(told[axis]) or None for axis in CONTEXT), kinds.get(s.subject), kinds.get(s.object),
        )  # fmt: skip
        for name, value in zip(names, row, strict=True):
            columns[name].append(value)
    strings = {
        name: pyarrow.array(column, pyarrow.string()) for name, column in columns.items() if name != "belief"
    }
    return pyarrow.table({**strings, "belief": pyarrow.array(columns["belief"], pyarrow.float64())})


def pack(
    what: Any, out: str | os.PathLike[str], *, memory: str = MEMORY, threads: int | None = None
) -> Packed:
    """Write a packed graph: a folder of two Parquet files, or a database where `out` ends in `.duckdb`.

    `what`: a `.parquet`, `.tsv` or `.tsv.gz` file of edges, a folder of Parquet files, or a pyarrow table
    (see `statement_table`). What stands at `out` is replaced when all is written. Raises BadInput, which
    names the rows that cannot be used, and NotWritable.
    """
    path = Path(out)
    is_database = path.suffix == ".duckdb"
    if path.is_dir() and (is_database or not is_packed(path)) and any(path.iterdir()):
        raise NotWritable(f"{path} is a folder that holds other things; name a new one")
    if path.is_file() and not is_database:
        raise NotWritable(f"{path} is a file; name a folder, or a file that ends in .duckdb")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise NotWritable(f"cannot write {path}: {error.strerror or error}") from None
    module = duckdb()
    try:
        connection = module.connect(str(room / "packed.duckdb"))
        try:
            for setting, value in (("memory_limit", memory), ("temp_directory", str(room / "spill"))):
                connection.execute(f"set {setting} = {text(value)}")
            if threads:
                connection.execute(f"set threads = {int(threads)}")
            found = fill(connection, what)
            if not is_database:
                (room / "out").mkdir()
                for name in ("nodes", "edges"):
                    file = text(room / "out" / f"{name}.parquet")
                    connection.execute(f"copy {name} to {file} (format parquet, row_group_size 262144)")
        finally:
            connection.close()
        if is_database:
            (room / "packed.duckdb").replace(path)
        else:
            if path.is_dir():
                shutil.rmtree(path)
            (room / "out").replace(path)
    except (module.IOException, module.OutOfMemoryException, OSError) as error:
        raise NotWritable(f"cannot write {path}: {error}") from None
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return Packed(found.n_nodes, found.n_edges, path)


def is_packed(folder: Path) -> bool:
    return all((folder / f"{name}.parquet").exists() for name in ("nodes", "edges"))


def fill(connection: Any, what: Any) -> Packed:
    """Make the tables `nodes` and `edges` in a DuckDB connection. Raises BadInput."""
    raw, columns = _raw(connection, what)
    _check(connection, raw, columns, str(what) if isinstance(what, (str, os.PathLike)) else "row")
    run = connection.execute
    has = {name: name in columns for name in (*OPTIONAL, *CATEGORIES)}
    kinds = "null::varchar"
    if all(has[name] for name in CATEGORIES):
        run(
            "create temp table kinds as select name, min(kind) as kind from (select subject as name, "
            f"subject_category as kind from {raw} union select object, object_category from {raw}) "
            "group by name"
        )
        kinds = "(select kind from kinds where kinds.name = named.name)"
    run(
        f"create temp table named as select row_number() over (order by name) - 1 as node, name from "
        f"(select subject as name from {raw} union select object from {raw})"
    )
    run(
        "create temp table predicates as select row_number() over (order by name) - 1 as number, name "
        f"from (select distinct predicate as name from {raw})"
    )
    n_nodes = run("select count(*) from named").fetchone()[0]
    predicates = [name for (name,) in run("select name from predicates order by number").fetchall()]
    n_predicates = max(1, len(predicates))
    if n_nodes**2 * n_predicates * 3 >= 2**63:
        raise BadInput(f"the edge table has too many names ({n_nodes:,}) to be sorted")
    more = ", ".join(
        [
            *([f"coalesce(try_cast(r.{COLUMNS[4]} as double), 1.0) as belief"] if has["belief"] else []),
            *(f"nullif(r.{name}::varchar, '') as {name}" for name in OPTIONAL[1:] if has[name]),
        ]
    )
    keyed = (
        f"select ((a.node * {n_nodes} + b.node) * {n_predicates} + p.number) * 3 + "
        f"{_SIGNS.format('r.sign')} + 1 as key"
        f"{', ' + more if more else ''} from {raw} r join named a on a.name = r.subject "
        "join named b on b.name = r.object join predicates p on p.name = r.predicate"
    )
    if any(has[name] for name in OPTIONAL[1:]):
        run(f"create temp table keyed as {keyed}")
        _number(connection, n_nodes, predicates, kinds, has)
        twice = run(
            "select count(*) from (select key, lag(key) over () as before from edges) where key = before"
        )
        if twice.fetchone()[0]:
            run(f"create temp table once as {_once(has, 'keyed')}")
            run("drop table keyed")
            run("alter table once rename to keyed")
            _number(connection, n_nodes, predicates, kinds, has)
    else:
        # Numbers alone are joined sooner than looked through for rows that say the same.
        run(f"create temp table keyed as {_once(has, f'({keyed})')}")
        _number(connection, n_nodes, predicates, kinds, has)
    n_edges = run("select count(*) from edges").fetchone()[0]
    run("alter table edges drop column key")
    for name in ("keyed", "named", "predicates"):
        run(f"drop table {name}")
    run("drop table if exists kinds")
    return Packed(n_nodes, n_edges, None)


def _number(
    connection: Any, n_nodes: int, predicates: Sequence[str], kinds: str, has: Mapping[str, bool]
) -> None:
    """Make `nodes`, and `edges` in order, out of `named` and `keyed`."""
    run, n = connection.execute, max(1, len(predicates))
    subject, object_ = f"(key // {max(1, n_nodes) * n * 3})", f"(key // {n * 3} % {max(1, n_nodes)})"
    for column, end in (("n_out", subject), ("n_in", object_)):
        run(
            f"create or replace temp table {column} as "
            f"select {end} as node, count(*) as n from keyed group by 1"
        )
    run(
        f"create or replace table nodes as select node::integer as node, name, {kinds} as category, "
        "coalesce(o.n, 0)::bigint as n_out, coalesce(i.n, 0)::bigint as n_in "
        "from named left join n_out o using (node) left join n_in i using (node) order by node"
    )
    more = "".join(f", {name}" for name in OPTIONAL if has[name])
    context = ", ".join(name if has[name] else f"null::varchar as {name}" for name in OPTIONAL[1:])
    listed = f"[{', '.join(map(text, predicates))}]"
    # Sorted are numbers alone; what they stand for is written beside them afterwards.
    run(
        f"create or replace table edges as select (row_number() over () - 1)::bigint as edge, "
        f"{subject}::integer as subject, {object_}::integer as object, (key % 3 - 1)::tinyint as sign, "
        f"list_extract({listed}, 1 + key // 3 % {n}) as predicate, "
        f"{'belief' if has['belief'] else '1.0::double as belief'}, through, "
        f"{context}, key from (select key, (greatest(n_out, 1) * greatest(n_in, 1))::bigint as through{more} "
        f"from keyed join nodes on nodes.node = {object_} order by key)"
    )
    run("drop table n_out; drop table n_in")


def _once(has: Mapping[str, bool], rows: str) -> str:
    """Rows that say the same are one: the highest belief, the papers of all, the first context stated."""
    found = ["key"]
    if has["belief"]:
        found.append("max(belief) as belief")
    if has["papers"]:
        listed = "list_sort(list_distinct(flatten(list(string_split(papers, '|')))))"
        found.append(f"nullif(array_to_string({listed}, '|'), '') as papers")
    found += [f"min({name}) as {name}" for name in OPTIONAL[2:] if has[name]]
    return f"select {', '.join(found)} from {rows} group by key"


def _raw(connection: Any, what: Any) -> tuple[str, Sequence[str]]:
    """The name of what holds the rows, and its columns."""
    if not isinstance(what, (str, os.PathLike)):
        connection.register("given", what)
        return "given", tuple(what.column_names)
    path = Path(what)
    if path.is_dir():
        source = f"read_parquet({text(path / '**' / '*.parquet')})"
    elif path.suffix == ".parquet":
        source = f"read_parquet({text(path)})"
    elif path.name.endswith((".tsv", ".tsv.gz")):
        source = (
            f"read_csv({text(path)}, delim = '\t', header = true, all_varchar = true, quote = '', "
            "escape = '', "
            "null_padding = false)"
        )
    else:
        raise BadInput(f"{path} is no table of edges: .parquet, .tsv, .tsv.gz, or a folder of Parquet files")
    if not path.exists():
        raise BadInput(f"no such file: {path}")
    try:
        described = connection.execute(f"describe select * from {source}").fetchall()
    except duckdb().Error as error:
        raise BadInput(f"cannot read {path}: {str(error).splitlines()[0]}") from None
    columns = tuple(row[0] for row in described)
    known = {*COLUMNS, *OPTIONAL, *CATEGORIES}
    is_ours = set(columns) >= OF_EXPORT
    missing = [name for name in WANTED if name not in columns]
    unknown = [] if is_ours else [name for name in columns if name not in known]
    if missing or unknown:
        told = f"lacks the column(s) {', '.join(missing)}" if missing else f"has the column {unknown[0]!r}"
        raise BadInput(f"{path}: the header {told}; columns are {', '.join(sorted(known))}")
    chosen = ", ".join(f'"{name}"' for name in columns if name in known)
    # Of our own table: what was only found absent, or only disputed, is no edge.
    where = " where n_supports::bigint > 0" if is_ours else ""
    connection.execute(f"create temp view given as select {chosen} from {source}{where}")
    return "given", tuple(name for name in columns if name in known)


def _check(connection: Any, raw: str, columns: Sequence[str], where: str) -> None:
    """Raises BadInput, which names the first rows that cannot be used."""
    wrong = [
        (f"coalesce(trim({name}), '') = ''", f"'{name} is missing; a name is wanted'")
        for name in ("subject", "predicate", "object")
    ]
    wrong.append(
        (f"{_SIGNS.format('sign')} is null", "'sign is ''' || coalesce(sign, '') || '''; write + or - or ?'")
    )
    if "belief" in columns:
        number = "try_cast(belief as double)"
        wrong.append(
            (
                f"coalesce(belief::varchar, '') <> '' and coalesce(not {number} between 0 and 1, true)",
                "'belief is ''' || belief::varchar || '''; a number from 0 to 1 is wanted'",
            )
        )
    for name in CATEGORIES:
        if name in columns:
            listed = ", ".join(map(text, vocab.CATEGORIES))
            wrong.append(
                (
                    f"coalesce({name}, '') <> '' and {name} not in ({listed})",
                    f"'{name} is ''' || {name} || '''; one of {', '.join(vocab.CATEGORIES)}'",
                )
            )
    told = " ".join(f"when {test} then {message}" for test, message in wrong)
    is_wrong = " or ".join(f"({test})" for test, _ in wrong)
    try:
        n_wrong = connection.execute(f"select count(*) from {raw} where {is_wrong}").fetchone()[0]
        if not n_wrong:
            return
        rows = connection.execute(
            f"select number, case {told} end from (select row_number() over () as number, * from {raw}) "
            f"where {is_wrong} order by number limit {SHOWN}"
        ).fetchall()
    except duckdb().Error as error:
        raise BadInput(f"{where}: {str(error).splitlines()[0]}") from None
    listed = "\n".join(f"{where} row {number}: {message}" for number, message in rows)
    more = f"\n… and {n_wrong - SHOWN} more" if n_wrong > SHOWN else ""
    raise BadInput(f"{n_wrong} row(s) of the edge table cannot be used\n{listed}{more}")
