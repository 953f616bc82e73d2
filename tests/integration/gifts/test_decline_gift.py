"""Saying no to a gift."""

from services.shared.contracts.gifts import GiftDeclined
from tests.integration.gifts.scene import A_DAY, NOW, Scene


def test_a_declined_gift_is_over_at_once(scene: Scene) -> None:
    """Orders and notify are told; nobody can claim it, and the giver sees why (G5)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    declined = scene.decline(token, scene.bo)

    assert (declined.status, declined.json["status"]) == (200, "declined")
    [said] = scene.said(gift_id, GiftDeclined)
    assert (said.recipient, said.sub_gift_ids) == (scene.bo, [scene.given(gift_id)["sub_gifts"][0]["sub_gift_id"]])
    assert scene.given(gift_id)["status"] == "declined"
    assert scene.claim(token, scene.cy).slug == "gift-declined"
    assert scene.claim(token, scene.bo).slug == "gift-declined"


def test_the_same_no_again_changes_nothing(scene: Scene) -> None:
    """Also after the deadline; another person's no comes too late (G5)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.decline(token, scene.bo)

    scene.hands.at = NOW + A_DAY
    again, another = scene.decline(token, scene.bo), scene.decline(token, scene.cy)

    assert (again.status, again.json["status"]) == (200, "declined")
    assert another.slug == "gift-declined"
    assert len(scene.said(gift_id, GiftDeclined)) == 1


def test_the_giver_takes_nothing_back_by_declining(scene: Scene) -> None:
    """G2: what is sent cannot be cancelled, not by one's own link either."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    declined = scene.decline(token, scene.anna)

    assert (declined.status, declined.slug) == (403, "sent-by-you")
    assert scene.said(gift_id, GiftDeclined) == []
    assert scene.claim(token, scene.bo).status == 200


def test_a_claimed_gift_cannot_be_declined(scene: Scene) -> None:
    """Not by its recipient either: after claiming there is only the after-sale (G5, G7)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo)

    assert scene.decline(token, scene.bo).slug == "gift-already-claimed"
    assert scene.decline(token, scene.cy).slug == "gift-already-claimed"
    assert scene.said(gift_id, GiftDeclined) == []


def test_its_money_back_is_seen_by_the_giver(scene: Scene) -> None:
    """As a status of its own; to whoever still has the link it stays declined to claims (G5)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.decline(token, scene.bo)

    first = scene.refunded(gift_id, "gift_declined")
    scene.deliver(first)

    given = scene.given(gift_id)
    assert given["status"] == given["sub_gifts"][0]["status"] == "refunded"
    assert scene.claim(token, scene.cy).slug == "gift-declined"
