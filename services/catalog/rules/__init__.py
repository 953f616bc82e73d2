"""What the platform decides as data with a date: categories and words that need a brand's certificate (C1, C4)."""

NOUNS = ("brand_word",)
