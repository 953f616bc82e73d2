"""What a shop sells: its products, how they are written, audited, listed and shown (C5, C12)."""

NOUNS = ("image_file", "product")
