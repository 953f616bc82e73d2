"""Claiming in another style: gifts asks, orders answers, and nobody holds two."""

import json
from datetime import timedelta

import pytest

from infra.faults import FaultsProxy
from services.gifts.claim_token import gift_behind, token_of
from services.gifts.gift import Gift
from services.gifts.moves import commit_move
from services.gifts.refusals import GiftBeingClaimed, StyleSoldOut
from services.gifts.sub_gift import Style
from services.gifts.tables import STORE, VAULT
from services.gifts.wait_for_answer import wait_for_answer
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, StyleAsked
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import Transaction
from tests.integration.gifts.scene import A_DAY, A_MOMENT, ADDRESS, NOW, Scene


def test_the_card_lists_the_styles_at_the_same_price(scene: Scene) -> None:
    """The ordered one first; a fen more is another price (G3)."""
    card = scene.card(scene.token(scene.send()))

    assert card["styles"] == [
        {"sku_id": scene.blue, "attributes": {"colour": "blue"}, "ordered": True},
        {"sku_id": scene.red, "attributes": {"colour": "red"}, "ordered": False},
    ]


def test_what_is_asked_is_answered_202_with_where_to_look(scene: Scene) -> None:
    """And what orders has to know is told (G3, X2)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    asked = scene.claim(token, scene.bo, scene.red)

    assert (asked.status, asked.json["status"], asked.json["retry_after_s"]) == (202, "claiming", 1)
    assert asked.headers["location"] == f"https://xiaodian.test/gifts/v1/claims/{token}"
    assert asked.headers["retry-after"] == "1"
    assert scene.card(token)["status"] == "claiming"
    [question] = scene.said(gift_id, StyleAsked)
    assert (question.attempt, question.line_no, question.sku_id) == (1, 1, scene.red)
    assert scene.said(gift_id, GiftClaimed) == []


@pytest.mark.parametrize("after", [timedelta(), A_DAY])
def test_a_style_taken_is_claimed(scene: Scene, after: timedelta) -> None:
    """Even when the answer comes after the deadline, as the question was in time (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo, scene.red)

    scene.hands.at = NOW + after
    scene.sweep()
    scene.answer(gift_id, "taken")

    [claimed] = scene.said(gift_id, GiftClaimed)
    assert (claimed.recipient, claimed.sku_id) == (scene.bo, scene.red)
    again = scene.claim(token, scene.bo, scene.red)
    assert (again.status, again.json["goods"][0]["sku_id"]) == (200, scene.red)
    assert again.json["goods"][0]["attributes"] == {"colour": "red"}
    assert scene.given(gift_id)["sub_gifts"][0]["sku_id"] == scene.red


@pytest.mark.parametrize(
    ("outcome", "slug"),
    [
        ("sold_out", "style-sold-out"),
        ("not_the_same_price", "style-not-offered"),
        ("not_for_sale", "style-not-offered"),
    ],
)
def test_a_style_refused_leaves_the_gift_open(scene: Scene, outcome: str, slug: str) -> None:
    """The card says why; anybody may choose again, in any style, as another attempt (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo, scene.red)

    scene.answer(gift_id, outcome)

    assert [scene.card(token)[name] for name in ("status", "last_refusal")] == ["claimable", slug]
    assert scene.client(scene.bo).get("/v1/received").json["items"] == []
    assert scene.claim(token, scene.cy, scene.red).status == 202
    assert [one.attempt for one in scene.said(gift_id, StyleAsked)] == [1, 2]
    scene.answer(gift_id, "taken")
    assert scene.claim(token, scene.bo).slug == "gift-already-claimed"


def test_refused_after_the_deadline_it_expires(scene: Scene) -> None:
    """In the same step in which the answer is heard (G3, G4)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.hands.at = NOW + A_DAY - A_MOMENT
    assert scene.claim(token, scene.bo, scene.red).status == 202

    scene.hands.at = NOW + A_DAY
    scene.sweep()
    assert scene.given(gift_id)["status"] == "claiming"
    scene.answer(gift_id, "sold_out")

    assert len(scene.said(gift_id, GiftExpired)) == 1
    assert scene.claim(token, scene.bo).slug == "gift-expired"


def test_while_one_asks_another_is_told_to_look_again(scene: Scene) -> None:
    """Whether to claim or to decline (G3)."""
    token = scene.token(scene.send())
    scene.claim(token, scene.bo, scene.red)

    assert scene.claim(token, scene.cy).slug == "gift-being-claimed"
    assert scene.decline(token, scene.cy).slug == "gift-being-claimed"


def test_the_same_question_again_is_the_same_question(scene: Scene) -> None:
    """Sent twice it waits once; another choice meanwhile is refused (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo, scene.red)

    assert scene.claim(token, scene.bo, scene.red).status == 202
    assert scene.claim(token, scene.bo, scene.blue).slug == "gift-being-claimed"
    assert scene.claim(token, scene.bo, scene.red, address=ADDRESS | {"detail": "2 号"}).slug == "gift-being-claimed"
    assert len(scene.said(gift_id, StyleAsked)) == 1


def test_a_style_that_the_card_does_not_list_is_refused(scene: Scene) -> None:
    """Another price, another product, or a product withdrawn meanwhile: orders is not asked (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    for sku_id in (scene.gold, "sku_of_another_product"):
        assert scene.claim(token, scene.bo, sku_id).slug == "style-not-offered"
    scene.say_withdrawn(sequence=2)
    assert scene.claim(token, scene.bo, scene.red).slug == "style-not-offered"
    assert scene.said(gift_id, StyleAsked) == []
    assert scene.claim(token, scene.bo, scene.blue).status == 200


def test_an_unanswered_question_is_put_again_each_minute(scene: Scene) -> None:
    """As the same attempt, in time and past the deadline, until orders answers (G3)."""
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo, scene.red)

    for minutes in (0.5, 0.5, 0.5, 24 * 60):
        scene.hands.move(minutes=minutes)
        scene.sweep()
    questions = scene.said(gift_id, StyleAsked)
    scene.answer(gift_id, "taken")
    scene.hands.move(minutes=5)
    scene.sweep()

    assert [one.attempt for one in questions] == [1, 1, 1]
    assert len(scene.said(gift_id, StyleAsked)) == 3


def test_late_and_doubled_answers_do_no_harm(scene: Scene) -> None:
    """An answer counts for its own attempt, once (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo, scene.red)
    first = scene.answer(gift_id, "sold_out")
    scene.claim(token, scene.cy, scene.red)

    scene.deliver(first)
    scene.answer(gift_id, "sold_out", attempt=1)
    assert scene.card(token)["status"] == "claiming"
    scene.answer(gift_id, "taken")
    scene.answer(gift_id, "taken")
    scene.answer(gift_id, "sold_out")

    assert [one.recipient for one in scene.said(gift_id, GiftClaimed)] == [scene.cy]


@pytest.mark.parametrize(("outcome", "status"), [("taken", "declined"), ("sold_out", "claimable")])
def test_who_is_erased_while_asking_gets_nothing(scene: Scene, outcome: str, status: str) -> None:
    """There is nowhere to send it to: what was taken goes back as declined, what was refused is open again (G3, X3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.claim(token, scene.bo, scene.red)
    VAULT.erase(scene.bo)

    assert scene.claim(token, scene.bo, scene.red).slug == "gift-being-claimed"
    first = scene.answer(gift_id, outcome)
    scene.deliver(first)

    assert scene.given(gift_id)["status"] == status
    assert scene.said(gift_id, GiftClaimed) == []
    assert len(scene.said(gift_id, GiftDeclined)) == int(status == "declined")
    assert scene.claim(token, scene.cy).status == (409 if status == "declined" else 200)
    scene.hands.move(hours=25)
    scene.sweep()
    assert len(scene.said(gift_id, StyleAsked)) == 1


@pytest.mark.parametrize(("outcome", "status", "slug"), [("taken", 200, ""), ("sold_out", 409, "style-sold-out")])
def test_an_answer_in_time_is_the_answer_of_the_post(
    scene: Scene, two_seconds: None, proxy: FaultsProxy, outcome: str, status: int, slug: str
) -> None:
    """When orders is quick, nobody has to look again (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    # Orders answers between the commit of the question and the first look for an answer.
    asked = proxy.at_call(1, "after", lambda _: scene.answer(gift_id, outcome), ["TransactWriteItems"])
    claimed = scene.claim(token, scene.bo, scene.red)

    assert asked.reached.is_set()
    assert (claimed.status, claimed.slug) == (status, slug)


def test_the_wait_is_bounded(scene: Scene, two_seconds: None) -> None:
    """Two seconds, in pauses that grow (G3)."""
    pauses: list[float] = []
    gift = asked(scene)

    unanswered = wait_for_answer(gift, scene.bo, sleep=pauses.append)

    assert unanswered == gift
    assert sum(pauses) == pytest.approx(2.0)
    assert 1 < len(pauses) < 12


def test_who_is_refused_hears_why(scene: Scene, two_seconds: None) -> None:
    """So that another style can be chosen at once (G3)."""
    gift = asked(scene)

    with pytest.raises(StyleSoldOut):
        wait_for_answer(gift, scene.bo, sleep=lambda _: scene.answer(gift.sheet.gift_id, "sold_out"))


def test_who_is_refused_while_another_is_quick_hears_of_that(scene: Scene, two_seconds: None) -> None:
    """There is nothing left to choose (G3)."""
    gift = asked(scene)
    token = token_of(gift.sheet)

    def meanwhile(_: float) -> None:
        scene.answer(gift.sheet.gift_id, "sold_out")
        scene.claim(token, scene.cy)

    with pytest.raises(GiftBeingClaimed):
        wait_for_answer(gift, scene.bo, sleep=meanwhile)


@pytest.fixture
def two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A POST waits as long as it does unless it is set otherwise."""
    monkeypatch.delenv("XIAODIAN_GIFTS_ANSWER_WAIT_S")


def asked(scene: Scene) -> Gift:
    """A gift that Bo has asked for in red."""
    gift_id = scene.send()
    gift = gift_behind(scene.token(gift_id))
    after = gift.claim(scene.bo, Style(scene.red, {}), VAULT.seal(scene.bo, json.dumps(ADDRESS)), NOW)
    commit_move(lambda: Transaction(STORE, NOW, new_id), gift, after)
    return after
