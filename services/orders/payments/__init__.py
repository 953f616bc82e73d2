"""Payments and refunds through WeChat Pay, and its bill of each day (O3)."""

NOUNS = ("payment", "bill")
