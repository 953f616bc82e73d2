"""Catalog on the real engine."""
