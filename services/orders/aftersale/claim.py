"""What after-sales have claimed of an order: pieces and fen, each at most once (O6). Pure.

A claim stands on the order itself, so that two that are opened at once meet at the order's version. One that ended
without effect gives its pieces and its money free again; one that was refunded keeps them for ever::

    line: 3 pieces, 1 000 fen      claim 1 piece: 333      claim 2 pieces: all that is left, 667
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.orders.pricing import shared_out
from services.orders.stock.stock import Taken

ClaimState = Literal["open", "granted", "refunded", "replaced", "ended"]


@dataclass(frozen=True)
class Part:
    """Of one line: so many pieces, and how much money.

    ``whole``: it is all that these pieces are worth, so that they are gone from the order when it is refunded; else it
    only makes up for something, and the pieces stay. ``unsent``: so many of the pieces had not been shipped.
    """

    line_no: int
    quantity: int
    amount_fen: int
    whole: bool = True
    unsent: int = 0


@dataclass(frozen=True)
class Claim:
    """One after-sale's part of an order. ``back_fen`` goes back once it is ``granted``: freight may come to the parts.
    ``replaced``: other goods were sent, which may be claimed in their turn."""

    aftersale_id: str
    parts: tuple[Part, ...]
    state: ClaimState = "open"
    back_fen: int = 0

    @property
    def amount_fen(self) -> int:
        """What its pieces are worth."""
        return sum(part.amount_fen for part in self.parts)

    @property
    def going_back(self) -> bool:
        """Whether its money is on its way to the payer, or has arrived."""
        return self.state in ("granted", "refunded")

    @property
    def holds(self) -> bool:
        """Whether what it claims is nobody else's: it goes on, or was refunded."""
        return self.state in ("open", "granted", "refunded")

    @property
    def unsent_only(self) -> bool:
        """Whether all of it are pieces that have not been shipped."""
        return all(part.whole and part.unsent == part.quantity for part in self.parts)


@dataclass(frozen=True)
class Swap:
    """Pieces of a line that were exchanged for another style: where their stock was taken."""

    line_no: int
    sku_id: str
    taken: tuple[Taken, ...]


def held(claims: Iterable[Claim], line_no: int) -> list[Part]:
    """The parts of this line that are claimed, or were refunded."""
    return [part for claim in claims if claim.holds for part in claim.parts if part.line_no == line_no]


def pieces(parts: Sequence[Part]) -> int:
    """How many pieces these take away."""
    return sum(part.quantity for part in parts if part.whole)


def unsent(parts: Sequence[Part]) -> int:
    """How many of them had not been shipped."""
    return sum(part.unsent for part in parts if part.whole)


def applications(claims: Iterable[Claim], line_no: int) -> int:
    """How often somebody has applied for this line, whatever came of it."""
    return sum(any(part.line_no == line_no for part in claim.parts) for claim in claims)


def worth_fen(total_fen: int, quantity: int, claimed: Sequence[Part], wanted: int) -> int:
    """What ``wanted`` more pieces of a line are worth: their share of what is left of it, by the largest remainder.

    The last pieces take all that is left, so that the parts of a line come to its total, in whichever sizes.
    """
    left_fen = total_fen - sum(part.amount_fen for part in claimed)
    left = quantity - pieces(claimed)
    return shared_out(left_fen, [wanted * left_fen, (left - wanted) * left_fen])[0]
