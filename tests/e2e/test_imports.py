"""``xiaodian import`` of real files: each row is told its outcome, and the same file again changes nothing."""

import csv
import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from infra.cli.api import Json
from tests.e2e.market import Market, Shop, eventually

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [("shopify_apparel.csv", "clothing.women"), ("shopify_home_and_garden.csv", "home.decor")]


class Written(NamedTuple):
    """A row of Shopify's CSV: its line in the file, its product's handle, and what a style is made of."""

    line: int
    handle: str
    option: str
    price_fen: int
    stock: int


def written(content: str) -> list[Written]:
    """The rows of a file."""
    reader = csv.DictReader(io.StringIO(content, newline=""))
    return [
        Written(
            reader.line_num,
            row["Handle"],
            "" if row["Option1 Value"] == "Default Title" else row["Option1 Value"],
            round(float(row["Variant Price"]) * 100),
            int(row["Variant Inventory Qty"]),
        )
        for row in reader
    ]


def imported(shop: Shop, file: Path, category: str, status: int = 0) -> tuple[str, Json]:
    """What ``xiaodian import`` prints, and the import as the API shows it."""
    words = ["--shop", shop.shop_id, "--format", "shopify", "--category", category]
    said = shop.market.running.run("import", file, *words, "--as", f"person:{shop.merchant_name}", status=status)
    found = re.search(r"Import (imp_\w+)\.", said)
    assert found, said
    return said, shop.merchant.get(f"/catalog/v1/shops/{shop.shop_id}/imports/{found[1]}")


def outcomes(shop: Shop, import_id: str) -> list[tuple[int, str, str]]:
    """Line, key and outcome of each row."""
    rows = shop.merchant.pages(f"/catalog/v1/shops/{shop.shop_id}/imports/{import_id}/rows")
    return sorted((row["line"], row["key"], row["outcome"]) for row in rows)


def products(shop: Shop) -> list[Json]:
    """Everything in the shop, as its merchant sees it."""
    return list(shop.merchant.pages(f"/catalog/v1/shops/{shop.shop_id}/products"))


def styles(shop: Shop) -> dict[str, tuple[Any, ...]]:
    """Handle, option, price and stock by style."""
    return {
        sku["sku_id"]: (
            product["out_product_id"],
            "".join(sku["attributes"].values()),
            sku["price_fen"],
            sku["initial_stock"],
        )
        for product in products(shop)
        for sku in product["skus"]
    }


def offered(shop: Shop, sku_ids: list[str]) -> dict[str, tuple[int, int, bool]]:
    """Price, what is left, whether it is for sale, by style, as orders tells anybody."""
    items = shop.market.api.anyone().get("/orders/v1/offers", sku_ids=",".join(sku_ids))["items"]
    return {one["sku_id"]: (one["price_fen"], one["left"], one["for_sale"]) for one in items}


@pytest.mark.parametrize(("name", "category"), FILES)
def test_a_shopify_catalogue_is_imported_once(market: Market, tmp_path: Path, name: str, category: str) -> None:
    """Every row becomes a style that is for sale; a second run changes nothing; a row that is bad is told alone."""
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not there")
    rows = written((DATA / name).read_bytes().decode("utf-8-sig"))
    shop = market.open(f"Shop of {category}")

    said, first = imported(shop, DATA / name, category)
    assert f"{len(rows)} rows: {len(rows)} created, 0 updated, 0 unchanged, 0 refused" in said
    assert outcomes(shop, first["import_id"]) == [(row.line, row.handle, "created") for row in rows]
    report = csv.DictReader(httpx.get(first["report_url"], trust_env=False).content.decode("utf-8-sig").splitlines())
    assert [(int(row["line"]), row["key"], row["outcome"]) for row in report] == outcomes(shop, first["import_id"])
    assert sorted(styles(shop).values()) == sorted(row[1:] for row in rows)
    for_sale = {sku_id: (price_fen, stock, True) for sku_id, (_, _, price_fen, stock) in styles(shop).items()}
    eventually(lambda: offered(shop, list(for_sale)), for_sale)

    before = products(shop)
    said, second = imported(shop, DATA / name, category)
    assert f"{len(rows)} rows: 0 created, 0 updated, {len(rows)} unchanged, 0 refused" in said
    assert {outcome for *_, outcome in outcomes(shop, second["import_id"])} == {"unchanged"}
    assert products(shop) == before

    bad = rows[-1]
    (tmp_path / name).write_bytes(spoiled((DATA / name).read_bytes()))
    said, third = imported(shop, tmp_path / name, category, status=1)
    assert f"line {bad.line}  {bad.handle}  line {bad.line}: Variant Price is no number\n" in said
    assert outcomes(shop, third["import_id"])[-1] == (bad.line, bad.handle, "refused")
    assert products(shop) == before
    told = ["catalog.import_finished"] * 3
    eventually(lambda: market.told(shop.merchant, as_shop=shop.shop_id)[-3:], told)


def spoiled(content: bytes) -> bytes:
    """The file with a last row whose price is no number."""
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    rows = list(reader)
    rows[-1]["Variant Price"] = "free"
    text = io.StringIO()
    writer = csv.DictWriter(text, reader.fieldnames or [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
