"""Rows of the UCI Online Retail layout, as they stand in the file. Pure.

``InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country``: one row a line of an invoice,
prices in pounds. The date is not used: orders are of the day they are placed.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from infra.invoices.refusals import Reason, Refused

# The second edition of the data set names three of its columns otherwise.
COLUMNS = {
    "invoice": ("invoiceno", "invoice"),
    "code": ("stockcode",),
    "name": ("description",),
    "quantity": ("quantity",),
    "price": ("unitprice", "price"),
    "customer": ("customerid", "customer id"),
}


class OtherLayout(ValueError):
    """The file is not in this layout; the message names the columns that are missing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``line`` is where it ends in the file (the header is line 1), ``price`` is in pounds."""

    line: int
    invoice: str
    code: str
    name: str
    quantity: int
    price: Decimal
    customer: str  # empty for a guest

    @property
    def is_credit(self) -> bool:
        """Whether it undoes something: its invoice number begins with C."""
        return self.invoice.startswith("C")

    @property
    def buyer(self) -> str:
        """Who buys: the customer by number, or a guest of this one invoice."""
        return f"customer-{self.customer}" if self.customer else f"guest-{self.invoice}"

    @property
    def pence(self) -> int:
        """The price; only for a row that the rules let through."""
        return int(self.price * 100)


def read_rows(content: bytes) -> Iterator[Row | Refused]:
    """Every row of the file in its order, or why it cannot be read. Raises OtherLayout."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""))
    try:
        positions = _positions(next(reader, []))
        for fields in reader:
            if any(fields):
                yield _row(reader.line_num, fields, positions)
    except csv.Error as error:
        raise OtherLayout(f"line {reader.line_num} is not CSV: {error}") from error


def _decoded(content: bytes) -> str:
    """UTF-8, with or without BOM, else Latin-1, in which the data set was first published."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _positions(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    found = {
        column: next((names.index(name) for name in known if name in names), None) for column, known in COLUMNS.items()
    }
    missing = [COLUMNS[column][0] for column, position in found.items() if position is None]
    if missing:
        raise OtherLayout(f"not the Online Retail layout: no column {', '.join(missing)}")
    return {column: position for column, position in found.items() if position is not None}


def _row(line: int, fields: list[str], positions: dict[str, int]) -> Row | Refused:
    try:
        text = {column: fields[position].strip() for column, position in positions.items()}
        return Row(
            line=line,
            invoice=_filled(text["invoice"]).upper(),
            code=_filled(text["code"]).upper(),
            name=" ".join(text["name"].split()),
            quantity=int(text["quantity"]),
            price=_finite(Decimal(text["price"])),
            customer=text["customer"].removesuffix(".0"),
        )
    except (IndexError, ValueError, InvalidOperation):
        return Refused(line, fields[0] if fields else "", Reason.UNREADABLE)


def _filled(text: str) -> str:
    if not text:
        raise ValueError("empty")
    return text


def _finite(price: Decimal) -> Decimal:
    if not price.is_finite():
        raise ValueError("not a price")
    return price
