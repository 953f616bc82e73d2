"""``xiaodian migrate``: an old shop's file tried, moved and taken back, and what is said of it (M2, M3)."""

import re
from pathlib import Path

from tests.e2e.market import Market, Shop
from tests.integration.catalog.moving import dump, old_product


def test_a_shop_moves_from_the_command_line(market: Market, shop: Shop, tmp_path: Path) -> None:
    """M3: a dry run, the move and a rollback, each said with counts and reasons; the report as CSV."""
    file = tmp_path / "products.jsonl"
    file.write_bytes(dump([old_product(0), old_product(1), "{no json"]))
    who = ("--as", f"person:{shop.merchant_name}")

    of = ("--shop", shop.shop_id, "--source", "mini_shop", "--old-shop", shop.shop_id, "--products", file)

    asked = market.running.run("migrate", "ask", *of, *who)
    found = re.search(r"Migration (mig_\w+)\.", asked)
    assert found, asked
    ident = found[1]

    tried = market.running.run("migrate", "dry-run", ident, *who)
    moved = market.running.run("migrate", "start", ident, *who)
    out = tmp_path / "refused.csv"
    market.running.run("migrate", "report", ident, "--format", "csv", "--out", out, *who)
    back = market.running.run("migrate", "rollback", ident, *who)

    assert "products: 3 read, 2 moved, 1 refused" in tried
    assert "products: 3 read, 2 moved, 1 refused" in moved
    assert "file 1 line 3" in moved
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 2
    assert "2 taken out" in back


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
