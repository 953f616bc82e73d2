"""A small shop of our own to look around in: filled over HTTP, as any client would."""

from infra.local.demo.shop import Summary, load

__all__ = ["Summary", "load"]
