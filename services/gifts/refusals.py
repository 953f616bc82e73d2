"""Why a gift cannot be taken, declined or sent there, each with its stable slug."""

from services.shared.plumbing.problems import Conflict, Forbidden


class NotTheRecipient(Forbidden):
    slug, title = "not-the-recipient", "The giver sent this gift to another person"


class GiftAlreadyClaimed(Conflict):
    slug, title = "gift-already-claimed", "This gift has been claimed"


class GiftBeingClaimed(Conflict):
    slug, title = "gift-being-claimed", "Somebody is claiming this gift right now; look again in a moment"


class GiftDeclined(Conflict):
    slug, title = "gift-declined", "This gift has been declined"


class GiftExpired(Conflict):
    slug, title = "gift-expired", "Nobody claimed this gift in time; its giver gets the money back"


class RegionNotServed(Conflict):
    slug, title = "region-not-served", "This gift cannot be sent there; it stays open"


class StyleSoldOut(Conflict):
    slug, title = "style-sold-out", "This style has just sold out; choose again"


class StyleNotOffered(Conflict):
    slug, title = "style-not-offered", "This is no style of the same product at the same price; choose again"


class NothingToDecline(Conflict):
    slug, title = "nothing-to-decline", "This gift is for whoever comes first: leave it to the others"


class SentByYou(Forbidden):
    slug, title = "sent-by-you", "You sent this gift; what is sent cannot be taken back"


class NotALot(Conflict):
    slug, title = "not-a-lot", "This gift is not drawn by lot; claim it"


class NotInvited(Forbidden):
    slug, title = "not-invited", "The giver chose who may enter this draw"


class EntriesClosed(Conflict):
    slug, title = "entries-closed", "Nobody can enter this draw any more"


class NotDrawnYet(Conflict):
    """``draw_at``: when it is drawn at the latest."""

    slug, title = "not-drawn-yet", "The winners are not drawn yet"


class NotAWinner(Conflict):
    slug, title = "not-a-winner", "Others have won this gift"


class SwapAlreadyAsked(Conflict):
    slug, title = "swap-already-asked", "Another style can be asked for once"


class SwapNotOpen(Conflict):
    """``swap`` is what became of it."""

    slug, title = "swap-not-open", "There is no question for another style to decide"


class ActivityOver(Conflict):
    slug, title = "activity-over", "This activity has ended"


class PoolEmpty(Conflict):
    slug, title = "pool-empty", "All pieces of this activity are given"


class BudgetSpent(Conflict):
    """``left_fen`` of the budget."""

    slug, title = "budget-spent", "The budget of this activity does not reach for one more"
