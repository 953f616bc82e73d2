"""What comes in and goes out about a shop's money (O7). Amounts are fen."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.shared.plumbing.doors import Body, View


class BankAccountBody(Body):
    """Kept sealed; shown are the bank and the last four digits."""

    holder: str = Field(min_length=1, max_length=100)
    bank: str = Field(min_length=2, max_length=100)
    account_number: str = Field(pattern=r"^[0-9]{8,32}$")


class BankAccountView(View):
    account: str | None = Field(description="The bank and the last four digits; null: none was said yet")


class WithdrawalBody(Body):
    amount_fen: int = Field(ge=1, le=10**12)


class WithdrawalView(View):
    """`requested`, then `handed` to the bank, then `paid` or `failed`: then the money is the shop's again."""

    withdrawal_id: str
    shop_id: str
    amount_fen: int
    status: Literal["requested", "handed", "paid", "failed"]
    account: str
    by: str
    why: str | None
    created_at: datetime
    updated_at: datetime
    handed_at: datetime | None
    ended_at: datetime | None
    version: int


class OutcomeBody(Body):
    outcome: Literal["paid", "failed"]
    why: str | None = Field(default=None, max_length=200)


class PayoutView(View):
    """Withdrawals that went to the bank together. `url`: the file for the bank, once it is `done`."""

    payout_id: str
    status: str = Field(description="`running`, `done`, or `failed`")
    withdrawals: int
    amount_fen: int
    created_at: datetime
    url: str | None


class StatementView(View):
    """A closed day of a shop, in Beijing, signed as the shop sees it: what it is owed is positive.

    A day on which nothing moved closes with what it opened with, and has no file.
    """

    shop_id: str
    day: date
    status: str = Field(description="Of its file: `running`, `done` or `failed`; `none` where nothing moved")
    entries: int
    opening_fen: dict[str, int] = Field(description="By account")
    closing_fen: dict[str, int]
    url: str | None = Field(description="The CSV file; works for ten minutes")


class DifferenceOfAccount(View):
    account: str
    ledger_fen: int = Field(description="What its entries come to, signed as in the ledger")
    balance_fen: int = Field(description="What its balance says")


class LedgerCheckView(View):
    """All entries added up anew against the balances. `agrees` is null until it is `done`."""

    check_id: str
    shop_id: str
    status: str
    entries: int
    days: int
    agrees: bool | None
    differences: list[DifferenceOfAccount]
    broken_days: list[date] = Field(description="Days that do not begin with what the one before closed with")
