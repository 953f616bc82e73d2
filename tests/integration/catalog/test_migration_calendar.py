"""The calendar of an old system, date by date under a moved clock, and what it forbids (M1, M5)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.catalog.migrations.follow_calendar import follow_calendar
from services.catalog.migrations.plan import PHASES, SEED, Planned
from services.catalog.migrations.tables import add_legacy_shop
from services.catalog.products.hold_product import release_product
from services.catalog.tables import STORE, find_shop
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, ids
from services.shared.plumbing.tables import Refused, Transaction
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import (
    ANYBODY,
    CONTACT,
    PLATFORM,
    Merchant,
    fresh_name,
    ok,
    person,
    product_body,
    said,
)
from tests.integration.catalog.platform import category, state, swept, worked

SOURCES = tuple(SEED)
A_MOMENT = timedelta(minutes=5)


def at(hands: Hands, moment: datetime) -> None:
    """It is this moment."""
    hands.moved = moment - datetime.now(UTC)


def begins(source: Planned, phase: str) -> datetime:
    """When a phase of the shipped plan begins."""
    return SEED[source].steps[PHASES.index(phase)].at


def legacy(source: str, subject: str = "enterprise", *, sells: bool = True) -> Merchant:
    """The owner of an old shop that is opened here, and sells unless a private person owns it."""
    name = fresh_name("p")
    client = person(name)
    shop = {"name": fresh_name(), "subject_type": subject, "contact": CONTACT}
    body = {"source": source, "old_shop_id": ids.new_id("old"), "shop": shop, "files": []}
    merchant = Merchant(name, client, ok(client.post("/v1/migrations", body), 201)["shop_id"])
    if sells:
        ok(PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}))
        ok(client.put(f"{merchant.path}/payment-account", {"sub_mchid": "1900000109"}))
        ok(client.post(f"{merchant.path}/deposits", {"amount_fen": 100_000}), 201)
    return merchant


def steps(shop_id: str) -> list[tuple[str, str]]:
    """What was said of its calendar, in order."""
    told: list[Envelope] = [one for one in said(shop_id) if "migration_step" in one.name]
    return [(one.name.rpartition("_")[2], one.data["phase"]) for one in sorted(told, key=lambda one: one.sequence)]


def phase_of(merchant: Merchant) -> str | None:
    """Where the shop is in its calendar."""
    shop = find_shop(merchant.shop_id)
    assert shop is not None
    assert shop.legacy is not None
    return shop.legacy.phase


@pytest.mark.parametrize("source", SOURCES)
def test_a_shop_goes_through_its_calendar_date_by_date(source: Planned, hands: Hands) -> None:
    """M1: told a week before and when it is there, each step on its day and not before; `done` sets the shop free."""
    at(hands, begins(source, "notice") - timedelta(days=30))
    merchant = legacy(source)

    for phase in PHASES:
        at(hands, begins(source, phase) - timedelta(days=7, seconds=30))
        swept()
        before = phase_of(merchant)
        assert (("ahead", phase) in steps(merchant.shop_id)) == (phase == "vouchers_delisted" and source == "mini_shop")
        at(hands, begins(source, phase) - timedelta(seconds=30))
        swept()
        assert phase_of(merchant) == before
        assert ("ahead", phase) in steps(merchant.shop_id)
        at(hands, begins(source, phase) + A_MOMENT)
        swept()
        assert phase_of(merchant) in (phase, PHASES[min(PHASES.index(phase) + 1, 4)])

    told = steps(merchant.shop_id)
    assert [phase for kind, phase in told if kind == "ahead"] == list(PHASES)
    assert [phase for kind, phase in told if kind == "taken"] == list(PHASES)
    assert all(told.index(("ahead", phase)) < told.index(("taken", phase)) for phase in PHASES)
    assert merchant.sells()["status"] == "listed"


def test_two_steps_of_one_day_are_both_told(hands: Hands) -> None:
    """M1: mini_shop's listings and vouchers end on the same day."""
    at(hands, begins("mini_shop", "notice") + A_MOMENT)
    merchant = legacy("mini_shop")

    at(hands, begins("mini_shop", "no_new_physical") + A_MOMENT)
    swept()

    assert phase_of(merchant) == "vouchers_delisted"
    assert [phase for kind, phase in steps(merchant.shop_id) if kind == "taken"] == [
        "no_new_physical",
        "vouchers_delisted",
    ]


def test_each_phase_takes_what_it_says_and_done_gives_it_back(hands: Hands) -> None:
    """M1: new physical listings are refused, vouchers go off sale, then all is off sale and read-only, then free."""
    at(hands, begins("channels_shop", "notice") + A_MOMENT)
    category_id = category(hands, kinds=["physical", "e_voucher"])
    merchant = legacy("channels_shop")
    tea, voucher = merchant.sells(), merchant.sells(category_id=category_id, kind="e_voucher")
    fresh = merchant.creates()
    listing = f"{merchant.path}/products/{fresh['product_id']}/listing"

    at(hands, begins("channels_shop", "no_new_physical") + A_MOMENT)
    swept()
    refused = merchant.client.post(listing)
    assert (refused.status, refused.slug) == (409, "listing-closed")
    assert ok(merchant.edits(tea, title="另一个足够长的标题"))["status"] == "listed"
    assert state(merchant, voucher) == ("listed", None)

    at(hands, begins("channels_shop", "vouchers_delisted") + A_MOMENT)
    swept()
    assert [state(merchant, one) for one in (tea, voucher)] == [("listed", None), ("delisted", "migration")]
    for one, answer in ((tea, 200), (voucher, 409)):  # what was on sale before comes back, a voucher does not
        path = f"{merchant.path}/products/{one['product_id']}/listing"
        if one is tea:
            ok(merchant.client.delete(path))
        assert merchant.client.post(path).status == answer
    hold = f"{merchant.path}/products/{voucher['product_id']}/hold"
    ok(PLATFORM.put(hold, {"by": "risk", "reason": "x"}))
    ok(PLATFORM.delete(hold))
    assert state(merchant, voucher) == ("delisted", "migration")

    at(hands, begins("channels_shop", "read_only") + A_MOMENT)
    swept()
    assert state(merchant, tea) == ("delisted", "migration")
    for refused in (
        merchant.client.post(f"{merchant.path}/products", product_body()),
        merchant.edits(tea, title="又一个足够长的标题"),
        merchant.client.patch(merchant.path, {"notice": "新公告"}),
        merchant.client.post(f"{merchant.path}/groups", {"title": "新品", "product_ids": []}),
    ):
        assert (refused.status, refused.slug) == (409, "shop-read-only")
    shop = ok(merchant.client.get(merchant.path))
    assert (shop["can_sell"], shop["missing"]) == (False, ["migration"])
    (open_step,) = (one for one in ok(merchant.client.get(f"{merchant.path}/checklist"))["steps"] if not one["done"])
    assert (open_step["step"], "moves here" in open_step["why"]) == ("audit", True)

    at(hands, begins("channels_shop", "done") + A_MOMENT)
    swept()
    assert [state(merchant, one) for one in (tea, voucher)] == [("listed", None), ("listed", None)]
    assert merchant.client.post(listing).status == 200


@pytest.mark.parametrize("source", SOURCES)
def test_a_private_persons_shop_stays_read_only_until_its_subject_changes(source: Planned, hands: Hands) -> None:
    """M5: also behind `done`; its owner is told so, and reminded every two weeks; the change sets it free."""
    at(hands, begins(source, "notice") + A_MOMENT)
    merchant = legacy(source, "person", sells=False)
    path = f"{merchant.path}/products"

    for phase in PHASES[1:]:
        at(hands, begins(source, phase) + A_MOMENT)
        swept()
    at(hands, begins(source, "done") + timedelta(days=400))
    swept()
    assert merchant.client.post(path, product_body()).slug == "shop-read-only"
    stuck = [one for one in said(merchant.shop_id) if one.data.get("stuck")]
    reminders = [one for one in said(merchant.shop_id) if one.name == "catalog.subject_change_due"]
    assert (len(stuck), len(reminders)) == (1, 1)  # one a sweep, however long nobody swept
    at(hands, begins(source, "done") + timedelta(days=415))
    swept()
    swept()
    assert len([one for one in said(merchant.shop_id) if one.name == "catalog.subject_change_due"]) == 2

    ok(merchant.client.put(f"{merchant.path}/subject", {"subject_type": "individual_business"}))
    assert merchant.client.post(path, product_body()).status == 201


def test_only_a_migration_opens_a_private_persons_shop(hands: Hands) -> None:
    """C1, M5: and only one from a system that had them."""
    shop = {"name": fresh_name(), "subject_type": "person", "contact": CONTACT}
    body = {"source": "shopify", "old_shop_id": "any", "shop": shop, "files": []}

    assert person(fresh_name("p")).post("/v1/shops", shop).slug == "subject-not-eligible"
    assert person(fresh_name("p")).post("/v1/migrations", body).status == 422


@pytest.fixture
def dates() -> Any:
    """A plan's dates are put back after the test, for those that come after it."""
    yield
    shipped = {one.phase: one.at.isoformat() for one in SEED["shop_v1"].steps}
    ok(PLATFORM.put("/v1/migration-plans/shop_v1", {"dates": shipped, "lead_days": 7}))


def test_the_platform_moves_dates_and_shops_follow(hands: Hands, dates: None) -> None:
    """M1: forward and back, told anew, with a history; a shop that was ahead of the new date is free again."""
    at(hands, begins("shop_v1", "read_only") + A_MOMENT)
    merchant = legacy("shop_v1")
    assert phase_of(merchant) == "read_only"
    later = clock.now() + timedelta(days=20)

    moved = ok(PLATFORM.put("/v1/migration-plans/shop_v1", {"dates": {"read_only": later.isoformat()}}))
    worked()

    assert moved["phase"] == "vouchers_delisted"
    assert phase_of(merchant) == "vouchers_delisted"
    assert merchant.creates()["status"] == "new"
    at(hands, later - timedelta(days=6))
    swept()
    assert steps(merchant.shop_id)[-1] == ("ahead", "read_only")
    history = ok(PLATFORM.get("/v1/migration-plans/shop_v1/history"))["items"]
    assert (history[0]["by"], history[-1]["version"]) == ("person:platform", 0)
    assert history[0]["version"] == moved["version"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"dates": {"read_only": "2019-01-01T00:00:00Z"}}, 422),
        ({"dates": {"never": "2030-01-01T00:00:00Z"}}, 422),
        ({"lead_days": -1}, 422),
    ],
)
def test_a_plan_that_would_make_no_sense_is_refused(body: dict[str, Any], status: int) -> None:
    """M1: phases follow each other."""
    assert PLATFORM.put("/v1/migration-plans/shop_v1", body).status == status
    assert PLATFORM.put("/v1/migration-plans/shopify", {}).status == 404
    assert person(fresh_name("p")).put("/v1/migration-plans/shop_v1", body).status == 403


def test_everybody_may_read_the_calendars() -> None:
    """M1: the announced dates are the shipped ones."""
    plans = {one["source"]: one for one in ok(ANYBODY.get("/v1/migration-plans"))["items"]}

    def day(source: str, phase: str) -> date:
        [moment] = [one["at"] for one in plans[source]["steps"] if one["phase"] == phase]
        return (datetime.fromisoformat(moment) + timedelta(hours=8)).date()

    assert day("mini_shop", "no_new_physical") == day("mini_shop", "vouchers_delisted") == date(2024, 11, 1)
    assert day("mini_shop", "notice") == date(2024, 10, 1)
    assert day("channels_shop", "notice") == date(2024, 8, 25)
    assert day("shop_v1", "notice") == date(2020, 7, 10)


def test_a_shop_that_was_opened_here_is_bound_by_no_calendar(
    new_merchant: Callable[[], Merchant], hands: Hands
) -> None:
    """M1: it takes an old one in, and goes on as it is."""
    at(hands, begins("mini_shop", "read_only") + A_MOMENT)
    merchant = new_merchant()
    body = {"source": "mini_shop", "old_shop_id": ids.new_id("old"), "shop_id": merchant.shop_id, "files": []}

    ok(merchant.client.post("/v1/migrations", body), 201)

    assert merchant.sells()["status"] == "listed"


def test_a_shop_that_fails_stops_no_other_when_dates_move(hands: Hands, dates: None) -> None:
    """M3: here one of which nothing but its name is left."""
    at(hands, begins("shop_v1", "read_only") + A_MOMENT)
    merchant = legacy("shop_v1")
    tx = Transaction(STORE, clock.now(), ids.new_id)
    add_legacy_shop(tx, "shop_v1", "shp_0")
    tx.commit()

    ok(PLATFORM.put("/v1/migration-plans/shop_v1", {"dates": {"done": clock.now().isoformat()}}))
    worked()

    assert phase_of(merchant) == "done"


def test_an_edit_of_the_plan_is_not_overwritten_by_a_sweep_that_began_before(hands: Hands, dates: None) -> None:
    """M1: whoever decides by dates that have moved meanwhile decides again."""
    at(hands, begins("shop_v1", "notice") + A_MOMENT)
    merchant, now = legacy("shop_v1"), clock.now()
    sooner = {"dates": {"no_new_physical": (now + timedelta(days=2)).isoformat()}}

    def behind_the_edit() -> Transaction:
        ok(PLATFORM.put("/v1/migration-plans/shop_v1", sooner))
        return Transaction(STORE, now, ids.new_id)

    with pytest.raises(Refused) as refused:
        follow_calendar(merchant.shop_id, begin=behind_the_edit, now=now)

    assert refused.value.names == {"plan"}


def test_a_product_is_released_into_the_shop_that_was_looked_at(new_merchant: Callable[[], Merchant]) -> None:
    """C5: where the shop changes at this very moment, it is decided again whether it may sell."""
    merchant = new_merchant()
    product = merchant.sells()
    ok(PLATFORM.put(f"{merchant.path}/products/{product['product_id']}/hold", {"by": "risk", "reason": "x"}))

    def behind_the_closure() -> Transaction:
        ok(merchant.client.put(f"{merchant.path}/closure"))
        return Transaction(STORE, clock.now(), ids.new_id)

    with pytest.raises(Refused) as refused:
        release_product(merchant.shop_id, product["product_id"], begin=behind_the_closure, now=clock.now())

    assert "shop" in refused.value.names
