"""The claim token: not to be guessed, shown again to its giver, and worth nothing elsewhere."""

import base64
from typing import Any
from xml.etree import ElementTree

import pytest

from infra.faults import FaultsProxy
from services.gifts.renew_link import renew_link
from services.gifts.tables import own_begin
from tests.integration.gifts.scene import ADDRESS, Scene
from tests.tokens import forged


def guesses(token: str, other: str) -> list[str]:
    """What somebody might try who knows one token, or the ids of orders and gifts."""
    ident, _, mac = token.partition("-")
    return [
        ident,
        f"{ident}-",
        f"{ident}-{mac[:-1]}",
        f"{ident}-{mac}A",
        forged(token),
        f"{ident}-{mac.swapcase()}",
        f"{ident}-{other.partition('-')[2]}",
        f"{other.partition('-')[0]}-{mac}",
        f"gft_{token}",
        f"sub_{ident}",
        "A" * 5_000,
        "-" * 33,
        "%00",
        "礼物",
    ]


def test_a_guess_is_not_found(scene: Scene) -> None:
    """To look, to claim and to decline, in the same words as for a gift that does not exist (G2)."""
    token, other = scene.token(scene.send()), scene.token(scene.send())
    bo = scene.client(scene.bo)

    said = set()
    for guess in guesses(token, other):
        path = f"/v1/claims/{guess}"
        replies = [bo.get(path), bo.post(path, {"address": ADDRESS}), bo.post(f"{path}/decline")]
        said |= {(one.status, one.slug, one.json["detail"]) for one in replies}

    assert said == {(404, "not-found", bo.get("/v1/claims/nothing").json["detail"])}
    assert scene.card(token)["status"] == "claimable"


def test_the_giver_sees_the_same_token_again(scene: Scene) -> None:
    """It is kept nowhere and follows from the gift (G2)."""
    gift_id = scene.send()

    assert scene.token(gift_id) == scene.token(gift_id)
    assert scene.token(gift_id) != scene.token(scene.send())


def test_a_link_is_drawn_for_its_giver(scene: Scene) -> None:
    """C9: as SVG and PNG, while somebody may claim; nobody else has it drawn."""
    gift_id = scene.send()
    path, anna = f"/v1/gifts/{gift_id}/qr", scene.client(scene.anna)

    code, given = anna.get(path).json, scene.given(gift_id)
    stranger = scene.client(scene.bo).get(path)
    scene.decline(scene.token(gift_id), scene.bo)

    assert code["url"] == given["claim_url"]
    assert ElementTree.fromstring(code["svg"]).tag == "{http://www.w3.org/2000/svg}svg"
    assert base64.b64decode(code["png"].partition(",")[2]).startswith(b"\x89PNG\r\n\x1a\n")
    assert (stranger.status, anna.get(path).status) == (404, 404)


def test_a_token_is_beyond_guessing(scene: Scene) -> None:
    """At least 128 bits that nobody can compute from ids (G2)."""
    mac = base64.urlsafe_b64decode(scene.token(scene.send()).partition("-")[2])

    assert len(mac) * 8 >= 128


def test_a_renewed_link_makes_the_old_one_worthless_at_once(scene: Scene) -> None:
    """Only its giver can renew it, by a key once; the old link gets the answer that any wrong one gets (G2)."""
    gift_id = scene.send()
    old, anna = scene.token(gift_id), scene.client(scene.anna)
    before = anna.get(f"/v1/gifts/{gift_id}").headers["etag"]
    renewed = anna.post(f"/v1/gifts/{gift_id}/links", key="again").json["claim_token"]

    assert anna.post(f"/v1/gifts/{gift_id}/links", key="again").json["claim_token"] == renewed != old
    assert anna.get(f"/v1/gifts/{gift_id}").headers["etag"] != before
    assert scene.client(scene.bo).post(f"/v1/gifts/{gift_id}/links", key="mine").slug == "not-found"
    wrong = scene.client(None).get(f"/v1/claims/{forged(old)}")
    card = scene.client(None).get(f"/v1/claims/{old}")
    for reply in (card, scene.claim(old, scene.bo), scene.decline(old, scene.bo)):
        assert (reply.status, reply.slug, reply.json["detail"]) == (404, wrong.slug, wrong.json["detail"])
    assert scene.claim(renewed, scene.bo).status == 200
    assert anna.post(f"/v1/gifts/{gift_id}/links", key="late").slug == "gift-expired"


def test_a_claim_that_was_read_before_the_link_was_renewed_is_not_written(scene: Scene, proxy: FaultsProxy) -> None:
    """Renewed between reading and writing: the claim decides again, and finds nothing (G2)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(scene.token(scene.send()), scene.bo)  # the person's key is at hand now

    def renew(_: object) -> None:
        renew_link(gift_id, scene.anna, begin=own_begin(scene.hands.at), now=scene.hands.at)

    proxy.at_call(1, "before", renew, ["TransactWriteItems"])
    assert scene.claim(token, scene.bo).slug == "not-found"
    assert scene.given(gift_id)["status"] == "claimable"


@pytest.mark.parametrize("end", ["claimed", "declined"])
def test_after_the_end_a_link_that_went_round_tells_strangers_the_status_only(scene: Scene, end: str) -> None:
    """Giver and recipient still see their card (G9)."""
    token = scene.token(scene.send())
    (scene.claim if end == "claimed" else scene.decline)(token, scene.bo)

    def seen(card: Any) -> tuple[Any, ...]:
        return card["status"], card["message"], card["giver_name"], len(card["goods"]), len(card["styles"])

    full = (end, "祝你新年快乐", "送礼人安娜", 1, 2)
    nothing = (end, None, None, 0, 0)
    assert seen(scene.card(token)) == seen(scene.card(token, scene.cy)) == nothing
    assert seen(scene.card(token, scene.anna)) == full
    assert seen(scene.card(token, scene.bo)) == (full if end == "claimed" else nothing)
