"""A paid order becomes a gift, once."""

from datetime import datetime

import pytest

from services.shared.contracts.gifts import GiftReady
from services.shared.plumbing.ids import derived_id, new_id
from tests.integration.gifts.scene import A_DAY, NOW, PRICE_FEN, Scene


def test_a_paid_gift_is_ready_with_a_link_for_its_giver(scene: Scene) -> None:
    """One sub-gift, a link, 24 hours from the payment, and everybody concerned is told (G2, G3)."""
    gift_id = scene.send()

    given = scene.given(gift_id)
    assert given["status"] == "claimable"
    assert [one["status"] for one in given["sub_gifts"]] == ["claimable"]
    assert given["message"] == "祝你新年快乐"
    assert given["goods"] == [
        {
            "sku_id": scene.blue,
            "title": "Teapot",
            "image": "https://img.test/teapot.jpg",
            "attributes": {"colour": "blue"},
            "quantity": 1,
            "unit_price_fen": PRICE_FEN,
        }
    ]
    assert datetime.fromisoformat(given["deadline_at"]) == NOW + A_DAY
    assert given["claim_url"] == f"https://xiaodian.test/gifts/v1/claims/{given['claim_token']}"
    [ready] = scene.said(gift_id, GiftReady)
    assert (ready.giver, ready.deadline_at, ready.sub_gift_ids) == (
        scene.anna,
        NOW + A_DAY,
        [given["sub_gifts"][0]["sub_gift_id"]],
    )


@pytest.mark.parametrize("event_id", ["the same event", "the same order in another event"])
def test_an_order_paid_twice_is_one_gift(scene: Scene, event_id: str) -> None:
    """Whether the queue brings it twice or orders tells it again (G2)."""
    order_id = new_id("ord")
    first = scene.hear(scene.paid(order_id), emitter="orders", subject=order_id)

    if event_id == "the same event":
        scene.deliver(first)
    else:
        scene.hands.move(hours=1)
        scene.hear(scene.paid(order_id), emitter="orders", subject=order_id)

    gift_id = derived_id("gft", order_id)
    assert len(scene.said(gift_id, GiftReady)) == 1
    assert datetime.fromisoformat(scene.given(gift_id)["deadline_at"]) == NOW + A_DAY


def test_an_ordinary_order_is_no_gift(scene: Scene) -> None:
    """Gifts hears of it and does nothing."""
    gift_id = scene.send(gift=False)

    assert scene.client(scene.anna).get(f"/v1/gifts/{gift_id}").status == 404
    assert scene.outbox(gift_id) == []


def test_the_giver_finds_the_gift_by_its_order(scene: Scene) -> None:
    """The same resource under the order's id."""
    gift_id = scene.send()

    found = scene.client(scene.anna).get(f"/v1/orders/{derived_id('ord', gift_id)}/gift")

    assert found.json == scene.given(gift_id)
    assert found.headers["etag"] == f'"{found.json["version"]}"'


@pytest.mark.parametrize("path", ["/v1/gifts/{gift}", "/v1/orders/{order}/gift"])
def test_another_persons_gift_is_not_found(scene: Scene, path: str) -> None:
    """Not even its recipient's way to it; without a token nobody is told anything (X1)."""
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo)
    path = path.format(gift=gift_id, order=derived_id("ord", gift_id))

    assert scene.client(scene.bo).get(path).slug == "not-found"
    assert scene.client(None).get(path).slug == "unauthenticated"


def test_a_gift_without_words_is_a_gift(scene: Scene) -> None:
    """Message and name are the giver's choice (G2)."""
    gift_id = scene.send(message_cipher=None, giver_name_cipher=None)

    card = scene.card(scene.token(gift_id))
    assert (card["message"], card["giver_name"]) == (None, None)
