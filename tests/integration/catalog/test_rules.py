"""Rules as data with a date: categories, deposits, fees, and what they do to products (C3, C4)."""

from datetime import timedelta

import pytest

from infra.faults import Fault, FaultsProxy
from services.catalog import categories
from services.catalog.rules.enforce import ENFORCE
from services.catalog.tables import STORE
from services.shared.contracts.catalog import ShopHeld
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock
from services.shared.plumbing.jobs import job_of
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import ANYBODY, PLATFORM, Merchant, names, ok, open_merchant, said
from tests.integration.catalog.platform import RULES, category, in_force, ruled, shown, state, worked


def test_the_platform_adds_a_category_that_goods_are_sold_in(merchant: Merchant, hands: Hands) -> None:
    """C4: below a branch, with names in two languages; it is in the public tree with its rules."""
    category_id = category(hands, deposit_fen=50_000, kinds=["physical", "e_voucher"])

    merchant.sells(category_id=category_id, kind="e_voucher")

    [node] = [one for one in ok(ANYBODY.get("/v1/categories"))["items"] if one["category_id"] == category_id]
    assert (node["parent_id"], node["name"]) == ("other", {"zh": "测试", "en": "Of a test"})
    assert (node["deposit_fen"], node["kinds"]) == (50_000, ["physical", "e_voucher"])


@pytest.mark.parametrize(
    "body",
    [
        {**RULES, "parent_id": "other"},
        {**RULES, "name": {"zh": "新", "en": "new"}},
        {**RULES, "name": {"zh": "新", "en": "new"}, "parent_id": "other.unsorted"},
        {**RULES, "name": {"zh": "新", "en": "new"}, "parent_id": "other", "since": "2020-01-01T00:00:00Z"},
        {**RULES, "name": {"zh": "新", "en": "new"}, "parent_id": "other", "fee_bp": 10_001},
    ],
)
def test_a_category_that_would_make_no_sense_is_refused(body: dict[str, object]) -> None:
    """C4: without names, below no branch, in the past, with a fee above all."""
    assert PLATFORM.put("/v1/categories/other.refused", body).status == 422
    assert ANYBODY.get("/v1/categories/other.refused").status == 404


def test_only_the_platform_edits_rules(merchant: Merchant) -> None:
    """X1: a merchant reads them."""
    assert merchant.client.put("/v1/categories/other.unsorted", RULES).status == 403
    assert merchant.client.get("/v1/categories/other.unsorted/history").status == 403
    assert ok(merchant.client.get("/v1/categories/other.unsorted"))["deposit_fen"] == 100_000


def test_a_rule_with_a_future_date_takes_effect_by_itself(hands: Hands) -> None:
    """C4: until then the old one holds, and everybody sees what is planned."""
    category_id = category(hands)
    since = clock.now() + timedelta(days=10)

    planned = ruled(category_id, since=since.isoformat(), fee_bp=80)
    assert (planned["fee_bp"], [one["fee_bp"] for one in planned["planned"]]) == (60, [80])

    hands.move(days=11)
    begun = ok(ANYBODY.get(f"/v1/categories/{category_id}"))
    assert (begun["fee_bp"], begun["planned"]) == (80, [])


def test_a_plan_is_replaced_by_what_is_said_later_for_that_time(hands: Hands) -> None:
    """C4: an edit says what holds from its date on, so that a plan can be taken back."""
    category_id = category(hands)
    day = clock.now() + timedelta(days=10)
    ruled(category_id, since=day.isoformat(), fee_bp=80)

    again = ruled(category_id, since=day.isoformat(), fee_bp=70)
    dropped = ruled(category_id, since=(day - timedelta(days=1)).isoformat(), fee_bp=60)

    assert [one["fee_bp"] for one in again["planned"]] == [70]
    assert [one["fee_bp"] for one in dropped["planned"]] == [60]


def test_the_history_says_who_ruled_what_and_when(hands: Hands) -> None:
    """C4: every edit, newest first, in pages; the first one is what the system shipped with."""
    category_id = category(hands)
    for fee_bp in (61, 61, 62):
        ruled(category_id, fee_bp=fee_bp)
        in_force(hands)

    first = ok(PLATFORM.get(f"/v1/categories/{category_id}/history?limit=2"))
    rest = ok(PLATFORM.get(f"/v1/categories/{category_id}/history?limit=2&cursor={first['next_cursor']}"))
    [shipped] = ok(PLATFORM.get("/v1/categories/food.tea/history"))["items"]

    edits = first["items"] + rest["items"]
    assert [one["rules"]["fee_bp"] for one in edits] == [62, 61, 60]  # what was said twice is one edit
    assert {one["by"] for one in edits} == {"person:platform"}
    assert [one["version"] for one in edits] == [3, 2, 1]
    assert rest["next_cursor"] is None
    assert (shipped["by"], shipped["version"], shipped["rules"]["licences"]) == ("", 0, ["food_business"])
    assert PLATFORM.get("/v1/categories/other.nothing/history").status == 404


def test_an_edit_of_older_rules_loses(hands: Hands) -> None:
    """X2: If-Match of a version that is over is refused."""
    category_id = category(hands)
    path, old = f"/v1/categories/{category_id}", ANYBODY.get(f"/v1/categories/{category_id}").headers["etag"]

    ruled(category_id, fee_bp=70)
    lost = PLATFORM.put(path, {**RULES, "fee_bp": 90}, headers={"if-match": old})

    assert (lost.status, lost.slug) == (412, "version-conflict")


def test_who_has_read_the_rules_asks_again_after_seconds(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """C4: reads are cheap: the tree is kept, its version asked for when it is no longer fresh."""
    category_id = category(hands)
    monkeypatch.setenv("CATALOG_RULES_FRESH_S", "3600")
    ANYBODY.get("/v1/categories")
    kept = categories.tree()
    assert categories.tree() is kept
    monkeypatch.setenv("CATALOG_RULES_FRESH_S", "0")
    assert categories.tree() is kept  # asked, and nothing has changed
    ruled(category_id, fee_bp=75)
    assert categories.tree() is not kept


# ----------------------------------------------------------------------------------------------------- deposits


def test_a_dearer_rule_delists_and_paying_up_restores_exactly_that(merchant: Merchant, hands: Hands) -> None:
    """C3: `deposit_short` delists what is on sale, one event each; what its merchant took off sale stays so."""
    category_id = category(hands)
    dear, plain = merchant.sells(category_id=category_id), merchant.sells()
    off = merchant.sells()
    ok(merchant.client.delete(f"{merchant.path}/products/{off['product_id']}/listing"))

    ruled(category_id, deposit_fen=150_000)
    in_force(hands)

    assert [state(merchant, one) for one in (dear, plain, off)] == [
        ("delisted", "deposit"),
        ("delisted", "deposit"),
        ("delisted", "merchant"),
    ]
    told = said(dear["product_id"])
    assert (names(told), told[-1].data["reason"]) == (["product_offered", "product_withdrawn"], "deposit_short")
    shop = ok(merchant.client.get(merchant.path))
    assert (shop["can_sell"], shop["held"]) == (False, {"clothing.men": "deposit", category_id: "deposit"})
    [held] = [one.open(ShopHeld) for one in said(merchant.shop_id) if one.name == ShopHeld.NAME]
    assert (held.why, held.short_fen) == ("deposit", 50_000)

    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    worked()

    assert [state(merchant, one) for one in (dear, plain, off)] == [
        ("listed", None),
        ("listed", None),
        ("delisted", "merchant"),
    ]
    assert names(said(plain["product_id"])) == ["product_offered", "product_withdrawn", "product_offered"]
    assert ok(merchant.client.get(merchant.path))["held"] == {}


def test_a_dated_deposit_delists_on_its_day(merchant: Merchant, hands: Hands) -> None:
    """C3: nobody has to do anything on that day."""
    category_id = category(hands)
    product = merchant.sells(category_id=category_id)

    ruled(category_id, deposit_fen=150_000, since=(clock.now() + timedelta(days=3)).isoformat())
    in_force(hands)
    assert state(merchant, product) == ("listed", None)

    hands.move(days=3)
    worked()
    assert state(merchant, product) == ("delisted", "deposit")


def test_what_is_short_cannot_be_listed_by_hand(merchant: Merchant, hands: Hands) -> None:
    """C3: shortage blocks listing, also of what it delisted."""
    category_id = category(hands)
    product = merchant.sells(category_id=category_id)
    ruled(category_id, deposit_fen=150_000)
    in_force(hands)

    refused = merchant.client.post(f"{merchant.path}/products/{product['product_id']}/listing")

    assert (refused.status, refused.json["missing"]) == (409, ["deposit"])


def test_what_its_merchant_takes_off_sale_meanwhile_does_not_come_back(merchant: Merchant, hands: Hands) -> None:
    """C3: exactly what the shortage delisted is restored."""
    category_id = category(hands)
    kept, dropped = merchant.sells(category_id=category_id), merchant.sells(category_id=category_id)
    ruled(category_id, deposit_fen=150_000)
    in_force(hands)

    ok(merchant.client.delete(f"{merchant.path}/products/{dropped['product_id']}/listing"))
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    worked()

    assert state(merchant, kept) == ("listed", None)
    assert state(merchant, dropped) == ("delisted", "merchant")


def test_a_delisting_that_dies_half_way_goes_on(merchant: Merchant, hands: Hands, proxy: FaultsProxy) -> None:
    """C3: each product is delisted once and told once, whatever the engine does in between."""
    category_id = category(hands)
    products = [merchant.sells(category_id=category_id) for _ in range(6)]
    ruled(category_id, deposit_fen=150_000)
    hands.move(seconds=11)
    proxy.plan(Fault("conflict", probability=0.4, times=5), Fault("lose_answer", probability=0.3, times=3))

    for _ in range(4):
        worked()

    assert [state(merchant, one) for one in products] == [("delisted", "deposit")] * 6
    assert {tuple(names(said(one["product_id"]))) for one in products} == {("product_offered", "product_withdrawn")}


def test_a_payment_in_the_middle_of_a_delisting_wins(merchant: Merchant, hands: Hands, proxy: FaultsProxy) -> None:
    """C3: a step that judged the shop as it was before writes nothing."""
    category_id = category(hands)
    product = merchant.sells(category_id=category_id)
    ruled(category_id, deposit_fen=150_000)
    hands.move(seconds=11)

    def pays(_: object) -> None:
        ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}, key="once"), 201)

    for call in range(3, 12, 2):
        proxy.at_call(call, "before", pays, ("TransactWriteItems",))
    for _ in range(3):
        worked()

    assert state(merchant, product) == ("listed", None)


def test_a_delisting_reads_no_index(merchant: Merchant, hands: Hands, proxy: FaultsProxy) -> None:
    """C3: what went on sale so lately that no index knows of it is taken off too."""
    category_id = category(hands)
    proxy.plan(Fault("stale_index"))
    product = merchant.sells(category_id=category_id)
    assert ok(merchant.client.get(f"{merchant.path}/products"))["items"] == []

    ruled(category_id, deposit_fen=150_000)
    in_force(hands)
    assert state(merchant, product) == ("delisted", "deposit")

    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    worked()
    assert state(merchant, product) == ("listed", None)


# --------------------------------------------------------------------------------------------------------- fees


def test_a_new_fee_reaches_orders_by_offers_of_then(merchant: Merchant, hands: Hands) -> None:
    """C4: when a rule begins, what is on sale in its category is told again on its terms; nothing else is."""
    category_id = category(hands)
    product, other = merchant.sells(category_id=category_id), merchant.sells()

    ruled(category_id, fee_bp=90, giftable=False)
    in_force(hands)
    worked()

    offers = [one.data for one in said(product["product_id"])]
    assert [(one["fee_bp"], one["giftable"]) for one in offers] == [(60, True), (90, False)]
    assert said(product["product_id"])[-1].sequence == shown(merchant, product)["version"]
    assert len(said(other["product_id"])) == 1


def test_a_rule_is_enforced_once(merchant: Merchant, hands: Hands) -> None:
    """C4: its job goes over the shops of the category, and has an end."""
    category_id = category(hands)
    merchant.sells(category_id=category_id)
    open_merchant().sells(category_id=category_id)
    ruled(category_id, fee_bp=90)
    in_force(hands)

    rows = STORE.outbox.scan(STORE.outbox.name == JobStepDue.NAME)
    jobs = {job.id: job for row in rows if (job := job_of(STORE, row.pk)) and job.kind == ENFORCE}
    ours = [job for job in jobs.values() if job.args["category_id"] == category_id]

    assert {job.state for job in ours} == {"done"}
    assert max(job.counts["shops"] for job in ours) == 2


def test_two_edits_at_once_are_both_there(hands: Hands, proxy: FaultsProxy) -> None:
    """C4: one edit cannot lose another's category."""
    first, second = category(hands), category(hands)
    proxy.at_call(1, "before", lambda _: ruled(second, fee_bp=70), ("TransactWriteItems",))

    ruled(first, fee_bp=80)

    planned = [ok(ANYBODY.get(f"/v1/categories/{one}"))["planned"][-1]["fee_bp"] for one in (first, second)]
    assert planned == [80, 70]
