"""Gifts by lot: entering, the draw, and what winners and the others can do then (G6)."""

from datetime import timedelta
from typing import Any

import pytest

from infra.cli.draws import faults_of
from infra.faults import Fault, FaultsProxy
from services.gifts.draw_lot import draw_lot
from services.gifts.tables import add_entry, find_lot, own_begin
from services.shared.contracts.gifts import GiftExpired, LotDrawn
from services.shared.contracts.orders import LotTerms
from services.shared.plumbing.ids import derived_id, new_id
from services.shared.plumbing.tables import Contended
from tests.integration.gifts.scene import A_DAY, NOW, Scene
from tests.integration.gifts.threads import at_once
from tests.integration.http import Reply

DRAW_AT = NOW + timedelta(hours=1)


def send(scene: Scene, prizes: int = 2, full_at: int = 1_000, may_enter: tuple[str, ...] = ()) -> str:
    """A lot that is drawn after an hour; the gift's id."""
    order_id = new_id("ord")
    lot = LotTerms(draw_after_minutes=60, full_at=full_at, may_enter=list(may_enter))
    paid = scene.paid(order_id, mode="lot", recipients=prizes).model_copy(update={"lot": lot})
    scene.hear(paid, emitter="orders", subject=order_id)
    return derived_id("gft", order_id)


def enter(scene: Scene, token: str, person: str) -> Reply:
    """This person enters."""
    return scene.client(person).post(f"/v1/claims/{token}/entries", key="")


def record(scene: Scene, gift_id: str) -> Any:
    """The draw's record, as anybody sees it."""
    return scene.client(None).get(f"/v1/draws/{gift_id}").json


def people(number: int) -> list[str]:
    """So many, of whom nobody has heard."""
    return [new_id("person:p") for _ in range(number)]


def test_a_lot_from_the_first_entry_to_the_last_refund(scene: Scene) -> None:
    """Committed to before, drawn on the second by whoever comes first, checked by anybody; the rest expires."""
    gift_id = send(scene)
    token, crowd = scene.token(gift_id), people(5)
    before = record(scene, gift_id)
    for person in crowd:
        assert enter(scene, token, person).json["lot"]["entry_id"]
    assert scene.claim(token, crowd[0]).slug == "not-drawn-yet"

    scene.hands.at = DRAW_AT
    assert enter(scene, token, scene.cy).slug == "entries-closed"
    replies = {person: scene.claim(token, person) for person in crowd}
    won = [person for person, reply in replies.items() if reply.status == 200]
    drawn = record(scene, gift_id)
    mine = scene.card(token, won[0])["lot"]["entry_id"]

    assert sorted(reply.slug for reply in replies.values()) == ["", "", *["not-a-winner"] * 3]
    assert list(faults_of(drawn, commitment=before["commitment"], entry=mine)) == []
    assert len(drawn["entries"]) == 5
    assert [one.winners for one in scene.said(gift_id, LotDrawn)] != [[]]
    assert set(scene.said(gift_id, LotDrawn)[0].winners) == set(won)
    assert {one["status"] for one in scene.given(gift_id)["sub_gifts"]} == {"claimed"}


def test_the_seed_is_nobody_s_before_the_draw_and_no_person_is_named_ever(scene: Scene) -> None:
    """Entries are ids of which only who entered can tell that they are theirs."""
    gift_id = send(scene)
    token, crowd = scene.token(gift_id), people(4)
    for person in crowd:
        enter(scene, token, person)

    before = record(scene, gift_id)
    scene.hands.at = DRAW_AT
    scene.sweep()
    after = record(scene, gift_id)

    assert (before["seed"], before["winners"], before["state"]) == (None, [], "open")
    assert after["seed"]
    assert not any(person in str(after) for person in crowd)
    assert scene.card(token, crowd[0])["lot"]["won"] in (True, False)
    assert scene.card(token)["lot"]["entry_id"] is None
    assert [scene.card(token, person)["lot"]["won"] for person in crowd].count(True) == 2


def test_winners_who_do_not_come_are_refunded_with_what_nobody_won(scene: Scene) -> None:
    """One event lists them all; nobody is left out, and fewer who enter than can win all win."""
    gift_id = send(scene, prizes=3)
    token = scene.token(gift_id)
    enter(scene, token, scene.bo)
    enter(scene, token, scene.cy)
    scene.hands.at = DRAW_AT
    scene.sweep()

    assert scene.card(token)["left"] == 2  # what nobody has won, nobody can claim
    assert scene.claim(token, scene.bo).status == 200
    assert scene.card(token, scene.bo)["left"] == 1
    scene.hands.at = NOW + A_DAY
    assert scene.claim(token, scene.cy).slug == "gift-expired"
    scene.sweep()

    [expired] = scene.said(gift_id, GiftExpired)
    assert len(expired.sub_gift_ids) == 2
    assert sorted(one["status"] for one in scene.given(gift_id)["sub_gifts"]) == ["claimed", "expired", "expired"]


def test_a_winner_may_decline(scene: Scene) -> None:
    """G5: nobody else gets it; who has not won declines nothing."""
    gift_id = send(scene, prizes=1)
    token = scene.token(gift_id)
    enter(scene, token, scene.bo)
    scene.hands.at = DRAW_AT
    scene.sweep()

    assert scene.decline(token, scene.cy).slug == "not-a-winner"
    assert scene.decline(token, scene.bo).json["status"] == "declined"


def test_it_is_drawn_as_soon_as_it_is_full(scene: Scene) -> None:
    """By the last who enters."""
    gift_id = send(scene, prizes=2, full_at=3)
    token, crowd = scene.token(gift_id), people(4)

    assert [enter(scene, token, person).slug for person in crowd] == ["", "", "", "entries-closed"]

    drawn = record(scene, gift_id)
    assert (drawn["state"], len(drawn["winners"])) == ("drawn", 2)
    assert list(faults_of(drawn)) == []


def test_a_full_lot_is_drawn_though_somebody_was_quicker(scene: Scene, proxy: FaultsProxy) -> None:
    """G6: by the last who enters, whose first try to draw it met another's act."""
    gift_id = send(scene, prizes=1, full_at=2)
    token = scene.token(gift_id)
    enter(scene, token, scene.bo)
    proxy.clear()
    conflict = Fault("conflict", ("TransactWriteItems",), times=1)
    entered = proxy.at_call(1, "after", lambda _: proxy.plan(conflict), ["TransactWriteItems"])

    assert enter(scene, token, scene.cy).status == 200

    assert entered.reached.is_set()
    assert record(scene, gift_id)["state"] == "drawn"


@pytest.mark.parametrize("full_at", [1, 2])
def test_a_full_lot_is_drawn_though_the_last_who_entered_died(scene: Scene, full_at: int) -> None:
    """G6: by the next sweep, not hours later when the time for it has come."""
    gift_id = send(scene, prizes=1, full_at=full_at)
    people_in = [scene.bo, scene.cy][:full_at]
    for person in people_in:
        lot, tx = find_lot(gift_id), own_begin(NOW)()
        assert lot is not None
        add_entry(tx, gift_id, lot, f"ent_{person}", person)
        tx.commit()
    assert record(scene, gift_id)["state"] == "closed"

    scene.sweep()

    drawn = record(scene, gift_id)
    assert (drawn["state"], len(drawn["entries"]), len(drawn["winners"])) == ("drawn", full_at, 1)


def test_only_those_who_were_chosen_enter_and_only_lots_are_entered(scene: Scene) -> None:
    """G6: the giver may name them; a gift of another kind is claimed."""
    chosen = send(scene, may_enter=(scene.bo,))
    token = scene.token(chosen)

    assert enter(scene, token, scene.bo).status == 200
    assert enter(scene, token, scene.cy).slug == "not-invited"
    assert enter(scene, scene.token(scene.send()), scene.bo).slug == "not-a-lot"
    assert scene.client(None).get(f"/v1/draws/{scene.send()}").status == 404


def test_a_sweep_that_is_a_day_late_draws_nothing_and_gives_the_money_back(scene: Scene) -> None:
    """Winners would have no time left."""
    gift_id = send(scene)
    enter(scene, scene.token(gift_id), scene.bo)
    scene.hands.at = NOW + A_DAY

    scene.sweep()

    assert record(scene, gift_id)["state"] == "void"
    assert scene.said(gift_id, LotDrawn) == []
    assert [len(one.sub_gift_ids) for one in scene.said(gift_id, GiftExpired)] == [2]


def test_all_at_once_each_enters_once_and_never_more_than_fit(scene: Scene, proxy: FaultsProxy) -> None:
    """Forty presses of twenty-five people on a lot for twenty: twenty entries, drawn once, all of them counted."""
    gift_id = send(scene, prizes=5, full_at=20)
    token, crowd = scene.token(gift_id), people(25)

    replies = at_once(*(lambda who=who: enter(scene, token, who) for who in (*crowd, *crowd[:15])))

    drawn = record(scene, gift_id)
    assert {reply.slug for reply in replies} <= {"", "entries-closed", "too-busy"}
    assert (len(drawn["entries"]), len(drawn["winners"]), drawn["state"]) == (20, 5, "drawn")
    assert list(faults_of(drawn)) == []
    assert len(scene.said(gift_id, LotDrawn)) == 1


def test_who_enters_while_it_is_drawn_is_in_it_or_told_so(scene: Scene, proxy: FaultsProxy) -> None:
    """The draw that was counted without an entry is not written: it counts again."""
    gift_id = send(scene)
    token = scene.token(gift_id)
    enter(scene, token, scene.bo)
    entered = []

    def late(_: object) -> None:
        scene.hands.at = DRAW_AT - timedelta(seconds=1)  # a clock that is behind
        entered.append(enter(scene, token, scene.cy).status)

    proxy.at_call(1, "before", late, ["TransactWriteItems"])
    with pytest.raises(Contended):
        draw_lot(gift_id, begin=own_begin(DRAW_AT), now=DRAW_AT)
    assert draw_lot(gift_id, begin=own_begin(DRAW_AT), now=DRAW_AT)

    assert entered == [200]
    assert len(record(scene, gift_id)["winners"]) == 2
