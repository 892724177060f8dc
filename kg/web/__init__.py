"""The graph in a browser and for programs: explorer, SPARQL endpoint, JSON interface, static site.

From outside: `make_app` and `serve` (app), `write_site` (site).
May import: graph, build, show, ontology, store, mechanism, curation, model, frames, vocab, errors.
"""
