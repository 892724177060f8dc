"""What the statements mean: names, belief, paths, conflicts, comparisons, what-if, signatures, hypotheses.

From outside: each module's public names; nothing here knows RDF or draws.
May import: engine, curation (names and tables as text), model, frames, vocab, errors.
"""
