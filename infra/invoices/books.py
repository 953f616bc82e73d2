"""The reconciliation: what the file asks for against what the system says it has done. Pure."""

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

from infra.invoices.lines import Line
from infra.invoices.money import money
from infra.invoices.plan import Plan
from infra.invoices.readings import Readings, Stock

# What both sides of an order are told, by the state that it has come to then.
TOLD = {
    "orders.order_placed": "pending_payment",
    "orders.order_paid": "to_ship",
    "orders.order_shipped": "shipped",
    "orders.order_received": "done",
    "orders.order_cancelled": "cancelled",
}
NOTHING = Stock(received=0, on_hand=0, held=0, sold=0, fee_bp=0)


@dataclass(frozen=True)
class Books:
    """All lines, in the order of the table."""

    lines: tuple[Line, ...]

    @property
    def balanced(self) -> bool:
        return all(line.balances is not False for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """``{"balanced": …, section: {figure: number}}``, and the rules that are broken."""
        sections: dict[str, dict[str, int]] = {}
        for line in self.lines:
            sections.setdefault(line.section, {}).update(line.figures)
        broken = [f"{line.section}: {line.rule}" for line in self.lines if line.balances is False]
        return {"balanced": self.balanced, "broken": broken, **sections}


def books(plan: Plan, found: Readings, *, arrived: bool) -> Books:
    """The books of a run of this plan, from what was read after it.

    Before everything has ``arrived``, events and messages are told but not compared.
    """
    settled = (*_rows(plan), *_orders(plan, found), *money(plan, found), *_stock(plan, found))
    moving = (*_events(found), *_messages(found))
    return Books((*settled, *(line if arrived else replace(line, balances=None) for line in moving)))


def _rows(plan: Plan) -> list[Line]:
    read, used, refused = plan.rows_read, plan.rows_used, len(plan.refused)
    return [
        Line("rows", "read = used + refused", {"read": read, "used": used, "refused": refused}, read == used + refused),
        Line("refused", "by reason", {reason.value: count for reason, count in plan.refused_by_reason.items()}),
    ]


def _orders(plan: Plan, found: Readings) -> list[Line]:
    """Of each purchase exactly one order came to its end; further ones of it are such as nobody paid in time."""
    ends = Counter((order["source_token"], order["status"]) for order in found.orders)
    done = sum(ends[purchase.token, "done"] == 1 for purchase in plan.kept)
    undone = sum(ends[purchase.token, "cancelled"] == 1 for purchase in plan.undone)
    again = sum(ends[purchase.token, "cancelled"] for purchase in plan.kept)
    planned = len(plan.purchases)
    return [
        Line(
            "orders",
            "planned = done + cancelled",
            {"planned": planned, "done": done, "cancelled": undone},
            planned == done + undone,
        ),
        Line(
            "orders",
            "in the shop = planned + placed again",
            {"in_shop": len(found.orders), "placed_again": again},
            len(found.orders) == planned + again,
        ),
    ]


def _stock(plan: Plan, found: Readings) -> list[Line]:
    """Each style by itself, and the sums to look at."""
    counted = {name: found.stock.get(sku_id, NOTHING) for name, sku_id in found.sku_ids.items()}
    bought = {style.out_sku_id: style.stock for goods in plan.goods for style in goods.styles}
    sold = Counter({line.out_sku_id: 0 for purchase in plan.purchases for line in purchase.lines})
    for purchase in plan.kept:
        sold.update({line.out_sku_id: line.quantity for line in purchase.lines})
    sums = {
        name: sum(getattr(one, name) for one in counted.values()) for name in ("received", "on_hand", "held", "sold")
    }
    return [
        Line(
            "stock",
            "received = on hand + held + sold, of every style",
            {"styles": len(counted), **sums},
            all(one.received == one.on_hand + one.held + one.sold for one in counted.values()),
        ),
        Line(
            "stock",
            "received what the file sells, sold what is done, of every style",
            {"file_received": sum(bought.values()), "file_sold": sum(sold.values())},
            {name: one.received for name, one in counted.items()} == bought
            and {name: one.sold for name, one in counted.items()} == dict(sold),
        ),
    ]


def _events(found: Readings) -> list[Line]:
    of_shop, of_all = found.shop_events, found.all_events
    missing = {
        "unpublished": of_all.committed - of_all.published,
        "unconsumed": of_all.committed - of_all.consumed,
        "dead_letters": found.dead_letters,
    }
    return [
        Line("events", "committed = published = consumed", asdict(of_shop), of_shop.equal),
        Line("events", "of all shops nothing is missing", missing, not any(missing.values())),
    ]


def _messages(found: Readings) -> list[Line]:
    """An order's buyer and its shop are told once of every step, and so twice as many messages as steps."""
    steps = Counter(step["to"] for order in found.orders for step in order["history"])
    lines = []
    for event, state in TOLD.items():
        shop, buyers = found.shop_messages.get(event, 0), found.buyer_messages.get(event, 0)
        rule = f"of {steps[state]} orders, to shop and buyer"
        lines.append(Line("messages", rule, {event: shop + buyers}, shop == buyers == steps[state]))
    others = Counter(found.shop_messages) + Counter(found.buyer_messages)
    further = {event: count for event, count in sorted(others.items()) if event not in TOLD}
    return [*lines, Line("messages", "further", further)]
