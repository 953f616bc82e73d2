"""Catalog's nouns."""
