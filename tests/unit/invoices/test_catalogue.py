"""The catalogue of a file as an upload in the system's own CSV."""

import csv
import io

from infra.invoices.catalogue import catalogue_csv
from services.catalog.imports.native_csv import COLUMNS, check_columns
from tests.unit.invoices.sheet import Entry, plan


def test_a_row_for_each_style() -> None:
    """Styles of one code are rows of one product; the price tells them apart; stock is what the file sells."""
    planned = plan(
        Entry(code="85123A", quantity=6, price="2.55", name='HEART, "WHITE"'),
        Entry(code="85123A", quantity=1, price="0.05", name='HEART, "WHITE"'),
        Entry(code="71053", quantity=2, price="3.39", name="LANTERN"),
    )

    rows = list(csv.DictReader(io.StringIO(catalogue_csv(planned.goods, "home.decor").decode())))

    assert [
        (row["out_product_id"], row["out_sku_id"], row["attributes"], row["stock"], row["price_fen"]) for row in rows
    ] == [
        ("71053", "71053@339", "price=£3.39", "2", "339"),
        ("85123A", "85123A@5", "price=£0.05", "1", "5"),
        ("85123A", "85123A@255", "price=£2.55", "6", "255"),
    ]
    assert {row["title"] for row in rows} == {"LANTERN", 'HEART, "WHITE"'}
    assert {row["category_id"] for row in rows} == {"home.decor"}


def test_columns_are_those_of_the_format() -> None:
    """Catalog knows every one."""
    header = next(csv.reader(io.StringIO(catalogue_csv([], "home.decor").decode())))

    check_columns(header)
    assert set(header) <= set(COLUMNS)
