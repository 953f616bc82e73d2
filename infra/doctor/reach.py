"""Can WeChat reach us, and we WeChat?"""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error, warning

TIMEOUT_S = 10
NOTIFICATIONS = "/orders/v1/payments/wechat/notifications"
WECHAT_PAY = "https://api.mch.weixin.qq.com"


def findings(deployed: list[Deployed]) -> Findings:
    """The public URL of every service, the door for payment notifications, and WeChat Pay from here."""
    account = deployed[0].account
    url = account.stored("XIAODIAN_PUBLIC_URL")
    if not url:
        yield error("XIAODIAN_PUBLIC_URL", "is empty: WeChat does not know where to call back", "Deploy the platform.")
        return
    if urlsplit(url).scheme != "https":
        yield warning(url, "is not https: WeChat Pay calls nothing else back", "Give the platform a domain.")
    for one in deployed:
        yield from _healthy(url, one.service)
    orders = next((one for one in deployed if one.service == "orders"), None)
    if orders:
        yield from _hears(url)
        yield from _reaches(orders.parameters.get("WechatPayUrl") or WECHAT_PAY)


def _healthy(url: str, service: str) -> Findings:
    where, advice = (
        f"{url}/{service}/health",
        "Does DNS point there, does the gateway pass it on, what does the log of …-api say?",
    )
    status, body = ask(where)
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    if status != 200 or not isinstance(said, dict) or said.get("service") != service:
        yield error(where, f"answers {status or body}, not the service", advice)


def _hears(url: str) -> Findings:
    """A notification that nobody signed must be refused by orders, and by nothing on the way to it."""
    where = url + NOTIFICATIONS
    status, body = ask(where, b"{}")
    if status != 401 or "bad-notification" not in body:
        advice = "Whatever stands before the API must pass POST with its headers Wechatpay-… and its body as they are."
        yield error(where, f"payment notifications do not arrive: {status or body}", advice)


def _reaches(url: str) -> Findings:
    status, why = ask(url)
    if not status:
        advice = "It was asked from here; functions have the same way unless they run in a network of their own."
        yield warning(url, f"WeChat Pay does not answer: {why}", advice)


def ask(url: str, body: bytes | None = None) -> tuple[int, str]:
    """The answer's status and body; 0 and why, when there is none."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return 0, "it is no URL of the web"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - seen to above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - seen to above
            return int(answer.status), answer.read(10_000).decode(errors="replace")
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read(10_000).decode(errors="replace")
    except (OSError, ValueError) as failure:
        return 0, str(getattr(failure, "reason", failure))
