"""Register a partner's application, give it another secret, suspend it (X1). The platform's acts."""

from datetime import datetime

from services.catalog.applications.application import Application, Status
from services.catalog.applications.tables import find_application, save_application
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def register(name: str, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Register it; returns its id."""
    application = Application(new_id("app"), name, created_at=now, updated_at=now)
    tx = begin()
    save_application(tx, application)
    tx.commit({"app_id": application.app_id, "generation": "1"})
    return application.app_id


def rotate_secret(app_id: str, *, begin: Begin, now: datetime) -> None:
    """Another secret; the one before gets no token any more. Raises NotFound."""
    rotated = application_named(app_id).rotated(now)
    tx = begin()
    save_application(tx, rotated)
    tx.commit({"app_id": app_id, "generation": str(rotated.generation)})


def switch(app_id: str, status: Status, *, begin: Begin, now: datetime) -> None:
    """Suspended it gets no token; those it has end within two hours. Raises NotFound."""
    known = application_named(app_id)
    switched = known.switched(status, now)
    if switched is not known:
        tx = begin()
        save_application(tx, switched)
        tx.commit()


def application_named(app_id: str) -> Application:
    """The application. Raises NotFound."""
    found = find_application(app_id)
    if found is None:
        raise NotFound()
    return found
