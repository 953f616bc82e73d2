"""Refuse what may not be given, by the rule of the day (G1): at placing, and each time that paying is asked for."""

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


def why_ungiftable(offers: Mapping[str, OfferRow], *, now: datetime, by_merchant: bool = False) -> NotGiftable | None:
    """The refusal, with the reason for each style that cannot be given now; None when all can."""
    rule = rule_at(now, Settings.rules)
    goods = (Goods(one, bool(row.giftable), row.kind, int(row.original_price_fen)) for one, row in offers.items())
    reasons = {one.sku_id: reason for one in goods if (reason := why_not(one, rule, by_merchant=by_merchant))}
    return NotGiftable(reasons=reasons) if reasons else None


def refuse_ungiftable(offers: Mapping[str, OfferRow], *, now: datetime, by_merchant: bool = False) -> None:
    """Raises NotGiftable when something cannot be given now."""
    if refusal := why_ungiftable(offers, now=now, by_merchant=by_merchant):
        raise refusal
