"""Orders as rows of a sheet: one row a line of an order, for people and spreadsheets (O4). Pure; amounts in fen."""

from collections.abc import Iterator, Mapping

from services.orders.order import CODES, Line, Order

COLUMNS = (
    "order_id",
    "placed_at",
    "status",
    "status_code",
    "kind",
    "channel",
    "line_no",
    "product_id",
    "sku_id",
    "title",
    "quantity",
    "shipped",
    "unit_price_fen",
    "line_discount_fen",
    "line_total_fen",
    "order_freight_fen",
    "order_payable_fen",
    "order_paid_fen",
    "order_refunded_fen",
    "parcels",
    "updated_at",
)
ADDRESS_COLUMNS = ("buyer", "name", "phone", "province", "city", "district", "detail", "postcode")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def columns(*, with_addresses: bool) -> list[str]:
    """The sheet's first row."""
    return [*COLUMNS, *(ADDRESS_COLUMNS if with_addresses else ())]


def rows(order: Order, address: Mapping[str, str] | None, *, with_addresses: bool) -> Iterator[list[str]]:
    """An order's rows. What concerns the whole order stands in each; ``address`` None where it cannot be read."""
    personal = {"buyer": order.buyer} | dict(address or {})
    for line in order.lines:
        cells = [str(cell) for cell in _cells(order, line)]
        cells += [personal.get(name) or "" for name in ADDRESS_COLUMNS] if with_addresses else []
        yield [harmless(cell) for cell in cells]


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is kept text by a quote in front."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _cells(order: Order, line: Line) -> Iterator[object]:
    yield from (order.order_id, order.created_at.isoformat(), order.status, CODES[order.status])
    yield from (order.kind, order.channel, line.line_no, line.product_id, line.sku_id, line.title)
    yield from (line.quantity, line.shipped, line.unit_price_fen, line.discount_fen, line.total_fen)
    yield from (order.freight_fen, order.payable_fen, order.received_fen, order.returned_fen)
    yield "; ".join(f"{one.carrier} {one.waybill}".strip() for one in order.shipments)
    yield order.updated_at.isoformat()
