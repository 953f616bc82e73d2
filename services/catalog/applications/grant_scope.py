"""Let an application act for a shop, or no longer (X1)."""

from services.catalog.applications.application import Scope, person_of
from services.catalog.applications.tables import find_application
from services.catalog.tables import STORE, add_persons_shop, drop_persons_shop
from services.shared.plumbing.memberships import grant, standing
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Begin


def grant_scope(shop_id: str, app_id: str, scope: Scope, *, begin: Begin) -> None:
    """The application has this role in the shop, whatever it had before: every service knows within seconds.

    Raises Invalid for no such application, or a suspended one.
    """
    application = find_application(app_id)
    if application is None or application.status == "suspended":
        raise Invalid(f"There is no application {app_id}", errors=[{"at": "app_id", "why": "unknown"}])
    has, sequence = standing(STORE, shop_id, application.person)
    tx = begin()
    if has != scope:
        grant(tx, shop_id, application.person, scope, sequence + 1)
        add_persons_shop(tx, application.person, shop_id)
    tx.commit({"shop_id": shop_id, "app_id": app_id})


def revoke(shop_id: str, app_id: str, *, begin: Begin) -> None:
    """The application has nothing to do with the shop any more. May be repeated."""
    person = person_of(app_id)
    has, sequence = standing(STORE, shop_id, person)
    if has:
        tx = begin()
        grant(tx, shop_id, person, None, sequence + 1)
        drop_persons_shop(tx, person, shop_id)
        tx.commit()
