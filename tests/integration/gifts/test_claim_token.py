"""The claim token: not to be guessed, shown again to its giver, and worth nothing elsewhere."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from services.gifts.tables import SHEET, GiftsRow, find_gift
from tests.integration.gifts.scene import ADDRESS, Scene


def guesses(token: str, other: str) -> list[str]:
    """What somebody might try who knows one token, or the ids of orders and gifts."""
    ident, _, mac = token.partition("-")
    return [
        ident,
        f"{ident}-",
        f"{ident}-{mac[:-1]}",
        f"{ident}-{mac}A",
        f"{ident}-{'A' if mac[0] != 'A' else 'B'}{mac[1:]}",
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


def test_a_token_is_beyond_guessing(scene: Scene) -> None:
    """At least 128 bits that nobody can compute from ids (G2)."""
    mac = base64.urlsafe_b64decode(scene.token(scene.send()).partition("-")[2])

    assert len(mac) * 8 >= 128


def test_another_version_makes_the_old_token_worthless(scene: Scene) -> None:
    """So that a link which leaked can be replaced (G2)."""
    gift_id = scene.send()
    old = scene.token(gift_id)
    gift = find_gift(gift_id)
    assert gift is not None

    rotated = SHEET.dump_json(replace(gift.sheet, token_version=2)).decode()
    GiftsRow(f"GIFT#{gift_id}", "SHEET").update(actions=[GiftsRow.doc.set(rotated)])

    assert scene.client(None).get(f"/v1/claims/{old}").status == 404
    assert scene.claim(scene.token(gift_id), scene.bo).status == 200


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
