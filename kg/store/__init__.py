"""The five graphs on disk: RDF of the model, the snapshot beside it, builds, SPARQL and the named queries.

From outside: `BuiltGraph`, `Result`, `write_build`, the writers of `rdf` and `snapshot`, `path_sparql`.
May import: mechanism, curation, model, frames, vocab, errors.
"""
