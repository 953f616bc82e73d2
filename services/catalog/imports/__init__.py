"""Products by file, thousands at once (C6)."""

NOUNS = ("encoding", "html_text", "native_csv", "product_rows", "records", "shopify_csv")
