"""What the giver wrote on the card, opened for those who may read it (G9)."""

from services.gifts.gift import Sheet
from services.gifts.tables import VAULT
from services.shared.plumbing.vault import Erased


def name_of_giver(sheet: Sheet) -> str | None:
    """None where the giver gave no name, or has been erased."""
    return _opened(sheet.giver, sheet.giver_name)


def message_of(sheet: Sheet) -> str | None:
    """None where the giver wrote nothing, or has been erased."""
    return _opened(sheet.giver, sheet.message)


def _opened(giver: str, sealed: str | None) -> str | None:
    try:
        return VAULT.open(giver, sealed) if sealed else None
    except Erased:
        return None
