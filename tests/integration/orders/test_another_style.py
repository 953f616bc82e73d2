"""A recipient asks for another style (G3): taken and given back as one act, answered once an attempt."""

import random

import pytest

from infra.faults import FaultsProxy
from services.shared.contracts.orders import AvailabilityChanged, StyleAnswered
from services.shared.plumbing import ids
from tests.integration.http import Client
from tests.integration.orders import events
from tests.integration.orders.events import hear, said, tell
from tests.integration.orders.market import Market, person


@pytest.fixture
def giver() -> Client:
    """Who pays."""
    return person("anna")


def answers(order_id: str) -> list[tuple[int, str]]:
    """What gifts was told, in order: (attempt, outcome)."""
    return [(told.attempt, told.outcome) for told in said(order_id, StyleAnswered)]


def style_of(giver: Client, order_id: str) -> str:
    """The style that the gift is now."""
    return str(giver.get(f"/v1/orders/{order_id}").json["lines"][0]["sku_id"])


def test_another_style_is_taken_and_the_old_one_given_back(market: Market, giver: Client) -> None:
    """G3: stock and flow of both agree."""
    red, blue = market.offer(stock=5, styles=2)
    order_id = market.give(giver, red)

    market.ask_style(order_id, blue)

    assert answers(order_id) == [(1, "taken")]
    assert style_of(giver, order_id) == blue
    assert market.stock(red) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert market.stock(blue) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}
    for sku in (red, blue):
        assert sum(line["quantity"] for line in market.flow(sku)) == market.stock(sku)["on_hand"]


def test_the_swapped_style_is_what_is_sent_or_comes_back(market: Market, giver: Client) -> None:
    """G3, G5: declined after a swap, the new style's stock comes back."""
    red, blue = market.offer(stock=5, styles=2)
    order_id = market.give(giver, red)
    market.ask_style(order_id, blue)

    market.decline(order_id)

    assert [market.stock(sku)["on_hand"] for sku in (red, blue)] == [5, 5]
    assert [sum(line["quantity"] for line in market.flow(sku)) for sku in (red, blue)] == [5, 5]


def test_what_just_sold_out_is_told_and_another_can_be_chosen(market: Market, giver: Client) -> None:
    """G3: a new attempt, a new answer."""
    red, blue, green = market.offer(stock=1, styles=3)
    order_id = market.give(giver, red)
    market.place(person("bert"), blue)

    market.ask_style(order_id, blue, attempt=1)
    market.ask_style(order_id, green, attempt=2)

    assert answers(order_id) == [(1, "sold_out"), (2, "taken")]
    assert market.stock(red)["on_hand"] == 1
    assert market.stock(green)["sold"] == 1


def test_only_the_same_product_at_the_same_price(market: Market, giver: Client) -> None:
    """G3: other price, other product, unknown, withdrawn."""
    (red,) = market.offer(stock=5, price_fen=1_000)
    (dear,), (other,), (gone,) = market.offer(5, 2_000), market.offer(5, 1_000), market.offer(5, 1_000)
    market.withdraw(gone)
    order_id = market.give(giver, red)

    for attempt, sku in enumerate((dear, other, "sku_none", gone, red), start=1):
        market.ask_style(order_id, sku, attempt)

    assert answers(order_id) == [
        (1, "not_the_same_price"), (2, "not_the_same_price"), (3, "not_for_sale"), (4, "not_for_sale"),
        (5, "not_the_same_price"),
    ]  # fmt: skip
    assert style_of(giver, order_id) == red
    assert market.stock(red)["sold"] == 1


@pytest.mark.parametrize(("original_fen", "outcome"), [(1_000_000, "taken"), (1_000_001, "not_for_sale")])
def test_what_could_not_be_given_is_not_taken_instead(
    market: Market, giver: Client, original_fen: int, outcome: str
) -> None:
    """G1, G3: a style that sells at the same price, and by its original one is too dear to be a gift."""
    product_id = ids.new_id("prd")
    red, blue = events.style(0, 5, 1_000), events.style(1, 5, 1_000, original_fen)
    tell(events.offered(market.shop_id, product_id, [red, blue]), emitter="catalog", subject=product_id)
    order_id = market.give(giver, red.sku_id)

    market.ask_style(order_id, blue.sku_id)

    assert answers(order_id) == [(1, outcome)]
    assert market.stock(blue.sku_id)["sold"] == int(outcome == "taken")


@pytest.mark.parametrize("seed", range(3))
def test_the_same_attempt_gets_the_same_answer(market: Market, giver: Client, seed: int) -> None:
    """G3: asked again by the same event and by new ones, shuffled: one swap."""
    red, blue = market.offer(stock=5, styles=2)
    order_id = market.give(giver, red)
    told = [market.ask_style(order_id, blue)]
    dice = random.Random(seed)

    for _ in range(4):
        hear(dice.choice(told))
        told.append(market.ask_style(order_id, blue))

    assert answers(order_id) == [(1, "taken")] * 5
    assert [market.stock(sku)["sold"] for sku in (red, blue)] == [0, 1]


def test_an_answer_stands_after_the_stock_has_changed(market: Market, giver: Client) -> None:
    """G3: sold out stays the answer to that attempt, also when there is stock again."""
    red, blue = market.offer(stock=5, styles=2)
    market.adjust(blue, "set", 0)
    order_id = market.give(giver, red)

    market.ask_style(order_id, blue)
    market.adjust(blue, "set", 9)
    market.ask_style(order_id, blue)

    assert answers(order_id) == [(1, "sold_out")] * 2
    assert market.stock(blue)["on_hand"] == 9


def test_a_question_after_the_end_gets_an_answer(market: Market, giver: Client) -> None:
    """G3: so that gifts never waits for ever."""
    red, blue = market.offer(stock=5, styles=2)
    declined, claimed = market.give(giver, red), market.give(giver, red)
    market.decline(declined)
    market.claim(claimed, red)

    for order_id in (declined, claimed):
        market.ask_style(order_id, blue)
        assert answers(order_id) == [(1, "not_for_sale")]

    assert market.stock(blue)["on_hand"] == 5


def test_a_question_that_comes_before_the_payment_waits(market: Market, giver: Client) -> None:
    """G3: facts in any order."""
    red, blue = market.offer(stock=5, styles=2)
    order_id = giver.post("/v1/orders", market.gift(red)).json["order_id"]

    market.ask_style(order_id, blue)
    assert answers(order_id) == []
    market.paid(giver, order_id)
    market.settle_events()

    assert answers(order_id) == [(1, "taken")]


def test_a_swap_that_comes_before_its_claim_waits(market: Market, giver: Client) -> None:
    """G7: there is one wish for another style, and no order of events uses it up."""
    red, blue = market.offer(stock=5, styles=2)
    order_id = market.give(giver, red)

    market.ask_style(order_id, blue, after_claim=True)
    assert answers(order_id) == []
    market.claim(order_id, red)
    market.settle_events()

    assert answers(order_id) == [(1, "taken")]
    assert [market.stock(sku)["sold"] for sku in (red, blue)] == [0, 1]


def test_the_last_piece_given_back_is_shown_again(market: Market, giver: Client) -> None:
    """O1, G3: the shelf hears that the old style is there again."""
    red, blue = market.offer(stock=1, styles=2)
    order_id = market.give(giver, red)
    assert person("bert").post("/v1/orders", market.order(red)).slug == "out-of-stock"

    market.ask_style(order_id, blue)

    assert [told.in_stock for told in said(red, AvailabilityChanged)] == [False, True]


def test_a_swap_while_the_stock_is_split(market: Market, giver: Client, proxy: FaultsProxy) -> None:
    """O1, G3: both styles are split anew between reading and writing."""
    red, blue = market.offer(stock=5, styles=2)
    order_id = market.give(giver, red)
    proxy.clear()
    proxy.at_call(
        1, "before", lambda _: (market.split(red, 4), market.split(blue, 4)), operations={"TransactWriteItems"}
    )

    market.ask_style(order_id, blue)

    assert answers(order_id) == [(1, "taken")]
    assert market.stock(red) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert market.stock(blue) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


def test_the_recipient_and_a_buyer_want_the_last_one(market: Market, giver: Client, proxy: FaultsProxy) -> None:
    """G3: the buyer was quicker: the recipient is told, and keeps the first style."""
    red, blue = market.offer(stock=1, styles=2)
    order_id = market.give(giver, red)
    proxy.clear()
    proxy.at_call(1, "before", lambda _: market.place(person("bert"), blue), operations={"TransactWriteItems"})

    market.ask_style(order_id, blue)

    assert answers(order_id) == [(1, "sold_out")]
    assert (style_of(giver, order_id), market.stock(red)["sold"], market.stock(blue)["held"]) == (red, 1, 1)
