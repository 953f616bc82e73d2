"""Products from any system's CSV, by the columns that their merchant names (M6)."""

from typing import Any

import pytest

from services.catalog.imports.product_rows import Row, RowRefused
from services.catalog.migrations.mapped_csv import check_columns, product

COLUMNS: dict[Any, str] = {
    "product_id": "商品编码",
    "title": "商品名称",
    "price": "售价",
    "original_price": "划线价",
    "stock": "库存",
    "attributes": "规格",
    "images": "图片",
    "category": "分组",
    "on_sale": "状态",
    "out_sku_id": "规格编码",
    "barcode": "条码",
}
CELLS = {
    "商品编码": "1001",
    "商品名称": "手绘青花马克杯",
    "售价": "\uffe568.50",
    "划线价": "1,099",
    "库存": "12",
    "规格": "颜色:青\uff1b尺寸\uff1a大",
    "图片": "http://a.test/1.jpg,https://a.test/2.jpg",
    "分组": "杯子",
    "状态": "上架",
    "规格编码": "s-1",
    "条码": "690",
    "供应商": "景德镇",
}


def row(line: int = 2, /, **differs: str) -> Row:
    """A row of the sheet."""
    return Row(line, 0, line + 1, "1001", {**CELLS, **differs})


def test_a_product_comes_by_the_columns_that_were_named() -> None:
    """M6: yuan as fen, a row a style; columns that nobody named are kept aside."""
    old = product([row(), row(3, 规格="颜色:红", 售价="70", 规格编码="")], COLUMNS)

    assert (old.old_id, old.body["title"], old.old_category, old.on_sale) == ("1001", "手绘青花马克杯", "杯子", True)
    assert old.body["images"] == ["https://a.test/1.jpg", "https://a.test/2.jpg"]
    first, second = old.body["skus"]
    assert (first["price_fen"], first["original_price_fen"], first["initial_stock"]) == (6850, 109_900, 12)
    assert first["attributes"] == {"颜色": "青", "尺寸": "大"}
    assert (second["price_fen"], second["out_sku_id"]) == (7000, None)
    assert old.skus == ("1001|s-1", "1001|颜色:红")
    assert old.barcodes == ("690", "690")
    assert old.aside == {"2": {"供应商": "景德镇"}, "3": {"供应商": "景德镇"}}


def test_amounts_in_fen_are_taken_as_they_are() -> None:
    """M6: the column says which."""
    columns = {"product_id": "商品编码", "title": "商品名称", "price_fen": "售价", "sku_id": "规格编码"}

    old = product([row(售价="6850")], columns)

    assert old.body["skus"][0]["price_fen"] == 6850
    assert (old.skus, old.on_sale) == (("s-1",), True)


@pytest.mark.parametrize("said", ["下架", "仓库中", "0", ""])
def test_what_was_not_on_sale_comes_unlisted(said: str) -> None:
    """M6: by the words that such sheets have for it; all others say no."""
    old = product([row(状态=said)], COLUMNS)

    assert (old.on_sale, old.notes) == (False, ("it was not listed there",))


@pytest.mark.parametrize(
    ("differs", "why"),
    [
        ({"售价": ""}, "line 2: the price is missing"),
        ({"售价": "六十八"}, "line 2: 售价 is no number"),
        ({"售价": "1.005"}, "line 2: 售价 is no whole number of fen"),
        ({"售价": "1e40"}, "line 2: 售价 is no number of a believable size"),
        ({"售价": "NaN"}, "line 2: 售价 is no number"),
        ({"规格": "青"}, "line 2: attributes are written as"),
        ({"规格": "颜色:青;颜色:红"}, "each name once"),
    ],
)
def test_a_cell_that_cannot_be_taken_refuses_its_product(differs: dict[str, str], why: str) -> None:
    """M6: by line and reason, in the words of the sheet's own header."""
    with pytest.raises(RowRefused, match=why):
        product([row(**differs)], COLUMNS)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"title": "名", "price": "价"}, "say which column is the product_id"),
        ({"product_id": "号", "title": "名"}, "say which column is the price"),
        ({"product_id": "号", "title": "名", "price": "价", "price_fen": "分"}, "either price, in yuan, or price_fen"),
        ({"product_id": "号", "title": "名", "price": "名"}, "one column cannot be two things"),
    ],
)
def test_columns_by_which_nothing_could_be_read_are_refused(columns: Any, why: str) -> None:
    """M6: when it is asked for, not when it is read."""
    with pytest.raises(ValueError, match=why):
        check_columns(columns)
