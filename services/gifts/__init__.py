"""Paid by one, claimed by another: gift sheets, their sub-gifts, and how each ends."""

NOUNS = ("activity", "gift", "lot", "numbers", "product", "refusals", "sub_gift")
