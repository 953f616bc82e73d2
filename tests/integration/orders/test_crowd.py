"""Never oversold, never falsely sold out, no unit stranded (O1, O2): over real threads, with and without conflicts."""

import pytest

from infra.faults import Fault, FaultsProxy
from services.orders.stock.tables import shards_of_all_epochs
from services.orders.tables import find_offers
from tests.integration.orders.crowd import outcome, press
from tests.integration.orders.market import Market

CONFLICTS = Fault("conflict", operations={"TransactWriteItems", "TransactGetItems"}, probability=0.25)


@pytest.mark.parametrize(
    ("presses", "stock", "faults"),
    [
        pytest.param(120, 30, [CONFLICTS], id="conflicts"),
        pytest.param(400, 100, [CONFLICTS], id="conflicts, at length", marks=pytest.mark.slow),
        pytest.param(400, 100, [], id="calm, at length", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("shards", [1, 8])
def test_a_crowd_takes_all_that_there_is(
    market: Market, proxy: FaultsProxy, shards: int, presses: int, stock: int, faults: list[Fault]
) -> None:
    """O1: exactly as many are accepted, all others refused as sold out."""
    (sku,) = market.offer(stock=stock)
    market.split(sku, shards)
    proxy.clear(seed=1)
    proxy.plan(*faults)

    done = press(market, sku, presses)

    assert bool(proxy.fired) == bool(faults)
    proxy.clear()
    assert outcome(done) == {"201": stock, "out-of-stock": presses - stock}
    assert market.stock(sku) == {"on_hand": 0, "held": stock, "sold": 0, "received": stock}
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
