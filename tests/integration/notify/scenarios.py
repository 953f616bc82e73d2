"""Every verb of notify as one act that may be repeated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from infra.local.webhooks import THIS_MACHINE
from infra.local.wechat_api import App, openid_of
from services.notify import app as notify
from services.notify.webhooks import reach
from services.notify.webhooks.run_due_line import PATIENT, visit_line
from services.notify.wechat.hints import Hint
from services.notify.wechat.renew_token import access_token
from services.notify.wechat.settings import Settings
from services.notify.wechat.sweep_notices import send_notice
from services.notify.wechat.tables import AppRow
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, ids
from tests.integration.http import Client, token_for
from tests.integration.notify.conftest import client, event, hear, paid, staff
from tests.integration.notify.webhooks.receiver import AES_KEY, OTHER_TOKEN, TOKEN, Receiver, answering, success
from tests.integration.verbs.heard import hear_every_sample
from tests.integration.verbs.scenario import Act, Scenarios, answered


@dataclass
class Scene:
    """A person and a shop, of whom nobody has heard."""

    person: str = field(default_factory=lambda: ids.new_id("person:x"))
    shop: str = field(default_factory=lambda: ids.new_id("shp"))
    afterwards: Callable[[], object] = list

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

    @property
    def webhooks(self) -> str:
        """Where the shop's webhooks are."""
        return f"/v1/shops/{self.shop}/webhooks"

    def webhook(self) -> str:
        """The path of one, which takes everything."""
        hear(staff(self.shop, self.person))
        reply = self.client.post(self.webhooks, registered())
        assert reply.status == 201, reply.text
        return f"{self.webhooks}/{reply.json['webhook_id']}"

    def given_up(self) -> str:
        """The path of a webhook with a test that failed."""
        path = self.webhook()
        with refusing():
            assert self.client.post(f"{path}/test").status == 200
        return path


RECEIVER: Receiver  # of all scenes; notify's stage lets it listen


@contextmanager
def stage() -> Iterator[None]:
    """This machine may be reached, and a merchant listens on it."""
    global RECEIVER
    reach.use(THIS_MACHINE)
    with Receiver() as RECEIVER:
        yield
    reach.use(reach.PUBLIC)


@contextmanager
def refusing() -> Iterator[None]:
    """The receiver takes nothing."""
    RECEIVER.on_push = answering("no", 500)
    yield
    RECEIVER.on_push = success


def registered() -> dict[str, Any]:
    """A webhook as its merchant asks for it."""
    return {"url": RECEIVER.url, "token": TOKEN, "encoding_aes_key": AES_KEY}


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


@verb("get_message")
def show_a_message(scene: Scene) -> Act:
    """One of three."""
    message = scene.first_message()
    return lambda: answered(scene.client.get(f"/v1/messages/{message}"))


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


# -------------------------------------------------------------------------------------------------------- webhooks


@verb("post_webhook")
def register_a_webhook(scene: Scene) -> Act:
    """The shop's first."""
    hear(staff(scene.shop, scene.person))
    return lambda: answered(scene.client.post(scene.webhooks, registered(), "key"))


@verb("get_webhooks")
def list_webhooks(scene: Scene) -> Act:
    """One."""
    scene.webhook()
    return lambda: answered(scene.client.get(scene.webhooks))


@verb("get_webhook")
def show_a_webhook(scene: Scene) -> Act:
    """As it was registered."""
    path = scene.webhook()
    return lambda: answered(scene.client.get(path))


@verb("patch_webhook")
def give_a_webhook_another_token(scene: Scene) -> Act:
    """It overlaps with the one before."""
    path, headers = scene.webhook(), {"If-Match": '"1"'}
    return lambda: scene.client.patch(path, {"token": OTHER_TOKEN}, headers=headers)


@verb("patch_webhook")
def resume_a_webhook(scene: Scene) -> Act:
    """It was paused by its merchant."""
    path = scene.webhook()
    answered(scene.client.patch(path, {"status": "paused"}))
    return lambda: answered(scene.client.patch(path, {"status": "active"}))


@verb("delete_webhook")
def remove_a_webhook(scene: Scene) -> Act:
    """Which is gone when it is asked for again."""
    path = scene.webhook()
    return lambda: scene.client.delete(path)


@verb("get_deliveries")
def list_deliveries(scene: Scene) -> Act:
    """Three, which wait."""
    path = scene.webhook()
    scene.told()
    return lambda: answered(scene.client.get(f"{path}/deliveries"))


@verb("get_delivery")
def show_a_delivery(scene: Scene) -> Act:
    """With its attempts, of which the last was in vain."""
    path = scene.given_up()
    delivery_id = scene.client.get(f"{path}/deliveries").json["items"][0]["delivery_id"]
    return lambda: answered(scene.client.get(f"{path}/deliveries/{delivery_id}"))


@verb("post_redelivery")
def redeliver(scene: Scene) -> Act:
    """What was given up."""
    path = scene.given_up()
    delivery_id = scene.client.get(f"{path}/deliveries").json["items"][0]["delivery_id"]
    return lambda: answered(scene.client.post(f"{path}/deliveries/{delivery_id}/redelivery", key="key"))


@verb("post_redeliveries")
def redeliver_all(scene: Scene) -> Act:
    """One."""
    path = scene.given_up()
    return lambda: answered(scene.client.post(f"{path}/redelivery", key=""))


@verb("post_test", unlike="a test that was written down is not pushed again: who asks again sees it as never tried")
def send_a_test(scene: Scene) -> Act:
    """It is taken."""
    path = scene.webhook()
    return lambda: answered(scene.client.post(f"{path}/test", key="key"))


@verb("orders.order_paid")
def tell_a_webhook_too(scene: Scene) -> Act:
    """The shop's line sleeps until then."""
    scene.webhook()
    letter = event(paid(scene.person, scene.shop))
    return lambda: hear(letter)


@verb("sweep")
def push_to_a_webhook(scene: Scene) -> Act:
    """One delivery, which is taken; a visitor who died is given up after a while."""
    webhook_id = scene.webhook().rpartition("/")[2]
    scene.told(1)
    visit = _visits(scene.shop, webhook_id)
    scene.afterwards = lambda: [visit() for _ in range(3)]  # until the line sleeps
    return visit


def _visits(shop_id: str, webhook_id: str) -> Act:
    """What the sweep does for one line, each time after the lease before has ended."""
    moved = [timedelta()]

    def visit() -> None:
        at, moved[0] = moved[0], moved[0] + timedelta(seconds=91)
        visit_line(shop_id, webhook_id, PATIENT, clock=lambda: clock.now() + at, new_id=ids.new_id)

    return visit


# --------------------------------------------------------------------------------------------- preferences, WeChat

PREFERRED = {"language": "en", "quiet_hours": {"starts": "22:00", "ends": "08:00"}}
BOUND = {
    "template": "orders.order_paid/buyer",
    "template_id": "tmpl_paid",
    "fields": {"thing1": "{goods:goods}", "amount2": "{paid_fen:money}"},
}
BINDINGS = "/v1/wechat-templates"


def platform() -> Client:
    """Who runs the mini program."""
    return Client(notify.app, token_for("ops", platform=True))


def on_wechat(scene: Scene) -> None:
    """The person uses the mini program, and what is paid is told there."""
    scene.person = f"{Settings.appid}:{openid_of(App(Settings.appid, ''), ids.new_id('code'))}"
    assert platform().put(BINDINGS, BOUND).status == 200


@verb("get_preferences")
def read_preferences(scene: Scene) -> Act:
    """Of somebody who has some."""
    assert scene.client.put("/v1/preferences", PREFERRED).status == 200
    return lambda: answered(scene.client.get("/v1/preferences"))


@verb("put_preferences")
def edit_preferences(scene: Scene) -> Act:
    """Say something for the first time."""
    return lambda: answered(scene.client.put("/v1/preferences", PREFERRED))


@verb("get_wechat_templates")
def list_bindings(_: Scene) -> Act:
    """One."""
    assert platform().put(BINDINGS, BOUND).status == 200
    return lambda: answered(platform().get(BINDINGS))


@verb("put_wechat_template")
def bind_a_template(_: Scene) -> Act:
    """Instead of another one."""
    assert platform().put(BINDINGS, BOUND).status == 200
    another = BOUND | {"template_id": ids.new_id("tmpl")}
    return lambda: answered(platform().put(BINDINGS, another))


@verb("delete_wechat_template")
def unbind_a_template(_: Scene) -> Act:
    """It is gone after it, whoever asks."""
    assert platform().put(BINDINGS, BOUND).status == 200
    return lambda: answered(platform().delete(f"{BINDINGS}?template={BOUND['template']}"))


@verb("orders.order_paid")
def tell_on_wechat_too(scene: Scene) -> Act:
    """The buyer uses the mini program: inbox and notice are one transaction."""
    on_wechat(scene)
    letter = event(paid(scene.person, scene.shop))
    return lambda: hear(letter)


@verb("sweep_notices", unlike="who died while telling leaves a lease: test_crashes.py says what is told after it")
def send_a_notice(scene: Scene) -> Act:
    """Its access token is fetched too."""
    on_wechat(scene)
    AppRow(f"APP#{Settings.appid}", "APP").delete()
    access_token(clock.now, ids.new_id)  # it makes the key under which tokens are sealed
    AppRow(f"APP#{Settings.appid}", "APP").delete()
    scene.told(1)
    message = str(scene.client.get("/v1/messages").json["items"][0]["message_id"])
    return lambda: send_notice(Hint(scene.person, message), clock=clock.now, new_id=ids.new_id)
