"""Deposits that go back: what is above what is owed, what a closed shop has paid (C3)."""

from collections.abc import Callable
from typing import Any

from infra.faults import FaultsProxy
from services.shared.contracts.catalog import DepositRefundEnded, ShopChanged
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import PLATFORM, Merchant, ok, open_merchant, person, said
from tests.integration.catalog.platform import category, in_force, ruled, swept, worked


def asked(merchant: Merchant, amount_fen: int, status: int = 201) -> dict[str, Any]:
    """It asks so much back."""
    return ok(merchant.client.post(f"{merchant.path}/deposit-refunds", {"amount_fen": amount_fen}), status)


def ended(refund: dict[str, Any], outcome: str = "paid", note: str = "B20260308") -> dict[str, Any]:
    """The platform's word."""
    path = f"/v1/shops/{refund['shop_id']}/deposit-refunds/{refund['refund_id']}/outcome"
    return ok(PLATFORM.put(path, {"outcome": outcome, "note": note}))


def shop_of(merchant: Merchant) -> dict[str, Any]:
    """As its owner sees it."""
    return ok(merchant.client.get(merchant.path))


def refunds_of(merchant: Merchant) -> list[dict[str, Any]]:
    """All that it has asked back, newest first."""
    found: list[dict[str, Any]] = ok(merchant.client.get(f"{merchant.path}/deposit-refunds"))["items"]
    return found


def test_what_is_above_what_is_owed_goes_back() -> None:
    """C3: it leaves the deposit when it is asked for; the platform pays it, and the shop is told once."""
    merchant = open_merchant(deposit_fen=150_000)
    assert shop_of(merchant)["deposit_free_fen"] == 50_000

    refund = asked(merchant, 50_000)
    shop = shop_of(merchant)
    paid = [ended(refund) for _ in range(2)]

    assert (refund["status"], refund["amount_fen"], refund["by"]) == ("asked", 50_000, f"person:{merchant.name}")
    assert (shop["deposit_paid_fen"], shop["deposit_free_fen"], shop["can_sell"]) == (100_000, 0, True)
    assert [one["status"] for one in (*paid, *refunds_of(merchant))] == ["paid"] * 3
    assert paid[0]["version"] == paid[1]["version"]
    assert [one.open(DepositRefundEnded).outcome for one in said(refund["refund_id"])] == ["paid"]
    last = [one.open(ShopChanged) for one in said(merchant.shop_id) if one.name == ShopChanged.NAME][-1]
    assert last.deposit_fen == 100_000  # what orders' ledger hears


def test_what_is_owed_stays(merchant: Merchant, hands: Hands) -> None:
    """C3: the answer says how much may go back; a dearer category keeps it, leaving it gives it free."""
    category_id = category(hands, deposit_fen=150_000)
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    merchant.sells(category_id=category_id)

    refused = merchant.client.post(f"{merchant.path}/deposit-refunds", {"amount_fen": 1})
    assert (refused.status, refused.slug, refused.json["free_fen"]) == (409, "deposit-needed", 0)

    ok(merchant.client.delete(f"{merchant.path}/categories/{category_id}"))
    waits = merchant.client.post(f"{merchant.path}/deposit-refunds", {"amount_fen": 50_000})
    worked()
    asked(merchant, 50_000)

    assert waits.slug == "deposit-needed"  # something of it is on sale there
    assert shop_of(merchant)["deposit_paid_fen"] == 100_000


def test_what_could_not_be_paid_is_part_of_the_deposit_again() -> None:
    """C3: its shop is told why; the platform's word is not changed afterwards."""
    merchant = open_merchant(deposit_fen=150_000)
    refund = asked(merchant, 50_000)
    path = f"{merchant.path}/deposit-refunds/{refund['refund_id']}"

    silent = PLATFORM.put(f"{path}/outcome", {"outcome": "rejected"})
    rejected = ended(refund, "rejected", "户名不符")
    changed = PLATFORM.put(f"{path}/outcome", {"outcome": "paid", "note": "B1"})

    assert (silent.slug, changed.slug) == ("validation", "illegal-transition")
    assert ok(merchant.client.get(path)) == rejected
    assert (shop_of(merchant)["deposit_paid_fen"], shop_of(merchant)["deposit_free_fen"]) == (150_000, 50_000)
    [told] = [one.open(DepositRefundEnded) for one in said(refund["refund_id"])]
    assert (told.outcome, told.why, told.amount_fen) == ("rejected", "户名不符", 50_000)


def test_a_closed_shop_has_all_of_it_back_by_itself(merchant: Merchant, hands: Hands) -> None:
    """C3: thirty days after it was closed, once; until then it cannot be asked for."""
    merchant.sells()
    ok(merchant.client.put(f"{merchant.path}/closure"))
    worked()
    shop = shop_of(merchant)
    early = merchant.client.post(f"{merchant.path}/deposit-refunds", {"amount_fen": 1})
    hands.move(days=29)
    swept()
    before = refunds_of(merchant)
    hands.move(days=2)
    for _ in range(2):
        swept()

    [refund] = refunds_of(merchant)
    assert (shop["status"], shop["deposit_free_fen"], before) == ("cancelled", 0, [])
    assert (early.slug, early.json["free_at"]) == ("deposit-needed", shop["deposit_refund_at"].replace("Z", "+00:00"))
    assert (refund["amount_fen"], refund["status"], refund["by"]) == (100_000, "asked", "")
    assert shop_of(merchant)["deposit_paid_fen"] == 0

    ended(refund, "rejected", "户名不符")
    swept()
    assert [one["status"] for one in refunds_of(merchant)] == ["rejected"]  # its owner sees to it, and asks
    asked(merchant, 100_000)


def test_the_platform_sees_what_waits(new_merchant: Callable[..., Merchant]) -> None:
    """C3: of all shops, oldest first, in pages; what has ended is not among it."""
    shops = [new_merchant(deposit_fen=150_000) for _ in range(3)]
    asked_for = [asked(one, 50_000)["refund_id"] for one in shops]

    def waiting() -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = ok(PLATFORM.get(f"/v1/deposit-refunds?limit=2{cursor}"))
            found += [one["refund_id"] for one in page["items"]]
            if not page["next_cursor"]:
                return [one for one in found if one in asked_for]
            cursor = f"&cursor={page['next_cursor']}"

    assert waiting() == asked_for
    ended(refunds_of(shops[1])[0])
    assert waiting() == [asked_for[0], asked_for[2]]


def test_money_is_for_who_may_touch_it(merchant: Merchant) -> None:
    """X1: owner and finance ask; strangers see nothing; merchants cannot say that it was paid."""
    path = f"{merchant.path}/deposit-refunds"
    stranger = person("nobody-here")

    assert stranger.post(path, {"amount_fen": 1}).status == 404
    assert stranger.get(path).status == 404
    assert merchant.client.get("/v1/deposit-refunds").status == 403
    assert merchant.client.put(f"{path}/ref_x/outcome", {"outcome": "paid"}).status == 403
    assert PLATFORM.put(f"{path}/ref_x/outcome", {"outcome": "paid"}).status == 404
    for amount in (0, -1):
        assert merchant.client.post(path, {"amount_fen": amount}).status == 422


def test_two_that_ask_for_the_same_money(proxy: FaultsProxy) -> None:
    """C3: one gets it, the other is told that it is not there."""
    merchant = open_merchant(deposit_fen=150_000)
    proxy.at_call(1, "before", lambda _: asked(merchant, 50_000), ("TransactWriteItems",))

    second = merchant.client.post(f"{merchant.path}/deposit-refunds", {"amount_fen": 50_000})

    assert (second.status, second.slug) == (409, "deposit-needed")
    assert shop_of(merchant)["deposit_paid_fen"] == 100_000


def test_what_is_listed_meanwhile_keeps_its_deposit(merchant: Merchant, hands: Hands, proxy: FaultsProxy) -> None:
    """C3: who asks while a dearer product goes on sale is judged anew."""
    category_id = category(hands, deposit_fen=150_000)
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    product = merchant.creates(category_id=category_id)
    proxy.at_call(1, "before", lambda _: merchant.lists(product), ("TransactWriteItems",))

    refused = merchant.client.post(f"{merchant.path}/deposit-refunds", {"amount_fen": 50_000})

    assert refused.slug == "deposit-needed"
    assert shop_of(merchant)["can_sell"]


def test_a_rule_that_gets_cheaper_gives_free(merchant: Merchant, hands: Hands) -> None:
    """C3, C4: what may go back follows the rules of now."""
    category_id = category(hands, deposit_fen=150_000)
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 50_000}), 201)
    merchant.sells(category_id=category_id)
    assert shop_of(merchant)["deposit_free_fen"] == 0

    ruled(category_id, deposit_fen=120_000)
    in_force(hands)

    assert shop_of(merchant)["deposit_free_fen"] == 30_000
