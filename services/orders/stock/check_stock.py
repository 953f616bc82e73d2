"""Prove of every style of a shop that received = on hand + held + sold, in counters, in flow and in orders (O1).

A job, a page of styles at a time. Counters are read as of one moment, and the flow, which orders' own facts write a
little later, is added up. What is equal is proven. What is not may only be late, so it is judged after a rest, by the
counters as they were then::

    counters read at T ─── orders hears of what was sold before T ───▶ flow up to T, added up
         movements of the half minute around T may be in the counters or not: they explain a difference, or do not

What is held is added up from the unpaid orders as well. What is sold is not: that would mean to read all orders that
ever were; each of its movements was written into the flow from an order's own fact.

Movements older than an hour are added to the style's opening, which stays when they age out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.orders.stock.held_by_orders import held_at, held_now, touched_since
from services.orders.stock.low_stock import watch
from services.orders.stock.stock_balance import Figures, explained, sum_of
from services.orders.stock.tables import (
    DriftRow,
    FlowRow,
    OpeningRow,
    counters_at_once,
    drop_drift,
    figures_of,
    find_drifts,
    flow_page,
    flow_place,
    fold_flow,
    folded,
    list_styles,
    movement_of,
    opening_of,
    plan_check,
    save_drift,
    stock_terms,
)
from services.orders.tables import STORE, find_offers, own_begin
from services.shared.plumbing import jobs
from services.shared.plumbing.ids import NewId, new_id
from services.shared.plumbing.instants import instant_of, instant_text
from services.shared.plumbing.logs import alarm
from services.shared.plumbing.tables import Begin

KIND = "check_stock"
CHECKED_EVERY = timedelta(days=1)
PAGE = 25
MOST_SUSPECTS = 500  # then they are judged before more styles are looked at
SETTLED_AFTER = timedelta(minutes=3)
STALE_AFTER = timedelta(minutes=30)
AROUND = timedelta(seconds=30)  # longer than a request lasts
FOLDED_AFTER = timedelta(hours=1)
LINES = 1_000


def start_check(shop_id: str, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Start checking a shop's stock, unless that is being done; returns the job's id. Raises Contended."""
    terms = stock_terms(shop_id)
    before = terms.check if terms else None
    running = jobs.job_of(STORE, before) if before else None
    tx = begin()
    job_id = before if running and running.state == "running" and before else new_id("chk")
    if job_id != before:
        jobs.start(tx, job_id, KIND, {"shop_id": shop_id})
        plan_check(tx, shop_id, now + CHECKED_EVERY, job_id, before)
    if tx.size:  # the engine takes no transaction without actions
        tx.commit({"shop_id": shop_id, "job_id": job_id})
    return job_id


def check_if_due(shop_id: str, now: datetime) -> bool:
    """The schedule's part, once a day; False when there is nothing to start, as one that was started is not done."""
    terms = stock_terms(shop_id)
    if terms is None or terms.due_at is None or terms.due_at > now:
        return False
    return start_check(shop_id, begin=own_begin(now), now=now, new_id=new_id) != terms.check


class Suspect(NamedTuple):
    """A style whose counters, flow and orders differed, and what the counters said when."""

    sku_id: str
    read_at: str
    on_hand: int
    held: int
    sold: int
    balanced: bool

    @property
    def counted(self) -> Figures:
        return Figures(self.on_hand, self.held, self.sold)


@dataclass
class Walk:
    """How far a check is: styles up to ``after`` are looked at, suspects wait to be judged once they are ``rested``."""

    after: Any = None
    suspects: list[Suspect] = field(default_factory=list)
    rested: bool = False

    @classmethod
    def at(cls, cursor: Any) -> "Walk":
        if cursor is None:
            return cls()
        return cls(cursor["after"], [Suspect(*one) for one in cursor["suspects"]], cursor["rested"])


def _chunk(job: jobs.Job, begin: Begin) -> None:
    shop_id, walk = str(job.args["shop_id"]), Walk.at(job.cursor)
    if walk.rested:
        _judge_page(job, shop_id, walk, begin)
    else:
        _sweep_page(job, shop_id, walk, begin)
    if walk.after is None and not walk.suspects:
        job.done()
    job.cursor = asdict(walk)


def _sweep_page(job: jobs.Job, shop_id: str, walk: Walk, begin: Begin) -> None:
    """Look at the next page of styles; rest before the suspects are judged."""
    sku_ids, walk.after = list_styles(shop_id, PAGE, walk.after)
    if sku_ids:
        watch(shop_id, sku_ids, job.id, begin)
    held = held_now(shop_id) if sku_ids else {}
    for sku_id, known in zip(sku_ids, _known(shop_id, sku_ids), strict=True):
        job.count("styles")
        if suspect := _look(sku_id, held.get(sku_id, 0), known, begin):
            walk.suspects.append(suspect)
    if walk.suspects and (walk.after is None or len(walk.suspects) >= MOST_SUSPECTS):
        walk.rested = True
        job.rest(begin().now + SETTLED_AFTER)


def _look(sku_id: str, held: int, known: DriftRow | None, begin: Begin) -> Suspect | None:
    """None when the counters are what the flow says, and hold what orders hold."""
    now, offer = begin().now, find_offers([sku_id])[sku_id]
    shards = counters_at_once(offer)
    counted, balanced = sum_of(map(figures_of, shards)), all(shard.balanced for shard in shards)
    opening = fold_up(sku_id, now)
    flow = sum_of([folded(opening), *map(movement_of, lines_after(sku_id, opening.upto))])
    if balanced and counted == flow and counted.held == held:
        _mend(known, begin)
        return None
    return Suspect(sku_id, instant_text(now), *counted, balanced)


def _judge_page(job: jobs.Job, shop_id: str, walk: Walk, begin: Begin) -> None:
    page, walk.suspects = walk.suspects[:PAGE], walk.suspects[PAGE:]
    first = min(instant_of(one.read_at) for one in page)
    orders = touched_since(shop_id, first - AROUND)
    for suspect, known in zip(page, _known(shop_id, [one.sku_id for one in page]), strict=True):
        held = held_at(orders, suspect.sku_id, instant_of(suspect.read_at), AROUND)
        _judge(job, shop_id, suspect, held, known, begin)
    walk.rested = bool(walk.suspects)


def _judge(
    job: jobs.Job, shop_id: str, suspect: Suspect, held: tuple[int, int], known: DriftRow | None, begin: Begin
) -> None:
    """By the counters as they were, and by what the flow and the orders say by now of that moment."""
    read_at = instant_of(suspect.read_at)
    if begin().now - read_at > STALE_AFTER:  # its movements may be folded with later ones: the next check has it
        job.count("put_off")
        return
    opening = opening_of(suspect.sku_id)
    lines = list(lines_after(suspect.sku_id, opening.upto))
    before = sum_of([folded(opening), *(movement_of(row) for row in lines if row.at <= read_at - AROUND)])
    around = [row for row in lines if abs(row.at - read_at) < AROUND]
    least, most = held
    flows = suspect.balanced and explained(suspect.counted, before, map(movement_of, around))
    if flows and least <= suspect.held <= most:
        _mend(known, begin)
        return
    job.count("drifts")
    tx = begin()
    flow = sum_of([before, *(movement_of(row) for row in around if row.at <= read_at)])
    save_drift(tx, shop_id, suspect.sku_id, read_at, suspect.counted, flow, min(max(least, suspect.held), most))
    tx.commit()
    alarm("orders", "stock_drift", shop_id=shop_id, sku_id=suspect.sku_id)


def _mend(known: DriftRow | None, begin: Begin) -> None:
    """What differed once does so no more."""
    if known is not None:
        tx = begin()
        drop_drift(tx, known)
        tx.commit()


def _known(shop_id: str, sku_ids: Sequence[str]) -> list[DriftRow | None]:
    return find_drifts(shop_id, sku_ids) if sku_ids else []


def fold_up(sku_id: str, now: datetime) -> OpeningRow:
    """Add what is older than an hour to the style's opening, and return it. Raises Contended."""
    opening, horizon = opening_of(sku_id), flow_place(now - FOLDED_AFTER)
    while True:
        page = flow_page(sku_id, LINES, opening.upto or None, newest_first=False)
        old = [row for row in page if row.sk < horizon]
        if old:
            opening = fold_flow(opening, old[-1].sk, sum_of([folded(opening), *map(movement_of, old)]))
        if len(old) < LINES:
            return opening


def lines_after(sku_id: str, place: str) -> Iterator[FlowRow]:
    """The movements behind this place, oldest first."""
    page = flow_page(sku_id, LINES, place or None, newest_first=False)
    yield from page
    while len(page) == LINES:
        page = flow_page(sku_id, LINES, page[-1].sk, newest_first=False)
        yield from page


JOB = jobs.Kind(_chunk, give_up=lambda job: job.fail(jobs.GIVEN_UP))  # the next day's begins anew
