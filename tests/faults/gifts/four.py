"""The four services, and the events between them: late, twice, shuffled, and lost with whoever was hearing them."""

import random
from types import ModuleType

from services.catalog import app as catalog
from services.gifts import app as gifts
from services.notify import app as notify
from services.orders import app as orders
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, ids, inbox
from tests.integration.wire import Letter, sqs_event

SERVICES: tuple[ModuleType, ...] = (catalog, orders, gifts, notify)
CONSUMERS = {module.app.service: module for module in SERVICES}


class Queues:
    """What each has told the others. A letter stays until its consumer has taken it."""

    def __init__(self) -> None:
        self._taken: set[Letter] = set()
        self._buried: list[tuple[str, str]] = []  # (consumer, body)

    def sent(self) -> list[Letter]:
        """All that there ever was, in the order in which it was said."""
        found = []
        for module in SERVICES:
            for row in module.app.store.outbox.scan(consistent_read=True):
                found += [Letter(row.sk, consumer, row.body) for consumer in row.consumers if consumer in CONSUMERS]
        return sorted(found)

    def bring_some(self, dice: random.Random) -> None:
        """A few of those on their way, in any order, and now and then one that was taken long ago."""
        sent = self.sent()
        waiting = [one for one in sent if one not in self._taken]
        chosen = dice.sample(waiting, min(len(waiting), dice.randint(1, 8)))
        chosen += dice.sample(sent, min(len(sent), dice.randint(0, 2)))
        for letter in chosen:
            self.bring(letter)
        self.try_waiting()

    def bring_all(self) -> None:
        """Until nobody has anything left to say; dead letters too, as an operator sends them again."""
        while waiting := [one for one in self.sent() if one not in self._taken]:
            for letter in waiting:
                self.bring(letter)
            self.try_waiting()
            buried, self._buried = self._buried, []
            for consumer, body in buried:
                self._hand_over(consumer, body)

    def bring(self, letter: Letter) -> None:
        """Hand it over; what its consumer could not take stays in the queue."""
        if self._hand_over(letter.consumer, letter.body):
            self._taken.add(letter)

    def try_waiting(self) -> None:
        """The schedule of each: what came too early is tried again, and what has waited too long is buried."""
        for consumer, module in CONSUMERS.items():
            inbox.retry_waiting(
                module.app.store,
                module.reactions(),
                clock.now,
                ids.new_id,
                lambda body, consumer=consumer: self._buried.append((consumer, body)),  # type: ignore[misc]
            )

    def told(self, subject: str) -> list[Envelope]:
        """All that was said about a subject, each once."""
        by_id = {one.event_id: one.envelope for one in self.sent()}
        return [one for one in by_id.values() if one.subject == subject]

    def _hand_over(self, consumer: str, body: str) -> bool:
        failed: list[object] = CONSUMERS[consumer].consume(sqs_event(body), None)["batchItemFailures"]
        return not failed
