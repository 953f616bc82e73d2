"""Webhooks on the real engine, with receivers on this machine."""
