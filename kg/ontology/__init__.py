"""What follows: the ontology as OWL, term extracts, reasoners, inferences and their derivations, checks.

From outside: each module's public names; `view` is the ontology as Python objects.
May import: store, mechanism, curation, model, vocab, errors.
"""
