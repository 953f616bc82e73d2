"""Doors to refunds of deposits (C3)."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.deposits import messages as d
from services.catalog.deposits import read
from services.catalog.deposits.ask_refund import ask_refund
from services.catalog.deposits.end_refund import end_refund
from services.catalog.service import MONEY, MONEY_OR_PLATFORM, app
from services.catalog.shops.shop import DepositNeeded
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import PLATFORM, Call, Page

PATH = "/v1/shops/{shop_id}/deposit-refunds"
ONE = PATH + "/{refund_id}"


def _again(_: Call, stored: Mapping[str, str]) -> d.DepositRefundView:
    return read.refund_in(stored["shop_id"], stored["refund_id"])


@app.door("POST", PATH, MONEY, status=201, again=_again, problems=(DepositNeeded,))
def post_deposit_refund(call: Call, shop_id: str, body: d.AskRefund) -> d.DepositRefundView:
    """Ask back what the deposit does not have to hold: the shop's `deposit_free_fen` at most (C3).

    It is no part of the deposit from now on; the platform pays it, or says why not.
    """
    refund_id = ask_refund(shop_id, body.amount_fen, call.person, begin=call.begin, now=call.now)
    return read.refund_in(shop_id, refund_id)


@app.door("GET", PATH, MONEY_OR_PLATFORM, problems=(p.CursorInvalid,))
def get_deposit_refunds(_: Call, shop_id: str, query: m.PageOf) -> Page[d.DepositRefundView]:
    """The shop's refunds in every state, newest first (C3)."""
    return read.refunds(shop_id, query.limit, query.cursor)


@app.door("GET", ONE, MONEY_OR_PLATFORM)
def get_deposit_refund(_: Call, shop_id: str, refund_id: str) -> d.DepositRefundView:
    """One of the shop's refunds (C3)."""
    return read.refund_in(shop_id, refund_id)


@app.door("GET", "/v1/deposit-refunds", PLATFORM, problems=(p.CursorInvalid,))
def get_waiting_refunds(_: Call, query: m.PageOf) -> Page[d.DepositRefundView]:
    """Refunds of all shops that wait to be paid, oldest first (C3)."""
    return read.waiting(query.limit, query.cursor)


@app.door("PUT", ONE + "/outcome", PLATFORM, problems=(p.IllegalTransition,))
def put_refund_outcome(call: Call, shop_id: str, refund_id: str, body: d.EndRefund) -> d.DepositRefundView:
    """Say that a refund was paid, or why not; then it is part of the deposit again. May be repeated (C3)."""
    end_refund(shop_id, refund_id, body.outcome, body.note, begin=call.begin, now=call.now)
    return read.refund_in(shop_id, refund_id)
