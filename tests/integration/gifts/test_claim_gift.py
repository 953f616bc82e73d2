"""Claiming a gift as it was ordered."""

import json
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.gifts import GiftClaimed
from services.shared.plumbing.ids import derived_id
from tests.integration.gifts.scene import A_DAY, A_MOMENT, ADDRESS, NOW, ORDERS, Scene


def test_the_first_who_claims_has_it(scene: Scene) -> None:
    """Orders gets the address as ciphertext of its own; the giver sees that it was claimed, not where it goes (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    claimed = scene.claim(token, scene.bo)

    assert claimed.status == 200
    assert (claimed.json["status"], claimed.json["address"]) == ("claimed", ADDRESS)
    [said] = scene.said(gift_id, GiftClaimed)
    assert (said.recipient, said.sku_id, said.order_id) == (scene.bo, scene.blue, derived_id("ord", gift_id))
    assert json.loads(ORDERS.open_sent(said.address_cipher)) == ADDRESS
    given = scene.given(gift_id)
    assert given["status"] == given["sub_gifts"][0]["status"] == "claimed"
    assert (given["claim_token"], given["claim_url"]) == (None, None)
    assert scene.claim(token, scene.cy).slug == "gift-already-claimed"


def test_the_same_claim_again_is_answered_the_same(scene: Scene) -> None:
    """Also after the deadline; it is told once (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    first = scene.claim(token, scene.bo)

    scene.hands.at = NOW + A_DAY
    again = [scene.claim(token, scene.bo), scene.claim(token, scene.bo, scene.blue)]

    assert [(one.status, one.json) for one in again] == [(200, first.json)] * 2
    assert len(scene.said(gift_id, GiftClaimed)) == 1


@pytest.mark.parametrize("change", ["address", "style"])
def test_a_claim_cannot_be_changed(scene: Scene, change: str) -> None:
    """Who has claimed and asks for something else is refused, and the first claim stands (G3, G7)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    first = scene.claim(token, scene.bo)

    elsewhere = ADDRESS | {"detail": "春熙路 2 号"}
    changed = (
        scene.claim(token, scene.bo, address=elsewhere)
        if change == "address"
        else scene.claim(token, scene.bo, scene.red)
    )

    assert changed.slug == "gift-already-claimed"
    assert scene.client(scene.bo).get("/v1/received").json["items"] == [first.json]


def test_the_deadline_is_on_the_second(scene: Scene) -> None:
    """A moment before it one claims, at it nobody does, though nothing has swept (G3, G4)."""
    early, late = scene.token(scene.send()), scene.token(scene.send())

    scene.hands.at = NOW + A_DAY - A_MOMENT
    assert scene.claim(early, scene.bo).status == 200
    scene.hands.at = NOW + A_DAY
    assert scene.claim(late, scene.bo).slug == "gift-expired"
    assert scene.decline(late, scene.bo).slug == "gift-expired"
    assert scene.card(late)["status"] == "expired"


def test_a_gift_to_one_person_is_only_for_that_person(scene: Scene) -> None:
    """Others who got hold of the link are refused, and it stays open (G3)."""
    gift_id = scene.send(to_openid=scene.bo)
    token = scene.token(gift_id)

    others = [scene.claim(token, scene.cy), scene.decline(token, scene.cy)]

    assert [(one.status, one.slug) for one in others] == [(403, "not-the-recipient")] * 2
    assert scene.card(token)["addressed"] is True
    assert scene.claim(token, scene.bo).status == 200


@pytest.mark.parametrize("place", [{"province": "西藏自治区", "city": "拉萨市"}, {"city": "三沙市"}])
def test_a_region_not_served_is_refused_and_the_gift_stays_open(scene: Scene, place: dict[str, str]) -> None:
    """By province or city, as the goods had it when the order was paid (G2)."""
    token = scene.token(scene.send(regions=("西藏自治区", "三沙市")))

    assert scene.claim(token, scene.bo, address=ADDRESS | place).slug == "region-not-served"
    assert scene.card(token)["status"] == "claimable"
    assert scene.claim(token, scene.cy).status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 51),
        ("name", "two\nlines"),
        ("phone", "call me"),
        ("phone", None),
        ("province", ""),
        ("city", None),
        ("district", "x" * 51),
        ("detail", ""),
        ("detail", "x" * 201),
        ("postcode", "成都"),
        ("floor", "7"),
    ],
)
def test_a_bad_address_is_refused(scene: Scene, field: str, value: Any) -> None:
    """Before anything else happens; the answer names the field and repeats nothing of the address (X2, X3)."""
    token = scene.token(scene.send())

    refused = scene.claim(token, scene.bo, address=ADDRESS | {field: value})

    assert (refused.status, refused.slug) == (422, "validation")
    assert f"address.{field}" in refused.text
    assert ADDRESS["phone"] not in refused.text
    assert scene.card(token)["status"] == "claimable"


def test_an_address_may_lack_district_and_postcode(scene: Scene) -> None:
    """Some cities have no districts."""
    token = scene.token(scene.send())
    short = {name: value for name, value in ADDRESS.items() if name not in ("district", "postcode")}

    assert scene.claim(token, scene.bo, address=short).status == 200


def test_who_claims_says_who_they_are(scene: Scene) -> None:
    """The link alone shows the card; it claims and declines nothing (X1)."""
    token = scene.token(scene.send())
    stranger = scene.client(None)

    assert stranger.post(f"/v1/claims/{token}", {"address": ADDRESS}).slug == "unauthenticated"
    assert stranger.post(f"/v1/claims/{token}/decline").slug == "unauthenticated"


def test_a_claim_costs_one_read_and_one_transaction(scene: Scene, proxy: FaultsProxy) -> None:
    """Of three items: the sub-gift, what is told of it, and that the link still opens it (budgets)."""
    scene.claim(scene.token(scene.send()), scene.bo)  # the keys are at hand now
    token = scene.token(scene.send())

    proxy.clear()
    scene.claim(token, scene.bo)

    assert [call.operation for call in proxy.calls] == ["BatchGetItem", "TransactWriteItems"]
    assert len(proxy.calls[1].body["TransactItems"]) == 3


@pytest.mark.parametrize(
    "fault",
    [
        Fault("lose_answer", operations=["TransactWriteItems"], times=3),
        Fault("conflict", operations=["TransactWriteItems"], times=3),
        Fault("fail_before", operations=["TransactWriteItems"], times=3, how="error"),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_claim_survives_what_the_engine_does(scene: Scene, proxy: FaultsProxy, fault: Fault) -> None:
    """An answer lost after the commit, a conflict, an error: it is claimed once, and the recipient is told so (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    proxy.plan(fault)
    claimed = scene.claim(token, scene.bo)

    assert proxy.fired[fault.kind] > 0
    assert (claimed.status, claimed.json["status"]) == (200, "claimed")
    assert len(scene.said(gift_id, GiftClaimed)) == 1
