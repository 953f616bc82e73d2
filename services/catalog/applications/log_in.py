"""Know an application by its secret (X1)."""

from services.catalog.applications.application import Application
from services.catalog.applications.secret import is_secret_of
from services.catalog.applications.tables import find_application
from services.shared.plumbing.problems import Unauthenticated


def known_by(app_id: str, secret: str) -> Application:
    """The active application that has this secret. Raises Unauthenticated, without saying what is wrong."""
    found = find_application(app_id)
    if found is None or found.status == "suspended" or not is_secret_of(found, secret):
        raise Unauthenticated("No active application has this id and secret")
    return found
