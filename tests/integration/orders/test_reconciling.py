"""Every day against WeChat's bill (O3, O7): each kind of difference is listed, and nothing is mended by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from infra.local.schedules import scheduled_event
from services.orders import app as orders
from services.orders.payments import reconcile, wechat_pay
from services.orders.payments.payment import Payment
from services.orders.payments.reconcile import reconcile_yesterday
from services.orders.payments.wechat_pay import WeChatSilent
from services.orders.tables import own_begin
from services.shared.contracts.orders import PaymentsDiffer
from services.shared.plumbing import clock, ids
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import SUB_MCHID, Letterbox, Till, eventually

pytestmark = both_modes
PATH = "/v1/payment-reconciliations"
_days = count(1)


class Calendar:
    """A day that no other test trades on, and the morning after it."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self.noon = datetime(2031, 1, 1, 4, tzinfo=UTC) + timedelta(days=3 * next(_days))  # at noon in Beijing
        self.hands.moved = self.noon - datetime.now(UTC)

    @property
    def day(self) -> str:
        return self.noon.date().isoformat()

    def next_morning(self, hour: int = 11) -> None:
        """At this hour in Beijing."""
        self.hands.moved = self.noon + timedelta(days=1, hours=hour - 12) - datetime.now(UTC)


@pytest.fixture
def calendar(hands: Hands) -> Calendar:
    """The day is today, and it is noon."""
    return Calendar(hands)


@pytest.fixture
def operator() -> Client:
    """The platform's."""
    return Client(orders.app, token_for("person:olga", platform=True))


def compared(market: Market, operator: Client, calendar: Calendar) -> dict[str, Any]:
    """The comparison of the day, once the schedule has started it and its job is done."""
    calendar.next_morning()
    orders.reconcile(scheduled_event("reconcile", clock.now()), None)
    market.settle_events()
    reply = operator.get(f"{PATH}/{calendar.day}")
    assert (reply.status, reply.json["status"]) == (200, "done"), reply.text
    shown: dict[str, Any] = reply.json
    return shown


def sold(market: Market, price_fen: int = 700, **more: Any) -> tuple[Client, str, str]:
    """A purchase that is paid and heard of: its buyer, its order, its payment."""
    (sku,) = market.offer(stock=5, price_fen=price_fen, **more)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    return buyer, order_id, market.paid(buyer, order_id)


def unpaid(market: Market) -> tuple[str, str]:
    """An order and the payment that was started for it."""
    (sku,) = market.offer(stock=5, price_fen=700)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    return order_id, market.start_paying(buyer, order_id)


def refunded(market: Market, till: Till) -> tuple[str, str]:
    """A gift that was declined, and WeChat's number of the refund; what WeChat tells of it is brought by the test."""
    (sku,) = market.offer(stock=5, price_fen=500)
    order_id = market.give(person("anna"), sku)
    market.decline(order_id)
    market.settle_events()
    payment_id = str(person("anna").get(f"/v1/orders/{order_id}").json["payment_id"])
    eventually(lambda: [one["status"] != "PROCESSING" for one in till.shown(payment_id)["refunds"]], [True])
    return payment_id, str(till.shown(payment_id)["refunds"][0]["out_refund_no"])


def listed(shown: dict[str, Any]) -> set[tuple[str, str, str | None, str | None]]:
    """What was found: its kind, whose, and both sides' word for it."""
    return {(one["kind"], one["ref"], one["ours"], one["theirs"]) for one in shown["items"]}


def test_a_day_on_which_all_agrees(
    market: Market, operator: Client, calendar: Calendar, till: Till, letterbox: Letterbox
) -> None:
    """O3: paid, refunded, paid late and sent back, with whatever a merchant writes into a title."""
    sold(market, title="茶,`桂花`,\n=1+1, 半斤")
    sold(market, title="`,`,`")
    payment_id, _ = refunded(market, till)
    assert till.refunded_letter(payment_id).bring().status == 200
    order_id, late = unpaid(market)
    person("anna").post(f"/v1/orders/{order_id}/cancellation")
    till.phone(late, after_close=True, times=0)
    assert till.paid_letter(late).bring().status == 200
    market.settle_events()
    assert till.refunded_letter(late).bring().status == 200

    shown = compared(market, operator, calendar)

    assert (shown["lines"], shown["items"], set(shown["differences"].values())) == (6, [], {0})
    assert said(shown["run"], PaymentsDiffer) == []


def test_each_kind_of_difference(
    market: Market, operator: Client, calendar: Calendar, till: Till, letterbox: Letterbox, mode: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """O3: listed with both sides' word, counted, logged and told; and everything stays as it was."""
    sold(market)
    unheard_order, unheard = unpaid(market)
    till.phone(unheard, times=0)
    _, _, more = sold(market)
    till.phone(more, amount_fen=900, times=0)
    unknown = stranger(mode)
    till.phone(unknown, times=0)
    imagined_order, imagined = unpaid(market)
    claim: dict[str, Any] = {
        "trade_state": "SUCCESS",
        "transaction_id": "4200",
        "success_time": calendar.noon.isoformat(),
    }
    assert till.paid_letter(imagined, **claim).bring().status == 200
    till.arm(refund_fails=1)
    payment_id, refund_id = refunded(market, till)
    told = till.shown(payment_id)["refunds"][0] | {"out_trade_no": payment_id, "refund_status": "SUCCESS"}
    assert till.letter("REFUND.SUCCESS", "refund", told).bring().status == 200

    shown = compared(market, operator, calendar)

    assert listed(shown) == {
        ("status_differs", unheard, "open", "SUCCESS"),
        ("amount_differs", more, "paid", "SUCCESS"),
        ("missing_here", unknown, None, "SUCCESS"),
        ("missing_at_wechat", imagined, "paid", None),
        ("refund_differs", refund_id, "succeeded", "CHANGE"),
    }
    assert shown["differences"] == dict.fromkeys(shown["differences"], 1)
    assert [one.differences.model_dump() for one in said(shown["run"], PaymentsDiffer)] == [shown["differences"]]
    assert "payments_differ" in capsys.readouterr().out
    assert [status_of(person("anna"), one) for one in (unheard_order, imagined_order)] == ["pending_payment", "to_ship"]
    amounts = {one["ref"]: (one["ours_fen"], one["theirs_fen"]) for one in shown["items"]}
    assert (amounts[more], amounts[unknown], amounts[imagined]) == ((700, 900), (None, 55), (700, None))


def stranger(mode: str) -> str:
    """A payment under our number of which we have nothing."""
    now = clock.now()
    unknown = Payment(
        ids.new_id("pay"), "ord_x", "shp_x", "native", "open", 55, now + timedelta(minutes=9), now, now, "person:x"
    )
    if mode == "partner":
        unknown = Payment(**vars(unknown) | {"sub_mchid": SUB_MCHID})
    assert wechat_pay.prepay(unknown, "tea")["code_url"]
    return unknown.payment_id


def test_a_refund_that_wechat_does_not_know(
    market: Market, operator: Client, calendar: Calendar, till: Till, letterbox: Letterbox
) -> None:
    """O3: booked here by a letter that told of something else than what happened."""
    (sku,) = market.offer(stock=5, price_fen=500)
    order_id = market.give(person("anna"), sku)
    market.decline(order_id)
    payment_id = str(person("anna").get(f"/v1/orders/{order_id}").json["payment_id"])
    refund_id = payment_id.replace("pay_", "rfd_")
    told = {
        "out_trade_no": payment_id,
        "out_refund_no": refund_id,
        "refund_status": "SUCCESS",
        "amount": {"refund": 500},
    }
    assert till.letter("REFUND.SUCCESS", "refund", told).bring().status == 200

    shown = compared(market, operator, calendar)

    assert listed(shown) == {("missing_at_wechat", refund_id, "succeeded", None)}


def test_a_shop_sees_its_own(
    market: Market, operator: Client, calendar: Calendar, till: Till, letterbox: Letterbox, mode: str
) -> None:
    """O3: not what concerns others, nor what nobody knows whose it is; pages go on where they ended."""
    wrong = {unpaid(market)[1] for _ in range(3)}
    for one in wrong:
        till.phone(one, times=0)
    till.phone(stranger(mode), times=0)
    compared(market, operator, calendar)
    path = f"/v1/shops/{market.shop_id}{PATH.removeprefix('/v1')}/{calendar.day}"

    assert {one["ref"] for one in paged(market.merchant, path)} == wrong
    assert len(list(paged(operator, f"{PATH}/{calendar.day}"))) == 4
    own = market.merchant.get(path).json
    assert (own["differences"], own["lines"]) == (None, None)
    assert person("bert").get(path).status == 404
    assert market.merchant.get(f"{PATH}/{calendar.day}").status == 403


def paged(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """All of a list, two at a time."""
    page = client.get(f"{path}?limit=2").json
    yield from page["items"]
    while page["next_cursor"]:
        page = client.get(f"{path}?limit=2&cursor={page['next_cursor']}").json
        yield from page["items"]


def test_the_schedule_compares_a_day_once_when_its_bill_is_ready(
    market: Market, operator: Client, calendar: Calendar
) -> None:
    """O3: not before ten in the morning in Beijing, and not again in the afternoon."""
    sold(market)
    calendar.next_morning(hour=9)
    before = reconcile_yesterday(clock.now(), own_begin(clock.now()))
    calendar.next_morning(hour=10)
    calendar.hands.move(seconds=1)
    run = reconcile_yesterday(clock.now(), own_begin(clock.now()))
    calendar.next_morning(hour=16)
    again = reconcile_yesterday(clock.now(), own_begin(clock.now()))

    assert before != run == f"rec_{calendar.day}"
    assert again is None
    assert operator.get(f"{PATH}/{calendar.day}").json["status"] == "running"
    market.settle_events()
    assert operator.get(f"{PATH}/{calendar.day}").json["lines"] == 1


def test_by_hand_again_after_somebody_has_looked(
    market: Market, operator: Client, calendar: Calendar, till: Till, letterbox: Letterbox
) -> None:
    """O3: the letter came after all; the new comparison takes the place of the old one."""
    _, payment_id = unpaid(market)
    till.phone(payment_id, times=0)
    assert compared(market, operator, calendar)["differences"]["status_differs"] == 1
    assert till.paid_letter(payment_id).bring().status == 200

    started = operator.post(PATH, {"day": calendar.day}, key="again" + calendar.day)
    repeated = operator.post(PATH, {"day": calendar.day}, key="again" + calendar.day)
    market.settle_events()

    assert (started.status, repeated.json) == (202, started.json)
    shown = operator.get(f"{PATH}/{calendar.day}").json
    assert (shown["run"], shown["items"], shown["status"]) == (started.json["run"], [], "done")


@pytest.mark.parametrize("off", [0, 1, -91])
def test_a_day_without_a_bill_is_refused(operator: Client, calendar: Calendar, market: Market, off: int) -> None:
    """O3: not over, or too long ago; and a day of which nothing is known is not found."""
    refused = operator.post(PATH, {"day": (calendar.noon + timedelta(days=off)).date().isoformat()})

    assert (refused.status, refused.slug) == (422, "no-bill")
    assert [operator.get(f"{PATH}/{day}").status for day in ("2019-01-01", "yesterday")] == [404, 404]
    assert market.merchant.post(PATH, {"day": calendar.day}).status == 403


@pytest.mark.usefixtures("till")
def test_a_bill_is_not_asked_for_by_hand_before_it_is_made(operator: Client, calendar: Calendar) -> None:
    """O3: until ten WeChat has none, and says so of a day without trade as well: all that was paid would be missing."""
    calendar.next_morning(hour=9)
    early = operator.post(PATH, {"day": calendar.day})
    calendar.next_morning(hour=10)
    calendar.hands.move(seconds=1)

    assert (early.status, early.slug) == (422, "no-bill")
    assert operator.post(PATH, {"day": calendar.day}).status == 202


@pytest.mark.parametrize("trouble", ["system_errors", "lose_answers", "forge_answers"])
def test_a_bill_that_does_not_come_is_asked_for_again(
    market: Market, operator: Client, calendar: Calendar, till: Till, trouble: str
) -> None:
    """O3: the job waits, and nothing is said of the day meanwhile."""
    sold(market)
    calendar.next_morning()
    till.arm(**{trouble: 2})
    reconcile_yesterday(clock.now(), own_begin(clock.now()))

    for _ in range(4):
        with_patience(market, calendar)

    shown: Reply = operator.get(f"{PATH}/{calendar.day}")
    assert (shown.json["status"], shown.json["lines"], shown.json["items"]) == ("done", 1, [])


def with_patience(market: Market, calendar: Calendar) -> None:
    """Let the job's step be brought; one that fails is restarted when it has stalled."""
    try:
        market.settle_events()
    except WeChatSilent:
        calendar.hands.move(minutes=6)
        orders.tend(scheduled_event("tend", clock.now()), None)


def test_many_lines_in_chunks(
    market: Market, operator: Client, calendar: Calendar, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: a chunk ends when its time is over and the next goes on there; no line is missed, none counted twice."""
    monkeypatch.setattr(reconcile, "CHUNK_S", 0.0)
    monkeypatch.setattr(reconcile, "LINES", 2)
    monkeypatch.setattr(reconcile, "OURS", 1)
    wrong = {unpaid(market)[1] for _ in range(3)}
    for one in wrong:
        till.phone(one, times=0)
    for _ in range(4):
        sold(market)

    shown = compared(market, operator, calendar)

    assert shown["lines"] == 7
    assert shown["differences"]["status_differs"] == 3
    assert {one["ref"] for one in shown["items"]} == wrong
