"""Every verb of notify as one act that may be repeated."""

from dataclasses import dataclass, field

from services.notify import app as notify
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import ids
from tests.integration.http import Client
from tests.integration.notify.conftest import client, event, hear, paid, staff
from tests.integration.verbs.heard import hear_every_sample
from tests.integration.verbs.scenario import Act, Scenarios, answered


@dataclass
class Scene:
    """A person and a shop, of whom nobody has heard."""

    person: str = field(default_factory=lambda: ids.new_id("person:x"))
    shop: str = field(default_factory=lambda: ids.new_id("shp"))

    @property
    def client(self) -> Client:
        """What the person uses."""
        return client(self.person)

    def told(self, times: int = 3) -> list[Envelope]:
        """So many messages for the person and for the shop."""
        letters = [event(paid(self.person, self.shop)) for _ in range(times)]
        hear(*letters)
        return letters

    def first_message(self) -> str:
        """The id of one of them."""
        self.told()
        return str(self.client.get("/v1/messages").json["items"][0]["message_id"])


verb = Scenarios[Scene]("notify")
hear_every_sample(verb, notify.consume)


@verb("orders.order_paid")
def tell_somebody_known(scene: Scene) -> Act:
    """Person and shop have had messages before."""
    scene.told()
    letter = event(paid(scene.person, scene.shop))
    return lambda: hear(letter)


@verb("get_messages")
def list_messages(scene: Scene) -> Act:
    """One's own."""
    scene.told()
    return lambda: answered(scene.client.get("/v1/messages"))


@verb("get_messages")
def list_the_shops_messages(scene: Scene) -> Act:
    """By somebody who works there."""
    hear(staff(scene.shop, scene.person))
    scene.told()
    return lambda: answered(scene.client.get(f"/v1/messages?as_shop={scene.shop}"))


@verb("get_unread")
def count_unread(scene: Scene) -> Act:
    """One's own."""
    scene.told()
    return lambda: answered(scene.client.get("/v1/messages/unread"))


@verb("post_read")
def read_message(scene: Scene) -> Act:
    """One of three."""
    message = scene.first_message()
    return lambda: answered(scene.client.post(f"/v1/messages/{message}/read", key=""))


@verb("post_read_all")
def read_all(scene: Scene) -> Act:
    """Three."""
    scene.told()
    return lambda: answered(scene.client.post("/v1/messages/read-all", key=""))
