"""Files in the layout, written row by row."""

from collections.abc import Iterable
from typing import NamedTuple

from infra.invoices.plan import Plan, plan_of

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


class Entry(NamedTuple):
    """One row to write."""

    invoice: str = "536365"
    code: str = "85123A"
    quantity: str | int = 6
    price: str = "2.55"
    customer: str = "17850"
    name: str = "WHITE HANGING HEART T-LIGHT HOLDER"


def sheet(*entries: Entry, header: str = HEADER) -> bytes:
    """The file of these rows."""
    return "\r\n".join([header, *map(_row, entries), ""]).encode()


def plan(*entries: Entry, limit: int | None = None) -> Plan:
    """The plan for the file of these rows."""
    return plan_of(sheet(*entries), limit)


def quoted(fields: Iterable[str]) -> str:
    """One line of CSV."""
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


def _row(entry: Entry) -> str:
    fields = (entry.invoice, entry.code, entry.name, str(entry.quantity), "1/12/2010", entry.price, entry.customer)
    return quoted((*fields, "United Kingdom"))
