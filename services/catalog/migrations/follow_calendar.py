"""Legacy shops go through their source's calendar, step by step, and their merchants hear of each (M1, M5).

due row ─▶ a week ahead: told ─▶ the day: the step, told, and a job over its products ─▶ … ─▶ done
"""

from datetime import datetime

from services.catalog.migrations.calendar import Legacy, Move, moved, next_at
from services.catalog.migrations.tables import check_plan, due_calendars, plan_of, save_due
from services.catalog.review.jobs import REVIEW
from services.catalog.shops.shop import CLOSED, Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.sweep_each import sweep_each
from services.shared.contracts.envelope import EventBody
from services.shared.contracts.migration import MigrationStepAhead, MigrationStepTaken, SubjectChangeDue
from services.shared.plumbing import jobs
from services.shared.plumbing.day import day_of
from services.shared.plumbing.tables import Begin, Transaction, retrying

MOST = 12  # steps, what is told ahead of them, and a reminder


def sweep_calendars(begin: Begin, now: datetime) -> int:
    """Do what is due to each legacy shop; returns how many there were."""
    return sweep_each(due_calendars(now), lambda one: catch_up(one, begin=begin, now=now), "calendar_failed", "shop_id")


def catch_up(shop_id: str, *, begin: Begin, now: datetime) -> None:
    """All that is due to this shop, each step in a transaction of its own."""
    for _ in range(MOST):
        if not retrying(lambda: follow_calendar(shop_id, begin=begin, now=now)):
            return


def follow_calendar(shop_id: str, *, begin: Begin, now: datetime) -> bool:
    """Do the next thing that is due to this shop, or note when that will be; whether there was one."""
    shop = shop_named(shop_id)
    if shop.legacy is None or shop.status in CLOSED:
        tx = begin()
        save_due(tx, shop_id, None)
        tx.commit()
        return False
    plan, private = plan_of(shop.legacy.source), shop.subject_type == "person"
    move = moved(shop.legacy, plan, now, private=private)
    tx = begin()
    if move:
        after = shop.bound_by(move.after, now)
        tx.emit(_said(shop, move), subject=shop_id, sequence=after.version, shop=shop_id)
        _write(tx, shop, after)
    check_plan(tx, plan)  # else this would put the old date over the one that an edit has just brought
    save_due(tx, shop_id, next_at(move.after if move else shop.legacy, plan, private=private))
    tx.commit()
    return move is not None


def _write(tx: Transaction, before: Shop, after: Shop) -> None:
    """Where the step takes products off sale, or lets them back, a job goes over them."""
    settled = write_shop(tx, after)
    if settled.bound != before.bound and settled.held == after.held and settled.categories:
        jobs.start(tx, tx.new_id("rev"), REVIEW, {"shop_id": after.shop_id})


def _said(shop: Shop, move: Move) -> EventBody:
    legacy: Legacy = move.after
    said = {"shop_id": shop.shop_id, "source": legacy.source}
    if move.kind == "reminder":
        assert legacy.since is not None
        return SubjectChangeDue(**said, since=day_of(legacy.since))
    if move.kind == "ahead":
        step = legacy.told[-1]
        return MigrationStepAhead(**said, phase=step.phase, on=day_of(step.at))
    stuck = legacy.phase == "done" and shop.subject_type == "person"
    return MigrationStepTaken(**said, phase=legacy.phase or "notice", stuck=stuck)
