"""Old shops' products, read from the lines of their formats (M6)."""

import json
from typing import Any

import pytest

from services.catalog.imports.import_file import Place
from services.catalog.imports.product_rows import Row, RowRefused
from services.catalog.imports.records import Record
from services.catalog.migrations import wechat_products, youzan_products
from services.catalog.migrations.formats import READERS
from services.catalog.migrations.old_product import OldProduct

PLACE = Place(0, 1, "utf-8", ())
BIG = 18_446_744_073_709_551_615  # the greatest 64-bit id


def line(content: object) -> Record:
    """A line of a file."""
    raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return Record(line=3, start=0, end=len(raw), next_line=4, content=raw)


def wechat(**differs: Any) -> Row:
    """A row of a product as WeChat has it."""
    sku = {"sku_id": "9", "sale_price": 100}
    return READERS["wechat"].format.row(line({"product_id": "7", "title": "杯子", "skus": [sku], **differs}), PLACE)


def youzan(**differs: Any) -> Row:
    """A row of an item as Youzan has it."""
    item = {"item_id": 7, "title": "杯子", "price": 6800, "quantity": 4, **differs}
    return youzan_products.row(line({"response": {"item": item}}), "utf-8")


def read(row: Row) -> OldProduct:
    """What WeChat's row says."""
    return wechat_products.product([row])


@pytest.mark.parametrize("ident", [BIG, str(BIG), 0, "10000000000000001"], ids=repr)
def test_a_64_bit_id_keeps_every_digit(ident: object) -> None:
    """M6: as text or as a number."""
    assert wechat(product_id=ident).key == str(ident)


@pytest.mark.parametrize("ident", [1e16, 2**64, -1, True, "1e16", "", None, "١٢", [1]], ids=repr)
def test_what_is_no_id_is_refused(ident: object) -> None:
    """M6: above all a number that was rounded on its way."""
    assert "product_id" in wechat(product_id=ident).why


@pytest.mark.parametrize(
    ("differs", "why"),
    [
        ({"skus": []}, "skus: it has none"),
        ({"skus": [{"sku_id": "9"}]}, "sale_price is missing"),
        ({"skus": [{"sku_id": "9", "sale_price": 9.5}]}, "sale_price is no whole number"),
        ({"skus": "9"}, "skus is no list of objects"),
        ({"title": 5}, "title is no text"),
        ({"head_imgs": [5]}, "head_imgs is no list of texts"),
        ({"desc_info": []}, ""),
        ({"desc_info": "x"}, "desc_info is no object"),
        ({"status": 9}, "deleted in the old shop"),
    ],
)
def test_a_product_of_another_shape_is_refused_by_the_field(differs: dict[str, Any], why: str) -> None:
    """M6: the reason names it."""
    if not why:
        assert read(wechat(**differs)).old_id == "7"
        return
    with pytest.raises(RowRefused, match=why):
        read(wechat(**differs))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "broken encoding"),
        (b"[1]", "no JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"errcode": 40001, "errmsg": "invalid credential"}', "an error of WeChat's: 40001 invalid credential"),
    ],
)
def test_a_line_that_is_no_product_says_why(content: bytes, why: str) -> None:
    """M6: and stops no other."""
    assert why in READERS["wechat"].format.row(line(content), PLACE).why


def test_fields_without_a_place_here_are_kept_aside() -> None:
    """M6: unknown ones, too, at the product and at its styles; nothing is kept twice."""
    sku = {"sku_id": 9, "sale_price": 100, "thumb_img": "x"}

    found = read(wechat(brand_id="21", from_next_year={"a": [1]}, skus=[sku]))

    assert found.aside == {"brand_id": "21", "from_next_year": {"a": [1]}, "skus": {"9": {"thumb_img": "x"}}}


def test_a_youzan_item_comes_with_its_styles() -> None:
    """M6: fen, properties from the JSON text in a style, virtual goods as vouchers, HTML as text."""
    names = '[{"kid": "1", "vid": "2", "k": "颜色", "v": "蓝"}]'
    sku = {"sku_id": 36, "price": 6900, "quantity": 2, "item_no": "b", "properties_name_json": names, "sold_num": 8}

    found = youzan_products.product([youzan(skus=[sku], desc="<p>好看</p>", item_type=60, is_listing=False, num=3)])

    assert (found.old_id, found.skus, found.on_sale) == ("7", ("36",), False)
    assert (found.body["kind"], found.body["description"]) == ("e_voucher", "好看")
    [style] = found.body["skus"]
    assert (style["attributes"], style["price_fen"], style["initial_stock"]) == ({"颜色": "蓝"}, 6900, 2)
    assert found.aside == {"num": 3, "skus": {"36": {"sold_num": 8}}}


def test_a_youzan_item_without_styles_is_one_style() -> None:
    """M6: with the item's own price and stock, and its own id."""
    found = youzan_products.product([youzan(item_no="cup")])

    assert (found.skus, found.body["out_product_id"]) == (("7",), "cup")
    assert found.body["skus"] == [
        {"attributes": {}, "price_fen": 6800, "original_price_fen": 6800, "initial_stock": 4, "out_sku_id": None}
    ]


@pytest.mark.parametrize(
    "differs", [{"item_type": 21}, {"price": "6.8"}, {"skus": [{"sku_id": 1, "price": 1, "properties_name_json": "{"}]}]
)
def test_an_item_that_cannot_be_taken_is_refused(differs: dict[str, Any]) -> None:
    """M6: gift cards, prices that are not fen, properties that are no JSON."""
    with pytest.raises(RowRefused):
        youzan_products.product([youzan(**differs)])


@pytest.mark.parametrize("wrapped", ["data", "spu", "alone"])
def test_the_mini_shops_own_answer_is_known(wrapped: str) -> None:
    """M6: its `product/spu/get` calls some fields otherwise; what has no place here is kept, under their own names."""
    spu = {
        "product_id": BIG,
        "title": "杯子",
        "sub_title": "釉下彩",
        "head_img": ["http://images.test/1.jpg"],
        "cats": [{"cat_id": 1, "level": 1}, {"cat_id": 6057, "level": 2}],
        "status": 11,
        "skus": [
            {"sku_id": 9, "sale_price": 100, "stock_num": 3, "barcode": "690", "thumb_img": "http://x.test/t.jpg"}
        ],
    }
    answer: dict[str, dict[str, Any]] = {
        "data": {"errcode": 0, "errmsg": "ok", "data": {"spu": spu}},
        "spu": {"errcode": 0, "errmsg": "ok", "spu": spu},
        "alone": spu,
    }

    row = READERS["wechat"].format.row(line(answer[wrapped]), PLACE)
    found = READERS["wechat"].product([row])

    assert (row.key, row.why, found.body["images"], found.barcodes) == (
        str(BIG),
        "",
        ["https://images.test/1.jpg"],
        ("690",),
    )
    assert (found.on_sale, found.old_category, found.notes) == (False, "6057", ("it was delisted by the shop there",))
    assert found.aside == {"sub_title": "釉下彩", "skus": {"9": {"thumb_img": "http://x.test/t.jpg"}}}
    both = read(wechat(head_imgs=["https://images.test/2.jpg"], head_img=["https://images.test/1.jpg"]))
    assert (both.body["images"], both.aside) == (
        ["https://images.test/2.jpg"],
        {"head_img": ["https://images.test/1.jpg"]},
    )
