"""Two versions of a product heard at once (C12): the newer one wins, also over a style that only the older one has."""

import pytest

from infra.faults import FaultsProxy
from services.orders.tables import find_offers
from services.shared.contracts.catalog import ProductWithdrawn
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import contention
from tests.integration.orders.events import envelope, hear, offered, style
from tests.integration.orders.market import Market


def added_and_dropped(market: Market, *, withdrawn: bool) -> tuple[str, Envelope, Envelope]:
    """Version 5 has a style more, version 6 has it no more, or is not for sale at all."""
    (kept,) = market.offer(stock=3)
    product, extra = market.product_of(kept), style(2, 4, 1_000)
    old = style(1, 3, 1_000).model_copy(update={"sku_id": kept})
    older = envelope(offered(market.shop_id, product, [old, extra]), "catalog", product, 5)
    body = (
        ProductWithdrawn(product_id=product, shop_id=market.shop_id, reason="merchant")
        if withdrawn
        else offered(market.shop_id, product, [old])
    )
    return extra.sku_id, older, envelope(body, "catalog", product, 6)


@pytest.mark.parametrize("withdrawn", [False, True], ids=["dropped", "withdrawn"])
@pytest.mark.parametrize("call", [1, 2, 3], ids=["before its first write", "before the style", "before its list"])
def test_a_style_that_the_newer_version_drops_is_not_for_sale(
    market: Market, proxy: FaultsProxy, call: int, *, withdrawn: bool
) -> None:
    """C12: wherever the newer version comes in between."""
    extra, older, newer = added_and_dropped(market, withdrawn=withdrawn)
    proxy.clear()
    proxy.at_call(call, "before", lambda _: hear(newer), operations={"TransactWriteItems"})

    hear(older)

    assert not find_offers([extra])[extra].offered
    assert market.stock(extra) == {"on_hand": 4, "held": 0, "sold": 0, "received": 4}


def test_a_crash_between_the_style_and_the_list_does_not_leave_it_for_sale(
    market: Market, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C12: the older version comes again when the newer one has been heard."""
    extra, older, newer = added_and_dropped(market, withdrawn=False)
    proxy.clear()
    proxy.at_call(2, "after", "crash", operations={"TransactWriteItems"})
    with monkeypatch.context() as impatient:
        impatient.setattr(contention, "MOST_TRIES", 3)
        with pytest.raises(AssertionError):
            hear(older)
    proxy.clear()
    assert find_offers([extra])[extra].offered
    hear(newer)

    hear(older)

    assert not find_offers([extra])[extra].offered
