"""Have ledgers checked shop by shop, and see what was found (O7)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from services.orders.money.check_ledger import Checked, read_check, start_check
from services.orders.tables import own_begin
from services.shared.plumbing.contention import retrying
from services.shared.plumbing.ids import new_id


def check_shops(
    shop_ids: Sequence[str], now: Callable[[], datetime], pause: Callable[[], object]
) -> Iterator[list[Checked]]:
    """Start all checks; yields how far they are until all have ended, with a ``pause`` between."""
    started = {shop_id: _started(shop_id, now()) for shop_id in shop_ids}
    while True:
        found = [read_check(shop_id, check_id) for shop_id, check_id in started.items()]
        yield found
        if all(one.state != "running" for one in found):
            return
        pause()


def _started(shop_id: str, now: datetime) -> str:
    return retrying(lambda: start_check(shop_id, begin=own_begin(now), new_id=new_id))
