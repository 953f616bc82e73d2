"""Bulk upload: every row's outcome told, nothing done twice, bad rows stop no good ones (C6)."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.catalog import app as catalog
from services.catalog.imports import import_file, import_product, import_report, run_import
from services.catalog.products.messages import WriteProduct
from services.catalog.tables import STORE
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, contention, files, ids
from services.shared.plumbing.aws import client
from services.shared.plumbing.jobs import Job, job_of
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.tables import Transaction
from tests.integration.catalog.merchant import IMAGES, Merchant, names, ok, open_merchant, product_body, said, sku
from tests.integration.catalog.uploads import (
    counts,
    finish,
    imports,
    jsonl,
    line,
    native,
    progress,
    report,
    rows,
    start,
    upload,
)
from tests.integration.wire import sqs_event

TEAHOUSE = (Path(__file__).parent / "samples" / "shopify_teahouse.csv").read_bytes()
REAL = Path(__file__).parents[4] / "shared" / "data"  # beside a developer's clone


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files live in S3; the jobs' events are handed over in this process, and are done in one step on any machine."""
    monkeypatch.setattr(run_import, "CHUNK_SECONDS", 600.0)
    monkeypatch.setattr("services.shared.plumbing.jobs.STEP_SECONDS", 600.0)


@pytest.fixture
def no_images_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0005: as on one machine, files without three images a product may be sold."""
    monkeypatch.setenv("CATALOG_MIN_IMAGES", "0")


def own_products(merchant: Merchant) -> dict[str, dict[str, Any]]:
    """The shop's products by the merchant's own ids."""
    page = ok(merchant.client.get(f"{merchant.path}/products?limit=100"))
    return {one["out_product_id"]: one for one in page["items"]}


# ------------------------------------------------------------------------------------------------ the common case


def test_an_import_is_accepted_and_says_where_to_look(merchant: Merchant) -> None:
    """X2: 202, where its progress is and how often to look; the same request again is the same import."""
    upload_id = upload(merchant, native(line("A", "一只青花瓷杯")).encode())
    body = {"upload_id": upload_id, "format": "native"}

    first, again = (merchant.client.post(f"{merchant.path}/imports", body, key="k") for _ in range(2))

    accepted = ok(first, 202)
    assert ok(again, 202)["import_id"] == accepted["import_id"]
    assert first.headers["location"] == f"/catalog{merchant.path}/imports/{accepted['import_id']}"
    assert first.headers["retry-after"] == "2"
    assert (accepted["status"], accepted["percent"], accepted["rows_read"]) == ("running", 0, 0)


def test_rows_of_one_product_are_its_styles(merchant: Merchant) -> None:
    """C6: products are grouped over rows, created and on sale; the finish is told."""
    file = native(
        line("cup", "一只青花瓷杯", "尺寸=小", 9_900, 3),
        line("cup", "", "尺寸=大", 12_900, 0),
        line("bowl", "一只白瓷碗儿", "", 5_000, 7),
    )

    ended = imports(merchant, file)

    assert (ended["status"], ended["percent"], ended["products"]) == ("done", 100, 2)
    assert counts(ended) == (3, 0, 0, 0)
    products = own_products(merchant)
    assert {one["status"] for one in products.values()} == {"listed"}
    small, large = products["cup"]["skus"]
    assert (small["attributes"], small["price_fen"], small["initial_stock"]) == ({"尺寸": "小"}, 9_900, 3)
    assert (large["attributes"], large["price_fen"], large["in_stock"]) == ({"尺寸": "大"}, 12_900, False)
    assert [(one["line"], one["key"], one["outcome"]) for one in rows(merchant, ended)] == [
        (2, "cup", "created"),
        (3, "cup", "created"),
        (4, "bowl", "created"),
    ]
    assert names(said(products["cup"]["product_id"])) == ["product_offered"]
    (finished,) = [event for event in said(ended["import_id"]) if event.name == "catalog.import_finished"]
    assert finished.data == {
        "import_id": ended["import_id"],
        "shop_id": merchant.shop_id,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "why": "",
    }


def test_the_same_file_again_changes_nothing(merchant: Merchant) -> None:
    """C6: under another name, any number of times; nobody is told anything."""
    file = native(line("cup", "一只青花瓷杯", "尺寸=小"), line("cup", "", "尺寸=大"), line("bowl", "一只白瓷碗儿"))
    imports(merchant, file)
    before = own_products(merchant)

    again = imports(merchant, file)

    assert counts(again) == (0, 0, 3, 0)
    assert own_products(merchant) == before
    assert len(said(before["cup"]["product_id"])) == 1


def test_a_changed_row_updates_its_product_only(merchant: Merchant) -> None:
    """C6, C12: the price changes, the stock does not: it is adjusted in orders."""
    imports(merchant, native(line("cup", "一只青花瓷杯", "", 9_900, 3), line("bowl", "一只白瓷碗儿")))

    ended = imports(
        merchant, native(line("cup", "一只青花瓷杯", "", 8_800, 99), line("bowl", "一只白瓷碗儿", "", 9_900, 99))
    )

    assert counts(ended) == (0, 1, 1, 0)
    (style,) = own_products(merchant)["cup"]["skus"]
    assert (style["price_fen"], style["initial_stock"]) == (8_800, 3)


def test_what_a_file_does_not_carry_stays(merchant: Merchant) -> None:
    """C6: a merchant's choices in columns that the file lacks are kept; what was delisted stays so."""
    file = native(line("cup", "一只青花瓷杯"))
    imports(merchant, file)
    product = own_products(merchant)["cup"]
    ok(merchant.edits(product, giftable=False, short_title="青花杯"))
    ok(merchant.client.delete(f"{merchant.path}/products/{product['product_id']}/listing"))

    again = imports(merchant, file)

    after = own_products(merchant)["cup"]
    assert counts(again) == (0, 0, 1, 0)
    assert (after["giftable"], after["short_title"], after["status"]) == (False, "青花杯", "delisted")


@pytest.mark.usefixtures("no_images_asked")
@pytest.mark.parametrize(
    ("sample", "read", "products"), [("shopify_apparel.csv", 22, 20), ("shopify_home_and_garden.csv", 21, 20)]
)
def test_a_real_shopify_export_imports_and_imports_again(
    merchant: Merchant, sample: str, read: int, products: int
) -> None:
    """C6: each row's outcome told; running it again changes nothing."""
    if not (REAL / sample).exists():
        pytest.skip(f"{REAL / sample} is not on this machine")
    file = (REAL / sample).read_bytes()

    first = imports(merchant, file, "shopify", default_category_id="home.decor")
    again = imports(merchant, file, "shopify", default_category_id="home.decor")

    assert (first["products"], counts(first)) == (products, (read, 0, 0, 0))
    assert (again["products"], counts(again)) == (products, (0, 0, read, 0))
    assert {one["status"] for one in own_products(merchant).values()} == {"listed"}
    assert [one["line"] for one in rows(merchant, first)] == list(range(2, read + 2))
    assert {len(said(one["product_id"])) for one in own_products(merchant).values()} == {1}


@pytest.mark.usefixtures("no_images_asked")
def test_a_shopify_file_needs_no_category(merchant: Merchant) -> None:
    """C6: it cannot name one of ours, so what is new is not sorted yet; what its merchant has sorted stays so."""
    first = imports(merchant, TEAHOUSE, "shopify")
    products = own_products(merchant)
    ok(merchant.edits(next(iter(products.values())), category_id="home.kitchen"))
    again = imports(merchant, TEAHOUSE, "shopify")

    assert counts(first)[0] > 0
    assert {one["category_id"] for one in products.values()} == {"other.unsorted"}
    assert counts(again) == (0, 0, first["created"], first["refused"])
    assert "home.kitchen" in {one["category_id"] for one in own_products(merchant).values()}


@pytest.mark.usefixtures("no_images_asked")
def test_a_shopify_file_tells_of_each_row(merchant: Merchant) -> None:
    """C6: gift cards, odd prices and products without a price are refused; the unpublished are not listed."""
    ended = imports(merchant, TEAHOUSE, "shopify", default_category_id="home.kitchen")
    again = imports(merchant, TEAHOUSE, "shopify", default_category_id="home.kitchen")

    told = {one["key"]: (one["outcome"], one["why"]) for one in rows(merchant, ended)}
    unpublished = "not listed: the file says that it is not published"
    assert told == {
        "gaiwan": ("created", ""),
        "oolong-tin": ("created", ""),
        "gift-card": ("refused", "gift cards cannot be sold here"),
        "autumn-tray": ("created", unpublished),
        "thermos": ("refused", "line 11: Variant Price has more than two decimals"),
        "lamp-stand": ("created", unpublished),
        "whisk": ("refused", "no row of it has a Variant Price"),
        "kettle": ("created", "11 images, the first 9 are taken"),
    }
    assert (ended["products"], counts(ended)) == (8, (18, 0, 0, 3))
    assert counts(again) == (0, 0, 18, 3)
    statuses = {key: one["status"] for key, one in own_products(merchant).items()}
    assert statuses == {
        "gaiwan": "listed",
        "oolong-tin": "listed",
        "autumn-tray": "new",
        "lamp-stand": "new",
        "kettle": "listed",
    }


@pytest.mark.usefixtures("no_images_asked")
def test_a_shopify_product_is_what_shopify_shows(merchant: Merchant) -> None:
    """C6: prices ×100, compare-at as original price, options as styles, images by position, text without markup."""
    imports(merchant, TEAHOUSE, "shopify", default_category_id="home.kitchen")

    products = own_products(merchant)
    gaiwan, tin = products["gaiwan"], products["oolong-tin"]
    assert gaiwan["description"] == "A lidded bowl.\nWhite\nHolds 120 ml & no more"
    assert [one["attributes"] for one in gaiwan["skus"]] == [
        {"Size": "Small", "Glaze": "White"},
        {"Size": "Large", "Glaze": "White"},
        {"Size": "Large", "Glaze": "Celadon"},
    ]
    assert [(one["price_fen"], one["original_price_fen"]) for one in gaiwan["skus"]] == [
        (6_800, 8_800),
        (9_850, 9_850),
        (11_800, 11_800),
    ]
    assert [one["initial_stock"] for one in gaiwan["skus"]] == [12, 0, 0]
    assert [one["weight_g"] for one in gaiwan["skus"]] == [310, 420, 420]
    assert [one["out_sku_id"] for one in gaiwan["skus"]] == ["00042", "00043", "GW-LC"]
    assert [one.rpartition("/")[2] for one in gaiwan["images"]] == ["gaiwan-1.jpg", "gaiwan-2.jpg", "gaiwan-3.jpg"]
    assert (tin["title"], tin["category_id"]) == ('Oolong, in a tin "for the road"', "home.kitchen")
    assert [(one["attributes"], one["price_fen"], one["original_price_fen"]) for one in tin["skus"]] == [
        ({}, 4_500, 4_500)
    ]


def test_without_three_images_a_row_is_refused(merchant: Merchant) -> None:
    """C5: the rule is the same by file, and the row says so."""
    ended = imports(merchant, TEAHOUSE, "shopify", default_category_id="home.kitchen")

    told = {one["key"]: (one["outcome"], one["why"]) for one in rows(merchant, ended)}
    assert told["oolong-tin"] == ("refused", "images: at least 3 are needed, there are 0")
    assert told["gaiwan"] == ("created", "")


def test_json_lines_are_bodies(merchant: Merchant) -> None:
    """C6: one product a line, as the POST takes it; blank lines are none."""
    shirt = product_body(out_product_id="shirt", skus=[sku(attributes={"码": "M"}), sku(attributes={"码": "L"})])
    no_id, bad = product_body(), product_body(out_product_id="bad", title="短")

    ended = imports(merchant, jsonl([shirt, no_id]) + "\n\n{\n" + jsonl([bad]), "jsonl")

    assert counts(ended) == (1, 0, 0, 3)
    told = rows(merchant, ended)
    assert [(one["line"], one["outcome"]) for one in told] == [
        (1, "created"),
        (2, "refused"),
        (4, "refused"),
        (5, "refused"),
    ]
    assert told[1]["why"].startswith("out_product_id is missing")
    assert told[2]["why"].startswith("it is no JSON")
    assert told[3]["why"].startswith("title:")
    assert len(own_products(merchant)["shirt"]["skus"]) == 2


# ---------------------------------------------------------------------------------------------- bad rows, odd files


def test_bad_rows_never_stop_good_ones(merchant: Merchant) -> None:
    """C6: each says on which line it stands and why it is refused."""
    file = native(
        line("one", "第一件好东西"),
        line("", "没有编号的东西"),
        line("cheap", "价格不对的东西", "", "9.99"),
        line("free", "价格为零的东西", "", 0),
        line("short", "短"),
        'quote,"这一行的引号没有关,home.decor',
        line("two", "第二件好东西"),
        line("cells", "单元格太多了呀") + ",,,,,x",
        line("odd", "属性写错的东西", "红色"),
        line("branch", "类目不存在呀呀").replace("home.decor", "no.such"),
        line("three", "第三件好东西"),
    )

    ended = imports(merchant, file)

    told = {one["line"]: (one["outcome"], one["why"]) for one in rows(merchant, ended)}
    assert [number for number, (outcome, _) in told.items() if outcome == "created"] == [2, 8, 12]
    assert counts(ended) == (3, 0, 0, 8)
    assert told[3][1] == "out_product_id is empty"
    assert "price_fen" in told[4][1]
    assert "price_fen" in told[5][1]
    assert "title" in told[6][1]
    assert told[7][1] == "a quote opens on this line and is not closed"
    assert told[9][1] == "it has 16 cells, the first line has 11"
    assert told[10][1] == "line 10: attributes are written as name=value;name=value, each name once"
    assert told[11][1] == "There is no category no.such"


def test_a_bad_style_refuses_its_whole_product(merchant: Merchant) -> None:
    """C6: a product is sold as its merchant wrote it or not at all; the word names the line."""
    file = native(
        line("cup", "一只青花瓷杯", "尺寸=小"),
        line("cup", "", "尺寸=大", "ten"),
        line("bowl", "一只白瓷碗儿", "尺寸=小"),
        line("bowl", "另一个名字的碗", "尺寸=大"),
        line("dish", "一只白瓷盘儿"),
    )

    ended = imports(merchant, file)

    assert [one["outcome"] for one in rows(merchant, ended)] == ["refused"] * 4 + ["created"]
    assert rows(merchant, ended)[2]["why"] == "line 5: title differs from line 4 of the same product"


def test_a_product_that_comes_twice_in_a_file_is_refused_the_second_time(merchant: Merchant) -> None:
    """C6: the rows of a product stand together; else the file would never be unchanged."""
    file = native(line("cup", "一只青花瓷杯"), line("bowl", "一只白瓷碗儿"), line("cup", "另一只青花瓷杯"))

    first = imports(merchant, file)
    again = imports(merchant, file)

    assert counts(first) == (2, 0, 0, 1)
    assert counts(again) == (0, 0, 2, 1)
    assert rows(merchant, again)[2]["why"] == "line 2 has this product already: its rows stand together"
    assert own_products(merchant)["cup"]["title"] == "一只青花瓷杯"


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(lambda text: text.encode("gb18030"), id="GB18030"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no line end at the end"),
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(merchant: Merchant, encode: Callable[[str], bytes]) -> None:
    """C6: UTF-8 with BOM, GB18030, either line end; quotes, commas and line feeds inside cells."""
    file = native(
        line("cup", '"一只青花瓷杯，"",""号"'), line("bowl", '"一只白瓷\n碗儿呀"'), line("dish", "一只白瓷盘儿")
    )

    ended = imports(merchant, encode(file))

    products = own_products(merchant)
    assert counts(ended) == (3, 0, 0, 0)
    assert products["cup"]["title"] == '一只青花瓷杯，","号'
    assert "".join(products["bowl"]["title"].split()) == "一只白瓷碗儿呀"
    assert [one["line"] for one in rows(merchant, ended)] == [2, 3, 5]


def test_a_broken_encoding_is_told_by_row(merchant: Merchant) -> None:
    """C6: one row in another encoding harms no other."""
    good, bad = line("cup", "一只青花瓷杯"), line("bowl", "一只白瓷碗儿")
    file = native(good).encode() + bad.encode("gb18030") + b"\n" + line("dish", "一只白瓷盘儿").encode()

    ended = imports(merchant, file)

    told = rows(merchant, ended)
    assert [one["outcome"] for one in told] == ["created", "refused", "created"]
    assert told[1]["why"].endswith("of the row is not UTF-8")


def test_an_encoding_may_be_said(merchant: Merchant) -> None:
    """C6: where a file's beginning tells nothing of the rest."""
    file = native(line("cup", "一只青花瓷杯")).encode("gb18030")

    as_utf8 = imports(merchant, file, encoding="utf-8")
    as_gb18030 = imports(merchant, file, encoding="gb18030")

    assert (counts(as_utf8), counts(as_gb18030)) == ((0, 0, 0, 1), (1, 0, 0, 0))


def test_a_line_over_a_megabyte_is_refused_alone(merchant: Merchant) -> None:
    """C6: it is skipped in bounded memory, and the lines after it count on."""
    file = native(line("cup", "一只青花瓷杯"), "x" * (3 << 20), line("bowl", "一只白瓷碗儿"))

    ended = imports(merchant, file)

    told = [(one["line"], one["outcome"], one["why"]) for one in rows(merchant, ended)]
    assert told == [(2, "created", ""), (3, "refused", "the line is longer than 1 MB"), (4, "created", "")]


def test_a_nul_byte_spoils_its_own_row(merchant: Merchant) -> None:
    """C6: the rows around it are taken."""
    file = native(line("cup", "一只青花瓷杯"), line("bowl", "一只\x00白瓷碗儿"), line("dish", "一只白瓷盘儿"))

    ended = imports(merchant, file)

    told = [(one["outcome"], one["why"]) for one in rows(merchant, ended)]
    assert told == [("created", ""), ("refused", "it contains a NUL byte, as no text does"), ("created", "")]


def test_a_number_of_five_thousand_digits_is_refused_alone(merchant: Merchant) -> None:
    """C6: wherever it stands; a row that nobody can read stops no other, nor the import for good."""
    head = "Handle,Title,Variant Price,Image Src,Image Position\n"
    bad = f"bad,One more teapot,8.00,https://images.test/1.jpg,{'9' * 5_000}\n"
    good = "good,A very good teapot,8.00,https://images.test/1.jpg,1\n"

    ended = imports(merchant, head + bad + good, "shopify")

    assert (ended["status"], ended["rows_read"]) == ("done", 2)
    assert rows(merchant, ended)[0]["why"] == "line 2: Image Position is no number of a believable size"


def test_a_field_name_of_half_a_megabyte_is_told_in_short(merchant: Merchant) -> None:
    """C6: what is said of a row fits into its item, whatever the row has in it."""
    body = {"out_product_id": "cup", "category_id": "home.decor", "k" * 500_000: 1}

    ended = imports(merchant, jsonl([body]), "jsonl")

    (told,) = rows(merchant, ended)
    assert told["outcome"] == "refused"
    assert len(told["why"]) == 1_000


def test_a_key_of_half_a_megabyte_is_refused_alone(merchant: Merchant) -> None:
    """C6: where an import is in its file is one item, too, whatever stands there."""
    good, bad = (product_body(out_product_id=one) for one in ("cup", "k" * 500_000))

    ended = imports(merchant, jsonl([good, bad]), "jsonl")

    assert counts(ended) == (1, 0, 0, 1)
    assert rows(merchant, ended)[1]["why"].startswith("out_product_id: ")


def test_two_lines_of_one_product_are_refused(merchant: Merchant) -> None:
    """C6: a JSON line is a whole product; of two with one id nobody knows which is meant, and none is lost silently."""
    cup = product_body(out_product_id="cup", title="一只青花瓷杯")
    bowl = cup | {"out_product_id": "bowl", "title": "一只白瓷碗儿"}

    ended = imports(merchant, jsonl([cup, cup | {"title": "另一只青花瓷杯"}, bowl]), "jsonl")

    assert counts(ended) == (1, 0, 0, 2)
    assert rows(merchant, ended)[0]["why"] == "line 2 has the product of line 1 again: one line says all of a product"
    assert list(own_products(merchant)) == ["bowl"]


def test_a_row_of_ten_thousand_cells_is_refused_alone(merchant: Merchant) -> None:
    """C6: more cells than columns are told, empty ones that a spreadsheet leaves behind are none."""
    file = native(
        line("cup", "一只青花瓷杯") + "," * 10_000,
        line("bowl", "一只白瓷碗儿") + ",x" * 10_000,
        line("dish", "一只白瓷盘儿"),
    )

    ended = imports(merchant, file)

    assert [one["outcome"] for one in rows(merchant, ended)] == ["created", "refused", "created"]
    assert rows(merchant, ended)[1]["why"] == "it has 10011 cells, the first line has 11"


def test_the_native_format_carries_freight_limit_and_page(merchant: Merchant) -> None:
    """C6, O2, O13: further columns that a file may have; one it leaves empty stays as it is."""
    more = "freight_template_id,max_per_buyer,mini_program_appid,mini_program_path"
    head = f"out_product_id,title,category_id,images,price_fen,{more}\n"
    cup = f"cup,一只青花瓷杯,home.decor,{'|'.join(IMAGES)},9900,"
    first, again, wrong = (
        head + cup + cells for cells in ("frt_1,3,wx0123456789abcdef,pages/cup?id=7", ",2,,", ",many,,")
    )

    assert counts(imports(merchant, first)) == (1, 0, 0, 0)
    assert counts(imports(merchant, again)) == (0, 1, 0, 0)
    bad = imports(merchant, wrong)

    kept = own_products(merchant)["cup"]
    assert (kept["freight_template_id"], kept["max_per_buyer"]) == ("frt_1", 2)
    assert (kept["mini_program_appid"], kept["mini_program_path"]) == ("wx0123456789abcdef", "pages/cup?id=7")
    assert "max_per_buyer" in rows(merchant, bad)[0]["why"]


def test_json_lines_carry_all_that_the_api_takes(merchant: Merchant) -> None:
    """C6: each field of the body of a POST, and none of another name."""
    full = product_body(
        out_product_id="cup",
        short_title="青花杯",
        description="手绘",
        giftable=False,
        no_delivery_regions=["西藏自治区"],
        freight_template_id="frt_1",
        max_per_buyer=3,
        mini_program_appid="wx0123456789abcdef",
        mini_program_path="pages/cup",
        skus=[sku(attributes={"尺寸": "小"}, original_price_fen=12_000, out_sku_id="S", weight_g=250)],
    )
    assert set(full) == set(WriteProduct.model_fields) - {"kind"}

    ended = imports(
        merchant, jsonl([full | {"kind": "physical"}, full | {"out_product_id": "x", "colour": "red"}]), "jsonl"
    )

    cup = own_products(merchant)["cup"]
    given = {name: value for name, value in full.items() if name != "skus"}
    assert {name: cup[name] for name in given} == given
    assert {name: cup["skus"][0][name] for name in full["skus"][0]} == full["skus"][0]
    assert [one["outcome"] for one in rows(merchant, ended)] == ["created", "refused"]
    assert rows(merchant, ended)[1]["why"].startswith("colour:")


def test_formulas_stay_text(merchant: Merchant) -> None:
    """C6: in the shop as they are, in the report with a quote in front."""
    ended = imports(merchant, native(line("=1+1", "=HYPERLINK(危险)"), line("-2", "短")))

    assert own_products(merchant)["=1+1"]["title"] == "=HYPERLINK(危险)"
    table = list(csv.reader(report(ended).splitlines()))
    assert table[0] == ["line", "key", "outcome", "why", "product_id"]
    assert [(row[0], row[1], row[2]) for row in table[1:]] == [("2", "'=1+1", "created"), ("3", "'-2", "refused")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04rest", "this is a ZIP archive or a spreadsheet"),
        (b"\x1f\x8brest", "this is a gzip archive"),
        (b"\xff\xfeo\x00u\x00", "this is text in UTF-16"),
        (b"out_product_id,title\x00", "this is no text"),
        (
            b",".join(b"c%d" % n for n in range(10_000)) + b",out_product_id,title,price_fen\n",
            "there are more than 200",
        ),
        (b"\n\n", "the file is empty"),
        (b"a,b,c\n1,2,3\n", "the first line does not name the column out_product_id"),
        (b"out_product_id,title,price_fen,colour\n", "the column colour is not known"),
        (b"out_product_id,title,title,price_fen\n", "the first line names a column twice"),
        (
            f"out_product_id,title,price_fen,{'😀' * 120_000}\n".encode(),  # more than an item or an event holds
            "the column 😀",
        ),
        (b"x" * (2 << 20), "the first line cannot be read: the line is longer than 1 MB"),
    ],
)
def test_what_is_no_such_file_fails_as_a_whole(merchant: Merchant, content: bytes, why: str) -> None:
    """C6: archives, spreadsheets and wrong columns, in one clear sentence; whoever listens hears it too."""
    ended = imports(merchant, content)

    assert ended["status"] == "failed"
    assert ended["why"].startswith(why)
    assert (ended["rows_read"], ended["report_url"]) == (0, None)
    (finished,) = [event for event in said(ended["import_id"]) if event.name == "catalog.import_finished"]
    assert finished.data["why"] == ended["why"]


def test_a_shopify_file_with_endless_names_of_columns_fails_as_a_whole(merchant: Merchant) -> None:
    """C6: its other columns need not be known, but an import has to remember them."""
    head = "Handle,Title,Variant Price," + ",".join(f"{n}{'x' * 120_000}" for n in range(4))

    ended = imports(merchant, f"{head}\ncup,A blue cup of ours,9.90\n", "shopify")

    assert ended["status"] == "failed"
    assert ended["why"] == "the column 0xxxxxxxxxxxxxxxxxxx… has a name of more than 200 characters"


def test_a_file_has_a_most_of_rows(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: what was read until then stands, and the report tells of it."""
    monkeypatch.setattr(run_import, "MAX_ROWS", 4)
    monkeypatch.setattr(import_file, "CHUNK_PRODUCTS", 2)

    ended = imports(merchant, native(*(line(f"k{n}", f"第{n}件好东西啊") for n in range(9))))

    assert (ended["status"], ended["rows_read"]) == ("failed", 4)
    assert "send the rest" in ended["why"]
    assert len(report(ended).splitlines()) == 5


def test_a_report_of_many_rows_is_made_in_parts(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: bounded memory and time for any number of rows; what comes out is one file of all of them, with one head."""
    monkeypatch.setattr(import_report, "PART_ROWS", 10)
    monkeypatch.setattr(import_report, "PAGE", 7)

    ended = imports(merchant, shelf(24))

    table = list(csv.reader(report(ended).splitlines()))
    assert table[0] == ["line", "key", "outcome", "why", "product_id"]
    assert [int(row[0]) for row in table[1:]] == list(range(2, 34))
    assert {row[2] for row in table[1:]} == {"created"}


def test_a_slow_engine_makes_smaller_chunks(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: a chunk ends when its time is over, so that its function is never cut off; nothing is left out or doubled."""
    monkeypatch.setattr(run_import, "CHUNK_SECONDS", 0.0)
    started = start(merchant, shelf(7))
    job = _job(ok(started, 202)["import_id"])

    run_import.run_import(job, _transaction)
    ended = finish(merchant, started)

    assert job.counts["products"] == 1
    assert (ended["status"], ended["products"], counts(ended)) == ("done", 7, (10, 0, 0, 0))
    assert [one["line"] for one in rows(merchant, ended)] == list(range(2, 12))


# ---------------------------------------------------------------------------------------------- what may be listed


def test_a_shop_that_may_not_sell_gets_its_products_unlisted() -> None:
    """C6: created, and each row says why it is not listed; the same file lists them when the shop may sell."""
    merchant = open_merchant(deposit_fen=0)
    file = native(line("cup", "一只青花瓷杯"))

    early = imports(merchant, file)
    status_then = own_products(merchant)["cup"]["status"]
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 100_000}), 201)
    later = imports(merchant, file)

    assert counts(early) == (1, 0, 0, 0)
    assert rows(merchant, early)[0]["why"] == "not listed: Still missing: deposit"
    assert status_then == "new"
    assert counts(later) == (0, 1, 0, 0)
    assert own_products(merchant)["cup"]["status"] == "listed"


def test_listing_is_a_choice(merchant: Merchant) -> None:
    """C6: `list: false` creates, and leaves listing to the merchant."""
    imports(merchant, native(line("cup", "一只青花瓷杯")), list=False)

    product = own_products(merchant)["cup"]
    assert product["status"] == "new"
    assert said(product["product_id"]) == []


def test_a_row_without_category_takes_the_default_until_its_merchant_decides(merchant: Merchant) -> None:
    """C6: the default is for what is new; a category chosen later is kept."""
    file = native(line("cup", "一只青花瓷杯").replace("home.decor", ""))

    refused = imports(merchant, file)
    imports(merchant, file, default_category_id="home.kitchen")
    ok(merchant.edits(own_products(merchant)["cup"], category_id="crafts.ceramics"))
    again = imports(merchant, file, default_category_id="home.kitchen")

    assert counts(refused) == (0, 0, 0, 1)
    assert "default_category_id" in rows(merchant, refused)[0]["why"]
    assert counts(again) == (0, 0, 1, 0)
    assert own_products(merchant)["cup"]["category_id"] == "crafts.ceramics"


def test_a_default_category_must_be_one_to_sell_in(merchant: Merchant) -> None:
    """C6: said at once and not by every row."""
    assert start(merchant, native(), default_category_id="home").slug == "validation"


# ----------------------------------------------------------------------------------------- workers that die, races


def shelf(count: int) -> str:
    """A file of this many products, every third with two styles."""
    lines = []
    for n in range(count):
        lines.append(line(f"k{n:03}", f"第{n:03}件好东西", "尺寸=小", 1_000 + n))
        if n % 3 == 0:
            lines.append(line(f"k{n:03}", "", "尺寸=大", 2_000 + n))
    return native(*lines)


@pytest.mark.parametrize("call", [1, 20, 46])
def test_a_killed_worker_is_followed_by_one_that_ends_right(
    merchant: Merchant, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """C6: all connections break after some commit; then the same counts as without, and one offer a product.

    The 46th commit is the checkpoint that ends the job.
    """
    monkeypatch.setattr(import_file, "CHUNK_PRODUCTS", 10)
    started = start(merchant, shelf(45))
    proxy.at_call(call, "after", "crash", ("TransactWriteItems",))

    with monkeypatch.context() as impatient:
        impatient.setattr(contention, "MOST_TRIES", 3)
        died = catalog.consume(_step(ok(started, 202)["import_id"]), None)
    proxy.clear()
    ended = finish(merchant, started)

    assert died["batchItemFailures"]
    assert (ended["status"], ended["products"], counts(ended)) == ("done", 45, (60, 0, 0, 0))
    products = own_products(merchant)
    assert len(products) == 45
    assert {len(said(one["product_id"])) for one in products.values()} == {1}
    assert [one["line"] for one in rows(merchant, ended)] == list(range(2, 62))


def test_a_worker_that_dies_between_chunks_is_followed_from_its_checkpoint(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C6: a chunk was done and its checkpoint never written: it is done again, and counts once."""
    monkeypatch.setattr(import_file, "CHUNK_PRODUCTS", 10)
    started = start(merchant, shelf(30))
    import_id = ok(started, 202)["import_id"]
    job = _job(import_id)
    for _ in range(2):
        run_import.run_import(job, _transaction)
    forgotten = job.counts

    ended = finish(merchant, started)

    assert forgotten["rows_read"] == 27
    assert (ended["status"], counts(ended)) == ("done", (40, 0, 0, 0))


def test_two_workers_on_one_import_do_it_once(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: the slower one finds each word told already, whichever of them tells it."""
    monkeypatch.setattr(import_file, "CHUNK_PRODUCTS", 10)
    started = start(merchant, shelf(20))
    import_id = ok(started, 202)["import_id"]
    real, other = import_product.import_product, _job(import_id)
    done: list[int] = []

    def overtaken(*given: Any) -> Any:
        if not done:  # a whole second worker goes through the chunk between this one's look and its commit
            done.append(1)
            run_import.run_import(other, _transaction)
        return real(*given)

    monkeypatch.setattr(run_import, "import_product", overtaken)
    ended = finish(merchant, started)

    assert other.counts["created"] == 14
    assert counts(ended) == (27, 0, 0, 0)
    assert {len(said(one["product_id"])) for one in own_products(merchant).values()} == {1}


def test_an_import_goes_on_while_its_merchant_edits(merchant: Merchant, proxy: FaultsProxy) -> None:
    """C6: what changed between the look and the commit is looked at again; conflicts cost time and nothing else."""
    file = native(line("cup", "一只青花瓷杯"), line("bowl", "一只白瓷碗儿"))
    imports(merchant, file)
    cup = own_products(merchant)["cup"]
    started = start(merchant, file.replace("9900", "8800"))
    proxy.plan(Fault("conflict", probability=0.2, times=4))
    proxy.at_call(1, "before", lambda _: ok(merchant.edits(cup, short_title="青花杯")), ("TransactWriteItems",))

    ended = finish(merchant, started)

    after = own_products(merchant)["cup"]
    assert counts(ended) == (0, 2, 0, 0)
    assert (after["short_title"], after["skus"][0]["price_fen"]) == ("青花杯", 8_800)


def test_a_new_category_is_entered_once_by_many_products(merchant: Merchant, proxy: FaultsProxy) -> None:
    """C3: the first product of a category changes its shop, the others find it there without a retry."""
    started = start(merchant, shelf(20))
    proxy.clear(seed=0)

    finish(merchant, started)

    assert ok(merchant.client.get(merchant.path))["deposit_needed_fen"] == 100_000
    writes = [call for call in proxy.calls if call.operation == "TransactWriteItems"]
    assert len(writes) == 20 + 1  # one a product, and the checkpoint that ends the job


def test_an_import_that_comes_no_further_fails_with_its_report_and_is_sent_again(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C6: where it stands and why; what came before is counted and told. The same upload then takes the rest."""
    file = native(line("cup", "一只青花瓷杯"), line("bowl", "一只白瓷碗儿"), line("jug", "一只白瓷壶儿"))
    started = start(merchant, file)
    import_id = ok(started, 202)["import_id"]
    real = import_product.import_product

    def poisoned(source: Any, group: Any, *rest: Any) -> Any:
        if group.key == "bowl":
            raise KeyError("a fault of ours")
        return real(source, group, *rest)

    with monkeypatch.context() as at_fault:
        at_fault.setattr(run_import, "import_product", poisoned)
        catalog.consume(_step(import_id), None)
        assert catalog.consume(_step(import_id), None)["batchItemFailures"]
        assert progress(merchant, import_id)["status"] == "running"
        at_fault.setattr("services.shared.plumbing.jobs.MOST_RESTARTS", 0)
        catalog.consume(_step(import_id), None)
        at_fault.undo()
    ended = finish(merchant, started)

    assert (ended["status"], counts(ended)) == ("failed", (1, 0, 0, 0))
    assert ended["why"].startswith(
        "it came no further for six hours, by a fault of ours at line 3: send the file again"
    )
    assert [one.split(",")[1] for one in report(ended).splitlines()[1:]] == ["cup"]
    (finished,) = [event for event in said(import_id) if event.name == "catalog.import_finished"]
    assert (finished.data["created"], finished.data["why"]) == (1, ended["why"])
    assert counts(imports(merchant, file)) == (2, 0, 1, 0)


def test_an_import_whose_file_goes_on_the_way_tells_what_it_did(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C6: it fails, with the report of the rows until then; of one that read nothing there is none."""
    monkeypatch.setattr("services.shared.plumbing.jobs.STEP_SECONDS", 0.0)
    monkeypatch.setattr(import_file, "CHUNK_PRODUCTS", 1)
    file = native(line("cup", "一只青花瓷杯"), line("bowl", "一只白瓷碗儿"))
    half, unread = (start(merchant, file) for _ in range(2))
    catalog.consume(_step(ok(half, 202)["import_id"]), None)
    for one in (half, unread):
        client("s3").delete_object(Bucket=files.Settings.bucket, Key=_job(one.json["import_id"]).args["key"])

    told, nothing = finish(merchant, half), finish(merchant, unread)

    assert {one["status"] for one in (told, nothing)} == {"failed"}
    assert {one["why"] for one in (told, nothing)} == {"the uploaded file is gone"}
    assert len(report(told).splitlines()) == 2
    assert nothing["report_url"] is None


def _job(import_id: str) -> Job:
    job = job_of(STORE, import_id)
    assert job is not None
    return job


def _transaction() -> Transaction:
    return Transaction(STORE, clock.now(), ids.new_id)


def _step(import_id: str) -> dict[str, Any]:
    """The event of the step that is due, as the queue brings it."""
    return sqs_event([event for event in said(import_id) if event.name == JobStepDue.NAME][-1].model_dump_json())


# --------------------------------------------------------------------------------------------------- who may look


def test_an_upload_belongs_to_who_asked_for_it(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """X1: another person's upload, or one for another purpose, is not there; one that never came is missing."""
    stranger = new_merchant()
    theirs, picture = upload(stranger, native().encode()), upload(merchant, b"picture", "image", "image/png")
    asked = {"purpose": "import", "content_type": "text/csv", "bytes": 9, "sha256": "0" * 64}
    never = ok(merchant.client.post("/v1/uploads", asked), 201)["upload_id"]

    def begin(upload_id: str) -> tuple[int, str]:
        reply = merchant.client.post(f"{merchant.path}/imports", {"upload_id": upload_id, "format": "native"})
        return reply.status, reply.slug

    assert begin(theirs) == begin(picture) == (404, "not-found")
    assert begin(never) == (409, "upload-missing")


@pytest.mark.parametrize(
    "differs",
    [{"bytes": 64 * 1024 * 1024 + 1}, {"bytes": 0}, {"sha256": "0" * 63}, {"purpose": "dump"}, {"content_type": "csv"}],
)
def test_an_upload_is_bounded_and_named(merchant: Merchant, differs: dict[str, Any]) -> None:
    """C6: at most 64 MiB, with its hash and type, for a purpose that we know."""
    asked = {"purpose": "import", "content_type": "text/csv", "bytes": 9, "sha256": "0" * 64}

    assert merchant.client.post("/v1/uploads", asked | differs).slug == "validation"
    assert ok(merchant.client.post("/v1/uploads", asked), 201)["headers"]["Content-Type"] == "text/csv"


def test_another_shops_import_is_not_there(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """X1: neither its progress nor its rows."""
    ended, stranger = imports(merchant, native(line("cup", "一只青花瓷杯"))), new_merchant()
    path = f"{stranger.path}/imports/{ended['import_id']}"

    assert stranger.client.get(path).status == 404
    assert stranger.client.get(f"{path}/rows").status == 404


def test_rows_come_in_pages_also_amid_a_product(merchant: Merchant) -> None:
    """C6: every row once, in file order, whatever the page size."""
    styles = [line("many", "有很多款式的杯", f"号={n}") if n == 0 else line("many", "", f"号={n}") for n in range(7)]
    ended = imports(merchant, native(line("one", "第一件好东西"), *styles, line("two", "第二件好东西")))

    for limit in (1, 3, 4, 9, 100):
        assert [one["line"] for one in rows(merchant, ended, limit)] == list(range(2, 11))


def test_progress_is_seen_on_the_way(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: after each step, how far it is and what became of the rows so far."""
    monkeypatch.setattr(import_file, "CHUNK_PRODUCTS", 10)
    monkeypatch.setattr("services.shared.plumbing.jobs.STEP_SECONDS", 0.0)
    import_id = ok(start(merchant, shelf(40)), 202)["import_id"]
    seen = []

    while (now := progress(merchant, import_id))["status"] == "running":
        seen.append((now["rows_read"], now["percent"]))
        catalog.consume(_step(import_id), None)

    assert seen[:4] == [(0, 0), (14, seen[1][1]), (27, seen[2][1]), (40, seen[3][1])]
    assert 0 < seen[1][1] < seen[2][1] < seen[3][1] < 100
    assert now["percent"] == 100
