"""A merchant gives own goods: out of a pool, within a budget, and nothing is paid (G8)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.gifts import app as gifts
from services.gifts.tables import GiftsRow
from services.orders import app as orders
from services.shared.contracts.catalog import MembershipChanged
from services.shared.plumbing import clock
from services.shared.plumbing.ids import derived_id, new_id
from services.shared.plumbing.resources import Resources
from tests.integration.gifts.scene import A_DAY, ADDRESS
from tests.integration.gifts.test_with_orders import PRICE_FEN, Journey
from tests.integration.gifts.threads import at_once
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands, hands, letterbox, market, mode, open_till, till
from tests.integration.orders.events import envelope
from tests.integration.orders.market import Market
from tests.integration.wire import deliver, discard, sqs_event

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "till"]


class Merchant(Journey):
    """Mo acts for a shop with five blue ones."""

    def __init__(self, market: Market, hands: Hands) -> None:
        super().__init__(market, hands)
        self.mo = new_id("person:mo")
        member = MembershipChanged(shop_id=market.shop_id, person=self.mo, role="operator")
        letter = envelope(member, "catalog", f"{market.shop_id}/{self.mo}")
        assert gifts.consume(sqs_event(letter.model_dump_json()), None) == {"batchItemFailures": []}
        self.activities = f"/v1/shops/{market.shop_id}/gift-activities"

    @property
    def client(self) -> Client:
        """What Mo uses."""
        return Client(gifts.app, token_for(self.mo))

    def open(self, **changes: Any) -> str:
        """An activity with three pieces and money for ten; its id."""
        reply = self.opening(**changes)
        assert reply.status == 201, reply.text
        return str(reply.json["activity_id"])

    def opening(self, **changes: Any) -> Reply:
        """The same, however it is answered."""
        usual = {
            "name": "新年",
            "product_id": self.market.product_of(self.blue),
            "sku_id": self.blue,
            "pool": 3,
            "budget_fen": 10 * PRICE_FEN,
            "ends_at": (clock.now() + timedelta(days=9)).isoformat(),
        }
        return self.client.post(self.activities, usual | changes)

    def hand_out(self, activity: str, **words: Any) -> Reply:
        """One piece of it."""
        return self.client.post(f"{self.activities}/{activity}/gifts", words)

    def handed_out(self, activity: str) -> list[Any]:
        """What was given of it, newest first."""
        items: list[Any] = self.client.get(f"{self.activities}/{activity}/gifts").json["items"]
        return items

    def left(self, activity: str) -> tuple[int, int]:
        """Pieces and money given."""
        seen = self.client.get(f"{self.activities}/{activity}").json
        return seen["given"], seen["spent_fen"]


@pytest.fixture
def merchant(tables: Callable[[str | Resources], Resources], market: Market, hands: Hands) -> Merchant:
    """Both services."""
    tables("gifts")
    return Merchant(market, hands)


def test_an_own_gift_is_claimed_as_any_other_and_nothing_is_paid(merchant: Merchant) -> None:
    """With words of its own; the stock is sold, the ledger is empty, the recipient's address is the shop's to see."""
    activity = merchant.open()
    assert merchant.hand_out(activity, message="新年好", giver_name="小店").json["status"] == "asked"
    deliver(gifts, orders, duplicate=True)
    [given] = merchant.handed_out(activity)
    gift = merchant.client.get(f"/v1/gifts/{given['gift_id']}").json
    card = Client(gifts.app).get(f"/v1/claims/{gift['claim_token']}").json
    order_id = derived_id("ord", given["gift_id"])

    claimed = Client(gifts.app, token_for(merchant.bo)).post(
        f"/v1/claims/{gift['claim_token']}", {"address": ADDRESS}, key=""
    )
    deliver(gifts, orders, duplicate=True)

    assert (card["message"], card["giver_name"], claimed.status) == ("新年好", "小店", 200)
    order = merchant.market.merchant.get(f"/v1/shops/{merchant.market.shop_id}/orders/{order_id}").json
    assert (order["status"], order["payable_fen"], order["paid_fen"], order["address"]) == ("to_ship", 0, 0, ADDRESS)
    assert merchant.market.stock(merchant.blue)["sold"] == 1
    assert not any(merchant.market.balance().values())
    assert merchant.left(activity) == (1, PRICE_FEN)


def test_what_nobody_takes_is_in_pool_budget_and_stock_again(merchant: Merchant) -> None:
    """Declined or expired, once, whatever comes twice."""
    activity = merchant.open()
    for _ in range(2):
        merchant.hand_out(activity)
    deliver(gifts, orders)
    [first, _] = merchant.handed_out(activity)
    token = merchant.client.get(f"/v1/gifts/{first['gift_id']}").json["claim_token"]

    Client(gifts.app, token_for(merchant.bo)).post(f"/v1/claims/{token}/decline", key="")
    deliver(gifts, orders, duplicate=True)
    assert merchant.left(activity) == (1, PRICE_FEN)
    merchant.hands.move(hours=24)
    merchant.sweep()
    deliver(gifts, orders, duplicate=True)

    assert merchant.left(activity) == (0, 0)
    assert merchant.market.stock(merchant.blue)["on_hand"] == 5


@pytest.mark.parametrize(
    ("limits", "most", "slug"), [({"pool": 3}, 3, "pool-empty"), ({"budget_fen": 2 * PRICE_FEN + 1}, 2, "budget-spent")]
)
def test_pool_and_budget_are_never_passed_whoever_gives_at_once(
    merchant: Merchant, limits: dict[str, int], most: int, slug: str
) -> None:
    """Ten at once get as many as there are; the others are told why."""
    activity = merchant.open(**limits)

    replies = at_once(*[lambda: merchant.hand_out(activity)] * 10)

    assert sorted(reply.slug for reply in replies) == ["", *[""] * (most - 1), *[slug] * (10 - most)]
    assert merchant.left(activity) == (most, most * PRICE_FEN)


@pytest.mark.parametrize("why", ["out_of_stock", "not_for_sale"])
def test_what_cannot_be_had_is_refused_and_comes_back_to_the_pool(merchant: Merchant, why: str) -> None:
    """Once, however often it was asked."""
    activity = merchant.open()
    merchant.hand_out(activity)
    if why == "out_of_stock":
        merchant.market.adjust(merchant.blue, "set", 0)
    else:
        merchant.market.withdraw(merchant.blue)
    merchant.hands.move(minutes=2)
    merchant.sweep()  # nobody has answered: asked again

    deliver(gifts, orders, duplicate=True)

    [given] = merchant.handed_out(activity)
    assert (given["status"], given["refusal"], given["gift_id"]) == ("refused", why, None)
    assert merchant.left(activity) == (0, 0)


def test_only_the_shop_gives_and_only_what_can_be_given(merchant: Merchant) -> None:
    """Others find nothing; words are judged; an activity that has ended gives nothing."""
    activity = merchant.open()
    stranger = Client(gifts.app, token_for(merchant.bo))

    assert stranger.get(f"{merchant.activities}/{activity}").status == 404
    assert stranger.post(f"{merchant.activities}/{activity}/gifts", {}).status == 404
    assert merchant.hand_out("act_1").slug == "not-found"
    assert merchant.hand_out(activity, message="<b>").slug == "validation"
    assert merchant.hand_out(activity, message="好" * 101).slug == "validation"
    assert merchant.opening(product_id="prd_1", sku_id="sku_1").slug == "style-not-offered"
    assert merchant.opening(ends_at=clock.now().isoformat()).slug == "validation"  # it could give nothing
    merchant.hands.move(days=9 * A_DAY.days)
    assert merchant.hand_out(activity).slug == "activity-over"


def test_the_same_key_gives_one(merchant: Merchant) -> None:
    """And the same answer."""
    activity = merchant.open()
    path = f"{merchant.activities}/{activity}/gifts"

    replies = [merchant.client.post(path, {}, key="again") for _ in range(2)]

    assert replies[0].json == replies[1].json
    assert merchant.left(activity)[0] == 1
    listed = merchant.client.get(merchant.activities).json["items"]
    assert [one["activity_id"] for one in listed] == [activity]


def test_what_was_cheaper_than_set_aside_leaves_no_trace_in_the_budget(merchant: Merchant) -> None:
    """G8: it counts what it costs, and when nobody takes it all that was set aside is there again."""
    merchant.hear_offer_at(PRICE_FEN + 500, sequence=2)  # gifts has yet to hear of what orders sells it for
    activity = merchant.open()
    merchant.hand_out(activity)
    assert merchant.left(activity) == (1, PRICE_FEN + 500)

    deliver(gifts, orders, duplicate=True)
    assert merchant.left(activity) == (1, PRICE_FEN)
    merchant.hands.move(hours=24)
    merchant.sweep()
    deliver(gifts, orders, duplicate=True)

    assert merchant.left(activity) == (0, 0)


def test_a_sick_grant_holds_up_no_other(merchant: Merchant) -> None:
    """G8: one whose row cannot be read is passed over, and the question for the next is put again."""
    due_at = clock.now() - timedelta(days=1)
    sick = GiftsRow(f"GRANT#{new_id('gnt')}", "GRANT", doc="{}", due_bucket="GRANTS", due_at=due_at)
    sick.save()
    merchant.hand_out(merchant.open())
    discard(gifts, orders)  # what was asked of orders is lost
    merchant.hands.move(minutes=1, seconds=1)

    merchant.sweep()
    sick.delete()
    deliver(gifts, orders)

    [activity] = merchant.client.get(merchant.activities).json["items"]
    assert [one["status"] for one in merchant.handed_out(activity["activity_id"])] == ["ready"]
