"""Texts can be looked at before anybody reads them (N2)."""

import pytest
from click.testing import CliRunner

from infra.cli.main import main
from services.notify import app as notify
from services.notify.language import Reader
from services.notify.preview import preview
from services.notify.templates import TEMPLATES
from tests.integration.http import Client, token_for
from tests.integration.notify.conftest import client


@pytest.mark.parametrize("key", TEMPLATES)
def test_every_text_can_be_previewed(key: str) -> None:
    """Each version has an example value for each variable, in both languages and any zone."""
    for reader in (Reader("zh"), Reader("en", "Europe/Berlin")):
        shown = preview(key, reader, every_version=True)

        assert [one.version for one in shown] == list(range(1, len(TEMPLATES[key]) + 1))
        assert all(one.title and one.body and "{" not in one.body for one in shown)


def test_the_command_shows_each_audience() -> None:
    """`xiaodian messages preview` needs nothing that runs."""
    shown = CliRunner().invoke(main, ["messages", "preview", "orders.order_placed", "--lang", "en"])

    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "orders.order_placed/buyer v1 (trade, cannot be switched off)",
        "  Order waiting for payment",
        "  “手绘青花马克杯” and others (3 pieces): please pay CN¥1,372.56 by Mar 8, 2026, 12:30 GMT+08:00.",
        "orders.order_placed/shop v1 (trade, cannot be switched off)",
        "  Order placed",
        "  “手绘青花马克杯” and others (3 pieces): CN¥1,372.56 to be paid.",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["orders.nothing"], "nothing is told of orders.nothing"),
        (["orders.order_paid", "--zone", "Mars"], "no time zone"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], says: str) -> None:
    """In one sentence."""
    shown = CliRunner().invoke(main, ["messages", "preview", *arguments])

    assert shown.exit_code
    assert says in shown.output


def test_the_platform_previews_over_http(buyer: str) -> None:
    """And nobody else."""
    path = "/v1/templates?event=gifts.gift_ready&language=en&zone=Europe/Berlin"
    shown = Client(notify.app, token_for("ops", platform=True)).get(path)

    assert [(one["template"], one["version"], one["title"]) for one in shown.json["items"]] == [
        ("gifts.gift_ready/giver", 1, "Gift ready")
    ]
    assert "05:30 GMT+01:00" in shown.json["items"][0]["body"]
    assert client(buyer).get(path).status == 403
