"""What after-sales refuse, with the slugs clients know."""

from services.shared.plumbing.problems import Conflict, Invalid


class AftersaleNotPossible(Conflict):
    """``state`` of the order; what is asked for does not fit it."""

    slug, title = "aftersale-not-possible", "This cannot be asked for at this stage of the order"


class AftersaleTooLate(Conflict):
    """``until`` when it could have been opened."""

    slug, title = "aftersale-too-late", "The time for an after-sale is over"


class TooManyApplications(Conflict):
    """``most`` of one line, which ``line_no`` has reached."""

    slug, title = "too-many-applications", "This line has had all its applications"


class NothingLeft(Conflict):
    """``left``: how many pieces of ``line_no`` can still be claimed, and ``left_fen``: for how much at most,
    where the applicant may know that."""

    slug, title = "nothing-left-to-claim", "More is asked for than is left of this line"


class ExchangeNotEven(Conflict):
    slug, title = "exchange-not-even", "Only another style of the same product at the same price can be had instead"


class RefundedByUs(Conflict):
    slug, title = "refunded-by-us", "The money of this order lies here, and goes back from here by itself"


class DisputeTooLate(Conflict):
    """``until`` when it could have been disputed."""

    slug, title = "dispute-too-late", "The time to dispute the rejection is over"


class ReturnTooLate(Conflict):
    """``until`` when the goods could have been sent back."""

    slug, title = "return-too-late", "The time to send the goods back is over"


class ResendTooLate(Conflict):
    """``until`` when new goods could have been sent."""

    slug, title = "resend-too-late", "The time to send new goods is over: the money goes back instead"


class DecisionTooLate(Conflict):
    """``until`` it could be refused; since then it is as the buyer asked."""

    slug, title = "decision-too-late", "The time to say no is over: the buyer gets what was asked for"


class ReturnAddressMissing(Invalid):
    slug, title = "return-address-missing", "Say where the goods are to be sent back to"


class TooMuchEvidence(Conflict):
    """``most`` contributions of each side to one after-sale."""

    slug, title = "too-much-evidence", "Nothing more can be handed in"
