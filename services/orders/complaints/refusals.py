"""What complaints refuse, with the slugs clients know (O15)."""

from services.shared.plumbing.problems import Conflict


class ComplaintOpen(Conflict):
    slug, title = "complaint-open", "Another complaint about this order is not over yet"


class TooMuchSaid(Conflict):
    slug, title = "too-much-said", "A complaint takes at most 20 statements"
