"""The books' lines about money (fen): the file, the orders, the ledger and the balance against each other. Pure."""

from collections import Counter
from collections.abc import Sequence

from infra.cli.api import Json
from infra.invoices.lines import Line, equal
from infra.invoices.plan import Plan
from infra.invoices.readings import Readings

REFUNDS = ("refund", "late_refund")


def money(plan: Plan, found: Readings) -> list[Line]:
    """Payments, refunds and fees, counted in different places; and the ledger in itself."""
    accounts, causes = _sums(found.ledger)
    fees = -accounts["fees"]
    owed = {name: -accounts[name] for name in ("pending", "available")}
    return [
        equal(
            "money",
            "of the file = of orders = of the ledger",
            file_fen=sum(purchase.total_fen for purchase in plan.kept),
            paid_fen=sum(order["paid_fen"] for order in found.orders),
            ledger_paid_fen=causes["payment", "wechat"],
        ),
        equal(
            "money",
            "of orders = of the ledger",
            refunded_fen=sum(order["refunded_fen"] for order in found.orders),
            ledger_refunded_fen=-sum(causes[cause, "wechat"] for cause in REFUNDS),
        ),
        equal(
            "money",
            "by rate = in the ledger = in the balance",
            fees_fen=sum(_fee(order, found) for order in found.orders),
            ledger_fees_fen=fees,
            balance_fees_fen=found.balance["fees_fen"],
        ),
        Line("ledger", "every entry sums to zero", {"entries": len(found.ledger)}, all(map(_is_zero, found.ledger))),
        Line(
            "ledger",
            "so do all, and the balance",
            {"sum_fen": sum(accounts.values()), "balance_sum_fen": found.balance["sum_fen"]},
            sum(accounts.values()) == found.balance["sum_fen"] == 0,
        ),
        Line(
            "ledger",
            "the balance is what its entries say",
            {f"{name}_fen": fen for name, fen in owed.items()},
            all(found.balance[f"{name}_fen"] == fen for name, fen in owed.items()),
        ),
    ]


def _sums(ledger: Sequence[Json]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Fen by account, and by cause and account."""
    accounts: Counter[str] = Counter()
    causes: Counter[tuple[str, str]] = Counter()
    for entry in ledger:
        for posting in entry["postings"]:
            accounts[posting["account"]] += posting["amount_fen"]
            causes[entry["cause"], posting["account"]] += posting["amount_fen"]
    return accounts, causes


def _is_zero(entry: Json) -> bool:
    return not sum(posting["amount_fen"] for posting in entry["postings"])


def _fee(order: Json, found: Readings) -> int:
    """An order's fee by its styles' rates, half up once per order; nothing before it is paid."""
    if not order["paid_fen"]:
        return 0
    parts = sum(int(line["total_fen"]) * found.stock[line["sku_id"]].fee_bp for line in order["lines"])
    return (parts + 5_000) // 10_000
