"""Timed listing: a product goes on sale and off it when its merchant said (C5)."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from services.catalog.products.sweep_plans import follow_plan, sweep_plans
from services.catalog.tables import STORE
from services.shared.contracts.catalog import ListingMissed
from services.shared.plumbing import clock, ids
from services.shared.plumbing.tables import Transaction
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import ANYBODY, Merchant, names, ok, open_merchant, said
from tests.integration.http import Reply


def plans(merchant: Merchant, product: dict[str, Any], **body: datetime) -> Reply:
    """Put it on sale by these times."""
    asked = {name: at.isoformat() for name, at in body.items()}
    return merchant.client.post(f"{path_of(merchant, product)}/listing", asked)


def path_of(merchant: Merchant, product: dict[str, Any]) -> str:
    """Its owner's path to it."""
    return f"{merchant.path}/products/{product['product_id']}"


def now_is(merchant: Merchant, product: dict[str, Any]) -> dict[str, Any]:
    """The product when everything has been done that is due by now."""
    while sweep_plans(begin=begin, now=clock.now())["moved"]:
        pass
    return ok(merchant.client.get(path_of(merchant, product)))


def begin() -> Transaction:
    """A transaction of the schedule."""
    return Transaction(STORE, clock.now(), ids.new_id)


def test_a_product_goes_on_sale_when_it_was_planned_and_off_again(merchant: Merchant, hands: Hands) -> None:
    """C5: not before; buyers and orders see it from then on, and no longer after."""
    product = merchant.creates()
    start, end = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=3)

    planned = ok(plans(merchant, product, at=start, until=end))
    early = now_is(merchant, product)
    hands.move(hours=1, seconds=1)
    on = now_is(merchant, product)
    seen = ANYBODY.get(f"/v1/products/{product['product_id']}").status
    hands.move(hours=2)
    off = now_is(merchant, product)

    assert [one["status"] for one in (planned, early, on, off)] == ["new", "new", "listed", "delisted"]
    assert (datetime.fromisoformat(planned["list_at"]), datetime.fromisoformat(planned["delist_at"])) == (start, end)
    assert (on["list_at"], on["delist_at"]) == (None, planned["delist_at"])
    assert (off["list_at"], off["delist_at"], seen) == (None, None, 200)
    assert names(said(product["product_id"])) == ["product_offered", "product_withdrawn"]


def test_what_is_on_sale_goes_off_when_planned(merchant: Merchant, hands: Hands) -> None:
    """C5: by DELETE with `at`, or by listing with `until`; a plan itself is told to nobody."""
    first, second = merchant.sells(), merchant.creates()
    at = clock.now() + timedelta(minutes=10)

    ok(merchant.client.delete(f"{path_of(merchant, first)}/listing?at={quote(at.isoformat())}"))
    ok(plans(merchant, second, until=at))
    before = [now_is(merchant, one)["status"] for one in (first, second)]
    hands.move(minutes=11)
    after = [now_is(merchant, one)["status"] for one in (first, second)]

    assert (before, after) == (["listed"] * 2, ["delisted"] * 2)
    assert names(said(first["product_id"])) == ["product_offered", "product_withdrawn"]


@pytest.mark.parametrize("undo", ["plan", "listing", "bin", "at once"])
def test_a_plan_can_be_thought_better_of(merchant: Merchant, hands: Hands, undo: str) -> None:
    """C5: cancelled, or overtaken by what its merchant does with the product; nothing happens by itself then."""
    product = merchant.sells()
    path = path_of(merchant, product)
    ok(merchant.client.delete(f"{path}/listing"))
    ok(plans(merchant, product, at=clock.now() + timedelta(hours=1)))

    if undo == "at once":
        ok(plans(merchant, product))
    else:
        doors = {"plan": f"{path}/listing-plan", "listing": f"{path}/listing", "bin": path}
        assert merchant.client.delete(doors[undo]).status in (200, 204)
    told = len(said(product["product_id"]))
    hands.move(hours=2)
    after = now_is(merchant, product)

    assert after["status"] == {"bin": "recycled", "at once": "listed"}.get(undo, "delisted")
    assert (after["list_at"], len(said(product["product_id"]))) == (None, told)


def test_the_newest_plan_counts(merchant: Merchant, hands: Hands) -> None:
    """C5: it replaces the one before, also its end; repeated it changes nothing."""
    product = merchant.creates()
    now = clock.now()
    ok(plans(merchant, product, at=now + timedelta(hours=1), until=now + timedelta(hours=2)))

    later = [ok(plans(merchant, product, at=now + timedelta(hours=5))) for _ in range(2)]
    hands.move(hours=3)
    early = now_is(merchant, product)
    hands.move(hours=3)

    assert later[0]["version"] == later[1]["version"]
    assert (later[1]["delist_at"], early["status"]) == (None, "new")
    assert now_is(merchant, product)["status"] == "listed"


def test_a_shop_that_may_not_sell_when_the_time_comes_misses_it(hands: Hands) -> None:
    """C1, C5: the product stays as it is, its merchant reads why and is told once; listing it later clears that."""
    merchant = open_merchant(deposit_fen=0)
    product = merchant.creates()
    ok(plans(merchant, product, at=clock.now() + timedelta(hours=1)))

    hands.move(hours=2)
    missed = now_is(merchant, product)
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 100_000}), 201)
    listed = merchant.lists(product)

    assert (missed["status"], missed["list_at"]) == ("new", None)
    assert missed["plan_missed"] == "Still missing: deposit"
    assert [one.data["why"] for one in said(product["product_id"]) if one.name == ListingMissed.NAME] == [
        "shop-cannot-sell"
    ]
    assert (listed["status"], listed["plan_missed"]) == ("listed", "")


def test_a_plan_that_was_slept_through_lists_nothing(merchant: Merchant, hands: Hands) -> None:
    """C5: both moments have passed before anybody looked: what is over does not begin; its shop is told."""
    product = merchant.creates()
    now = clock.now()
    ok(plans(merchant, product, at=now + timedelta(hours=1), until=now + timedelta(hours=2)))

    hands.move(hours=3)
    after = now_is(merchant, product)

    assert (after["status"], after["list_at"], after["delist_at"]) == ("new", None, None)
    assert after["plan_missed"] == "Its time had passed before anybody looked"
    [told] = said(product["product_id"])
    assert told.open(ListingMissed) == ListingMissed(
        product_id=product["product_id"], shop_id=merchant.shop_id, title=after["title"], why="over"
    )


def test_times_that_make_no_sense_are_refused(merchant: Merchant) -> None:
    """C5: an end before its beginning or in the past, a time without a zone, a moment for what is there already."""
    new, listed = merchant.creates(), merchant.sells()
    now = clock.now()
    hour = timedelta(hours=1)

    assert plans(merchant, new, at=now + 2 * hour, until=now + hour).slug == "validation"
    assert plans(merchant, new, until=now - hour).slug == "validation"
    assert plans(merchant, new, at=(now + hour).replace(tzinfo=None)).slug == "validation"
    assert plans(merchant, listed, at=now + hour).slug == "illegal-transition"
    late = f"{path_of(merchant, new)}/listing?at={quote((now + hour).isoformat())}"
    assert merchant.client.delete(late).slug == "illegal-transition"
    assert now_is(merchant, new)["status"] == "new"


def test_a_past_moment_is_now(merchant: Merchant) -> None:
    """C5: a request that is repeated late does what it asked for."""
    product = merchant.creates()

    listed = ok(plans(merchant, product, at=clock.now() - timedelta(minutes=1)))
    past = quote((clock.now() - timedelta(minutes=1)).isoformat())
    delisted = ok(merchant.client.delete(f"{path_of(merchant, product)}/listing?at={past}"))

    assert (listed["status"], delisted["status"]) == ("listed", "delisted")


def test_what_the_index_says_too_late_does_nothing(merchant: Merchant) -> None:
    """The index proposes, the product decides: one with nothing due is left alone."""
    product = merchant.sells()

    assert follow_plan(product["product_id"], begin=begin, now=clock.now()) is False
    assert follow_plan("prd_gone", begin=begin, now=clock.now()) is False
