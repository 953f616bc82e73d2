"""Applications as the platform sees them, and grants as shops do (X1)."""

from services.catalog.applications.application import PREFIX, person_of
from services.catalog.applications.messages import ApplicationView, GrantsView, GrantView
from services.catalog.applications.register import application_named
from services.catalog.applications.secret import secret_of
from services.catalog.applications.tables import applications
from services.catalog.tables import STORE
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.memberships import role_of, roles_in
from services.shared.plumbing.problems import NotFound


def application_view(app_id: str, *, generation: str | None = None) -> ApplicationView:
    """One of them; with its secret when that is still the one of this generation. Raises NotFound."""
    found = application_named(app_id)
    shows = generation == str(found.generation)
    return ApplicationView.of(found, secret_of(found) if shows else None)


def application_with_secret(app_id: str) -> ApplicationView:
    """The same with its secret as it is now. Raises NotFound."""
    found = application_named(app_id)
    return ApplicationView.of(found, secret_of(found))


def list_applications(limit: int, cursor: str | None) -> Page[ApplicationView]:
    """All of them, newest first: one read. Raises CursorInvalid."""
    listing = "applications"
    position = cursors.read(listing, cursor) or {"before": None}
    found = applications(limit + 1, position["before"])
    more = cursors.sign(listing, {"before": found[limit - 1].app_id}) if len(found) > limit else None
    return Page(items=[ApplicationView.of(one) for one in found[:limit]], next_cursor=more)


def grant_in(shop_id: str, app_id: str) -> GrantView:
    """What one application may do for the shop. Raises NotFound."""
    scope = role_of(STORE, shop_id, person_of(app_id))
    if scope is None:
        raise NotFound()
    return GrantView.model_validate({"shop_id": shop_id, "app_id": app_id, "scope": scope})


def grants_of(shop_id: str) -> GrantsView:
    """All applications that may act for the shop."""
    found = {person: role for person, role in roles_in(STORE, shop_id).items() if person.startswith(PREFIX)}
    grants = [
        {"shop_id": shop_id, "app_id": person.removeprefix(PREFIX), "scope": role} for person, role in found.items()
    ]
    return GrantsView.model_validate({"grants": grants})
