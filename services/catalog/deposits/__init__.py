"""Deposits that go back to shops: what is not owed any more (C3)."""

NOUNS = ("refund",)
