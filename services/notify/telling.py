"""What one recipient is told of an event, or why nobody is told anything (N2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.notify.inbox import Inbox, of_person, of_shop


@dataclass(frozen=True)
class Silence:
    """Nothing is told, and why."""

    reason: str


@dataclass(frozen=True)
class Telling:
    """One recipient's message: the key of its template and what fills it."""

    inbox: Inbox
    template: str
    subject_id: str
    shop_id: str
    variables: Mapping[str, Any] = field(hash=False)


Told = list[Telling] | Silence


@dataclass(frozen=True)
class About:
    """What is told of one event, whoever hears it; ``person`` and ``shop`` address it to an audience."""

    event: str
    subject_id: str
    shop_id: str
    variables: Mapping[str, Any]

    def person(self, person: str, audience: str) -> Telling:
        return self._to(of_person(person), audience)

    def shop(self, audience: str = "shop") -> Telling:
        return self._to(of_shop(self.shop_id), audience)

    def on(self, subject_id: str) -> "About":
        """The same about something that this audience can look at."""
        return replace(self, subject_id=subject_id)

    def _to(self, inbox: Inbox, audience: str) -> Telling:
        return Telling(inbox, f"{self.event}/{audience}", self.subject_id, self.shop_id, self.variables)
