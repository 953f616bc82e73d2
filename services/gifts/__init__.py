"""Paid by one, claimed by another: gift sheets, their sub-gifts, and how each ends."""

NOUNS = ("gift", "product", "refusals", "sub_gift")
