"""A shop, its product and its people; what catalog and orders say to gifts, and what gifts says to them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from infra.local.schedules import scheduled_event
from services.gifts import app as gifts
from services.gifts.tables import STORE
from services.shared.contracts.catalog import ProductOffered, ProductWithdrawn, ShopChanged, SkuOffer
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.gifts import StyleAsked
from services.shared.contracts.orders import GiftTerms, OrderLine, OrderPaid, RefundSucceeded, StyleAnswered
from services.shared.plumbing.ids import derived_id, new_id
from services.shared.plumbing.tables import Store, query
from services.shared.plumbing.vault import Vault
from tests.integration.http import Client, Reply, token_for
from tests.integration.wire import sqs_event, wrapped

NOW = datetime(2026, 2, 14, 12, 0, tzinfo=UTC)
A_DAY = timedelta(hours=24)
A_MOMENT = timedelta(microseconds=1)
PRICE_FEN = 98_765
ADDRESS: dict[str, Any] = {
    "name": "收件人王五",
    "phone": "13912345678",
    "province": "四川省",
    "city": "成都市",
    "district": "锦江区",
    "detail": "春熙路 1 号",
    "postcode": "610000",
}
ORDERS = Vault(Store("orders"))
B = TypeVar("B", bound=EventBody)


class Hands:
    """The hands of a clock that stands still."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Forward by days, hours, minutes …"""
        self.at += timedelta(**by)


class Scene:
    """One test's world; its ids are its own."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self.shop, self.product = new_id("shp"), new_id("prd")
        self.blue, self.red, self.gold = (new_id("sku") for _ in range(3))
        self.anna, self.bo, self.cy = (new_id(f"person:{name}") for name in ("anna", "bo", "cy"))
        self.sequence = 0
        self.say_shop("茶叶小店")
        self.say_offered()

    # ------------------------------------------------------------------------------------------ what gifts hears

    def hear(self, body: EventBody, *, emitter: str, subject: str, sequence: int = 1, event_id: str = "") -> Envelope:
        """Gifts takes this event off its queue."""
        envelope = wrapped(
            body,
            emitter=emitter,
            subject=subject,
            sequence=sequence,
            shop=self.shop,
            at=self.hands.at,
            event_id=event_id,
        )
        self.deliver(envelope)
        return envelope

    def deliver(self, envelope: Envelope) -> None:
        """Once, or once more."""
        assert gifts.consume(sqs_event(envelope.model_dump_json()), None) == {"batchItemFailures": []}

    def say_shop(self, name: str, sequence: int = 1) -> None:
        """Catalog says what the shop is called."""
        body = ShopChanged(shop_id=self.shop, name=name, status="open", can_sell=True)
        self.hear(body, emitter="catalog", subject=self.shop, sequence=sequence)

    def say_offered(self, prices: Mapping[str, int] | None = None, *, sequence: int = 1, giftable: bool = True) -> None:
        """Catalog says which styles there are, at which prices in fen."""
        prices = prices or {self.blue: PRICE_FEN, self.red: PRICE_FEN, self.gold: PRICE_FEN + 1}
        names = {self.blue: "blue", self.red: "red", self.gold: "gold"}
        skus = [
            SkuOffer(
                sku_id=sku_id,
                attributes={"colour": names[sku_id]},
                price_fen=price,
                original_price_fen=price,
                initial_stock=9,
            )
            for sku_id, price in prices.items()
        ]
        body = ProductOffered(
            product_id=self.product,
            shop_id=self.shop,
            title="Teapot",
            kind="physical",
            category_id="cat_tea",
            image="https://img.test/teapot.jpg",
            giftable=giftable,
            fee_bp=60,
            skus=skus,
        )
        self.hear(body, emitter="catalog", subject=self.product, sequence=sequence)

    def say_withdrawn(self, sequence: int) -> None:
        """Catalog says that the product is not for sale any more."""
        body = ProductWithdrawn(product_id=self.product, shop_id=self.shop, reason="merchant")
        self.hear(body, emitter="catalog", subject=self.product, sequence=sequence)

    def paid(self, order_id: str, *, gift: bool = True, regions: tuple[str, ...] = (), **terms: Any) -> OrderPaid:
        """What orders says when Anna has paid for one blue teapot."""
        line = OrderLine(
            line_no=1,
            sku_id=self.blue,
            product_id=self.product,
            title="Teapot",
            quantity=1,
            unit_price_fen=PRICE_FEN,
            total_fen=PRICE_FEN,
        )
        wishes: dict[str, Any] = {
            "mode": "single",
            "recipients": 1,
            "to_openid": None,
            "message_cipher": ORDERS.seal_for("gifts", "祝你新年快乐"),
            "giver_name_cipher": ORDERS.seal_for("gifts", "送礼人安娜"),
        }
        return OrderPaid(
            order_id=order_id,
            shop_id=self.shop,
            buyer=self.anna,
            kind="gift" if gift else "purchase",
            lines=[line],
            paid_fen=PRICE_FEN,
            paid_at=self.hands.at,
            channel="chat",
            gift=GiftTerms(**wishes | terms) if gift else None,
            no_delivery_regions=list(regions),
        )

    def send(self, **paid: Any) -> str:
        """Anna sends a gift; returns its id."""
        order_id = new_id("ord")
        self.hear(self.paid(order_id, **paid), emitter="orders", subject=order_id)
        return derived_id("gft", order_id)

    def answer(self, gift_id: str, outcome: Any, *, attempt: int | None = None) -> Envelope:
        """Orders answers the last question about a gift, or the one of this attempt."""
        asked = self.said(gift_id, StyleAsked)[-1]
        body = StyleAnswered(
            gift_id=gift_id,
            sub_gift_id=asked.sub_gift_id,
            attempt=asked.attempt if attempt is None else attempt,
            sku_id=asked.sku_id,
            outcome=outcome,
        )
        return self.hear(body, emitter="orders", subject=asked.order_id)

    def refunded(self, gift_id: str, why: Any) -> Envelope:
        """Orders says that the money is on its way back."""
        order_id = derived_id("ord", gift_id)
        body = RefundSucceeded(
            order_id=order_id,
            shop_id=self.shop,
            buyer=self.anna,
            refund_id=new_id("rfd"),
            amount_fen=PRICE_FEN,
            why=why,
            gift=True,
        )
        return self.hear(body, emitter="orders", subject=order_id)

    # ------------------------------------------------------------------------------------------- what gifts says

    def said(self, gift_id: str, kind: type[B]) -> list[B]:
        """What gifts has said of this kind about a gift, in order."""
        return [one.open(kind) for one in self.outbox(gift_id) if one.name == kind.NAME]

    def outbox(self, gift_id: str) -> list[Envelope]:
        """All that gifts has said about a gift, in order."""
        return [Envelope.model_validate_json(row.body) for row in query(STORE.outbox, gift_id)]

    # ---------------------------------------------------------------------------------------------- who presses

    def client(self, person: str | None) -> Client:
        """This person at gifts' doors; None for a stranger without a token."""
        return Client(gifts.app, token_for(person) if person else None)

    def given(self, gift_id: str) -> Any:
        """The gift as Anna sees it."""
        return self.client(self.anna).get(f"/v1/gifts/{gift_id}").json

    def token(self, gift_id: str) -> str:
        """The claim token that Anna passes on, while the gift is open."""
        token = self.given(gift_id)["claim_token"]
        assert isinstance(token, str)
        return token

    def card(self, token: str, person: str | None = None) -> Any:
        """The card, as this person sees it."""
        return self.client(person).get(f"/v1/claims/{token}").json

    def claim(self, token: str, person: str, sku_id: str | None = None, address: Mapping[str, Any] = ADDRESS) -> Reply:
        """This person claims."""
        body = {"address": address} | ({"sku_id": sku_id} if sku_id else {})
        return self.client(person).post(f"/v1/claims/{token}", body, key="")

    def decline(self, token: str, person: str) -> Reply:
        """This person says no."""
        return self.client(person).post(f"/v1/claims/{token}/decline", key="")

    def sweep(self) -> dict[str, int]:
        """The schedule comes round."""
        result: dict[str, int] = gifts.sweep(scheduled_event("sweep", self.hands.at), None)
        return result
