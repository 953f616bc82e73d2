"""Why a row of the file is not used. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a row is refused."""

    UNREADABLE = "unreadable"
    NOT_A_SALE = "not_a_sale"
    NOT_GOODS = "not_goods"
    NO_QUANTITY = "no_quantity"
    NOT_NEGATIVE = "not_negative"
    NO_PRICE = "no_price"
    PENNY_PARTS = "penny_parts"
    OTHER_CUSTOMER = "other_customer"
    NOTHING_TO_UNDO = "nothing_to_undo"


MEANING = {
    Reason.UNREADABLE: "a number is missing or is none",
    Reason.NOT_A_SALE: "neither a sale nor a credit: the invoice number begins with another letter than C",
    Reason.NOT_GOODS: "not a code of goods (five digits, perhaps letters): postage, fees, discounts, manual entries",
    Reason.NO_QUANTITY: "a sale of nothing, or of less: stock corrections and damages",
    Reason.NOT_NEGATIVE: "a credit that takes nothing back",
    Reason.NO_PRICE: "no price, or a negative or absurd one",
    Reason.PENNY_PARTS: "a price in parts of a penny",
    Reason.OTHER_CUSTOMER: "another customer than the invoice's first row",
    Reason.NOTHING_TO_UNDO: "a credit for which the file has no earlier sale: same customer, code, price, quantity",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not used. ``line`` is its line in the file."""

    line: int
    invoice: str
    reason: Reason
