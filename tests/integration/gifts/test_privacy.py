"""Who sees what, and what is seen nowhere."""

import json

import boto3
import pytest

from services.gifts.tables import STORE, VAULT, GiftsRow
from services.shared.plumbing.ids import derived_id
from tests.integration.gifts.scene import A_DAY, ADDRESS, NOW, PRICE_FEN, Scene
from tests.numerals import numerals

WORDS = ("祝你新年快乐", "送礼人安娜")
PERSONAL = (*WORDS, *(value for name, value in ADDRESS.items() if name not in ("province", "city", "postcode")))


def a_gifts_life(scene: Scene) -> tuple[list[str], list[str]]:
    """Gifts to all their ends, with refusals on the way; their ids and their tokens."""
    gift_ids = [scene.send(regions=("西藏自治区",)) for _ in range(4)]
    tokens = [scene.token(one) for one in gift_ids]
    claimed, styled, declined, _ = tokens
    scene.claim(claimed, scene.bo, address=ADDRESS | {"province": "西藏自治区"})
    scene.claim(claimed, scene.bo, address=ADDRESS | {"phone": "no phone"})
    scene.claim(claimed, scene.bo)
    scene.claim(claimed, scene.cy)
    scene.claim(styled, scene.bo, scene.red)
    scene.answer(gift_ids[1], "sold_out")
    scene.claim(styled, scene.bo, scene.red)
    scene.answer(gift_ids[1], "taken")
    scene.decline(declined, scene.bo)
    scene.hands.at = NOW + A_DAY
    scene.sweep()
    scene.refunded(gift_ids[3], "gift_expired")
    return gift_ids, tokens


def test_logs_tell_of_moves_and_of_nobody(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """No address, no person, no words, no price, no token, not even of refused requests (X3, G2)."""
    _, tokens = a_gifts_life(scene)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = json.dumps(lines, ensure_ascii=False)
    assert "sub_gift_moved" in said
    for secret in (*PERSONAL, *tokens, scene.anna, scene.bo, scene.cy):
        assert secret not in said
    assert str(PRICE_FEN) not in numerals(said)


def test_events_carry_what_is_personal_as_ciphertext(scene: Scene) -> None:
    """The address for orders; the giver's words for nobody any more; no token (X3)."""
    gift_ids, tokens = a_gifts_life(scene)

    said = "\n".join(one.model_dump_json() for gift_id in gift_ids for one in scene.outbox(gift_id))
    assert "address_cipher" in said
    for secret in (*PERSONAL, *tokens, *(token.partition("-")[2] for token in tokens)):
        assert secret not in said


def test_what_is_personal_is_sealed_at_rest(scene: Scene) -> None:
    """In every row of every table of gifts; no row holds a token (X3)."""
    _, tokens = a_gifts_life(scene)

    engine = boto3.client("dynamodb")
    tables = [model.Meta.table_name for model in (GiftsRow, STORE.row, STORE.outbox)]
    pages = [page for one in tables for page in engine.get_paginator("scan").paginate(TableName=one)]
    kept = json.dumps([page["Items"] for page in pages], ensure_ascii=False)
    assert scene.anna in kept
    for secret in (*PERSONAL, *(token.partition("-")[2] for token in tokens)):
        assert secret not in kept


@pytest.mark.parametrize("state", ["claimable", "claiming", "claimed"])
@pytest.mark.parametrize("viewer", ["stranger", "anna", "bo", "cy"])
def test_the_card_shows_no_person_no_address_no_price(scene: Scene, state: str, viewer: str) -> None:
    """Whoever looks, whatever has happened (G9)."""
    token = scene.token(scene.send())
    if state != "claimable":
        scene.claim(token, scene.bo, scene.red if state == "claiming" else None)

    person = None if viewer == "stranger" else getattr(scene, viewer)
    card = scene.client(person).get(f"/v1/claims/{token}")

    assert card.json["status"] == state
    for hidden in (*ADDRESS.values(), scene.anna, scene.bo, scene.cy, scene.gold):
        assert hidden not in card.text
    assert not {str(PRICE_FEN), str(PRICE_FEN + 1)} & numerals(card.text)


def test_the_giver_may_show_the_price(scene: Scene) -> None:
    """Then the card and the recipient's list have it (G9)."""
    token = scene.token(scene.send(show_price=True))

    assert scene.card(token)["goods"][0]["unit_price_fen"] == PRICE_FEN
    assert scene.claim(token, scene.bo).json["goods"][0]["unit_price_fen"] == PRICE_FEN


def test_the_recipient_sees_words_and_goods_but_no_price(scene: Scene) -> None:
    """With the address the recipient gave (G9)."""
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo)

    [received] = scene.client(scene.bo).get("/v1/received").json["items"]
    assert (received["message"], received["giver_name"], received["address"]) == (*WORDS, ADDRESS)
    assert (received["gift_id"], received["goods"][0]["unit_price_fen"]) == (gift_id, None)
    assert scene.anna not in json.dumps(received)


def test_the_giver_never_sees_who_claimed_or_where_it_goes(scene: Scene) -> None:
    """In no answer that the giver can get (G3, G9)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo)

    anna = scene.client(scene.anna)
    paths = [f"/v1/gifts/{gift_id}", "/v1/gifts", f"/v1/orders/{derived_id('ord', gift_id)}/gift", "/v1/received"]
    seen = "\n".join(anna.get(path).text for path in [*paths, f"/v1/claims/{token}"])
    for hidden in (*ADDRESS.values(), scene.bo):
        assert hidden not in seen


def test_nobody_gives_on_what_they_were_given(scene: Scene) -> None:
    """G2: the recipient has no link to pass on and cannot make one; the old one opens nothing for others any more."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo)

    bo = scene.client(scene.bo)
    [received] = bo.get("/v1/received").json["items"]
    assert not {"claim_token", "claim_url"} & received.keys()
    assert token.partition("-")[2] not in json.dumps(received)
    for path in (f"/v1/gifts/{gift_id}", f"/v1/orders/{received['order_id']}/gift"):
        assert bo.get(path).slug == "not-found"
    assert bo.post(f"/v1/gifts/{gift_id}/links").slug == "not-found"
    assert scene.claim(token, scene.cy).slug == "gift-already-claimed"


def test_erased_people_leave_gifts_that_still_work(scene: Scene) -> None:
    """The words of an erased giver and the address of an erased recipient are gone, the rest stands (X3)."""
    token = scene.token(scene.send())
    VAULT.erase(scene.anna)

    card = scene.card(token)
    assert (card["message"], card["giver_name"], card["status"]) == (None, None, "claimable")
    assert scene.claim(token, scene.bo).status == 200
    VAULT.erase(scene.bo)
    [received] = scene.client(scene.bo).get("/v1/received").json["items"]
    assert (received["address"], received["status"]) == (None, "claimed")
