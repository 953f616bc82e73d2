"""``xiaodian migrate``: an old shop's file tried, moved and taken back, and what is said of it (M3)."""

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
