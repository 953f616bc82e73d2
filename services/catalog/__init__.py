"""Who sells, what is for sale, how it is shown."""

NOUNS = (
    "category",
    "category_seed",
    "shown_text",
)
