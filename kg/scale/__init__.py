"""The same questions on an engine that already scales, for graphs that one process does not hold.

- `pack`: a table of edges made ready, once, as two Parquet files (or a DuckDB database).
- `connect`: a connection string → `Packed`: DuckDB embedded, Apache Spark, any other backend of Ibis.
- `ask`: a path question in names → paths with their papers (`kg paths … --engine`).
- `paths`: a path question in numbers of nodes → edge numbers, signs and scores.
- `counts`: signed walk counts, degree-weighted counts along metapaths, features of pairs.
- `signature`: every single cause, scored against measured changes.
- `cluster`: a Spark cluster of this machine, to try things out.

Everything is written once, as Ibis expressions; how work is spread, moved and repeated after a failure is the
engine's. The rows are those of `kg.engine`, and the tests hold that on DuckDB and on Spark.

May import: mechanism, engine, model, vocab, errors.
"""
