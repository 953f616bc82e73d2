"""Many adjustments in one request (O1): each line by itself, told of by itself, and done once."""

from typing import Any

import pytest

from infra.faults import FaultsProxy
from services.shared.plumbing import contention
from tests.integration.http import Reply
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till


def adjust(market: Market, *lines: tuple[str, str, int], **how: Any) -> Reply:
    """These (style, mode, quantity)."""
    body = [{"sku_id": sku, "mode": mode, "quantity": quantity, "reason": "count"} for sku, mode, quantity in lines]
    return market.merchant.post(f"/v1/shops/{market.shop_id}/stock/adjustments", {"lines": body}, **how)


def told(reply: Reply) -> list[tuple[str, int | None]]:
    """Of each line."""
    assert reply.status == 201, reply.text
    return [(line["outcome"], line["on_hand"]) for line in reply.json["lines"]]


def test_each_line_is_done_or_refused_by_itself(market: Market, till: Till) -> None:
    """O1: too much, an unknown style and another shop's hinder nobody; a style may come twice."""
    one, two, three = market.offer(stock=10, styles=3)
    (theirs,) = open_market(till).offer(stock=10)

    reply = adjust(
        market,
        (one, "add", 5),
        (two, "subtract", 11),
        ("sku_none", "add", 1),
        (theirs, "set", 0),
        (three, "set", 4),
        (three, "subtract", 1),
    )

    assert reply.json["adjusted"] == 3
    assert told(reply) == [
        ("adjusted", 15), ("out-of-stock", 10), ("not-found", None), ("not-found", None), ("adjusted", 3),
        ("adjusted", 3),
    ]  # fmt: skip
    assert {(line["what"], line["quantity"]) for line in market.flow(three)} == {
        ("initial", 10), ("set", -6), ("subtract", -1),
    }  # fmt: skip


@pytest.mark.parametrize(("call", "when"), [(2, "after"), (4, "before"), (4, "after")])
def test_a_request_that_died_half_way_goes_on(
    market: Market, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch, call: int, when: Any
) -> None:
    """X2: sent again with its key, no line is done twice and none is left out; the third time changes nothing."""
    skus = market.offer(stock=10, styles=3)
    lines = [(sku, "add", number) for number, sku in enumerate(skus, start=1)]
    proxy.clear()
    proxy.at_call(call, when, "crash", operations={"TransactWriteItems"})
    with monkeypatch.context() as impatient:
        impatient.setattr(contention, "MOST_TRIES", 3)
        adjust(market, *lines, key="bulk-" + skus[0])
    proxy.clear()

    again = [adjust(market, *lines, key="bulk-" + skus[0]) for _ in range(2)]

    assert [told(one) for one in again] == [[("adjusted", 11), ("adjusted", 12), ("adjusted", 13)]] * 2
    assert adjust(market, (skus[0], "add", 1), key="bulk-" + skus[0]).slug == "idempotency-key-reused"


def test_what_makes_no_sense_changes_nothing(market: Market) -> None:
    """X2: all of the request is refused before any of it is done."""
    (sku,) = market.offer(stock=10)

    for lines in ([], [(sku, "add", 1)] * 51, [(sku, "add", 1), (sku, "subtract", 0)], [("", "add", 1)]):
        assert adjust(market, *lines).slug == "validation"
    assert told(adjust(market, *[(sku, "add", 1)] * 50)) == [("adjusted", 60)] * 50
    assert person("stranger").post(f"/v1/shops/{market.shop_id}/stock/adjustments", {"lines": []}).status == 404


def test_a_shops_styles_are_listed_page_by_page(market: Market, till: Till) -> None:
    """O1: the shop's own, in the order in which they came, with what is on hand in all shards."""
    skus = [market.offer(stock=stock)[0] for stock in (30, 2, 40)]
    open_market(till).offer(stock=1)
    market.split(skus[2], 8)
    path = f"/v1/shops/{market.shop_id}/stock"

    first = market.merchant.get(f"{path}?limit=2").json
    rest = market.merchant.get(f"{path}?limit=2&cursor={first['next_cursor']}").json

    seen = [(one["sku_id"], one["on_hand"], one["low"]) for one in first["items"] + rest["items"]]
    assert seen == [(skus[0], 30, False), (skus[1], 2, True), (skus[2], 40, False)]
    assert rest["next_cursor"] is None
    assert market.merchant.get(f"{path}?limit=2&low=true&cursor={first['next_cursor']}").slug == "cursor-invalid"
    assert [one["sku_id"] for one in market.merchant.get(f"{path}?low=true").json["items"]] == [skus[1]]
    assert person("stranger").get(path).status == 404


def test_card_keys_that_are_not_in_the_pool_are_told_by_line(market: Market) -> None:
    """O1, O5: what became of the other lines is told all the same, now and when it is asked for again."""
    (key,) = market.offer(stock=9, kind="card_key", giftable=False)
    (cup,) = market.offer(stock=10)

    replies = [adjust(market, (key, "add", 5), (cup, "add", 1), key="bulk-" + key) for _ in range(2)]

    assert [told(one) for one in replies] == [[("keys-missing", 0), ("adjusted", 11)]] * 2
