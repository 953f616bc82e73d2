"""Goods go back to the shop, which says whether they can be sold again (O6)."""

from dataclasses import replace
from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale, Parcel, Party
from services.orders.aftersale.go_on import Step, case_and_order, grant, guard_in_time, pieces_of, ref, step
from services.orders.aftersale.goods import leave, put_back
from services.orders.aftersale.refusals import ReturnTooLate
from services.orders.order import Order
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction


def send_back(aftersale_id: str, person: str, carrier: str, waybill: str, *, begin: Begin, now: datetime) -> Aftersale:
    """The applicant has sent them. Raises NotFound, IllegalTransition, ReturnTooLate."""
    case, order = case_and_order(aftersale_id)
    if case.applicant != person:
        raise NotFound()
    guard_in_time(case, "send_back", now, ReturnTooLate)
    changes = {"returned": Parcel(carrier, waybill, now)}
    return step(case, order, Step("send_back", "buyer", person, None, changes), "returning", begin=begin)


def receive_return(
    shop_id: str, aftersale_id: str, by: str, *, sellable: bool, begin: Begin, now: datetime
) -> Aftersale:
    """They came. Only what is judged sellable is for sale again. Raises NotFound, IllegalTransition, RefundTooLarge."""
    case, order = case_and_order(aftersale_id, shop_id)
    case.guard("receive")
    return _received(case, order, "merchant", by, sellable, begin=begin, now=now)


def receive_by_silence(case: Aftersale, *, begin: Begin, now: datetime) -> Aftersale:
    """Nobody has said a word about them in time: they came. Nobody has looked, so they are not put on the shelf."""
    _, order = case_and_order(case.aftersale_id)
    return _received(case, order, "system", "system", None, begin=begin, now=now)


def _received(
    case: Aftersale, order: Order, party: Party, by: str, sellable: bool | None, *, begin: Begin, now: datetime
) -> Aftersale:
    next_ref = ref(replace(case, version=case.version + 1))

    def shelve(tx: Transaction, before: Order) -> Order:
        after, goods = leave(before, pieces_of(order, case))
        if sellable:
            put_back(tx, case.shop_id, goods, next_ref)
        return after

    why = None if sellable is None else "sellable" if sellable else "not sellable"
    moved = Step("receive", party, by, why, {"sellable": sellable})
    return grant(case, order, moved, begin=begin, now=now, effect=shelve)
