"""Who sells, what is for sale, how it is shown."""

NOUNS = (
    "category",
    "category_seed",
    "encoding",
    "html_text",
    "image_file",
    "licence",
    "native_csv",
    "product",
    "product_rows",
    "records",
    "session",
    "shop",
    "shopify_csv",
    "shown_text",
    "template",
)
