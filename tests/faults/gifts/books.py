"""What must be true of a gift at every moment, and what in the end: sub-gifts, stock, money and notices agree."""

from collections import Counter

from services.gifts import app as gifts
from services.notify import app as notify
from services.orders.aftersale.claim import held, unsent
from services.orders.aftersale.tables import find_aftersales
from services.orders.order import Order
from services.orders.payments.payment import Payment
from services.orders.payments.tables import find_payment
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, GiftReady, LotDrawn
from services.shared.contracts.orders import RefundSucceeded
from services.shared.plumbing.ids import derived_id
from tests.faults.gifts.walk import FEN, STOCK, Walk
from tests.integration.http import Client, token_for

BACK = {"declined", "expired", "refunded"}
NEXT = {  # what an end may become
    "claimed": {"claimed"},
    "declined": {"declined", "refunded"},
    "expired": {"expired", "refunded"},
    "refunded": {"refunded"},
}


class Books:
    """Reads them after every step."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.seen: dict[str, str] = {}

    def check(self) -> None:
        """Whatever has not arrived yet: never two endings, never two styles or none, never a fen too much."""
        found = self.walk.orders()
        handed_on, taken_back = self.endings(found)
        self.check_stock(found, taken_back)
        self.check_money(found, taken_back)
        statuses = {one["sub_gift_id"]: one["status"] for one in self.walk.gift()["sub_gifts"]}
        for sub_gift_id, before in self.seen.items():
            assert before not in NEXT or statuses[sub_gift_id] in NEXT[before]
        assert handed_on <= {one for one, status in statuses.items() if status == "claimed"}
        assert taken_back <= {one for one, status in statuses.items() if status in BACK}
        assert {one for one, status in statuses.items() if status == "refunded"} <= taken_back
        self.seen = statuses

    def endings(self, found: list[Order]) -> tuple[set[str], set[str]]:
        """What orders has handed on to somebody, and what it has taken back: never both."""
        sheet = next(one for one in found if one.order_id == self.walk.order_id)
        own = {one.sub_gift_id or derived_id("sub", one.order_id) for one in found if one.recipient}
        if sheet.for_many:
            assert own == {one.sub_gift_id for one in sheet.shares if one.state == "handed_on"}
            back = {one.sub_gift_id for one in sheet.shares if one.state == "returned"}
        else:
            back = {derived_id("sub", sheet.order_id)} if sheet.status == "cancelled" else set()
        assert not own & back
        assert len({one.recipient for one in found if one.recipient}) == len(own)
        return own, back

    def check_stock(self, found: list[Order], taken_back: set[str]) -> None:
        """Of each sub-gift that was not given back one piece is sold, in one style."""
        sold: Counter[str] = Counter()
        for order in found:
            for line in order.lines if order.status != "cancelled" else ():
                sold[line.sku_id] += sum(one.quantity for one in line.taken)
            for share in order.shares:
                sold[share.sku_id or ""] += sum(one.quantity for one in share.taken)
        unsent_back = sum(unsent(held([one for one in order.claims if one.going_back], 1)) for order in found)
        assert sold.total() == self.walk.recipients - len(taken_back) - unsent_back
        for sku_id in (self.walk.blue, self.walk.red):
            stock = self.walk.market.stock(sku_id)
            assert stock == {"on_hand": STOCK - sold[sku_id], "held": 0, "sold": sold[sku_id], "received": STOCK}

    def check_money(self, found: list[Order], taken_back: set[str]) -> None:
        """What is set aside for the giver is what was taken back and granted, and no more than that arrives."""
        payment = self.payment()
        own = [order for order in found if not order.for_many]  # the sheet's after-sale is about what was taken back
        granted = sum(one.back_fen for order in own for one in order.claims if one.going_back)
        assert payment.amount_fen == self.walk.recipients * FEN
        assert payment.requested_fen == len(taken_back) * FEN + granted
        assert sum(order.refunded_fen for order in found) == payment.refunded_fen <= payment.requested_fen

    def payment(self) -> Payment:
        """The giver's one payment."""
        payment = find_payment(self.walk.payment_id)
        assert payment is not None
        return payment

    # ------------------------------------------------------------------------------------------------------ the end

    def check_end(self) -> Counter[str]:
        """Each has ended in one of two ways, the money has arrived, and everybody was told once; how many each way."""
        self.check()
        ended = Counter(self.seen.values())
        handed_on, taken_back = self.endings(self.walk.orders())
        assert (len(handed_on), len(taken_back)) == (ended["claimed"], ended["refunded"])
        assert ended.total() == self.walk.recipients == ended["claimed"] + ended["refunded"]
        payment = self.payment()
        refunds = self.walk.till.shown(self.walk.payment_id)["refunds"]
        arrived = sum(one["amount"]["refund"] for one in refunds if one["status"] == "SUCCESS")
        assert payment.requested_fen == payment.refunded_fen == arrived
        assert self.walk.market.balance()["wechat_fen"] == payment.amount_fen - arrived
        assert self.walk.promised <= {one.recipient for one in self.walk.claimed()}
        self.check_events(taken_back)
        self.check_notices()
        self.check_numbers(ended)
        return ended

    def check_events(self, taken_back: set[str]) -> None:
        """Each ending is told once; what expired, in one event and one refund, which list it."""
        told = self.walk.queues.told(self.walk.gift_id)
        claims = [one.open(GiftClaimed).sub_gift_id for one in told if one.name == GiftClaimed.NAME]
        declined = [one.open(GiftDeclined).sub_gift_ids for one in told if one.name == GiftDeclined.NAME]
        expired = [one.open(GiftExpired).sub_gift_ids for one in told if one.name == GiftExpired.NAME]
        assert sorted(claims) == sorted({one for one, status in self.seen.items() if status == "claimed"})
        assert len(expired) <= 1
        assert sorted(one for ids in (*declined, *expired) for one in ids) == sorted(taken_back)
        told_of = [one for one in self.walk.queues.told(self.walk.order_id) if one.name == RefundSucceeded.NAME]
        back = [one.open(RefundSucceeded) for one in told_of]
        unclaimed = [one for one in back if one.why == "gift_expired"]
        assert len(unclaimed) == len(expired)
        claims_of_sheet = [one.aftersale_id for order in self.walk.orders() if order.for_many for one in order.claims]
        listed = [sorted(case.sub_gift_ids) for case in find_aftersales(claims_of_sheet)]
        assert listed == [sorted(ids) for ids in expired if self.walk.recipients > 1]
        if self.walk.recipients > 1:
            assert [sorted(one.sub_gift_ids) for one in unclaimed] == [sorted(ids) for ids in expired]

    def check_notices(self) -> None:
        """Notify has told the giver of each fact once, and each recipient of their own."""
        told = self.walk.queues.told(self.walk.gift_id)
        kinds = (GiftReady, GiftClaimed, GiftDeclined, GiftExpired, LotDrawn)
        facts = Counter(one.name for one in told if one.name in {kind.NAME for kind in kinds})
        assert self.notices(self.walk.giver) == facts
        for person in self.walk.people:
            claims = [one for one in told if one.name == GiftClaimed.NAME and one.open(GiftClaimed).recipient == person]
            draws = [one for one in told if one.name == LotDrawn.NAME and person in one.open(LotDrawn).winners]
            heard = self.notices(person)
            assert (heard[GiftClaimed.NAME], heard[LotDrawn.NAME]) == (len(claims), len(draws))
            assert len(claims) <= 1

    def notices(self, person: str) -> Counter[str]:
        """What this person was told of gifts, but for wishes for another style."""
        listed = Client(notify.app, token_for(person)).get("/v1/messages?limit=100").json["items"]
        names = [one["event"] for one in listed]
        return Counter(one for one in names if one.startswith("gifts.") and "swap" not in one)

    def check_numbers(self, ended: Counter[str]) -> None:
        """The merchant's numbers equal a recount (G10)."""
        path = f"/v1/shops/{self.walk.seller.shop_id}/gift-numbers"
        shown = Client(gifts.app, token_for(self.walk.owner)).get(path).json
        back = shown["declined"] + shown["expired"]
        assert (shown["sent"], shown["claimed"], back) == (self.walk.recipients, ended["claimed"], ended["refunded"])
