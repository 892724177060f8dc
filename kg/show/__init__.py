"""Answers for people and programs: cards, pictures (`draw/`), sharing formats, exports, statistics, diffs.

From outside: each module's public names. Nothing here changes what is true.
May import: build, ontology, store, mechanism, model, frames, vocab, errors.
"""
