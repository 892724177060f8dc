"""Edges from files of others, and our statements in formats of others.

`read_edges` sniffs what a file is; `write` hands statements on. `docs/exchange.md` says what each format
holds and loses; how a foreign predicate is read stands in `predicates.tsv`.
"""

from kg.exchange.edges import edges_of
from kg.exchange.reading import READERS, Reading, read_edges
from kg.exchange.writing import WRITERS, convert, write

__all__ = ["READERS", "WRITERS", "Reading", "convert", "edges_of", "read_edges", "write"]
