"""A run over a file: the shop and its catalogue, then every purchase to its end. Stopped anywhere, it is repeated."""

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from infra.cli.api import Json, Refusal, Stack
from infra.cli.selling import import_rows, imported, opened_shop, styles_of, wait_for_offers
from infra.invoices.catalogue import catalogue_csv
from infra.invoices.journey import Journey, Market
from infra.invoices.plan import Plan
from infra.invoices.readings import orders_of

CATEGORY = "home.decor"
DEPOSIT_FEN = 100_000

Tell = Callable[[str, int, int], object]  # what is being done, how much of it is done, of how much


class CannotRun(Exception):
    """The file cannot be carried through. The message is one sentence."""


@dataclass(frozen=True)
class Rate:
    """How many orders this run brought to their end, and in how many seconds."""

    orders: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.orders / self.seconds if self.orders else 0.0


def stocked_market(stack: Stack, plan: Plan, name: str, tell: Tell) -> Market:
    """The shop of this plan with all its styles for sale. Raises CannotRun.

    Its merchant is named after the plan: the name of a shop that another file fills is refused as taken.
    """
    person = f"invoices-{plan.fingerprint}"
    try:
        shop_id = opened_shop(stack, person, name, DEPOSIT_FEN)["shop_id"]
    except Refusal as refusal:
        if refusal.slug != "name-taken":
            raise
        raise CannotRun(f"there is a shop {name!r} that this file has not filled; choose another --shop") from refusal
    merchant = stack.person(person)
    done = imported(
        merchant,
        shop_id,
        catalogue_csv(plan.goods, CATEGORY),
        "native",
        f"{shop_id}:catalogue",
        tell=lambda seen: tell("catalogue", seen["percent"], 100),
    )
    if done["status"] == "failed" or done["refused"]:
        first = next(import_rows(merchant, shop_id, done["import_id"], "refused"), {"why": done["why"]})
        raise CannotRun(f"{done['refused']} rows of the catalogue were refused, the first because {first['why']}")
    sku_ids = styles_of(merchant, shop_id)
    wait_for_offers(stack, person, shop_id, list(sku_ids.values()), lambda there: tell("offers", there, len(sku_ids)))
    return Market(stack, shop_id, person, sku_ids)


def carry_through(market: Market, plan: Plan, threads: int, tell: Tell) -> Rate:
    """Bring every purchase to its end, several at a time; what is there already is gone on with, or left as it is.

    Raises what the first that fails raised; the others that have begun are brought to their end before that.
    """
    started = time.monotonic()
    tries: dict[str, list[Json]] = defaultdict(list)
    for order in orders_of(market):
        tries[order["source_token"]].append(order)
    journeys = [Journey(market, purchase, tries[purchase.token]) for purchase in plan.purchases]
    todo = [journey for journey in journeys if not journey.finished]
    finished = len(journeys) - len(todo)
    tell("orders", finished, len(journeys))
    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(journey.finish) for journey in todo]
        try:
            for number, one in enumerate(as_completed(running), start=1):
                one.result()
                tell("orders", finished + number, len(journeys))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return Rate(len(todo), time.monotonic() - started)
