"""Webhooks without a network."""
