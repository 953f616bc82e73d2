"""Whether a text may be shown to others: what a setting plugs in judges before anything is written.

``XIAODIAN_CONTENT_CHECK``::

    (nothing)                    every text passes
    words:赌博,casino            texts that hold none of these words, however they are spaced, wide or capital
    words:file:/path             the same, a word a line
    https://moderator.example    POST {"texts": [...]} there, which answers {"allowed": true} within 2 seconds
"""

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Invalid, TooBusy
from services.shared.plumbing.settings import Setting

ANSWERS_WITHIN_S = 2.0


class Settings:
    check = Setting("XIAODIAN_CONTENT_CHECK", default="")


class ContentRefused(Invalid):
    slug, title = "content-refused", "This text may not be shown to others"


def check_content(service: str, *texts: str | None) -> None:
    """Let these texts pass, or raise ContentRefused; TooBusy when who judges does not answer: nothing passes unseen."""
    check, written = Settings.check, [text for text in texts if text]
    if not check or not written:
        return
    allowed = _no_word(check.removeprefix("words:"), written) if check.startswith("words:") else None
    if allowed is None:
        allowed = _judged(service, check, written)
    if not allowed:
        raise ContentRefused()


def _no_word(words: str, texts: Sequence[str]) -> bool:
    named = Path(words[5:]).read_text(encoding="utf-8").splitlines() if words.startswith("file:") else words.split(",")
    unwanted = [word for one in named if (word := _plain(one))]
    return not any(word in _plain(text) for word in unwanted for text in texts)


def _plain(text: str) -> str:
    """One form for all widths and capitals, without what separates letters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if unicodedata.category(one)[0] in "LN")


def _judged(service: str, url: str, texts: Sequence[str]) -> bool:
    import urllib.request  # most functions judge no text

    body = json.dumps({"texts": list(texts)}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - the operator's own setting
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as answer:  # noqa: S310
            return json.load(answer)["allowed"] is True
    except (OSError, ValueError, KeyError, TypeError) as error:
        log(service, "content_check_failed", "error", error=error)
        raise TooBusy("The text could not be judged; nothing was changed", retry_after_s=5) from error
