"""Licences: handed in, looked at, held until they expire, and what that does to products (C2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.catalog.shops.licence import first_moment_after
from services.catalog.tables import STORE, LinkRow
from services.shared.contracts.catalog import LicenceExpiring, ProductWithdrawn, QualificationDecided
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import PLATFORM, Merchant, names, ok, open_merchant, person, said
from tests.integration.catalog.platform import (
    FOOD,
    category,
    decided,
    handed_in,
    in_force,
    licensed,
    ruled,
    state,
    swept,
    today,
    worked,
)
from tests.integration.catalog.uploads import upload


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Documents live in S3; the jobs' events are handed over in this process."""


def listing(merchant: Merchant, product: dict[str, Any]) -> Any:
    """What its merchant is answered who lists it."""
    return merchant.client.post(f"{merchant.path}/products/{product['product_id']}/listing")


def test_food_is_sold_with_the_licence_for_food(merchant: Merchant) -> None:
    """C2: without it listing is refused and says which; a licence that waits, or for something else, does not do."""
    tea = merchant.creates(**FOOD)

    without = listing(merchant, tea)
    waits = handed_in(merchant)
    waiting = listing(merchant, tea)
    licensed(merchant, "education")
    another = listing(merchant, tea)
    passed = decided(merchant, waits)

    assert (without.status, without.slug, without.json["licences"]) == (409, "licence-missing", ["food_business"])
    assert (waiting.slug, another.slug) == ("licence-missing", "licence-missing")
    assert (passed["status"], passed["expired"]) == ("passed", False)
    assert ok(listing(merchant, tea))["status"] == "listed"
    told = [one.open(QualificationDecided) for one in said(waits["qualification_id"])]
    assert [(one.kind, one.decision) for one in told] == [("food_business", "pass")]


def test_an_edit_into_a_licensed_category_needs_its_licence(merchant: Merchant) -> None:
    """C2: what is on sale may not slip into it."""
    product = merchant.sells()

    refused = merchant.edits(product, **FOOD)

    assert (refused.status, refused.slug) == (409, "licence-missing")
    assert state(merchant, product) == ("listed", None)


def test_a_licence_that_expires_delists_and_its_successor_restores(merchant: Merchant, hands: Hands) -> None:
    """C2: by the schedule, one event each; what needs no licence stays, what its merchant delisted does too."""
    licensed(merchant, expires_on=(today() + timedelta(days=40)).isoformat())
    tea, fruit, shirt = merchant.sells(**FOOD), merchant.sells(**FOOD), merchant.sells()
    off = merchant.sells(**FOOD)
    ok(merchant.client.delete(f"{merchant.path}/products/{off['product_id']}/listing"))

    hands.move(days=39)
    swept()
    assert state(merchant, tea) == ("listed", None)
    hands.move(days=3)
    refused = listing(merchant, off)
    swept()
    swept()

    assert refused.slug == "licence-missing"  # whether or not the schedule has come by
    assert [state(merchant, one) for one in (tea, fruit, shirt, off)] == [
        ("delisted", "licence"),
        ("delisted", "licence"),
        ("listed", None),
        ("delisted", "merchant"),
    ]
    assert names(said(tea["product_id"])) == ["product_offered", "product_withdrawn"]
    assert said(tea["product_id"])[-1].data["reason"] == "licence"
    shop = ok(merchant.client.get(merchant.path))
    assert (shop["can_sell"], shop["held"]) == (True, {"food.tea": "licence"})

    licensed(merchant)
    worked()
    assert [state(merchant, one)[0] for one in (tea, fruit, shirt, off)] == ["listed", "listed", "listed", "delisted"]


def test_a_licence_that_ends_soon_is_told_once(merchant: Merchant, hands: Hands) -> None:
    """C2: thirty days before; a new one with little time left at once."""
    one = licensed(merchant, expires_on=(today() + timedelta(days=60)).isoformat())
    soon = licensed(merchant, expires_on=(today() + timedelta(days=5)).isoformat())

    def told(which: dict[str, Any]) -> list[str]:
        found = [event for event in said(which["qualification_id"]) if event.name == LicenceExpiring.NAME]
        return [event.open(LicenceExpiring).expires_on.isoformat() for event in found]

    swept()
    assert (told(one), told(soon)) == ([], [soon["expires_on"]])
    hands.move(days=31)
    swept()
    swept()
    assert (told(one), told(soon)) == ([one["expires_on"]], [soon["expires_on"]])


def test_a_licence_holds_through_its_last_day_in_beijing(merchant: Merchant, hands: Hands) -> None:
    """C2: and not a second longer."""
    licensed(merchant, expires_on=(today() + timedelta(days=1)).isoformat())
    tea = merchant.creates(**FOOD)
    end = first_moment_after(today() + timedelta(days=1))
    hands.moved += end - hands() - timedelta(seconds=20)
    assert listing(merchant, tea).status == 200
    hands.move(seconds=21)
    assert listing(merchant, merchant.creates(**FOOD)).slug == "licence-missing"


def test_a_revoked_licence_delists_at_once(merchant: Merchant) -> None:
    """C2: a passed one that is rejected is revoked; its job begins in the same act."""
    one = licensed(merchant)
    tea = merchant.sells(**FOOD)

    revoked = decided(merchant, one, "reject", "forged")
    worked()

    assert (revoked["status"], revoked["reason"]) == ("rejected", "forged")
    assert state(merchant, tea) == ("delisted", "licence")


def test_a_second_licence_of_the_kind_keeps_selling(merchant: Merchant) -> None:
    """C2: one that holds is enough."""
    one, _ = licensed(merchant), licensed(merchant)
    tea = merchant.sells(**FOOD)

    decided(merchant, one, "reject", "forged")
    worked()

    assert state(merchant, tea) == ("listed", None)


def test_a_category_that_comes_to_need_a_licence_delists(merchant: Merchant, hands: Hands) -> None:
    """C2, C4: the rule's begin takes off sale what may not be sold any more; dropping it gives that back."""
    category_id = category(hands)
    licenced, without = open_merchant(), merchant
    licensed(licenced, "education")
    kept, gone = licenced.sells(category_id=category_id), without.sells(category_id=category_id)

    ruled(category_id, licences=["education"])
    in_force(hands)
    worked()
    assert (state(licenced, kept), state(without, gone)) == (("listed", None), ("delisted", "licence"))

    ruled(category_id)
    in_force(hands)
    worked()
    assert state(without, gone) == ("listed", None)


def test_a_category_that_takes_a_kind_no_more_delists_it(merchant: Merchant, hands: Hands) -> None:
    """C4: what is of that kind cannot be listed either; when the category takes it again, it comes back."""
    category_id = category(hands, kinds=["physical", "e_voucher"])
    voucher, cup = (merchant.sells(category_id=category_id, kind=kind) for kind in ("e_voucher", "physical"))
    listing = f"{merchant.path}/products/{voucher['product_id']}/listing"

    ruled(category_id)
    in_force(hands)
    worked()
    refused = merchant.client.post(listing)

    assert (state(merchant, voucher), state(merchant, cup)) == (("delisted", "category"), ("listed", None))
    assert said(voucher["product_id"])[-1].open(ProductWithdrawn).reason == "category"
    assert (refused.status, refused.json["errors"][0]["at"]) == (422, "kind")

    ruled(category_id, kinds=["physical", "e_voucher"])
    in_force(hands)
    worked()
    assert state(merchant, voucher) == ("listed", None)


def test_of_two_shortages_the_last_to_end_restores(merchant: Merchant, hands: Hands) -> None:
    """C2, C3: paying up does not bring back what lacks a licence by then."""
    category_id = category(hands)
    one = licensed(merchant)
    tea, plain = merchant.sells(**FOOD), merchant.sells(category_id=category_id)
    ruled(category_id, deposit_fen=150_000)
    in_force(hands)
    decided(merchant, one, "reject", "forged")
    worked()
    assert (state(merchant, tea), state(merchant, plain)) == (("delisted", "deposit"), ("delisted", "deposit"))

    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    worked()
    assert (state(merchant, tea), state(merchant, plain)) == (("delisted", "licence"), ("listed", None))

    licensed(merchant)
    worked()
    assert state(merchant, tea) == ("listed", None)


def test_many_products_are_delisted_in_steps(merchant: Merchant) -> None:
    """C2: a job's chunk is 25 products; each is told once."""
    one = licensed(merchant)
    products = [merchant.sells(**FOOD) for _ in range(30)]

    decided(merchant, one, "reject", "forged")
    worked()

    assert {state(merchant, one) for one in products} == {("delisted", "licence")}
    assert {len(said(one["product_id"])) for one in products} == {2}


def test_what_went_on_sale_before_it_was_kept_is_found_too(merchant: Merchant) -> None:
    """C1, C2: an older release kept no rows of what a shop has had on sale; some pages of both are gone over."""
    one = licensed(merchant)
    products = [merchant.sells(**FOOD) for _ in range(55)]
    for product in products[:20] + products[30:50:2]:
        LinkRow(f"SEL#{merchant.shop_id}", f"PRD#{product['product_id']}").delete()

    decided(merchant, one, "reject", "forged")
    worked()
    assert {state(merchant, one) for one in products} == {("delisted", "licence")}

    ok(merchant.client.put(f"{merchant.path}/closure"))
    worked()
    assert {state(merchant, one) for one in products} == {("delisted", "closed")}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "food_business", "number": ""},
        {"kind": "food_business", "number": "1", "brand": "青瓷坊"},
        {"kind": "brand", "number": "1"},
        {"kind": "poetic", "number": "1"},
        {"kind": "food_business", "number": "1", "expires_on": "2020-01-01"},
        {"kind": "food_business", "number": "1", "expires_on": "9999-12-31"},
    ],
)
def test_a_qualification_that_would_make_no_sense_is_refused(merchant: Merchant, body: dict[str, str]) -> None:
    """C2: nothing is kept of it."""
    document = upload(merchant, b"a scan", "qualification")

    assert merchant.client.post(f"{merchant.path}/qualifications", {**body, "upload_id": document}).status == 422
    assert ok(merchant.client.get(f"{merchant.path}/qualifications"))["items"] == []


def test_its_document_has_to_be_there_and_ones_own(merchant: Merchant) -> None:
    """C2: an upload for this purpose, by who hands it in."""
    path, body = f"{merchant.path}/qualifications", {"kind": "education", "number": "1"}
    other = upload(open_merchant(), b"a scan", "qualification")

    assert merchant.client.post(path, {**body, "upload_id": other}).status == 404
    assert merchant.client.post(path, {**body, "upload_id": upload(merchant, b"rows")}).status == 404


def test_a_rejected_qualification_is_handed_in_anew(merchant: Merchant) -> None:
    """C2: the decision said twice is one; another comes too late; the list has both, newest first, in pages."""
    one = handed_in(merchant)
    decided(merchant, one, "reject", "unreadable")
    decided(merchant, one, "reject", "unreadable")
    path = f"{merchant.path}/qualifications/{one['qualification_id']}/decisions"

    late = PLATFORM.post(path, {"decision": "pass"})
    second = handed_in(merchant)

    assert (late.status, late.slug) == (409, "illegal-transition")
    first_page = ok(merchant.client.get(f"{merchant.path}/qualifications?limit=1"))
    rest = ok(PLATFORM.get(f"{merchant.path}/qualifications?limit=1"))
    assert first_page["items"][0]["qualification_id"] == second["qualification_id"]
    assert rest["next_cursor"] is not None
    last = ok(merchant.client.get(f"{merchant.path}/qualifications?limit=1&cursor={first_page['next_cursor']}"))
    assert [(last["items"][0]["status"], last["items"][0]["reason"])] == [("rejected", "unreadable")]
    assert len(said(one["qualification_id"])) == 1


def test_who_has_nothing_to_do_with_the_shop_sees_nothing(merchant: Merchant) -> None:
    """X1: 404 to strangers; a merchant does not decide on his own."""
    one = handed_in(merchant)
    path = f"{merchant.path}/qualifications"

    assert person("stranger").get(path).status == 404
    assert open_merchant().client.get(f"{path}/{one['qualification_id']}").status == 404
    own = merchant.client.post(f"{path}/{one['qualification_id']}/decisions", {"decision": "pass"})
    assert own.status == 403


def test_its_number_stays_in_catalog(merchant: Merchant) -> None:
    """C2: no event tells it, nor where the document lies."""
    one = handed_in(merchant, number="JY-SECRET-1")
    decided(merchant, one)

    told = [row.body for row in STORE.outbox.scan()]
    assert not [body for body in told if "JY-SECRET-1" in body]
