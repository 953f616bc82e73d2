"""Parcels and what needs none (O4): carriers, waybills and their correction, longer to confirm receipt."""

from typing import Any

import pytest

from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.orders import OrderShipped, ReceiptExtended, WaybillCorrected
from services.shared.plumbing import clock
from tests.integration.http import Client, Reply
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person, status_of


def paid(market: Market, buyer: Client, quantity: int = 2, **goods: Any) -> str:
    """A paid order of one style."""
    (sku,) = market.offer(stock=9, **goods)
    order_id = market.place(buyer, sku, quantity)
    market.paid(buyer, order_id)
    return order_id


def send(market: Market, order_id: str, **parcel: object) -> Reply:
    """What the merchant says about a parcel."""
    return market.merchant.post(f"/v1/shops/{market.shop_id}/orders/{order_id}/shipments", parcel)


def correct(market: Market, order_id: str, shipment_no: object = 1, **parcel: str) -> Reply:
    """What the merchant says of it later."""
    return market.merchant.patch(f"/v1/shops/{market.shop_id}/orders/{order_id}/shipments/{shipment_no}", parcel)


def test_a_buyer_sees_what_is_in_each_parcel_and_who_brings_it(market: Market) -> None:
    """O4: by the carrier's code, whatever the merchant called it."""
    buyer = person("anna")
    order_id = paid(market, buyer, 3)

    send(market, order_id, carrier="中通快递", waybill="78100", lines=[{"line_no": 1, "quantity": 2}])
    send(market, order_id, carrier="Uncle Wang's van", waybill="7")

    first, second = buyer.get(f"/v1/orders/{order_id}").json["shipments"]
    shown = ("carrier", "carrier_name", "waybill", "how", "lines")
    assert [first[name] for name in shown] == ["ZTO", "中通快递", "78100", "express", [{"line_no": 1, "quantity": 2}]]
    assert (second["carrier"], second["carrier_name"]) == ("Uncle Wang's van", "Uncle Wang's van")
    assert second["lines"] == [{"line_no": 1, "quantity": 1}]


def test_carriers_are_listed(market: Market) -> None:
    """O4: for anybody."""
    carriers = market.stranger().get("/v1/carriers").json["items"]

    assert {"code": "SF", "zh": "顺丰速运", "en": "SF Express"} in carriers
    assert len({one["code"] for one in carriers}) == len(carriers) > 20


def test_what_does_not_travel_needs_no_carrier(market: Market) -> None:
    """O4: virtual delivery."""
    buyer = person("anna")
    order_id = paid(market, buyer, kind="e_voucher")

    sent = send(market, order_id)

    assert (sent.status, sent.json["status"]) == (201, "shipped")
    (parcel,) = sent.json["shipments"]
    assert (parcel["how"], parcel["carrier"], parcel["waybill"]) == ("virtual", None, None)
    (told,) = said(order_id, OrderShipped)
    assert (told.carrier, told.waybill) == ("", "")
    assert buyer.post(f"/v1/orders/{order_id}/receipt").json["status"] == "done"


@pytest.mark.parametrize("parcel", [{}, {"carrier": "SF"}, {"waybill": "1"}, {"carrier": "SF", "waybill": "1\n2"}])
def test_what_travels_needs_both(market: Market, parcel: dict[str, str]) -> None:
    """O4: 422, and nothing is lost."""
    buyer = person("anna")
    order_id = paid(market, buyer)

    refused = send(market, order_id, **parcel)

    assert (refused.status, refused.slug in ("carrier-missing", "validation")) == (422, True)
    assert status_of(buyer, order_id) == "to_ship"


def test_a_waybill_is_corrected(market: Market) -> None:
    """O4: in history, told to who waits for it, once; the carrier stays unless it is named."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    market.ship(order_id)

    first = correct(market, order_id, waybill="SF2")
    again = correct(market, order_id, waybill="SF2")

    assert (first.status, again.json) == (200, first.json)
    (parcel,) = buyer.get(f"/v1/orders/{order_id}").json["shipments"]
    assert (parcel["carrier"], parcel["waybill"], parcel["corrected_at"] is None) == ("SF", "SF2", False)
    step = first.json["history"][-1]
    assert (step["from"], step["to"], step["why"]) == ("shipped", "shipped", "shipment 1")
    assert [(told.carrier, told.waybill) for told in said(order_id, WaybillCorrected)] == [("SF", "SF2")]


def test_only_a_parcel_that_is_on_its_way_is_corrected(market: Market) -> None:
    """O4: 404 for one that is not there, 409 before and after."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    early = correct(market, order_id, waybill="SF2")
    market.ship(order_id)
    absent = [correct(market, order_id, number, waybill="SF2") for number in (2, 0, "x")]
    buyer.post(f"/v1/orders/{order_id}/receipt")
    late = correct(market, order_id, waybill="SF2")

    assert [(one.status, one.slug) for one in (early, late)] == [(409, "illegal-transition")] * 2
    assert [one.status for one in absent] == [404] * 3


def test_a_correction_does_not_put_off_receipt(market: Market, hands: Hands) -> None:
    """O4: ten days from the last shipment."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    market.ship(order_id)
    hands.move(days=9)
    correct(market, order_id, waybill="SF2")

    hands.move(days=1, minutes=1)
    shown = buyer.get(f"/v1/orders/{order_id}").json
    sweep_orders(clock.now())

    assert (shown["status"], shown["overdue"]) == ("done", True)  # before anything was written
    settled = buyer.get(f"/v1/orders/{order_id}").json
    assert (settled["status"], settled["overdue"], settled["version"]) == ("done", False, shown["version"] + 1)


def test_who_waits_may_wait_longer_once(market: Market, hands: Hands) -> None:
    """O4: seven days more; asking again is the same answer; the shop is told."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    early = buyer.post(f"/v1/orders/{order_id}/receipt-extension")
    market.ship(order_id)

    first = buyer.post(f"/v1/orders/{order_id}/receipt-extension")
    again = buyer.post(f"/v1/orders/{order_id}/receipt-extension")
    hands.move(days=16)
    sweep_orders(clock.now())
    still = status_of(buyer, order_id)
    hands.move(days=1, minutes=1)
    sweep_orders(clock.now())

    assert (early.slug, first.status, again.json) == ("illegal-transition", 200, first.json)
    assert (still, status_of(buyer, order_id)) == ("shipped", "done")
    (told,) = said(order_id, ReceiptExtended)
    assert told.receipt_due_at.isoformat().startswith(first.json["receipt_due_at"][:19])


def test_it_is_too_late_once_time_has_received_it(market: Market, hands: Hands) -> None:
    """O4: also where nothing is written yet; nobody but the keeper may ask."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    market.ship(order_id)

    stranger = person("bert").post(f"/v1/orders/{order_id}/receipt-extension")
    hands.move(days=10, minutes=1)
    late = buyer.post(f"/v1/orders/{order_id}/receipt-extension")

    assert (stranger.slug, late.slug, late.json["state"]) == ("not-found", "illegal-transition", "done")
