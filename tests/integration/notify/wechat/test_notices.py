"""What becomes of a notice (N4, N8)."""

import json
from typing import Any

import pytest

from services.shared.contracts.gifts import LotDrawn
from services.shared.plumbing import clock, ids
from tests.integration.notify.conftest import client, event, hear
from tests.integration.notify.wechat.conftest import (
    Hands,
    WeChat,
    bind,
    bring,
    notice_of,
    pay,
    platform,
    sweep,
    taken,
)

MAX_WINNERS = 45  # as many as a gift may have recipients


def test_a_person_of_the_mini_program_is_told_on_wechat_too(wechat: WeChat, shop: str) -> None:
    """At a hint, in the fields of the template; a shop and a person from elsewhere are not (N4)."""
    person = wechat.person()
    taken("wechat-events")

    pay(person, shop, title="一" * 30, fen=1_234_56)
    pay("elsewhere:somebody", shop)
    hints = taken("wechat-events")
    assert bring(*hints) == {"batchItemFailures": []}

    [told] = wechat.told(person)
    assert told["template_id"] == "tmpl_paid"
    assert told["lang"] == "zh_CN"
    assert told["data"] == {
        "thing1": {"value": "「" + "一" * 18 + "…"},
        "amount2": {"value": "¥1234.56"},
        "thing3": {"value": "商家"},
    }
    assert len(hints) == 1
    assert client(person).get("/v1/messages/unread").json["total"] == 1


def test_it_is_told_in_the_preferred_language(wechat: WeChat, shop: str) -> None:
    """But for amounts and times, of which WeChat takes one form only (N2)."""
    person = wechat.person()
    client(person).put("/v1/preferences", {"language": "en"})

    pay(person, shop)
    sweep()

    [told] = wechat.told(person)
    assert (told["lang"], told["data"]["thing3"]["value"], told["data"]["amount2"]["value"]) == (
        "en_US",
        "the shop",
        "¥1.00",
    )


def test_the_many_winners_of_a_lot_are_all_told_once(wechat: WeChat, shop: str, buyer: str) -> None:
    """G6: more than one transaction holds; each has the message and the notice, though the event comes twice."""
    winner = "gifts.lot_drawn/winner"
    bind(template=winner, fields={"thing1": "{title:title}", "time2": "{deadline_at:time}"})
    people = [wechat.person() for _ in range(MAX_WINNERS)]
    drawn = event(
        LotDrawn(
            gift_id=ids.new_id("gft"),
            order_id=ids.new_id("ord"),
            shop_id=shop,
            giver=buyer,
            title="茶杯",
            entries=100,
            winners=people,
            deadline_at=clock.now(),
        )
    )
    for _ in range(2):
        hear(drawn)

    assert {notice_of(one).status for one in people} == {"waiting"}
    inboxes = [client(one).get("/v1/messages/unread").json["total"] for one in (people[0], people[-1], buyer)]
    assert inboxes == [1, 1, 1]


def test_a_hint_that_is_lost_costs_a_minute(wechat: WeChat, shop: str) -> None:
    """The sweep finds what is due; hints that come after it find nothing to do."""
    person = wechat.person()
    taken("wechat-events")
    pay(person, shop)

    sweep()
    bring(*taken("wechat-events") * 3)
    sweep()

    assert len(wechat.told(person)) == 1
    assert notice_of(person).status == "sent"


def test_a_notice_waits_for_the_end_of_quiet_hours(wechat: WeChat, shop: str, hands: Hands) -> None:
    """The inbox is written at once, the phone stays silent until then; money is no exception (N8)."""
    person = wechat.person()
    client(person).put("/v1/preferences", {"quiet_hours": {"starts": "11:00", "ends": "13:30"}})
    taken("wechat-events")

    pay(person, shop)
    hands.on(minutes=89)
    sweep()

    assert client(person).get("/v1/messages/unread").json["total"] == 1
    assert taken("wechat-events") == []
    assert wechat.told(person) == []
    hands.on(minutes=1)
    sweep()
    assert len(wechat.told(person)) == 1


def test_a_retry_does_not_ring_at_night(wechat: WeChat, shop: str, hands: Hands) -> None:
    """Quiet hours are looked at whenever it is sent, also when they were asked for after it was held."""
    person = wechat.person()
    wechat.will_answer(-1)
    pay(person, shop)
    sweep()
    client(person).put("/v1/preferences", {"quiet_hours": {"starts": "12:00", "ends": "13:00"}})

    hands.on(minutes=10)
    sweep()
    assert wechat.told(person) == []

    hands.on(minutes=50)
    sweep()
    assert len(wechat.told(person)) == 1


@pytest.mark.parametrize(("category", "times"), [("trade", 1), ("gift", 1)])
def test_money_cannot_be_switched_off(wechat: WeChat, shop: str, category: str, times: int) -> None:
    """A payment is told whatever is off (N8)."""
    person = wechat.person()
    client(person).put("/v1/preferences", {"media": {"wechat": {category: False}}})

    pay(person, shop)
    sweep()

    assert len(wechat.told(person)) == times


def test_who_refused_is_not_asked_again(wechat: WeChat, shop: str, hands: Hands) -> None:
    """43101: the person does not want it. Nobody is woken, nothing is tried again."""
    person = wechat.person()
    wechat.play("PUT", f"people/{person.partition(':')[2]}", {"accepts": False})
    taken("wechat-events-dlq")

    pay(person, shop)
    sweep()
    asked = wechat.calls("message/subscribe/send")
    hands.on(days=2)
    sweep()

    assert (notice_of(person).status, notice_of(person).errcode) == ("refused", 43101)
    assert wechat.calls("message/subscribe/send") == asked
    assert taken("wechat-events-dlq") == []


@pytest.mark.parametrize("person", ["nobody", "o" + "!" * 27])
def test_an_unknown_person_is_given_up(wechat: WeChat, shop: str, person: str) -> None:
    """40003."""
    somebody = f"{wechat.app.appid}:{person}"

    pay(somebody, shop)
    sweep()

    assert (notice_of(somebody).status, notice_of(somebody).errcode) == ("refused", 40003)


def test_a_used_up_quota_stops_everybody_until_it_returns(wechat: WeChat, shop: str, hands: Hands) -> None:
    """45009: one is refused, none of the others is even sent; at midnight in Beijing all go out (N4)."""
    people = [wechat.person() for _ in range(3)]
    pay(people[0], shop)
    wechat.will_answer(45009)
    sweep()
    asked = wechat.calls("message/subscribe/send")
    for person in people[1:]:
        pay(person, shop)

    hands.on(hours=11, minutes=59)
    sweep()
    assert wechat.calls("message/subscribe/send") == asked

    hands.on(minutes=1)
    sweep()
    assert [len(wechat.told(person)) for person in people] == [1, 1, 1]
    assert notice_of(people[0]).tries == 0


def test_a_quota_that_returns_too_late_leaves_a_dead_letter(wechat: WeChat, shop: str, hands: Hands) -> None:
    """Put off until it is of no use, a notice has failed: somebody hears of it, and may send it all the same (N4)."""
    late, other = wechat.person(), wechat.person()
    pay(late, shop)
    hands.on(days=2, hours=23)
    taken("wechat-events")
    taken("wechat-events-dlq")
    pay(other, shop)
    wechat.will_answer(45009)
    bring(*taken("wechat-events"))

    sweep()
    [letter] = taken("wechat-events-dlq")
    assert notice_of(late).status == "failed"

    hands.on(days=1)
    bring(letter)
    assert len(wechat.told(late)) == 1


def test_what_wechat_limits_by_the_minute_goes_out_after_it(wechat: WeChat, shop: str, hands: Hands) -> None:
    """45011."""
    person = wechat.person()
    wechat.will_answer(45011)
    pay(person, shop)

    sweep()
    hands.on(seconds=61)
    sweep()

    assert len(wechat.told(person)) == 1


def test_a_wrong_template_is_a_dead_letter_and_can_be_sent_when_it_is_right(
    wechat: WeChat, shop: str, hands: Hands
) -> None:
    """47003: told at once to who runs the service, tried by nobody; the redriven letter sends it (N4)."""
    person = wechat.person()
    wechat.play("PUT", "templates/tmpl_paid", {"fields": ["thing1", "amount2"]})
    taken("wechat-events-dlq")
    pay(person, shop)
    sweep()
    hands.on(days=1)
    sweep()
    [letter] = taken("wechat-events-dlq")
    assert (notice_of(person).status, notice_of(person).errcode) == ("failed", 47003)

    bind(fields={"thing1": "{goods:goods}", "amount2": "{paid_fen:money}"})
    bring(letter, letter)

    assert len(wechat.told(person)) == 1
    assert notice_of(person).status == "sent"
    assert json.loads(letter)["again"] is True


def test_what_wechat_cannot_take_is_tried_less_and_less_often(wechat: WeChat, shop: str, hands: Hands) -> None:
    """After 10 s, 1 m, 5 m, 30 m, 1 h, 3 h, 6 h; then it is a dead letter."""
    person = wechat.person()
    wechat.will_answer(-1, times=8)
    taken("wechat-events-dlq")
    pay(person, shop)
    waits = []

    sweep()
    while (due_at := notice_of(person).due_at) is not None:
        waits.append((due_at - hands.at).total_seconds())
        hands.at = due_at
        sweep()

    assert waits == [10, 60, 300, 1800, 3600, 10800, 21600]
    assert notice_of(person).status == "failed"
    assert len(taken("wechat-events-dlq")) == 1
    assert wechat.told(person) == []


def test_nobody_is_told_by_a_template_that_is_gone(wechat: WeChat, shop: str) -> None:
    """Also not what was waiting."""
    person = wechat.person()
    pay(person, shop)
    path = "/v1/wechat-templates?template=orders.order_paid/buyer"

    assert platform().delete(path).status == 204
    sweep()

    assert wechat.told(person) == []
    assert notice_of(person).status == "dropped"
    assert platform().delete(path).status == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"template": "orders.nothing/buyer"}, "no text is called"),
        ({"fields": {"thing1": "{waybill}"}}, "has not"),
        ({"fields": {"thing1": "{goods:colour}"}}, "unknown format"),
        ({"fields": {"title": "{goods:goods}"}}, "no field of a WeChat template"),
        ({"fields": {"thing1": "{goods"}}, "brace"),
        ({"fields": {}}, "at least 1"),
    ],
)
def test_a_binding_that_could_not_be_told_is_refused(wechat: WeChat, changes: dict[str, Any], says: str) -> None:
    """When it is named, not when somebody pays."""
    refused = bind(**changes)

    assert refused.status == 422
    assert says in refused.text
    assert [one["fields"] for one in platform().get("/v1/wechat-templates").json["items"]] != [changes.get("fields")]


def test_templates_are_the_platforms(wechat: WeChat, buyer: str) -> None:
    """Nobody else sees or names one."""
    assert client(buyer).get("/v1/wechat-templates").status == 403
    assert client(buyer).put("/v1/wechat-templates", {}).status == 403
    refused = [platform().delete(f"/v1/wechat-templates?template={one}").slug for one in ("", "%0A", "none")]
    assert refused == ["validation", "validation", "not-found"]
