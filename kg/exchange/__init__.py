"""Edges from files of others and our statements in formats of others: a reader and a writer per format.

From outside: `read_edges`, `edges_of`, `write`, `convert`, `nanopubs`; the table of predicates.
May import: mechanism, model, vocab, errors.
"""

from kg.exchange.edges import edges_of
from kg.exchange.reading import READERS, Reading, read_edges
from kg.exchange.writing import WRITERS, convert, write

__all__ = ["READERS", "WRITERS", "Reading", "convert", "edges_of", "read_edges", "write"]
