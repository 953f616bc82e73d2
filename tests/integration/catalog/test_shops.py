"""Shops: opening, audit, what they need before they sell (C1, C3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.catalog.tables import STORE
from services.shared.contracts.catalog import ShopChanged
from services.shared.plumbing.memberships import role_of
from tests.integration.catalog.merchant import (
    ANYBODY,
    CONTACT,
    PLATFORM,
    Merchant,
    fresh_name,
    names,
    ok,
    open_merchant,
    person,
    raw_rows,
    said,
    shop_body,
)


def test_one_call_opens_a_submitted_shop_from_a_template() -> None:
    """C1: its opener owns it, and everybody who must know is told in the same act."""
    name, owner = fresh_name(), fresh_name("p")

    reply = person(owner).post("/v1/shops", shop_body(name))

    shop = ok(reply, 201)
    assert (shop["name"], shop["status"], shop["can_sell"]) == (name, "submitted", False)
    assert shop["missing"] == ["audit", "payment_account", "deposit"]
    assert shop["notice"]
    assert reply.headers["etag"] == '"1"'
    assert role_of(STORE, shop["shop_id"], f"person:{owner}") == "owner"
    assert sorted(names(said(shop["shop_id"]))) == ["shop_changed", "shop_opened"]
    assert names(said(f"{shop['shop_id']}/person:{owner}")) == ["membership_changed"]


def test_the_same_key_opens_one_shop() -> None:
    """X2: the same request again gets the same shop, although its name is taken by now; another body is refused."""
    client, body = person(fresh_name("p")), shop_body()

    first, again = (client.post("/v1/shops", body, key="k") for _ in range(2))
    other = client.post("/v1/shops", shop_body(), key="k")

    assert ok(again, 201)["shop_id"] == ok(first, 201)["shop_id"]
    assert other.slug == "idempotency-key-reused"


def test_a_private_person_is_told_how_to_go_on() -> None:
    """C1: `person` is refused with a stable problem type."""
    reply = person("anna").post("/v1/shops", shop_body(subject_type="person"))

    assert (reply.status, reply.slug) == (422, "subject-not-eligible")
    assert "individual business" in reply.json["detail"]
    assert reply.json["eligible"] == ["enterprise", "individual_business"]


@pytest.mark.parametrize("other", ["ＢＬＵＥ　{0}", "b l u e{0}", "Blue\u200b{0}"])
def test_a_name_is_taken_in_every_way_of_writing_it(other: str) -> None:
    """C1: names are unique by their normal form."""
    tail = fresh_name("")
    ok(person("anna").post("/v1/shops", shop_body(f"Blue{tail}")), 201)

    reply = person("ben").post("/v1/shops", shop_body(other.format(tail)))

    assert (reply.status, reply.slug) == (409, "name-taken")


def test_of_eight_who_open_one_name_at_once_one_gets_it(proxy: FaultsProxy) -> None:
    """C1: the name is reserved in the transaction that opens the shop, whatever conflicts the engine sees in it."""
    name = fresh_name()
    proxy.plan(Fault("conflict", probability=0.3, times=6))

    def attempt(number: int) -> tuple[int, str]:
        reply = person(f"racer{number}").post("/v1/shops", shop_body(name))
        return reply.status, reply.slug

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))

    assert outcomes == [(201, "")] + [(409, "name-taken")] * 7


def test_a_rejected_shop_is_edited_and_submitted_again() -> None:
    """C1: submitted → rejected(reason) → submitted → passed; the deciders' words are told."""
    merchant = open_merchant(passed=False)

    rejected = ok(PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "reject", "reason": "no such firm"}))
    edited = ok(merchant.client.patch(merchant.path, {"name": fresh_name()}))
    submitted = ok(merchant.client.post(f"{merchant.path}/submission"))
    passed = ok(PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}))

    assert (rejected["status"], rejected["audit_reason"]) == ("rejected", "no such firm")
    assert edited["status"] == "rejected"
    assert submitted["status"] == "submitted"
    assert (passed["status"], passed["can_sell"]) == ("passed", True)
    decided = [event.data for event in said(merchant.shop_id) if event.name == "catalog.shop_audit_decided"]
    assert [one["decision"] for one in decided] == ["reject", "pass"]
    assert decided[0]["reason"] == "no such firm"


def test_a_draft_waits_until_it_is_submitted() -> None:
    """C1: draft → submitted; a draft cannot be decided on."""
    client = person(fresh_name("p"))
    shop = ok(client.post("/v1/shops", shop_body(submit=False)), 201)
    path = f"/v1/shops/{shop['shop_id']}"

    early = PLATFORM.post(f"{path}/audit-decisions", {"decision": "pass"})
    submitted = ok(client.post(f"{path}/submission"))

    assert shop["status"] == "draft"
    assert (early.status, early.slug) == (409, "illegal-transition")
    assert early.json["legal"] == ["close", "edit", "submit"]
    assert submitted["status"] == "submitted"


def test_a_shop_is_decided_on_as_it_was_seen() -> None:
    """C1: another name, given while the platform looks at it, is not passed with it; the same word again is no news."""
    merchant = open_merchant(passed=False)
    path = f"{merchant.path}/audit-decisions"
    seen = {"if-match": PLATFORM.get(merchant.path).headers["etag"]}
    ok(merchant.client.patch(merchant.path, {"name": fresh_name()}))

    late = PLATFORM.post(path, {"decision": "pass"}, headers=seen)
    seen = {"if-match": PLATFORM.get(merchant.path).headers["etag"]}
    passed, again = (ok(PLATFORM.post(path, {"decision": "pass"}, headers=seen)) for _ in range(2))

    assert (late.status, late.slug) == (412, "version-conflict")
    assert passed["status"] == "passed"
    assert again == passed


def test_a_decision_said_twice_is_one() -> None:
    """C1: the same decision again changes and tells nothing; another one comes too late."""
    merchant = open_merchant()
    before = ok(merchant.client.get(merchant.path))["version"]

    again = ok(PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}))
    late = PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "reject", "reason": "on second thought"})

    assert again["version"] == before
    assert late.slug == "illegal-transition"


def test_a_rejection_needs_a_reason() -> None:
    """C1: the merchant must know what to mend."""
    merchant = open_merchant(passed=False)

    assert PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "reject"}).slug == "validation"


@pytest.mark.parametrize(
    ("lacks", "missing"),
    [
        ({"passed": False}, ["audit"]),
        ({"account": False}, ["payment_account"]),
        ({"deposit_fen": 99_999}, ["deposit"]),
        ({}, []),
    ],
)
def test_a_shop_sells_when_nothing_is_missing(lacks: dict[str, Any], missing: list[str]) -> None:
    """C1: audited, payment account active, deposit sufficient; whoever listens hears which."""
    merchant = open_merchant(**lacks)

    shop = ok(merchant.client.get(merchant.path))

    assert (shop["missing"], shop["can_sell"]) == (missing, not missing)
    last = [event for event in said(merchant.shop_id) if event.name == "catalog.shop_changed"][-1]
    assert last.sequence == shop["version"]
    assert last.data["can_sell"] is (not missing)


def test_the_checklist_says_what_is_missing_and_why() -> None:
    """C1: five steps; each open one says how to go on."""
    merchant = open_merchant(passed=False, deposit_fen=40_000, account=False)

    steps = ok(merchant.client.get(f"{merchant.path}/checklist"))["steps"]

    assert [(one["step"], one["done"]) for one in steps] == [
        ("subject", True),
        ("audit", False),
        ("payment_account", False),
        ("deposit", False),
        ("first_product", False),
    ]
    assert steps[3]["why"] == "60000 fen of 100000 are still to be paid"
    assert all(bool(one["why"]) is not one["done"] for one in steps)


def test_the_checklist_is_done_with_the_first_product_on_sale(merchant: Merchant) -> None:
    """C1: the last of the five steps."""
    merchant.sells()

    checklist = ok(merchant.client.get(f"{merchant.path}/checklist"))

    assert all(one["done"] for one in checklist["steps"])


def test_deposits_add_up() -> None:
    """C3: each payment is on record, and a payment sent again counts once."""
    merchant = open_merchant(deposit_fen=60_000)

    paid = [merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}, key="one") for _ in range(2)]

    assert ok(paid[0], 201) == ok(paid[1], 201)
    assert ok(merchant.client.get(merchant.path))["deposit_paid_fen"] == 110_000
    page = ok(merchant.client.get(f"{merchant.path}/deposits?limit=1"))
    rest = ok(merchant.client.get(f"{merchant.path}/deposits?limit=1&cursor={page['next_cursor']}"))
    assert [one["amount_fen"] for one in page["items"] + rest["items"]] == [60_000, 50_000]
    assert rest["next_cursor"] is None


def test_deposits_paid_at_once_all_count() -> None:
    """C3: a counter moves only with its cause, whoever else pays at that moment."""
    merchant = open_merchant(deposit_fen=0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 1_000}), range(8)))

    assert ok(merchant.client.get(merchant.path))["deposit_paid_fen"] == 8_000


def test_a_payment_account_set_again_changes_nothing(merchant: Merchant) -> None:
    """C1: the account is active at once; the same one again is no change."""
    before = ok(merchant.client.get(merchant.path))["version"]

    account = ok(merchant.client.put(f"{merchant.path}/payment-account", {"sub_mchid": "1900000109"}))

    assert account["status"] == "active"
    assert ok(merchant.client.get(merchant.path))["version"] == before


def test_orders_hears_where_a_shops_money_goes(merchant: Merchant) -> None:
    """O3: its merchant number under the platform's, and its own app where it has one."""
    account = {"sub_mchid": "1900000110", "sub_appid": "wx0123456789abcdef"}

    shown = ok(merchant.client.put(f"{merchant.path}/payment-account", account))

    assert {name: shown[name] for name in account} == account
    latest = [one.open(ShopChanged) for one in said(merchant.shop_id) if one.name == ShopChanged.NAME][-1]
    assert (latest.sub_mchid, latest.sub_appid) == ("1900000110", "wx0123456789abcdef")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sub_mchid": "1900000109", "settlement_reference": "ICBC-1"},
        {"sub_mchid": "x"},
        {"settlement_reference": "ICBC-1", "sub_appid": "wx0123456789abcdef"},
        {"sub_mchid": "1900000109", "sub_appid": "x"},
    ],
)
def test_a_payment_account_is_one_of_two(merchant: Merchant, body: dict[str, str]) -> None:
    """C1: a merchant number or a settlement reference."""
    assert merchant.client.put(f"{merchant.path}/payment-account", body).slug == "validation"


def test_a_contact_is_sealed_and_shown_to_members_only(merchant: Merchant) -> None:
    """X3: ciphertext at rest; the platform's operator sees the shop without it."""
    assert ok(merchant.client.get(merchant.path))["contact"] == CONTACT
    assert ok(PLATFORM.get(merchant.path))["contact"] is None
    kept = raw_rows(merchant.shop_id)
    assert CONTACT["phone"] not in kept
    assert "王小明" not in kept
    assert all(CONTACT["phone"] not in event.model_dump_json() for event in said(merchant.shop_id))


def test_another_shop_is_not_there(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """X1: another's shop answers 404, a missing token 401, a member without the right 403."""
    stranger = new_merchant()

    assert stranger.client.get(merchant.path).status == 404
    assert ANYBODY.get(merchant.path).status == 401
    assert merchant.client.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}).status == 403


def test_a_persons_shops_are_listed_at_once(merchant: Merchant) -> None:
    """C1: newest first, in pages; another's are not among them."""
    second = ok(merchant.client.post("/v1/shops", shop_body()), 201)["shop_id"]

    first_page = ok(merchant.client.get("/v1/shops?mine=true&limit=1"))
    last_page = ok(merchant.client.get(f"/v1/shops?mine=true&limit=1&cursor={first_page['next_cursor']}"))

    assert [one["shop_id"] for one in first_page["items"]] == [second]
    assert [one["shop_id"] for one in last_page["items"]] == [merchant.shop_id]
    assert last_page["next_cursor"] is None
    assert merchant.client.get("/v1/shops").slug == "validation"


def test_an_edit_of_an_older_version_loses(merchant: Merchant) -> None:
    """X2: If-Match with an old ETag is refused, with the current one it is taken."""
    etag = merchant.client.get(merchant.path).headers["etag"]

    taken = merchant.client.patch(merchant.path, {"notice": "Closed on Mondays"}, headers={"if-match": etag})
    lost = merchant.client.patch(merchant.path, {"notice": "Never closed"}, headers={"if-match": etag})

    assert ok(taken)["notice"] == "Closed on Mondays"
    assert (lost.status, lost.slug) == (412, "version-conflict")


def test_an_edit_that_changes_nothing_writes_nothing(merchant: Merchant) -> None:
    """C1: the same values, the contact too, leave the version as it is."""
    shop = ok(merchant.client.get(merchant.path))

    again = ok(merchant.client.patch(merchant.path, {"name": shop["name"], "contact": CONTACT, "notice": None}))

    assert again["version"] == shop["version"]


def test_a_new_name_frees_the_old_one(merchant: Merchant) -> None:
    """C1: a renamed shop gives its name back, and cannot take another's."""
    old = ok(merchant.client.get(merchant.path))["name"]
    taken = fresh_name()
    ok(person("ben").post("/v1/shops", shop_body(taken)), 201)

    refused = merchant.client.patch(merchant.path, {"name": taken})
    ok(merchant.client.patch(merchant.path, {"name": fresh_name()}))

    assert refused.slug == "name-taken"
    ok(person("clara").post("/v1/shops", shop_body(old)), 201)


def test_an_answer_lost_after_the_commit_is_given_again(proxy: FaultsProxy) -> None:
    """X2: the shop was opened, its opener never heard; the same request finds it."""
    client, body = person(fresh_name("p")), shop_body()
    proxy.plan(Fault("lose_answer", ("TransactWriteItems",), times=1))

    shop = ok(client.post("/v1/shops", body, key="k"), 201)

    assert proxy.fired["lose_answer"] == 1
    assert [one["shop_id"] for one in ok(client.get("/v1/shops?mine=true"))["items"]] == [shop["shop_id"]]


def test_a_rename_that_loses_a_race_decides_again(proxy: FaultsProxy) -> None:
    """C1: another takes the name between the look and the commit; nothing of the rename is kept."""
    merchant, name = open_merchant(), fresh_name()
    before = ok(merchant.client.get(merchant.path))
    rival = person(fresh_name("p"))
    proxy.at_call(1, "before", lambda _: ok(rival.post("/v1/shops", shop_body(name)), 201), ("TransactWriteItems",))

    lost = merchant.client.patch(merchant.path, {"name": name})

    assert lost.slug == "name-taken"
    assert ok(merchant.client.get(merchant.path)) == before
