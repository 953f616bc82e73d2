"""Logs: one JSON line an event, allowed fields only, with the request's and the trace's id (X3)."""

import io
import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from services.shared.plumbing import logs
from services.shared.plumbing.settings import Setting, SettingError


def written(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one line that was logged."""
    (line,) = capsys.readouterr().out.splitlines()
    event: dict[str, Any] = json.loads(line)
    return event


def test_an_event_is_one_line_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Its name, its service, its level, the time in UTC, and what was given."""
    logs.log("orders", "order_placed", order_id="ord_1", attempt=2)

    event = written(capsys)
    assert event.items() >= {"service": "orders", "event": "order_placed", "level": "info"}.items()
    assert event.items() >= {"order_id": "ord_1", "attempt": 2}.items()
    assert event["time"].endswith("Z")


def test_a_line_is_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its end: threads that send side by side log at the same moment."""
    pieces: list[str] = []

    class Recorder(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stdout", Recorder())

    logs.log("notify", "webhooks_late")

    (line,) = filter(None, pieces)
    assert line.endswith("}\n")


def test_a_field_that_is_not_allowed_is_left_out_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Its value appears nowhere: nothing personal slips into a log by a new keyword."""
    logs.log("orders", "order_placed", order_id="ord_1", phone="13800138000", address={"name": "王芳"})

    event = written(capsys)
    assert event["left_out"] == ["address", "phone"]
    assert "13800138000" not in json.dumps(event, ensure_ascii=False)
    assert "王芳" not in json.dumps(event, ensure_ascii=False)


@pytest.mark.parametrize("name", sorted(logs.ALLOWED))
def test_every_allowed_field_is_written(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """None of them means something else to whatever writes the line."""
    fields: dict[str, Any] = {name: "x"}

    logs.log("orders", "order_placed", **fields)

    assert written(capsys)[name] == "x"


def test_an_alarm_is_an_error_and_a_metric_of_its_stage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CloudWatch takes a metric out of a line of a log; by its name the service's resources have an alarm on it."""
    monkeypatch.setenv("XIAODIAN_PREFIX", "xiaodian-prod")

    logs.alarm("orders", "stock_drift", sku_id="sku_1", phone="13800138000")

    event = written(capsys)
    assert event.items() >= {"level": "error", "event": "stock_drift", "sku_id": "sku_1"}.items()
    assert (event["stock_drift"], event["left_out"]) == (1, ["phone"])
    (metric,) = event["_aws"]["CloudWatchMetrics"]
    assert metric == {
        "Namespace": "xiaodian-prod-orders",
        "Dimensions": [[]],
        "Metrics": [{"Name": "stock_drift", "Unit": "Count"}],
    }
    assert datetime.fromtimestamp(event["_aws"]["Timestamp"] / 1000, UTC) == datetime.fromisoformat(
        event["time"]
    ).replace(microsecond=event["_aws"]["Timestamp"] % 1000 * 1000)


def test_the_request_and_the_trace_are_in_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    """As set for the current request or message."""
    request, trace = logs.request_id.set("req_1"), logs.trace_id.set("trc_1")
    try:
        logs.log("orders", "order_placed")
    finally:
        logs.request_id.reset(request)
        logs.trace_id.reset(trace)

    assert written(capsys).items() >= {"request_id": "req_1", "trace_id": "trc_1"}.items()


def test_an_error_tells_where_and_what_kind_but_not_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Messages hold values: a refused body, a key, a phone number. Causes are told in the same way."""
    try:
        try:
            int("13800138000x")
        except ValueError as cause:
            raise LookupError("no person 13900139000") from cause
    except LookupError as error:
        logs.log("orders", "message_failed", "error", error=error)

    event = written(capsys)
    assert event["level"] == "error"
    assert event["error"] == "LookupError"
    assert [one.partition(" at ")[0] for one in event["causes"]] == ["LookupError", "ValueError"]
    assert "test_logs.py:" in event["causes"][0]
    assert "13800138000" not in json.dumps(event)
    assert "13900139000" not in json.dumps(event)


def test_a_value_that_json_does_not_know_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A log line never fails the work it tells of."""
    logs.log("orders", "order_placed", reason={1, 2}, count=b"3")

    assert written(capsys)["reason"] == "{1, 2}"


def test_an_error_that_is_its_own_cause_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """``raise meaning(error) from error`` makes one where the meaning is the error itself."""
    error = ValueError()
    error.__cause__ = error

    logs.log("orders", "message_failed", "error", error=error)

    assert len(written(capsys)["causes"]) == 1


def test_a_missing_setting_names_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the service reads in its log which setting is missing."""
    monkeypatch.delenv("PROBE_LIMIT", raising=False)

    class Settings:
        limit = Setting("PROBE_LIMIT", int)

    with pytest.raises(SettingError) as raised:
        _ = Settings.limit
    logs.log("orders", "request_failed", "error", error=raised.value)

    assert "The setting PROBE_LIMIT is missing" in written(capsys)["causes"][0]
