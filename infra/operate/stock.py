"""Have stock checked shop by shop, and see what was found (O1)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from infra.operate.ground import UnknownShop
from services.orders.stock.check_stock import start_check
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import drifts_page
from services.orders.tables import STORE, all_offers, own_begin, shop_key
from services.shared.plumbing import jobs
from services.shared.plumbing.contention import retrying
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import get


class Drift(NamedTuple):
    """A style whose counters are not what its flow says, or do not hold what its unpaid orders hold."""

    sku_id: str
    counted: Figures
    flow: Figures
    held_by_orders: int


class Checked(NamedTuple):
    """A shop's check as it is now; ``drifts`` only when it has ended."""

    shop_id: str
    state: str
    styles: int
    drifts: Sequence[Drift]

    @property
    def proven(self) -> bool:
        """It has ended, and nothing differs."""
        return self.state == "done" and not self.drifts


def shops_to_check(shop_id: str | None) -> list[str]:
    """The named one, or every shop that ever had a style. Raises UnknownShop, as a check of nothing finds no fault."""
    if shop_id is None:
        return sorted({str(offer.shop_id) for offer in all_offers()})
    if get(*shop_key(shop_id)) is None:
        raise UnknownShop(f"orders has heard of no shop {shop_id}")
    return [shop_id]


def check_shops(
    shop_ids: Sequence[str], now: Callable[[], datetime], pause: Callable[[], object]
) -> Iterator[list[Checked]]:
    """Start all checks; yields how far they are until all have ended, with a ``pause`` between."""
    started = {shop_id: _started(shop_id, now()) for shop_id in shop_ids}
    while True:
        found = [_progress(shop_id, job_id) for shop_id, job_id in started.items()]
        yield found
        if all(one.state != "running" for one in found):
            return
        pause()


def _started(shop_id: str, now: datetime) -> str:
    return retrying(lambda: start_check(shop_id, begin=own_begin(now), now=now, new_id=new_id))


def _progress(shop_id: str, job_id: str) -> Checked:
    job = jobs.job_of(STORE, job_id)
    state, styles = (job.state, job.counts.get("styles", 0)) if job else ("failed", 0)
    return Checked(shop_id, state, styles, [] if state == "running" else list(_drifts(shop_id)))


def _drifts(shop_id: str) -> Iterator[Drift]:
    after: str | None = None
    while page := drifts_page(shop_id, 100, after):
        for row in page:
            counted, flow = Figures(*map(int, row.counted)), Figures(*map(int, row.flow))
            held = flow.held if row.held_by_orders is None else int(row.held_by_orders)
            yield Drift(row.sk, counted, flow, held)
        after = page[-1].sk
