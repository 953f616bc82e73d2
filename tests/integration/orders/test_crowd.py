"""Never oversold, never falsely sold out, no unit stranded (O1, O2): over real threads, with and without conflicts."""

import pytest

from infra.faults import Fault, FaultsProxy
from services.orders.tables import find_offers, shards_of_all_epochs
from tests.integration.orders.crowd import outcome, press
from tests.integration.orders.market import Market

CONFLICTS = Fault("conflict", operations={"TransactWriteItems", "TransactGetItems"}, probability=0.25)


@pytest.mark.parametrize("seed", [None, 1], ids=["calm", "conflicts"])
@pytest.mark.parametrize("shards", [1, 8])
def test_400_presses_on_100_units(market: Market, proxy: FaultsProxy, shards: int, seed: int | None) -> None:
    """O1: exactly 100 are accepted, 300 refused as sold out."""
    (sku,) = market.offer(stock=100)
    market.split(sku, shards)
    proxy.clear(seed=seed or 0)
    if seed:
        proxy.plan(CONFLICTS)

    presses = press(market, sku, 400)

    assert seed is None or proxy.fired["conflict"] > 50
    proxy.clear()
    assert outcome(presses) == {"201": 100, "out-of-stock": 300}
    assert market.stock(sku) == {"on_hand": 0, "held": 100, "sold": 0, "received": 100}
    balanced(sku)


@pytest.mark.parametrize(
    ("presses", "stock", "shards", "seed"),
    [
        (60, 100, 8, 3),
        *(pytest.param(400, 300, shards, seed, marks=pytest.mark.slow) for shards in (1, 8, 32) for seed in (0, 4)),
    ],
)
def test_threes_of_units_that_lie_scattered(
    market: Market, proxy: FaultsProxy, presses: int, stock: int, shards: int, seed: int
) -> None:
    """O1: as many threes as there are, whichever shards hold the last units; what is left is less than three."""
    (sku,) = market.offer(stock=stock)
    market.split(sku, shards)
    proxy.clear(seed=seed)
    proxy.plan(CONFLICTS)

    done = press(market, sku, presses, quantity=3)

    proxy.clear()
    accepted = stock // 3
    assert outcome(done) == {"201": accepted, "out-of-stock": presses - accepted}
    assert market.stock(sku) == {"on_hand": stock % 3, "held": 3 * accepted, "sold": 0, "received": stock}
    balanced(sku)


def balanced(sku_id: str) -> None:
    """Each counter by itself."""
    assert all(one.balanced for one in shards_of_all_epochs(find_offers([sku_id])[sku_id]))
