"""What complaints refuse, with the slugs clients know (O15)."""

from services.shared.plumbing.problems import Conflict


class ComplaintOpen(Conflict):
    slug, title = "complaint-open", "Another complaint about this order is not over yet"


class TooManyComplaints(Conflict):
    """``most`` of one order, whatever came of them."""

    slug, title = "too-many-complaints", "This order has had all its complaints"


class TooMuchSaid(Conflict):
    slug, title = "too-much-said", "A complaint takes at most 20 statements of each side"
