"""What a notice goes through, what WeChat's answers mean, and what fits into its fields (N4)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.wechat_messages import KINDS as TAKEN
from services.notify.language import Reader
from services.notify.template import variables_in
from services.notify.templates import TEMPLATES
from services.notify.wechat.binding import KINDS, Binding
from services.notify.wechat.notice import LEASE, OF_USE, WAITS, Notice
from services.notify.wechat.verdict import quota_returns_at, verdict_of

NOW = datetime(2026, 3, 9, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("errcode", "verdict"),
    [
        (0, "sent"),
        (43101, "refused"),
        (40003, "refused"),
        (47003, "wrong"),
        (40037, "wrong"),
        (41030, "wrong"),
        (40001, "worn"),
        (42001, "worn"),
        (45009, "quota"),
        (45011, "quota"),
        (-1, "again"),
        (48001, "again"),
        (None, "again"),
    ],
)
def test_each_answer_has_one_meaning(errcode: int | None, verdict: str) -> None:
    """No answer at all is one too."""
    assert verdict_of(errcode) == verdict


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - their zone is UTC
def test_a_days_quota_returns_at_the_next_midnight_in_beijing(now: datetime) -> None:
    """Later than now, within a day, at 16:00 UTC."""
    at = quota_returns_at(45009, now)

    assert now < at <= now + timedelta(days=1)
    assert (at.hour, at.minute, at.second) == (16, 0, 0)
    assert quota_returns_at(45011, now) == now + timedelta(minutes=1)


def test_a_notice_is_tried_so_often_and_no_longer_than_it_is_of_use() -> None:
    """Eight tries in vain; what is put off for days has failed as well."""
    notice = tried = Notice("app:person", "msg", "orders.order_paid/buyer", NOW, NOW)
    for _ in WAITS:
        tried = tried.claim(NOW).tried_in_vain(NOW, -1)
        assert tried.status == "waiting"

    assert tried.claim(NOW).tried_in_vain(NOW, -1).status == "failed"
    assert notice.claim(NOW).due_at == NOW + LEASE
    assert notice.put_off(NOW + OF_USE).status == "waiting"
    assert notice.put_off(NOW + OF_USE + timedelta(seconds=1)).status == "failed"
    assert notice.end("failed", NOW).send_again(NOW) == Notice(
        "app:person", "msg", "orders.order_paid/buyer", NOW, NOW, version=3
    )


@pytest.mark.parametrize("key", [key for key in TEMPLATES if "/shop" not in key])
@pytest.mark.parametrize("reader", [Reader("zh"), Reader("en", "Europe/Berlin")], ids=["zh", "en"])
def test_whatever_a_person_reads_fits_into_fields(key: str, reader: Reader) -> None:
    """As a thing for any variable, an amount for money, a time for a time: WeChat would take it."""
    template = TEMPLATES[key][-1]
    fields = {}
    for number, (name, form) in enumerate(sorted(set(variables_in(template.zh[1]))), start=1):
        kind = {"money": "amount", "time": "time", "count": "number"}.get(form, "thing")
        fields[f"{kind}{number}"] = f"{{{name}:{form}}}"
    binding = Binding(key, "tmpl", fields)

    assert binding.faults() == []
    for name, one in binding.filled(template.examples, reader).items():
        assert re.fullmatch(TAKEN[name.rstrip("0123456789")], one["value"]), (name, one)


def test_the_kinds_of_fields_are_those_of_wechat() -> None:
    """As the local API has them."""
    assert KINDS.keys() == TAKEN.keys()
