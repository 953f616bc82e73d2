"""What money refuses, with the slugs clients know (O7)."""

from services.shared.plumbing.problems import Conflict


class NotEnoughAvailable(Conflict):
    """``available_fen`` may be withdrawn now. What was settled a moment ago may be in some minutes."""

    slug, title = "not-enough-available", "The shop has less than that to withdraw"


class NoBankAccount(Conflict):
    slug, title = "no-bank-account", "Say first to which bank account the shop's money goes"


class DayNotClosed(Conflict):
    slug, title = (
        "day-not-closed",
        "This day is not closed yet: a day closes ten minutes after midnight in Beijing",
    )
