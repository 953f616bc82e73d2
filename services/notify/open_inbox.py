"""Open the inbox that a caller may read: the own one, or a shop's for whoever acts for it (N1)."""

from services.notify.inbox import Inbox, of_person, of_shop
from services.shared.plumbing.memberships import role_of
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Store


def open_inbox(store: Store, person: str, as_shop: str | None) -> Inbox:
    """The person's inbox, or with ``as_shop`` the shop's. Raises NotFound for a shop the person has no role in."""
    if as_shop is None:
        return of_person(person)
    if role_of(store, as_shop, person) is None:
        raise NotFound()
    return of_shop(as_shop)
