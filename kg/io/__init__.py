"""The door: reading, checking and writing the curated files and the RDF made from them."""
