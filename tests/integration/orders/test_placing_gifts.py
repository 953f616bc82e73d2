"""Placing a gift (G1, G2): what may be given, and what may be written on its card."""

from typing import Any

import pytest

from services.shared.plumbing import clock
from tests.integration.http import Reply
from tests.integration.orders import events
from tests.integration.orders.events import ADDRESS, tell
from tests.integration.orders.market import Market, person


def refused(market: Market, sku_id: str, **changes: Any) -> Any:
    """The refusal of a gift of this style."""
    reply = person("anna").post("/v1/orders", market.gift(sku_id) | changes)
    assert reply.status == 422, reply.text
    assert market.stock(sku_id)["held"] == 0
    return reply


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ({"giftable": False}, "category"),
        ({"kind": "card_key"}, "kind"),
        ({"kind": "e_voucher"}, "kind"),
        ({"original_price_fen": 1_000_001}, "price"),
    ],
)
def test_what_cannot_be_given_says_why(market: Market, offer: dict[str, Any], reason: str) -> None:
    """G1: category, kind, original price; the style can still be bought, card keys once there are any."""
    (sku,) = market.offer(stock=5, price_fen=900, **offer)

    reply = refused(market, sku)

    assert (reply.slug, reply.json["reasons"]) == ("not-giftable", {sku: reason})
    bought = person("anna").post("/v1/orders", market.order(sku))
    assert (bought.status, bought.slug) == ((409, "out-of-stock") if offer.get("kind") == "card_key" else (201, ""))


def test_the_price_rule_is_about_the_original_price(market: Market) -> None:
    """G1: 1 000 000 fen may be given, whatever it costs today."""
    (sku,) = market.offer(stock=5, price_fen=1_000, original_price_fen=1_000_000)

    assert person("anna").post("/v1/orders", market.gift(sku)).status == 201


def test_a_gift_takes_no_address(market: Market) -> None:
    """G2: its recipient gives one."""
    (sku,) = market.offer(stock=5)

    assert refused(market, sku, address=ADDRESS).slug == "validation"


@pytest.mark.parametrize(
    "message",
    ["好" * 101, "<b>hello</b>", "ring\x07", "a\r\nb", "a > b"],
    ids=["long", "markup", "bell", "cr", "angle"],
)
def test_a_card_has_no_faults(market: Market, message: str) -> None:
    """G2: at most 100 characters, no markup, no control characters."""
    (sku,) = market.offer(stock=5)

    for field in ("message", "giver_name"):
        assert refused(market, sku, gift={"mode": "single", field: message}).slug == "validation"


@pytest.mark.parametrize("message", ["生日快乐!\n爱你", "好" * 100, "👨‍👩‍👧‍👦" * 25, "e\u0301" * 100])
def test_a_card_says_what_people_write(market: Market, message: str) -> None:
    """G2: line breaks, emoji, combined letters: counted as people see them."""
    (sku,) = market.offer(stock=5)

    assert person("anna").post("/v1/orders", market.gift(sku, message=message)).status == 201


@pytest.mark.parametrize(
    "terms",
    [
        {"mode": "raffle"},
        {"recipients": 2},
        {"to_openid": "o" * 129},
        {"to_openid": ""},
        {"colour": "red"},
        {"mode": "group", "recipients": 41},
        {"mode": "group", "to_openid": "o"},
        {"mode": "group", "lot": {}},
        {"mode": "lot", "recipients": 3, "lot": {"full_at": 2}},
        {"mode": "lot", "lot": {"draw_after_minutes": 1_381}},
    ],
)
def test_terms_that_do_not_exist_are_refused(market: Market, terms: dict[str, Any]) -> None:
    """G2, G6: a single gift is for one person, one for many is for nobody by name, and only a lot is drawn."""
    (sku,) = market.offer(stock=5)

    assert refused(market, sku, gift={"mode": "single"} | terms).slug == "validation"


@pytest.mark.parametrize(("setting", "most"), [(None, 40), ("2", 2), ("99", 45)])
def test_how_many_get_one_is_set_and_bounded(
    market: Market, monkeypatch: pytest.MonkeyPatch, setting: str | None, most: int
) -> None:
    """G6: 40 by default; never more than WeChat takes refunds of a payment."""
    if setting:
        monkeypatch.setenv("ORDERS_GIFT_RECIPIENTS", setting)
    (sku,) = market.offer(stock=100)

    def placed(recipients: int) -> Reply:
        body = market.gift(sku, mode="group", recipients=recipients)
        return person("anna").post("/v1/orders", body | {"lines": [{"sku_id": sku, "quantity": recipients}]})

    assert (placed(most).status, placed(most + 1).slug) == (201, "validation")


def test_a_gift_is_one_piece_of_one_style(market: Market) -> None:
    """G2: what one recipient gets."""
    one, other = market.offer(stock=5, styles=2)

    refused(market, one, lines=[{"sku_id": one, "quantity": 2}])
    refused(market, one, lines=[{"sku_id": one, "quantity": 1}, {"sku_id": other, "quantity": 1}])


def test_a_gift_waits_for_its_claim_once_it_is_paid(market: Market) -> None:
    """G2: state 12, and the gift's id is known then and not before."""
    (sku,) = market.offer(stock=5)
    giver = person("anna")
    placed = giver.post("/v1/orders", market.gift(sku, message="生日快乐"))
    order_id = placed.json["order_id"]
    assert placed.json["gift_id"] is None

    market.paid(giver, order_id)

    paid = giver.get(f"/v1/orders/{order_id}").json
    assert (paid["status"], paid["status_code"], paid["address"]) == ("gift_pending_claim", 12, None)
    assert paid["gift_id"] == "gft_" + order_id.removeprefix("ord_")
    assert "生日快乐" not in str(paid)


def test_what_is_written_on_a_card_is_judged_before_anything_is_placed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G2: message and name, by what the operator has plugged in; nothing is held for a refused one."""
    monkeypatch.setenv("XIAODIAN_CONTENT_CHECK", "words:casino")
    (sku,) = market.offer(stock=5)

    for field in ("message", "giver_name"):
        assert refused(market, sku, gift={"mode": "single", field: "Ca si no"}).slug == "content-refused"
    assert market.stock(sku)["held"] == 0
    assert refused(market, sku, gift={"mode": "single", "giver_name": "two\nlines"}).slug == "validation"


@pytest.mark.parametrize("method", ["native", "h5"])
@pytest.mark.parametrize("change", ["rule", "category", "price"])
def test_what_may_not_be_given_any_more_is_refused_at_paying(
    market: Market, monkeypatch: pytest.MonkeyPatch, change: str, method: str
) -> None:
    """G1: by a rule that began meanwhile, by category or merchant, or by its price; before paying and once more while
    a payment is open, which nobody can pay then. An ordinary order is no concern of it."""
    (sku,) = market.offer(stock=5, price_fen=900_000)
    giver = person("anna")
    fresh, started = (str(giver.post("/v1/orders", market.gift(sku)).json["order_id"]) for _ in range(2))
    bought = market.place(giver, sku)
    payment_id = market.start_paying(giver, started)

    _change(market, sku, change, monkeypatch)
    for order_id in (fresh, started, started):
        paying = giver.post(f"/v1/orders/{order_id}/payment", {"method": method})
        reason = "category" if change == "category" else "price"
        assert (paying.slug, paying.json["reasons"]) == ("not-giftable", {sku: reason})

    assert market.till.shown(payment_id)["trade_state"] == "CLOSED"
    assert refused_slug(market, sku) == "not-giftable"
    assert giver.post(f"/v1/orders/{bought}/payment", {"method": method}).status == 201


def refused_slug(market: Market, sku_id: str) -> str:
    """Why a new gift of this style is refused."""
    return person("anna").post("/v1/orders", market.gift(sku_id)).slug


def _change(market: Market, sku_id: str, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule of the day, the product's category or merchant, or its original price says no from now on."""
    if change == "rule":
        rule = f'[{{"since": "{clock.now().isoformat()}", "most_fen": 899999, "merchant_most_fen": 899999}}]'
        monkeypatch.setenv("ORDERS_GIFT_RULES", rule)
        return
    product_id = market.product_of(sku_id)
    was = 1_000_001 if change == "price" else 900_000
    dearer = events.style(0, 5, 900_000, was).model_copy(update={"sku_id": sku_id})
    offered = events.offered(market.shop_id, product_id, [dearer], giftable=change != "category")
    tell(offered, emitter="catalog", subject=product_id, sequence=2)


def test_what_was_paid_before_a_rule_began_is_a_gift(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """G1: what the giver was promised when paying began; WeChat's letter may come when the rule has changed."""
    (sku,) = market.offer(stock=5, price_fen=900_000)
    giver = person("anna")
    order_id = giver.post("/v1/orders", market.gift(sku)).json["order_id"]
    payment_id = market.pay(giver, order_id, times=0)

    _change(market, sku, "rule", monkeypatch)
    paying = giver.post(f"/v1/orders/{order_id}/payment", {"method": "native"})

    assert paying.slug == "illegal-transition"
    assert market.till.paid_letter(payment_id).bring().status == 200
    assert giver.get(f"/v1/orders/{order_id}").json["status"] == "gift_pending_claim"


def test_a_rule_that_ends_lets_it_be_paid_again(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """G1: the order is still there, and a new payment can be started."""
    (sku,) = market.offer(stock=5, price_fen=900_000)
    giver = person("anna")
    order_id = giver.post("/v1/orders", market.gift(sku)).json["order_id"]
    first = market.start_paying(giver, order_id)
    _change(market, sku, "rule", monkeypatch)
    assert giver.post(f"/v1/orders/{order_id}/payment", {"method": "native"}).slug == "not-giftable"

    monkeypatch.delenv("ORDERS_GIFT_RULES")

    assert market.paid(giver, order_id) != first
