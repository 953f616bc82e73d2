"""Products of the shop of 2014, read from `merchant/get` (M6)."""

import json
from typing import Any

import pytest

from services.catalog.imports.import_file import Place
from services.catalog.imports.product_rows import Row, RowRefused
from services.catalog.imports.records import Record
from services.catalog.migrations.formats import READERS
from services.catalog.migrations.old_product import OldProduct

WECHAT = READERS["wechat"]
SKU = {
    "sku_id": "1075741873:1079742386;$尺寸:$大",
    "price": 6800,
    "ori_price": 9900,
    "quantity": 3,
    "product_code": "c-1",
}


def old_product(**differs: Any) -> dict[str, Any]:
    """The answer as it came."""
    info = {
        "product_id": "pDF3iY6Kr_BV_CXaiYysoGqJhppQ",
        "product_base": {
            "name": "手绘青花马克杯",
            "category_id": ["537074298"],
            "main_img": "http://mmbiz.test/main/0",
            "img": ["http://mmbiz.test/main/0", "https://mmbiz.test/2/0", "https://mmbiz.test/3/0"],
            "detail_html": "<p>每一只<br>都不一样</p>",
            "buy_limit": 10,
            "property": [{"id": "1075741879", "vid": "1079749967"}],
        },
        "sku_list": [{**SKU, "icon_url": "http://mmbiz.test/icon/0"}],
        "attrext": {"isPostFree": 0, "location": {"city": "广州市"}},
        "delivery_info": {"delivery_type": 0, "template_id": 0},
        "status": 1,
    }
    return {"errcode": 0, "errmsg": "success", "product_info": {**info, **differs}}


def row(content: object) -> Row:
    """A line of a file."""
    raw = json.dumps(content, ensure_ascii=False).encode()
    return WECHAT.format.row(Record(line=3, start=0, end=len(raw), next_line=4, content=raw), Place(0, 1, "utf-8", ()))


def read(content: object) -> OldProduct:
    """What a line says."""
    return WECHAT.product([row(content)])


def test_a_product_comes_with_all_that_it_had() -> None:
    """M6: fen, stock, its limit, its text without markup, images once each; what has no place here is kept aside."""
    old = read(old_product())

    assert old.old_id == "pDF3iY6Kr_BV_CXaiYysoGqJhppQ"
    assert (old.on_sale, old.old_category) == (True, "537074298")
    assert old.body["images"] == [f"https://mmbiz.test/{one}/0" for one in ("main", 2, 3)]
    assert (old.body["title"], old.body["max_per_buyer"]) == ("手绘青花马克杯", 10)
    assert old.body["description"] == "每一只\n都不一样"
    [sku] = old.body["skus"]
    assert (sku["price_fen"], sku["original_price_fen"], sku["initial_stock"], sku["out_sku_id"]) == (
        6800,
        9900,
        3,
        "c-1",
    )
    assert old.aside["attrext"]["location"] == {"city": "广州市"}
    assert old.aside["product_base"] == {"property": [{"id": "1075741879", "vid": "1079749967"}]}
    assert old.aside["skus"] == {SKU["sku_id"]: {"icon_url": "http://mmbiz.test/icon/0"}}


def test_a_style_is_called_as_orders_calls_it() -> None:
    """M2: an order of that shop names it by its product and its choices, as they name none alone."""
    assert read(old_product()).skus == (f"pDF3iY6Kr_BV_CXaiYysoGqJhppQ|{SKU['sku_id']}",)


def test_choices_have_names_where_the_line_brings_them() -> None:
    """M6: ids by their names in the category's table, else as ids; the merchant's own words stay."""
    table = [{"id": "1075741873", "name": "颜色", "value_list": [{"id": "1079742386", "name": "青"}]}]

    named = read({**old_product(), "sku_table": table})

    assert named.body["skus"][0]["attributes"] == {"颜色": "青", "尺寸": "大"}
    assert "sku_table" not in named.aside
    bare = read(old_product())
    assert bare.body["skus"][0]["attributes"] == {"1075741873": "1079742386", "尺寸": "大"}


def test_one_that_was_not_listed_comes_unlisted() -> None:
    """M6: status 2, and an uniform product, whose one style has no choices."""
    old = read(old_product(status=2, sku_list=[{"sku_id": "", "price": 30, "ori_price": "", "quantity": 800}]))

    assert (old.on_sale, old.notes) == (False, ("it was not listed there",))
    assert old.body["skus"][0]["attributes"] == {}
    assert old.body["skus"][0]["original_price_fen"] == 30


@pytest.mark.parametrize(
    ("differs", "why"),
    [
        ({"sku_list": []}, "sku_list: it has no styles"),
        ({"sku_list": [{"sku_id": "1:2"}]}, "price is missing"),
        ({"sku_list": [{"sku_id": "1;2", "price": 1}]}, "sku_id is not written as"),
        ({"status": "on"}, "status is no whole number"),
    ],
)
def test_one_of_another_shape_is_refused_by_the_field(differs: dict[str, Any], why: str) -> None:
    """M6: told, and stops no other."""
    with pytest.raises(RowRefused, match=why):
        read(old_product(**differs))


@pytest.mark.parametrize("ident", ["", None, 7, "a b", "x" * 65])
def test_what_is_no_id_is_refused(ident: object) -> None:
    """M6: ids are text of letters and digits there."""
    assert "product_id" in row(old_product(product_id=ident)).why
