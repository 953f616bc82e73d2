"""Texts are judged by who the operator says, and pass unseen by nobody."""

import json
import threading

import pytest

from infra.local.loopback import Answer, LoopbackServer, Request, json_answer
from services.shared.plumbing import content_check
from services.shared.plumbing.content_check import ContentRefused, check_content
from services.shared.plumbing.problems import TooBusy


def judge(request: Request) -> Answer:
    """Who judges: no casinos."""
    return json_answer({"allowed": not any("casino" in text for text in json.loads(request.body)["texts"])})


def test_who_judges_is_asked_with_all_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it says counts (G2)."""
    with LoopbackServer(judge) as server:
        monkeypatch.setenv("XIAODIAN_CONTENT_CHECK", server.url)

        check_content("orders", "生日快乐", None)
        with pytest.raises(ContentRefused):
            check_content("orders", "生日快乐", "casino")


@pytest.mark.parametrize("answer", [None, Answer(500), Answer(200, b"no json"), json_answer({}), json_answer([])])
def test_nothing_passes_unseen_when_who_judges_fails(monkeypatch: pytest.MonkeyPatch, answer: Answer | None) -> None:
    """503 with a time to come back: no answer, an error, or an answer that says nothing."""
    with LoopbackServer(lambda _: answer) as server:
        monkeypatch.setenv("XIAODIAN_CONTENT_CHECK", server.url)

        with pytest.raises(TooBusy):
            check_content("orders", "生日快乐")


def test_who_judges_too_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request ends in time."""
    monkeypatch.setattr(content_check, "ANSWERS_WITHIN_S", 0.05)
    with LoopbackServer(_slow) as server:
        monkeypatch.setenv("XIAODIAN_CONTENT_CHECK", server.url)

        with pytest.raises(TooBusy):
            check_content("orders", "生日快乐")


def _slow(request: Request) -> Answer:
    threading.Event().wait(0.3)
    return judge(request)
