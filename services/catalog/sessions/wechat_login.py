"""WeChat's `code2session`: from a mini program's login code to a person."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Forbidden, TooBusy, TooManyRequests, Unauthenticated
from services.shared.plumbing.settings import Secret, Setting

TIMEOUT_S = 5
MAX_ANSWER_BYTES = 64 * 1024


class Settings:
    api_url = Setting[str]("WECHAT_API_URL", default="https://api.weixin.qq.com")
    appid = Setting[str]("WECHAT_APPID")
    secret = Secret("WECHAT_APP_SECRET")


class LoginRefused(RuntimeError):
    """WeChat refused us, not the person: our app id or secret is wrong. ``errcode`` is WeChat's."""


def person_of(code: str) -> str:
    """The person who got this code, as ``{appid}:{openid}``. A code is good for one use.

    Raises Unauthenticated for a wrong or used code, Forbidden for a person whom WeChat blocks, TooManyRequests,
    TooBusy when WeChat does not answer, LoginRefused when our own settings are wrong.
    """
    answer = _ask(code)
    errcode = answer.get("errcode", 0)
    if errcode == 0 and answer.get("openid"):
        return f"{Settings.appid}:{answer['openid']}"
    match errcode:
        case 40029 | 40163 | 41008:
            raise Unauthenticated("WeChat does not know this code, or it was used before; log in again")
        case 40226:
            raise Forbidden("WeChat does not let this person log in")
        case 45011:
            raise TooManyRequests("WeChat limits logins a minute", retry_after_s=60)
        case -1:
            raise TooBusy("WeChat is busy")
    log("catalog", "wechat_login_refused", "error", code=errcode)
    raise LoginRefused(f"code2session: errcode {errcode}")


def _ask(code: str) -> dict[str, Any]:
    query = urlencode(
        {"appid": Settings.appid, "secret": Settings.secret, "js_code": code, "grant_type": "authorization_code"}
    )
    try:
        # The address is the operator's setting, no caller's.
        with urlopen(f"{Settings.api_url}/sns/jscode2session?{query}", timeout=TIMEOUT_S) as response:  # noqa: S310
            answer = json.loads(response.read(MAX_ANSWER_BYTES))
    except (HTTPException, OSError, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        # The error is not chained on: it would carry the address, and the address the app's secret.
        raise TooBusy("WeChat does not answer", retry_after_s=2) from None
    return answer if isinstance(answer, dict) else {}
