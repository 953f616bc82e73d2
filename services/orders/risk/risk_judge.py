"""Which judge is asked about an order before it is paid: the built-in one, a function, or a service elsewhere (O19).

``ORDERS_RISK_JUDGE`` names it: ``built-in``, ``package.module:function`` (takes an Ask, returns an Opinion; it must be
part of the package), or an https URL. The URL gets the Ask as JSON by POST and answers ``{"verdict", "why"?}`` within
``ORDERS_RISK_TIMEOUT_S``. A judge that fails, is late or says nonsense counts as ``ORDERS_RISK_WHEN_SILENT``: by
default ``review``, by which no sale is lost and nothing is sent unseen.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import import_module
from typing import Any, get_args

from services.orders.risk.risk import USUAL, Ask, Opinion, Rules, Verdict, judged, rules_of
from services.shared.plumbing.logs import log
from services.shared.plumbing.settings import Setting

Judge = Callable[[Ask], Opinion]

BUILT_IN = "built-in"
URLS = ("https://", "http://127.0.0.1:")  # in clear only to this very machine
MAX_ANSWER = 10_000
MAX_REASONS = 10


def _verdict(text: str) -> Verdict:
    if text not in get_args(Verdict):
        raise ValueError(f"{text} is not one of {', '.join(get_args(Verdict))}")
    return text  # type: ignore[return-value]


class Settings:
    judge = Setting("ORDERS_RISK_JUDGE", default=BUILT_IN)
    rules = Setting[tuple[Rules, ...]]("ORDERS_RISK_RULES", rules_of, default=USUAL)
    timeout_s = Setting("ORDERS_RISK_TIMEOUT_S", float, default=1.0)
    when_silent = Setting[Verdict]("ORDERS_RISK_WHEN_SILENT", _verdict, default="review")


def ask_judge(ask: Ask) -> tuple[Opinion, str]:
    """What the judge says, and which judge that is. Never raises for a judge that fails."""
    name = Settings.judge
    if name == BUILT_IN:
        return judged(ask, Settings.rules), BUILT_IN
    is_url = name.startswith(URLS)
    told = "url" if is_url else name
    try:
        return (_ask_url(name, ask) if is_url else _checked(_function(name)(ask))), told
    except Exception as error:  # noqa: BLE001 - whatever it is: buying goes on as the setting says
        log("orders", "risk_judge_silent", "error", order_id=ask.order_id, judge=told, cause=type(error).__name__)
        return Opinion(Settings.when_silent, ("judge_silent",)), told


def _function(path: str) -> Judge:
    module, _, name = path.partition(":")
    found: Judge = getattr(import_module(module), name)
    return found


def _ask_url(url: str, ask: Ask) -> Opinion:
    from urllib.request import Request, urlopen  # dear to import, and most judges are built in

    body = json.dumps({**asdict(ask), "at": ask.at.isoformat()}).encode()
    request = Request(url, body, {"Content-Type": "application/json", "Accept": "application/json"})  # noqa: S310
    with urlopen(request, timeout=Settings.timeout_s) as answer:  # noqa: S310 - one of URLS
        return _read(json.loads(answer.read(MAX_ANSWER)))


def _read(found: Mapping[str, Any]) -> Opinion:
    return Opinion(_verdict(found["verdict"]), tuple(str(one)[:100] for one in found.get("why", ())[:MAX_REASONS]))


def _checked(opinion: Opinion) -> Opinion:
    return Opinion(_verdict(opinion.verdict), tuple(opinion.why))
