"""What orders says of a shop's money."""

from typing import ClassVar, Literal

from pydantic import Field

from services.shared.contracts.envelope import EventBody


class WithdrawalEnded(EventBody):
    """The bank has said what became of a withdrawal (O7). Subject: the withdrawal's id."""

    NAME: ClassVar[str] = "orders.withdrawal_ended"

    withdrawal_id: str
    shop_id: str
    amount_fen: int
    outcome: Literal["paid", "failed"] = Field(description="failed: the money is the shop's to withdraw again")
    account: str = Field(description="Where it was to go: the bank and the last four digits")
    why: str | None
