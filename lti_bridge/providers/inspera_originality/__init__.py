"""Inspera Originality: similarity checks of documents."""
