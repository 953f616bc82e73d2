"""WeChat's API, as far as notices need it: `stable_token` and `message/subscribe/send`."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from services.notify.language import Language
from services.notify.wechat.settings import Settings

TIMEOUT_S = 4
MAX_ANSWER_BYTES = 64 * 1024
LANGUAGES: dict[Language, str] = {"zh": "zh_CN", "en": "en_US"}


class NoToken(Exception):
    """WeChat gives no access token; the errcode, or None when it does not answer. No secret is in the message."""

    def __init__(self, errcode: int | None) -> None:
        super().__init__(f"stable_token: errcode {errcode}")
        self.errcode = errcode


def stable_token(*, force: bool) -> tuple[str, int]:
    """The app's access token and how many seconds it has left. Forced, it is a new one. Raises NoToken."""
    answer = _ask(
        "/cgi-bin/stable_token",
        {
            "grant_type": "client_credential",
            "appid": Settings.appid,
            "secret": Settings.secret,
            "force_refresh": force,
        },
    )
    try:
        return str(answer["access_token"]), int(answer["expires_in"])
    except (KeyError, TypeError, ValueError):
        raise NoToken(answer.get("errcode")) from None


def send(token: str, openid: str, template_id: str, page: str, fields: Mapping[str, Any], lang: Language) -> int | None:
    """Tell somebody something; WeChat's errcode, 0 when it is told. None: no answer, so it may have been told."""
    body = {"touser": openid, "template_id": template_id, "data": fields, "lang": LANGUAGES[lang]}
    if page:
        body["page"] = page
    errcode = _ask(f"/cgi-bin/message/subscribe/send?{urlencode({'access_token': token})}", body).get("errcode")
    return errcode if isinstance(errcode, int) else None


def _ask(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """WeChat's answer; empty when there is none that can be read."""
    sent = Request(  # noqa: S310 - the address is the operator's setting, no caller's
        f"{Settings.api_url}{path}",
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urlopen(sent, timeout=TIMEOUT_S) as response:  # noqa: S310
            answer = json.loads(response.read(MAX_ANSWER_BYTES))
    except (HTTPException, OSError, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        return {}
    return answer if isinstance(answer, dict) else {}
