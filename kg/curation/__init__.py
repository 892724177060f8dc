"""Papers and tables as files: reading them with their lines, linting, fixing, anchors, verifying.

From outside: `Checkout`, `lint`, `fix`, `read_knowledge`, `read_paper`, `verify`, `anchor`.
May import: model, vocab, errors.
"""
