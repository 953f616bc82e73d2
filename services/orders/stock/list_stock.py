"""Reading stock: a style's, a shop's, and how it moved (O1)."""

from datetime import datetime

from services.orders.messages import Paging
from services.orders.stock.adjust_many import Outcomes
from services.orders.stock.low_stock import threshold
from services.orders.stock.messages import (
    AdjustedLine,
    AdjustmentsView,
    DriftView,
    FiguresView,
    FlowQuery,
    FlowView,
    ReconciliationView,
    ShardView,
    StockLine,
    StockQuery,
    StockSettingsView,
    StockView,
)
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.stock import Shard, total
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import (
    FlowRow,
    StockTermsRow,
    drifts_page,
    flow_page,
    flow_place,
    list_styles,
    low_page,
    movement_of,
    offers_and_terms,
    shards_about,
    shards_of_all_epochs,
    stock_terms,
)
from services.orders.tables import STORE, OfferRow
from services.shared.plumbing import cursors, jobs
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def stock_in(shop_id: str, sku_id: str, now: datetime) -> StockView:
    """A style's open counters, and the sums over all that it ever had: two batched reads. Raises NotFound."""
    offer, terms = _style(shop_id, sku_id, now)
    counters = shards_of_all_epochs(offer)
    sums = total(counters)
    return StockView(
        sku_id=sku_id,
        on_hand=sums.on_hand,
        held=sums.held,
        sold=sums.sold,
        received=sums.received,
        low_stock_threshold=threshold(offer, terms),
        low=bool(offer.low),
        shards=[ShardView(shard=one.number, on_hand=one.on_hand) for one in counters if one.epoch == int(offer.epoch)],
    )


def _style(shop_id: str, sku_id: str, now: datetime) -> tuple[OfferRow, StockTermsRow | None]:
    found, terms = offers_and_terms(shop_id, [sku_id])
    offer = whole_offers(found, now).get(sku_id)
    if offer is None or offer.shop_id != shop_id:
        raise NotFound()
    return offer, terms


def list_stock(shop_id: str, query: StockQuery) -> Page[StockLine]:
    """A page of a shop's styles, in the order in which they came; ``low``: of those that run low.

    One query, one batched read, and one for each hundred counters.
    """
    listing = f"stock of {shop_id} {query.low}"
    position = cursors.read(listing, query.cursor)
    if query.low:
        sku_ids = low_page(shop_id, query.limit, str(position["after"]) if position else None)
        following = {"after": sku_ids[-1]} if len(sku_ids) == query.limit else None
    else:
        sku_ids, following = list_styles(shop_id, query.limit, position)
    offers, terms = offers_and_terms(shop_id, sku_ids[:99])
    offers |= offers_and_terms(shop_id, sku_ids[99:])[0] if sku_ids[99:] else {}
    shards = shards_about(list(offers.values()))
    items = [_line(sku_id, offers[sku_id], shards.get(sku_id, []), terms) for sku_id in sku_ids if sku_id in offers]
    return Page(items=items, next_cursor=cursors.sign(listing, following) if following else None)


def _line(sku_id: str, offer: OfferRow, shards: list[Shard], terms: StockTermsRow | None) -> StockLine:
    return StockLine(
        sku_id=sku_id,
        product_id=offer.product_id,
        title=offer.title,
        attributes=offer.attributes,
        for_sale=bool(offer.offered),
        on_hand=total(shards).on_hand,
        low_stock_threshold=threshold(offer, terms),
        low=bool(offer.low),
    )


def adjusted(shop_id: str, outcomes: Outcomes) -> AdjustmentsView:
    """What became of many adjustments, and what is on hand now: one batched read, and one for each hundred counters."""
    offers, _ = offers_and_terms(shop_id, list(dict.fromkeys(sku_id for sku_id, _ in outcomes)))
    own = {sku_id: offer for sku_id, offer in offers.items() if offer.shop_id == shop_id}
    shards = shards_about(list(own.values()))
    lines = [
        AdjustedLine.model_validate(
            {
                "sku_id": sku_id,
                "outcome": outcome,
                "on_hand": total(shards.get(sku_id, [])).on_hand if sku_id in own else None,
            }
        )
        for sku_id, outcome in outcomes
    ]
    return AdjustmentsView(adjusted=sum(outcome == "adjusted" for _, outcome in outcomes), lines=lines)


def stock_settings(shop_id: str) -> StockSettingsView:
    """How a shop's stock is watched."""
    return StockSettingsView(low_stock_threshold=threshold(None, stock_terms(shop_id)))


def list_flow(shop_id: str, sku_id: str, query: FlowQuery, now: datetime) -> Page[FlowView]:
    """A page of a style's stock flow, newest first. Raises NotFound for another shop's style."""
    _style(shop_id, sku_id, now)
    listing = f"flow of {sku_id} {query.since} {query.until} {query.what}"
    position = cursors.read(listing, query.cursor)
    until = flow_place(query.until) if query.until else None
    rows = flow_page(sku_id, query.limit, str(position["after"]) if position else until)
    found = [row for row in rows if query.since is None or row.sk >= flow_place(query.since)]
    more = cursors.sign(listing, {"after": rows[-1].sk}) if len(found) == query.limit else None
    return Page(items=[_movement(row) for row in found if query.what in (None, row.what)], next_cursor=more)


def _movement(row: FlowRow) -> FlowView:
    moved = movement_of(row)
    return FlowView(
        at=row.at,
        what=row.what,
        quantity=moved.on_hand,
        held=moved.held,
        sold=moved.sold,
        ref=row.ref,
        by=row.by,
        note=row.note or None,
    )


def reconciliation(shop_id: str) -> ReconciliationView:
    """How far the latest check of a shop's stock is, or what it found: two reads."""
    terms = stock_terms(shop_id)
    job = jobs.job_of(STORE, terms.check) if terms and terms.check else None
    counts = job.counts if job else {}
    return ReconciliationView(
        state=job.state if job else "never",  # type: ignore[arg-type]
        job_id=job.id if job else None,
        styles=counts.get("styles", 0),
        drifts=counts.get("drifts", 0),
        put_off=counts.get("put_off", 0),
    )


def list_drifts(shop_id: str, query: Paging) -> Page[DriftView]:
    """A page of a shop's styles that differ: one query."""
    listing = f"drifts of {shop_id}"
    position = cursors.read(listing, query.cursor)
    rows = drifts_page(shop_id, query.limit, str(position["after"]) if position else None)
    items = [
        DriftView(
            sku_id=row.sk,
            at=row.at,
            counted=_figures(row.counted),
            flow=_figures(row.flow),
            held_by_orders=None if row.held_by_orders is None else int(row.held_by_orders),
        )
        for row in rows
    ]
    more = cursors.sign(listing, {"after": rows[-1].sk}) if len(rows) == query.limit else None
    return Page(items=items, next_cursor=more)


def _figures(stored: list[int]) -> FiguresView:
    figures = Figures(*map(int, stored))
    return FiguresView(on_hand=figures.on_hand, held=figures.held, sold=figures.sold, received=figures.received)
