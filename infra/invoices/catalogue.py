"""The catalogue as a file of the system's own CSV format (C6). Pure."""

import csv
import io
from collections.abc import Iterable

from infra.invoices.goods import Goods

COLUMNS = ("out_product_id", "title", "category_id", "attributes", "out_sku_id", "stock", "price_fen")


def catalogue_csv(goods: Iterable[Goods], category: str) -> bytes:
    """One row a style; the stock code is the product's own id, the price tells its styles apart."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in goods:
        for style in one.styles:
            price = f"price={style.price_text}"
            writer.writerow((one.code, one.title, category, price, style.out_sku_id, style.stock, style.pence))
    return out.getvalue().encode()
