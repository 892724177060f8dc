"""The graph in a browser and for programs: explorer, SPARQL endpoint, JSON interface, static site.

From outside: `make_app`, `serve` (app); `make_server`, `mcp_app` (mcp); `write_site` (site).
May import: graph, build, show, ontology, store, mechanism, curation, model, frames, vocab, errors.
"""
