"""The design's budget for placing an order; what every verb takes is committed in infra/cost/units.json.

Two lines take 17 write units: the order 4, its three indexes 3, two counters 4, the key's record 2, the event 4; a
buyer's limit is 2 more. It reads the two offers, the shop and its freight templates, a unit each. At most 16 would need
an event within 1 KB: it has 1 180 bytes, and 990 without its lines' titles; placing would then take 15.
"""

import pytest

from infra.cost import units
from tests.integration.orders.market import Market, person
from tests.integration.orders.scenarios import LONG
from tests.integration.verbs.meter import metered

RECORDED = units.read()
MOST_WRITE_UNITS = 20


@pytest.mark.parametrize("scenario", ["place", "place_again", "place_with_freight_and_a_limit"])
def test_placing_keeps_the_designs_budget(scenario: str) -> None:
    """O2: one transaction, within 20 write units with all its indexes."""
    placing = RECORDED[f"orders.{scenario}"]

    assert placing.calls["TransactWriteItems"] == 1
    assert placing.write_units <= MOST_WRITE_UNITS


def test_who_has_bought_before_costs_one_batched_read() -> None:
    """O2: and nothing else is read; for who comes for the first time a key is made, one unit once per person."""
    known, first = RECORDED["orders.place_again"], RECORDED["orders.place"]

    assert known.calls == {"BatchGetItem": 1, "TransactWriteItems": 1}
    assert first.write_units - known.write_units == 1


def test_placing_costs_the_same_however_many_orders_there_are(market: Market) -> None:
    """O2: nothing grows with the table, and a limit costs two units."""
    buyer, costs = person("anna"), {}
    for most in (0, 99):
        skus = market.offer(stock=50, styles=2, title=LONG, max_per_buyer=most)
        body = market.order(skus[0]) | {"lines": [{"sku_id": sku, "quantity": 1} for sku in skus]}
        assert buyer.post("/v1/orders", body).status == 201
        counted = set()
        for _ in range(6):
            with metered() as bill:
                assert buyer.post("/v1/orders", body).status == 201
            counted.add((sum(bill.calls.values()), bill.write_units, bill.reads))
        (costs[most],) = counted

    assert costs[99][:2] == (costs[0][0], costs[0][1] + 2)
    assert costs[99][1] <= MOST_WRITE_UNITS
