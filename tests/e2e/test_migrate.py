"""``xiaodian migrate``: an old shop's file tried, moved and taken back, and what is said of it (M2, M3)."""

import re
from pathlib import Path

from tests.e2e.market import Market, Shop
from tests.integration.catalog.merchant import IMAGES
from tests.integration.catalog.moving import dump, old_product


def test_a_shop_moves_from_the_command_line(market: Market, shop: Shop, tmp_path: Path) -> None:
    """M3: a dry run, the move and a rollback, each said with counts and reasons; the report as CSV."""
    file = tmp_path / "products.jsonl"
    file.write_bytes(dump([old_product(0), old_product(1), "{no json"]))
    who = ("--as", f"person:{shop.merchant_name}")

    staff = tmp_path / "staff.csv"
    staff.write_text(f"member_id,role,person\nm1,客服,person:{shop.shop_id}\nm2,king,\n", encoding="utf-8")
    of = ("--shop", shop.shop_id, "--source", "mini_shop", "--old-shop", shop.shop_id, "--products", file)

    asked = market.running.run("migrate", "ask", *of, "--members", staff, *who)
    found = re.search(r"Migration (mig_\w+)\.", asked)
    assert found, asked
    ident = found[1]

    tried = market.running.run("migrate", "dry-run", ident, *who)
    moved = market.running.run("migrate", "start", ident, *who)
    out = tmp_path / "refused.csv"
    market.running.run("migrate", "report", ident, "--format", "csv", "--out", out, *who)
    back = market.running.run("migrate", "rollback", ident, *who)

    for said in (tried, moved):
        assert "members: 2 read, 1 moved, 1 refused" in said
        assert "products: 3 read, 2 moved, 1 refused" in said
    assert "file 2 line 3" in moved
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 3
    assert "products: 2 read, 2 taken out" in back
    assert "members: 1 read, 1 taken out" in back


def test_a_sheet_moves_by_the_columns_that_its_merchant_names(market: Market, shop: Shop, tmp_path: Path) -> None:
    """M6: `--column` says what is what."""
    sheet = tmp_path / "export.csv"
    rows = f"1001,手绘青花马克杯,68.5,{'|'.join(IMAGES)}"
    sheet.write_text(f"编码,名称,售价,图片\n{rows}\n", encoding="utf-8")
    who = ("--as", f"person:{shop.merchant_name}")
    of = ("--shop", shop.shop_id, "--source", "weimob", "--old-shop", shop.shop_id, "--format", "csv")
    named = [f"--column={one}" for one in ("product_id=编码", "title=名称", "price=售价", "images=图片")]

    asked = market.running.run("migrate", "ask", *of, "--products", sheet, *named, *who)

    found = re.search(r"Migration (mig_\w+)\.", asked)
    assert found, asked
    assert "products: 1 read, 1 moved" in market.running.run("migrate", "start", found[1], *who)


def test_a_private_persons_shop_is_opened_for_its_products(market: Market, shop: Shop, tmp_path: Path) -> None:
    """M2, M5: into a shop that is opened for it, with categories; what the platform has not confirmed does not start,
    and what is given up is over."""
    file = tmp_path / "products.jsonl"
    file.write_bytes(dump([old_product(0)]))
    who = ("--as", f"person:{shop.merchant_name}")
    name, old_shop = f"旧店{shop.shop_id[-8:]}", f"wx{shop.shop_id[-12:]}"
    of = ("--source", "mini_shop", "--old-shop", old_shop, "--products", file, "--category", "6057=other.unsorted")
    opened = ("--open", name, "--subject", "person", "--contact", "李梅", "13800000000")

    asked = market.running.run("migrate", "ask", *opened, *of, "--unconfirmed", *who)
    found = re.search(r"migrate confirm (mig_\w+)", asked)
    assert found, asked
    ident = found[1]
    assert ident in market.running.run("migrate", "waiting")
    assert "refused" in market.running.run("migrate", "refuse", ident, "--reason", "the licence names somebody else")
    assert f"{old_shop} confirmed" in market.running.run("migrate", "confirm", ident)

    assert "products: 1 read, 1 moved" in market.running.run("migrate", "dry-run", ident, *who)
    assert "withdrawn" in market.running.run("migrate", "withdraw", ident, *who)
