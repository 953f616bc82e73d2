"""Refuse what may not be given, by the rule of the day (G1): at placing, and again when paying begins."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter

from services.orders.gift_terms import RULES, Goods, Rule, rule_at, why_not
from services.orders.refusals import NotGiftable
from services.orders.tables import OfferRow
from services.shared.plumbing.settings import Setting


def _rules(text: str) -> tuple[Rule, ...]:
    return (*RULES, *TypeAdapter(tuple[Rule, ...]).validate_json(text)) if text else RULES


class Settings:
    # Further rules as JSON: [{"since": "2027-01-01T00:00:00Z", "most_fen": 500000, "merchant_most_fen": 2000000}]
    rules = Setting("ORDERS_GIFT_RULES", _rules, default=RULES)


def refuse_ungiftable(offers: Mapping[str, OfferRow], *, now: datetime, by_merchant: bool = False) -> None:
    """Raises NotGiftable with the reason for each style that cannot be given now."""
    rule = rule_at(now, Settings.rules)
    goods = (Goods(one, bool(row.giftable), row.kind, int(row.original_price_fen)) for one, row in offers.items())
    reasons = {one.sku_id: reason for one in goods if (reason := why_not(one, rule, by_merchant=by_merchant))}
    if reasons:
        raise NotGiftable(reasons=reasons)
