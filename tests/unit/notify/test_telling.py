"""Who is told what, in which words (N2)."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from services.notify.language import Language, Reader
from services.notify.tellers import SILENT, TELLERS, told
from services.notify.telling import Silence, Telling
from services.notify.templates import TEMPLATES
from services.notify.unheard import UNHEARD
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.routes import EVENTS, ROUTES
from tests.contract.sample import every_sample, sample

# Every sample with what is told of it: texts by inbox and language, or the reason for silence.
TOLD: dict[str, Any] = json.loads((Path(__file__).parent / "told.json").read_text(encoding="utf-8"))
HEARD = {event.NAME for event, consumers in ROUTES.items() if "notify" in consumers}
SAMPLES = {label: envelope for label, envelope in every_sample() if envelope.name in HEARD - set(SILENT)}
SHOP = "NAME-OF-THE-SHOP"
OPEN_ENDED = {"orders.complaint_opened", "orders.aftersale_opened", "orders.aftersale_moved"}


def test_every_event_of_the_contracts_is_told_or_has_a_reason_for_silence() -> None:
    """A new one is not forgotten, whether it is routed to notify or not."""
    tellers = {event.NAME for event in TELLERS}

    assert tellers | set(SILENT) == HEARD
    assert set(UNHEARD) == {event.NAME for event in ROUTES} - HEARD
    assert not tellers & set(SILENT)
    assert all((SILENT | UNHEARD).values())
    assert {name for name, _ in EVENTS} == {event.NAME for event in ROUTES}


@pytest.mark.parametrize("envelope", SAMPLES.values(), ids=SAMPLES)
def test_an_event_is_told_to_whom_it_concerns_in_these_words(envelope: Envelope, request: Any) -> None:
    """Buyer and merchant, giver and recipient, in Chinese and English: read told.json."""
    label = request.node.callspec.id

    assert _told(envelope) == TOLD[label]


def test_nothing_else_is_expected() -> None:
    """What told.json says is said of a sample that exists."""
    assert list(TOLD) == list(SAMPLES)


def test_every_template_has_a_sample() -> None:
    """No text is published that nobody has read."""
    used = {telling.template for envelope in SAMPLES.values() for telling in _tellings(envelope)}

    assert used == set(TEMPLATES)


def test_a_recipient_reads_no_price_and_a_giver_no_waybill() -> None:
    """What a gift cost is between giver and shop, where it goes is between recipient and shop (G9)."""
    for key, versions in TEMPLATES.items():
        for template in versions:
            if "/recipient" in key:
                assert not {name for name in template.variables if name.endswith("_fen")}, key
            if "/giver" in key:
                assert not template.variables & {"carrier", "waybill"}, key


def test_the_shop_is_called_the_shop_until_its_name_is_known() -> None:
    """A message does not wait for a name."""
    envelope = sample("orders.order_paid", "purchase")

    [buyer, _] = _tellings(envelope)
    texts = [_words(buyer, language, shop=None)[1] for language in ("zh", "en")]

    assert texts == [
        "已支付 ¥1,372.56，商家将尽快发出「手绘青花马克杯」等 3 件。",
        "You paid CN¥1,372.56; the shop will ship “手绘青花马克杯” and others (3 pieces) soon.",
    ]


@pytest.mark.parametrize(
    "label",
    [label for label, envelope in SAMPLES.items() if envelope.name in OPEN_ENDED and envelope.data["deadline_at"]],
)
def test_a_deadline_that_is_not_told_leaves_the_inbox_readable(label: str) -> None:
    """The contracts allow none, and one message without words would close the whole page."""
    envelope = SAMPLES[label]
    without = envelope.model_copy(update={"data": envelope.data | {"deadline_at": None}})

    for told_then, telling in zip(_tellings(envelope), _tellings(without), strict=True):
        names_it = _words(told_then, "en", SHOP) != _words(telling, "en", SHOP)
        assert ("the deadline" in _words(telling, "en", SHOP)[1]) == names_it
        assert ("截止时间" in _words(telling, "zh", SHOP)[1]) == names_it


def test_another_version_than_the_known_ones_is_not_guessed() -> None:
    """It stays in the queue until a deployment knows it."""
    with pytest.raises(KeyError):
        told(sample("orders.order_paid", "purchase").model_copy(update={"version": 2}))


def _tellings(envelope: Envelope) -> list[Telling]:
    tellings = told(envelope)
    return [] if isinstance(tellings, Silence) else tellings


def _told(envelope: Envelope) -> Any:
    tellings = told(envelope)
    if isinstance(tellings, Silence):
        return tellings.reason
    return {
        telling.inbox.key: {"category": TEMPLATES[telling.template][-1].category, "subject": telling.subject_id}
        | {language: " | ".join(_words(telling, language, SHOP)) for language in get_args(Language)}
        for telling in tellings
    }


def _words(telling: Telling, language: Language, shop: str | None) -> tuple[str, str]:
    template = TEMPLATES[telling.template][-1]
    values = {"shop": shop, **telling.variables}
    stored = json.loads(json.dumps({name: values[name] for name in template.variables}))
    return template.render(stored, Reader(language))
