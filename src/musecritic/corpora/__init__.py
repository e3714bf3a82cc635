"""Where music comes from: published corpora, read once into a compact cache."""
