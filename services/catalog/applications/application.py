"""A partner's application (X1). Pure.

What it may do for a shop is a membership like a person's: of the person ``app:{app_id}``, in the role that the shop's
owner granted. So every service knows within seconds, by the events it hears anyway.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.shared.plumbing.problems import Forbidden

Scope = Literal["operator", "support", "finance"]
Status = Literal["active", "suspended"]
PREFIX = "app:"


@dataclass(frozen=True)
class Application:
    """``generation`` counts its secrets: with the next one the one before is worth nothing."""

    app_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: Status = "active"
    generation: int = 1
    version: int = 1

    @property
    def person(self) -> str:
        """Whom its tokens name."""
        return person_of(self.app_id)

    def rotated(self, now: datetime) -> "Application":
        """With another secret."""
        return replace(self, generation=self.generation + 1, updated_at=now, version=self.version + 1)

    def switched(self, status: Status, now: datetime) -> "Application":
        """Active or suspended; the same when it is so already."""
        if self.status == status:
            return self
        return replace(self, status=status, updated_at=now, version=self.version + 1)


def person_of(app_id: str) -> str:
    """Whom this application's tokens name."""
    return PREFIX + app_id


def is_application(person: str) -> bool:
    """Whether this is no human being."""
    return person.startswith(PREFIX)


def require_human(person: str) -> None:
    """Raise Forbidden for an application: it works for shops whose owners let it, and owns and joins none."""
    if is_application(person):
        raise Forbidden("An application acts for a shop by its owner's grant only")
