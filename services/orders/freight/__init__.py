"""What sending costs, by a shop's own templates (O13)."""

NOUNS = ("freight",)
