"""Licences and brands' certificates: handed in, looked at by the platform, held until they expire (C1, C2)."""

NOUNS = ("qualification",)
