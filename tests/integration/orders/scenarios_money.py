"""Every verb of money and of card keys as one act that may be repeated."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from services.orders import ledger
from services.orders.money.fold_ledger import fold_if_due, fold_shop
from services.orders.tables import append_entries, own_begin
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock
from services.shared.plumbing.day import BEIJING
from tests.integration.orders.scenarios import Scene, _operator, _reads, heard, verb
from tests.integration.verbs.scenario import Act, answered

NOON = datetime(2026, 1, 1, 12, tzinfo=BEIJING)  # of any day
ACCOUNT = {"holder": "杭州茶叶有限公司", "bank": "招商银行", "account_number": "6225880123456789"}


def _shop(scene: Scene, rest: str = "") -> str:
    return f"/v1/shops/{scene.market.shop_id}{rest}"


# -------------------------------------------------------------------------------------------------------- money


@contextmanager
def folding_at_once() -> Iterator[None]:
    """Nobody else writes entries meanwhile."""
    before = os.environ.pop("ORDERS_FOLD_AFTER_SECONDS", None)
    os.environ["ORDERS_FOLD_AFTER_SECONDS"] = "0"
    try:
        yield
    finally:
        del os.environ["ORDERS_FOLD_AFTER_SECONDS"]
        os.environ |= {"ORDERS_FOLD_AFTER_SECONDS": before} if before else {}


def _at_noon(scene: Scene) -> None:
    """In Beijing: far from midnight, when a day is over and not closed yet."""
    scene.hands.move(seconds=(NOON - clock.now()).total_seconds() % 86_400)


def _settled(scene: Scene) -> None:
    """1 000 fen are in the ledger to be withdrawn."""
    now = clock.now()
    tx = own_begin(now)()
    paid = ledger.paid("pay_1", "ord_1", 1_000, 0, now)
    append_entries(tx, scene.market.shop_id, [*paid, ledger.settled("ord_1", 1_000, now)])
    tx.commit()


def _fold(scene: Scene) -> None:
    now = clock.now()
    with folding_at_once():
        fold_shop(scene.market.shop_id, begin=own_begin(now), now=now, due=True)


def _fold_if_due(scene: Scene) -> None:
    """As the schedule does: done again at once, nothing is due."""
    now = clock.now()
    with folding_at_once():
        fold_if_due(scene.market.shop_id, begin=own_begin(now), now=now)


def _rich(scene: Scene) -> None:
    """They are folded in, and there is a bank account."""
    _settled(scene)
    _fold(scene)
    assert scene.market.merchant.put(_shop(scene, "/bank-account"), ACCOUNT).status == 200


def _asked(scene: Scene) -> str:
    _rich(scene)
    reply = scene.market.merchant.post(_shop(scene, "/withdrawals"), {"amount_fen": 700})
    assert reply.status == 201, reply.text
    return str(reply.json["withdrawal_id"])


def _payout(scene: Scene) -> str:
    """One that has begun, with a withdrawal to hand over; those of other scenes are handed over before."""
    before = _operator().post("/v1/payouts").json["payout_id"]
    heard(scene.told(before, JobStepDue))()
    _asked(scene)
    return str(_operator().post("/v1/payouts").json["payout_id"])


def _handed(scene: Scene) -> str:
    withdrawal_id = _asked(scene)
    payout_id = _operator().post("/v1/payouts").json["payout_id"]
    heard(scene.told(payout_id, JobStepDue))()
    return withdrawal_id


@verb("sweep")
def fold_a_ledger(scene: Scene) -> Act:
    """What one sale and its settlement have appended since the last time."""
    _at_noon(scene)
    _settled(scene)
    _fold(scene)
    _settled(scene)
    scene.hands.move(minutes=15)
    return lambda: _fold_if_due(scene)


@verb("sweep")
def close_a_day(scene: Scene) -> Act:
    """The day after, from noon to noon: its entries are folded in, its statement is begun."""
    _at_noon(scene)
    _settled(scene)
    scene.hands.move(days=1)
    return lambda: _fold_if_due(scene)


@verb("get_statements")
def list_statements(scene: Scene) -> Act:
    """One day."""
    close_a_day(scene)()
    return _reads(scene.market.merchant, _shop(scene, "/statements"))


@verb("get_statement")
def show_a_statement(scene: Scene) -> Act:
    """Of a day that is over."""
    close_a_day(scene)()
    return _reads(scene.market.merchant, _shop(scene, "/statements/2026-01-01"))


@verb("post_ledger_check")
def check_a_ledger(scene: Scene) -> Act:
    """Begin to add it up anew."""
    _rich(scene)
    return lambda: answered(scene.market.merchant.post(_shop(scene, "/ledger-checks"), {}, key=scene.key))


@verb("get_ledger_check")
def show_a_ledger_check(scene: Scene) -> Act:
    """One that has begun."""
    check_id = scene.market.merchant.post(_shop(scene, "/ledger-checks")).json["check_id"]
    return _reads(scene.market.merchant, _shop(scene, f"/ledger-checks/{check_id}"))


@verb("get_bank_account")
def show_the_bank_account(scene: Scene) -> Act:
    """What may be seen of it."""
    return _reads(scene.market.merchant, _shop(scene, "/bank-account"))


@verb("put_bank_account")
def change_the_bank_account(scene: Scene) -> Act:
    """The shop's first."""
    return lambda: answered(scene.market.merchant.put(_shop(scene, "/bank-account"), ACCOUNT))


@verb("post_withdrawal")
def withdraw_money(scene: Scene) -> Act:
    """Of what is folded in."""
    _rich(scene)
    body = {"amount_fen": 700}
    return lambda: answered(scene.market.merchant.post(_shop(scene, "/withdrawals"), body, key=scene.key))


@verb("get_withdrawals")
def list_withdrawals(scene: Scene) -> Act:
    """One."""
    _asked(scene)
    return _reads(scene.market.merchant, _shop(scene, "/withdrawals"))


@verb("get_withdrawal")
def show_a_withdrawal(scene: Scene) -> Act:
    """To finance."""
    return _reads(scene.market.merchant, _shop(scene, f"/withdrawals/{_asked(scene)}"))


@verb("put_outcome")
def withdrawal_has_arrived(scene: Scene) -> Act:
    """The bank has said so."""
    path = _shop(scene, f"/withdrawals/{_handed(scene)}/outcome")
    return lambda: answered(_operator().put(path, {"outcome": "paid"}))


@verb("put_outcome")
def withdrawal_has_bounced(scene: Scene) -> Act:
    """The shop has it again."""
    path = _shop(scene, f"/withdrawals/{_handed(scene)}/outcome")
    return lambda: answered(_operator().put(path, {"outcome": "failed", "why": "户名不符"}))


@verb("post_payout")
def start_a_payout(scene: Scene) -> Act:
    """Of what waits."""
    _asked(scene)
    return lambda: answered(_operator().post("/v1/payouts", {}, key=scene.key))


@verb("plumbing.job_step_due")
def hand_over_a_payout(scene: Scene) -> Act:
    """One withdrawal, and the bank's file."""
    return heard(scene.told(_payout(scene), JobStepDue))


@verb("get_payout")
def show_a_payout(scene: Scene) -> Act:
    """To the platform."""
    return _reads(_operator(), f"/v1/payouts/{_payout(scene)}")


# ---------------------------------------------------------------------------------------------------- card keys


def _key_style(scene: Scene) -> str:
    (sku,) = scene.market.offer(stock=0, kind="card_key", giftable=False)
    return sku


def _import_of(sku: str, count: int) -> dict[str, Any]:
    return {"sku_id": sku, "keys": [f"KEY-{number:04}" for number in range(count)]}


def _pool(scene: Scene, count: int = 3) -> str:
    """A style with so many keys."""
    sku = _key_style(scene)
    assert scene.market.merchant.post(_shop(scene, "/card-keys"), _import_of(sku, count)).status == 201
    return sku


HASHED = "keys lie under hashes that are others in every shop"


@verb("post_card_keys", unlike=HASHED)
def import_card_keys(scene: Scene) -> Act:
    """Fifty, in two transactions."""
    _pool(scene)  # the shop has what its keys are hashed by
    body = _import_of(_key_style(scene), 50)
    return lambda: answered(scene.market.merchant.post(_shop(scene, "/card-keys"), body, key=scene.key))


@verb("get_card_key_pool")
def show_a_pool(scene: Scene) -> Act:
    """Of three."""
    return _reads(scene.market.merchant, _shop(scene, f"/card-keys/{_pool(scene)}"))


@verb("get_free_card_keys")
def list_free_card_keys(scene: Scene) -> Act:
    """Of three."""
    return _reads(scene.market.merchant, _shop(scene, f"/card-keys/{_pool(scene)}/keys"))


@verb("delete_card_key", unlike=HASHED)
def drop_a_card_key(scene: Scene) -> Act:
    """One that no order has."""
    path = _shop(scene, f"/card-keys/{_pool(scene)}/keys")
    key_id = scene.market.merchant.get(path).json["items"][0]["key_id"]
    return lambda: answered(scene.market.merchant.delete(f"{path}/{key_id}"))


@verb("post_notification", unlike=HASHED)
def pay_for_card_keys(scene: Scene) -> Act:
    """Two, given in the same act."""
    order_id = scene.market.place(scene.buyer, _pool(scene, 400), 2)  # so many that it hardly ever meets the pool's end
    letter = scene.market.till.paid_letter(scene.market.pay(scene.buyer, order_id, times=0))
    return lambda: answered(letter.bring())


@verb("get_card_keys", unlike="each view is written down")
def show_card_keys(scene: Scene) -> Act:
    """To who bought them."""
    order_id = scene.market.place(scene.buyer, _pool(scene))
    scene.market.paid(scene.buyer, order_id)
    return _reads(scene.buyer, f"/v1/orders/{order_id}/card-keys")
