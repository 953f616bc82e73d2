"""A shop's brand words, linked accounts, change of subject and end; products that the platform takes away (C1, C5)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from services.catalog.categories import tree_now
from services.catalog.products.sweep_plans import follow_plan
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import STORE, CatalogRow
from services.shared.contracts.catalog import ProductHeld, ShopHeld
from services.shared.plumbing import clock, ids
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.tables import Transaction
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import (
    ANYBODY,
    PLATFORM,
    Merchant,
    fresh_name,
    names,
    ok,
    open_merchant,
    person,
    said,
    shop_body,
)
from tests.integration.catalog.platform import (
    category,
    decided,
    handed_in,
    in_force,
    licensed,
    privately,
    ruled,
    state,
    swept,
    today,
    worked,
)


@pytest.fixture
def brand(queues: Callable[[str | Resources], dict[str, str]]) -> Iterator[str]:
    """A brand whose name is a brand word during the test."""
    name = fresh_name("瓷坊Kiln")
    ok(PLATFORM.put("/v1/brand-words", {"words": [{"word": name, "brand": name}]}))
    yield name
    CatalogRow("RULES", "BRANDS").delete()
    tree_now()


# -------------------------------------------------------------------------------------------------- brand words


def test_a_brands_name_needs_its_certificate(merchant: Merchant, brand: str) -> None:
    """C1: in whatever spelling; with the certificate the shop takes the name."""
    name = f"{brand.upper()} 旗舰店"

    opened = person(fresh_name("p")).post("/v1/shops", shop_body(name))
    refused = merchant.client.patch(merchant.path, {"name": name})
    licensed(merchant, "brand", brand="another")
    another = merchant.client.patch(merchant.path, {"name": name})
    licensed(merchant, "brand", brand=brand)
    taken = ok(merchant.client.patch(merchant.path, {"name": name}))

    assert [(one.status, one.slug) for one in (opened, refused, another)] == [(409, "brand-certificate-needed")] * 3
    assert opened.json["brands"] == [brand]
    assert taken["name"] == name


def test_a_certificate_that_waits_or_is_revoked_does_not_do(merchant: Merchant, brand: str) -> None:
    """C1: only a passed one; the name that a shop has already stays."""
    one = handed_in(merchant, "brand", brand=brand)
    waits = merchant.client.patch(merchant.path, {"name": f"{brand}小店"})
    decided(merchant, one)
    ok(merchant.client.patch(merchant.path, {"name": f"{brand}小店"}))
    decided(merchant, one, "reject", "withdrawn by the brand")
    again = merchant.client.patch(merchant.path, {"name": f"{brand}大店"})

    assert (waits.slug, again.slug) == ("brand-certificate-needed", "brand-certificate-needed")
    assert ok(merchant.client.get(merchant.path))["name"] == f"{brand}小店"


def test_a_name_whose_certificate_ends_sells_nothing(merchant: Merchant, hands: Hands, brand: str) -> None:
    """C1, C5: what is on sale goes off on that day, and comes back with a new certificate or another name."""
    licensed(merchant, "brand", brand=brand, expires_on=(today() + timedelta(days=2)).isoformat())
    ok(merchant.client.patch(merchant.path, {"name": f"{brand}小店"}))
    product, other = merchant.sells(), merchant.sells()
    ok(merchant.client.delete(f"{merchant.path}/products/{other['product_id']}/listing"))

    hands.move(days=4)
    refused = merchant.client.post(f"{merchant.path}/products/{other['product_id']}/listing")
    swept()

    assert (refused.status, refused.json["missing"]) == (409, ["brand_certificate"])
    assert state(merchant, product) == ("delisted", "brand_certificate")
    assert said(product["product_id"])[-1].data["reason"] == "brand_certificate"
    shop = ok(merchant.client.get(merchant.path))
    assert (shop["can_sell"], shop["held"]) == (False, {"clothing.men": "brand_certificate"})
    assert [one.data["why"] for one in said(merchant.shop_id) if one.name == ShopHeld.NAME] == ["brand_certificate"]
    [audit] = [one for one in ok(merchant.client.get(f"{merchant.path}/checklist"))["steps"] if one["step"] == "audit"]
    assert not audit["done"]
    assert brand in audit["why"]

    licensed(merchant, "brand", brand=brand, expires_on=(today() + timedelta(days=2)).isoformat())
    worked()
    assert state(merchant, product) == ("listed", None)

    hands.move(days=4)
    swept()
    assert state(merchant, product) == ("delisted", "brand_certificate")
    ok(merchant.client.patch(merchant.path, {"name": fresh_name()}))
    worked()
    assert (state(merchant, product), state(merchant, other)) == (("listed", None), ("delisted", "merchant"))


def test_a_name_older_than_its_brand_word_goes_on_selling(merchant: Merchant, brand: str) -> None:
    """C1: a word that is made a brand's takes nothing from the shops that have it in their names."""
    name = ok(merchant.client.get(merchant.path))["name"]
    ok(PLATFORM.put("/v1/brand-words", {"words": [{"word": name, "brand": brand}]}))

    ok(merchant.client.patch(merchant.path, {"notice": "x"}))

    assert ok(merchant.client.get(merchant.path))["can_sell"]


def test_brand_words_are_the_platforms_data(merchant: Merchant, brand: str) -> None:
    """C1: with who edited them; an edit of an older version loses."""
    words = ok(PLATFORM.get("/v1/brand-words"))

    assert (words["words"], words["by"]) == ([{"word": brand, "brand": brand}], "person:platform")
    assert merchant.client.get("/v1/brand-words").status == 403
    lost = PLATFORM.put("/v1/brand-words", {"words": []}, headers={"if-match": str(words["version"] - 1)})
    assert lost.status == 412


# ---------------------------------------------------------------------------------------------- linked accounts


def test_an_account_is_linked_and_verified_by_the_platform(merchant: Merchant) -> None:
    """C1: one of each kind; another account has to be verified anew, another name has not."""
    path, account = f"{merchant.path}/accounts/channels", {"account_id": "sph0123", "name": "一盏茶"}
    verified = {"account_id": "sph0123", "verified": True}

    linked = ok(merchant.client.put(path, account))
    own = merchant.client.put(f"{path}/verification", verified)
    seen = ok(PLATFORM.put(f"{path}/verification", verified))
    renamed = ok(merchant.client.put(path, {**account, "name": "两盏茶"}))
    other = ok(merchant.client.put(path, {**account, "account_id": "sph0124"}))
    late = PLATFORM.put(f"{path}/verification", verified)

    assert [one["verified"] for one in (linked, seen, renamed, other)] == [False, True, True, False]
    assert (own.status, late.status) == (403, 404)
    assert len(ok(merchant.client.get(f"{merchant.path}/accounts"))["accounts"]) == 1
    for _ in range(2):
        assert merchant.client.delete(path).status == 204
    assert ok(merchant.client.get(f"{merchant.path}/accounts"))["accounts"] == []


def test_an_account_of_no_such_kind_is_refused(merchant: Merchant) -> None:
    """C1: official account (service, subscription), Channels, mini program."""
    body = {"account_id": "x1", "name": "x"}

    kinds = ("service_account", "subscription_account", "channels", "mini_program")
    assert [merchant.client.put(f"{merchant.path}/accounts/{kind}", body).status for kind in kinds] == [200] * 4
    assert merchant.client.put(f"{merchant.path}/accounts/telegram", body).status == 404


# ------------------------------------------------------------------------------------------------------ subject


def test_a_private_persons_shop_becomes_a_business_under_its_own_id() -> None:
    """C1: it cannot sell before, and is audited anew; a business's subject does not change."""
    merchant = privately(open_merchant())
    product = merchant.creates()
    before = ok(merchant.client.get(merchant.path))
    steps = ok(merchant.client.get(f"{merchant.path}/checklist"))["steps"]
    listing = f"{merchant.path}/products/{product['product_id']}/listing"

    refused = merchant.client.post(listing)
    changed = ok(merchant.client.put(f"{merchant.path}/subject", {"subject_type": "individual_business"}))
    ok(PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}))
    listed = merchant.client.post(listing)
    again = merchant.client.put(f"{merchant.path}/subject", {"subject_type": "individual_business"})
    other = merchant.client.put(f"{merchant.path}/subject", {"subject_type": "enterprise"})

    assert (before["missing"], steps[0]["done"]) == (["subject"], False)
    assert (refused.status, refused.json["missing"]) == (409, ["subject"])
    assert (changed["shop_id"], changed["status"]) == (merchant.shop_id, "submitted")
    assert (listed.status, again.status) == (200, 200)
    assert (other.status, other.slug) == (409, "illegal-transition")


# ---------------------------------------------------------------------------------------------------------- end


def test_a_closed_shop_sells_nothing_and_gives_its_name_back(merchant: Merchant) -> None:
    """C1: closing → cancelled when a job has taken all off sale, each with its reason; orders hears it at once."""
    products = [merchant.sells() for _ in range(3)]
    name = ok(merchant.client.get(merchant.path))["name"]

    closing = ok(merchant.client.put(f"{merchant.path}/closure"))
    refused = merchant.client.post(f"{merchant.path}/products/{merchant.creates()['product_id']}/listing")
    worked()
    closed = ok(merchant.client.put(f"{merchant.path}/closure"))

    assert (closing["status"], closing["can_sell"], closed["status"]) == ("closing", False, "cancelled")
    assert refused.slug == "shop-cannot-sell"
    assert {state(merchant, one) for one in products} == {("delisted", "closed")}
    assert {said(one["product_id"])[-1].data["reason"] for one in products} == {"closed"}
    assert names(said(merchant.shop_id)).count("shop_closed") == 1
    assert [one.data["can_sell"] for one in said(merchant.shop_id) if one.name.endswith("shop_changed")][-2:] == [
        False,
        False,
    ]
    ok(person("ben").post("/v1/shops", shop_body(name)), 201)
    assert ANYBODY.get(f"{merchant.path}/storefront").status == 404


def test_a_shop_that_never_sold_is_cancelled_at_once() -> None:
    """C1: and nothing of it can be changed any more."""
    merchant = open_merchant(passed=False)

    assert ok(merchant.client.put(f"{merchant.path}/closure"))["status"] == "cancelled"
    for body in ({"name": fresh_name()}, {"notice": "x"}):
        assert merchant.client.patch(merchant.path, body).slug == "illegal-transition"
    assert merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 1}).slug == "illegal-transition"
    assert PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}).slug == "illegal-transition"


def test_only_its_owner_closes_a_shop(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """X1: not a stranger, not the platform by this door."""
    assert new_merchant().client.put(f"{merchant.path}/closure").status == 404
    assert PLATFORM.put(f"{merchant.path}/closure").status in (403, 404)
    assert ok(merchant.client.get(merchant.path))["status"] == "passed"


# ------------------------------------------------------------------------------------------- leaving a category


def test_a_shop_that_leaves_a_category_owes_less(merchant: Merchant, hands: Hands) -> None:
    """C3: what it sells there goes off sale for good, then the deposit is the maximum over the others."""
    category_id = category(hands)
    dear, plain = merchant.sells(category_id=category_id), merchant.sells()
    ruled(category_id, deposit_fen=150_000)
    in_force(hands)
    assert state(merchant, plain) == ("delisted", "deposit")

    leaving = ok(merchant.client.delete(f"{merchant.path}/categories/{category_id}"))
    assert (leaving["categories"], leaving["leaving"]) == (["clothing.men"], [category_id])
    assert (leaving["deposit_needed_fen"], leaving["can_sell"]) == (150_000, False)
    worked()

    left = ok(merchant.client.get(merchant.path))
    assert (left["leaving"], left["held"]) == ([], {})
    assert (left["deposit_needed_fen"], left["can_sell"]) == (100_000, True)
    assert (state(merchant, dear), state(merchant, plain)) == (("delisted", "merchant"), ("listed", None))
    assert ok(merchant.client.delete(f"{merchant.path}/categories/{category_id}"))["version"] == left["version"]


def test_listing_takes_a_shop_back_into_a_category(merchant: Merchant, hands: Hands) -> None:
    """C3: what is listed while the shop leaves stays on sale, and its deposit is owed; a later leave leaves."""
    category_id = category(hands)
    merchant.sells(category_id=category_id)
    product = merchant.creates(category_id=category_id)

    ok(merchant.client.delete(f"{merchant.path}/categories/{category_id}"))
    merchant.lists(product)
    worked()

    shop = ok(merchant.client.get(merchant.path))
    assert (shop["categories"], shop["leaving"]) == ([category_id], [])
    assert state(merchant, product) == ("listed", None)

    ok(merchant.client.delete(f"{merchant.path}/categories/{category_id}"))
    worked()
    assert state(merchant, product) == ("delisted", "merchant")
    assert ok(merchant.client.get(merchant.path))["categories"] == []


def test_an_older_walk_does_not_end_a_later_leave(merchant: Merchant, hands: Hands) -> None:
    """C3: who left, came back and leaves again has left when the products of then are off sale."""
    category_id, now = category(hands), clock.now()
    merchant.sells(category_id=category_id)
    tree = tree_now()
    gone = shop_named(merchant.shop_id).leave(category_id, now)
    older = dict(gone.leaving)

    again = gone.enter(tree.leaf(category_id), tree, now).leave(category_id, now)

    assert again.left(older, now) is again
    assert again.left(dict(again.leaving), now).present_in == set()


def test_what_was_held_stays_off_sale_where_its_shop_has_left(merchant: Merchant, hands: Hands) -> None:
    """C3, C5: the platform's release does not take a shop back into a category."""
    category_id = category(hands)
    product = merchant.sells(category_id=category_id)
    path = f"{merchant.path}/products/{product['product_id']}"
    ok(PLATFORM.put(f"{path}/hold", {"by": "risk", "reason": "x"}))
    ok(merchant.client.delete(f"{merchant.path}/categories/{category_id}"))
    worked()

    assert state(merchant, product) == ("delisted", "risk")
    assert ok(PLATFORM.delete(f"{path}/hold"))["delisted_by"] == "merchant"
    assert ok(merchant.client.get(merchant.path))["categories"] == []


def test_only_its_owner_takes_a_shop_out_of_a_category(merchant: Merchant) -> None:
    """X1: no stranger; where it never sold there is nothing to leave."""
    merchant.sells()
    other = open_merchant()

    assert other.client.delete(f"{merchant.path}/categories/clothing.men").status == 404
    assert ok(merchant.client.delete(f"{merchant.path}/categories/food.tea"))["categories"] == ["clothing.men"]
    ok(merchant.client.put(f"{merchant.path}/closure"))
    assert merchant.client.delete(f"{merchant.path}/categories/clothing.men").slug == "illegal-transition"


# ---------------------------------------------------------------------------------- held and banned by the platform


@pytest.mark.parametrize("by", ["risk", "brand"])
def test_a_held_product_is_off_sale_until_it_is_released(merchant: Merchant, by: str) -> None:
    """C5: its merchant is told why and cannot list it; released it is on sale as before."""
    product = merchant.sells()
    path = f"{merchant.path}/products/{product['product_id']}"

    held = ok(PLATFORM.put(f"{path}/hold", {"by": by, "reason": "疑似侵权"}))
    ok(PLATFORM.put(f"{path}/hold", {"by": by, "reason": "疑似侵权"}))
    refused = merchant.client.post(f"{path}/listing")
    binned = merchant.client.delete(path)
    from_bin = merchant.client.post(f"{path}/listing")

    assert (held["status"], held["delisted_by"], held["held_reason"]) == ("delisted", by, "疑似侵权")
    assert (refused.status, refused.slug, refused.json["reason"]) == (409, "product-held", by)
    assert (binned.status, from_bin.slug) == (204, "product-held")
    told = [one.open(ProductHeld) for one in said(product["product_id"]) if one.name == ProductHeld.NAME]
    assert [(one.by, one.reason) for one in told] == [(by, "疑似侵权")]
    assert ok(PLATFORM.delete(f"{path}/hold"))["status"] == "recycled"

    other = merchant.sells()
    path = f"{merchant.path}/products/{other['product_id']}"
    ok(PLATFORM.put(f"{path}/hold", {"by": by, "reason": "疑似侵权"}))
    assert ok(PLATFORM.delete(f"{path}/hold"))["status"] == "listed"
    assert PLATFORM.delete(f"{path}/hold").slug == "illegal-transition"


def test_what_its_merchant_has_taken_off_sale_is_not_held(merchant: Merchant) -> None:
    """C5: it would come back by the release; it may be banned."""
    product = merchant.creates()
    path = f"{merchant.path}/products/{product['product_id']}"
    merchant.lists(product)
    ok(merchant.client.delete(f"{path}/listing"))

    assert PLATFORM.put(f"{path}/hold", {"by": "risk", "reason": "x"}).slug == "illegal-transition"
    assert ok(PLATFORM.put(f"{path}/ban", {"reason": "违禁商品"}))["status"] == "banned"


def begin() -> Transaction:
    """A transaction of the schedule."""
    return Transaction(STORE, clock.now(), ids.new_id)


def test_what_its_merchant_takes_off_sale_while_it_is_held_stays_off(merchant: Merchant, hands: Hands) -> None:
    """C5: by hand, or by the end that he planned; released it waits for him. A later hold remembers no such wish."""
    by_hand, by_plan = merchant.sells(), merchant.creates()
    until = (clock.now() + timedelta(hours=1)).isoformat()
    paths = [f"{merchant.path}/products/{one['product_id']}" for one in (by_hand, by_plan)]
    ok(merchant.client.post(f"{paths[1]}/listing", {"until": until}))
    for path in paths:
        ok(PLATFORM.put(f"{path}/hold", {"by": "risk", "reason": "疑似侵权"}))

    taken = ok(merchant.client.delete(f"{paths[0]}/listing"))
    ok(PLATFORM.put(f"{paths[0]}/hold", {"by": "brand", "reason": "疑似侵权"}))
    hands.move(hours=2)
    follow_plan(by_plan["product_id"], begin=begin, now=clock.now())
    released = [ok(PLATFORM.delete(f"{path}/hold")) for path in paths]

    assert (taken["status"], taken["delisted_by"]) == ("delisted", "risk")
    assert [(one["status"], one["delisted_by"]) for one in released] == [("delisted", "merchant")] * 2
    for path in paths:
        assert ok(merchant.client.post(f"{path}/listing"))["status"] == "listed"
        ok(PLATFORM.put(f"{path}/hold", {"by": "risk", "reason": "疑似侵权"}))
        assert ok(PLATFORM.delete(f"{path}/hold"))["status"] == "listed"


def test_a_banned_product_is_out_of_its_merchants_hands(merchant: Merchant) -> None:
    """C5: neither edited nor listed nor binned; unbanned it is off sale until he lists it."""
    product = merchant.sells()
    path = f"{merchant.path}/products/{product['product_id']}"

    ok(PLATFORM.put(f"{path}/ban", {"reason": "违禁商品"}))

    assert ANYBODY.get(f"/v1/products/{product['product_id']}").status == 404
    for reply in (merchant.edits(product, title="另一个名字"), merchant.client.post(f"{path}/listing")):
        assert reply.slug == "illegal-transition"
    assert merchant.client.delete(path).slug == "illegal-transition"
    assert merchant.client.put(f"{path}/ban", {"reason": "x"}).status == 403
    assert ok(PLATFORM.delete(f"{path}/ban"))["status"] == "delisted"
    assert ok(merchant.client.post(f"{path}/listing"))["status"] == "listed"


def test_a_held_product_is_not_restored_by_its_shop(merchant: Merchant, hands: Hands) -> None:
    """C5, C3: a hold outlasts the shop's own shortages, and the release waits for them."""
    category_id = category(hands)
    product = merchant.sells(category_id=category_id)
    path = f"{merchant.path}/products/{product['product_id']}"
    ok(PLATFORM.put(f"{path}/hold", {"by": "risk", "reason": "x"}))
    ruled(category_id, deposit_fen=150_000)
    in_force(hands)

    assert state(merchant, product) == ("delisted", "risk")
    assert ok(PLATFORM.delete(f"{path}/hold"))["delisted_by"] == "deposit"
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    worked()
    assert state(merchant, product) == ("listed", None)
