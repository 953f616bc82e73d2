"""What webhooks are told, and what not (N3)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import xmltodict
from pydantic import BaseModel

from infra import webhooks_page
from services.notify.webhooks.catalogue import HIDDEN, SHOWN, letter_of, pushed
from services.notify.webhooks.letter import BODY_KEYS
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.routes import ROUTES
from tests.contract.sample import cases, every_sample, sample

HEARD = {event.NAME: event for event, consumers in ROUTES.items() if "notify" in consumers and event.KIND == "fact"}
LETTERS = {label: letter for label, envelope in every_sample() if (letter := letter_of(envelope))}


def test_every_fact_about_a_shop_that_notify_hears_is_pushed() -> None:
    """A new one is too, without being listed here."""
    of_shops = {name for name, event in HEARD.items() if "shop_id" in event.model_fields}

    assert set(pushed()) == of_shops
    assert {name.partition(".")[0] for name in of_shops} == set(BODY_KEYS)


def test_the_page_says_of_every_event_what_it_is() -> None:
    """In a sentence, which is the first of its contract."""
    rows = [line.split(" | ") for line in webhooks_page.catalogue().splitlines() if line.startswith("| [`")]

    assert len(rows) == len(pushed())
    assert [name for name, said in rows if len(said) < 20] == []


def test_of_every_field_somebody_has_decided_whether_it_is_told() -> None:
    """A new one is told to nobody until it is listed in SHOWN or HIDDEN of webhooks/catalogue.py."""
    fields = {name for event in pushed().values() for name in _fields(event)}

    assert fields - SHOWN - HIDDEN == set(), "list them in SHOWN or HIDDEN of services/notify/webhooks/catalogue.py"
    assert not SHOWN & HIDDEN


def test_nobodys_name_or_address_is_told() -> None:
    """Who is who is asked for at the API, which knows who may know."""
    gift = sample("gifts.gift_claimed")
    people = {gift.data["giver"], gift.data["recipient"]}

    letter = letter_of(gift)

    assert letter is not None
    assert not people & set(_texts(letter.told))
    assert "address_cipher" not in letter.told


@pytest.mark.parametrize("label", LETTERS)
def test_a_letter_says_the_same_in_json_and_in_xml(label: str) -> None:
    """And starts as WeChat's do."""
    letter = LETTERS[label]
    said = json.loads(letter.written("json"))
    in_xml = xmltodict.parse(letter.written("xml"))["xml"]

    assert list(said)[:4] == ["ToUserName", "FromUserName", "CreateTime", "MsgType"]
    assert _flat(said) == _flat(in_xml)


def test_an_event_of_no_shop_is_pushed_to_nobody() -> None:
    """Such as the platform's own, or a state."""
    others = [sample(name, next(iter(cases(name)))) for name in ("orders.payments_differ", "catalog.shop_changed")]

    assert [letter_of(one) for one in others] == [None, None]


def test_the_page_shows_what_is_pushed() -> None:
    """docs/webhooks.md is written from the samples."""
    assert webhooks_page.main([]) == 0, "run: python -m infra.webhooks_page --write"


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for kind in _kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _fields(kind)


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _kinds(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield str(value)


def _flat(value: Any) -> Any:
    """As far as XML can say it: everything is text, a list of one is its member, and nothing is nothing."""
    if isinstance(value, dict):
        kept = {name: _flat(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one is not None}
    if isinstance(value, list):
        return [_flat(one) for one in value] if len(value) > 1 else (_flat(value[0]) if value else None)
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_letter_is_of_its_event() -> None:
    """The id and the moment are the event's, however late it is pushed."""
    envelope: Envelope = sample("orders.order_paid", "purchase")

    said = json.loads(LETTERS["orders.order_paid.v1: purchase"].written("json"))

    assert said["EventId"] == envelope.id
    assert said["CreateTime"] == int(envelope.occurred_at.timestamp())
