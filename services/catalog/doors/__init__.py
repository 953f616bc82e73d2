"""Catalog's doors, a module a subject. Each parses, calls one verb and answers."""
