"""Orders, payments and refunds as they lie in the table: what is written is what is read."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.order import Gift, Shipment, Step
from services.orders.payments.payment import Payment, Refund
from services.orders.payments.tables import _PAYMENT, _REFUND
from services.orders.pricing import Discount
from services.orders.stock.stock import Taken
from services.orders.tables import _ORDER
from tests.unit.orders.sample import NOON, line, order

ANY: dict[str, Any] = {
    "lines": (
        replace(line(), taken=(Taken(3, 1, 1), Taken(3, 7, 1)), shipped=1),
        replace(line(2), discounts=(Discount("cpn_1", "direct", 7),)),
    ),
    "history": (Step(NOON, None, "pending_payment", "person:anna", "placed"),) * 2,
    "gift": Gift("single", 1, "openid", "sealed", "name", True),
    "shipments": (Shipment(1, "SF", "1", NOON, ((1, 2), (2, 1))),),
    "settled_at": NOON + timedelta(days=3, microseconds=1),
    "no_delivery_regions": ("西藏自治区",),
    "address_sealed": "cipher",
    "recipient": "person:rita",
    "refunded_fen": 7,
    "version": 9,
}


@given(st.sets(st.sampled_from(sorted(ANY))))
def test_an_order_is_read_as_it_was_written(names: set[str]) -> None:
    """Whatever is left out as a default comes back as that default."""
    one = replace(order(), **{name: ANY[name] for name in names})

    assert _ORDER.validate_json(_ORDER.dump_json(one, exclude_defaults=True)) == one


def test_an_order_written_before_a_field_was_there_is_read() -> None:
    """Fields with defaults may be missing; that is how they may be added."""
    stored = _ORDER.dump_json(order(), exclude_defaults=True)

    assert b"no_delivery_regions" not in stored
    assert _ORDER.validate_json(stored).no_delivery_regions == ()


def test_a_shops_terms_are_always_written() -> None:
    """O4, O7: a default that changes later must not change what was agreed."""
    stored = json.loads(_ORDER.dump_json(order(), exclude_defaults=True))

    assert (stored["auto_confirm_days"], stored["settle_days"]) == (10, 7)
    assert stored["expires_at"]


@pytest.mark.parametrize("late", [True, False])
def test_payments_and_refunds_too(late: bool) -> None:
    """The same for what is not shortened."""
    payment = Payment("pay_1", "ord_1", "shp_1", "native", "open", 500, NOON, NOON, NOON, "person:anna").pay(
        NOON, "4200", NOON, late=late
    )
    refund = Refund("rfd_1", "pay_1", "ord_1", 500, "late_payment", "due", NOON, NOON, None)
    pairs: list[tuple[Any, Any]] = [(_PAYMENT, payment), (_REFUND, refund)]

    assert all(adapter.validate_json(adapter.dump_json(one)) == one for adapter, one in pairs)
