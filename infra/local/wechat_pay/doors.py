"""Which verb answers which request. Parse, call one verb, answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from infra.local.loopback import Answer, Request, json_answer
from infra.local.wechat_pay import phone, prepay, refunds
from infra.local.wechat_pay.bill import download
from infra.local.wechat_pay.fund_flow_bill import fund_flow_bill
from infra.local.wechat_pay.messages import Behaviour, PhoneAction, parse
from infra.local.wechat_pay.page import payment_page
from infra.local.wechat_pay.refusal import Refusal
from infra.local.wechat_pay.sandbox import Sandbox
from infra.local.wechat_pay.trade_bill import trade_bill


@dataclass(frozen=True)
class Visit:
    """A request at one of the doors; `found` holds what the door's pattern found in the path."""

    sandbox: Sandbox
    request: Request
    found: tuple[str, ...]


Door = Callable[[Visit], Answer]
MOST_LISTED = 1000


def _prepay(visit: Visit) -> Answer:
    partner, method = visit.found
    return json_answer(prepay.prepay(visit.sandbox, method, bool(partner), visit.request.body))


def _query(visit: Visit) -> Answer:
    partner, by, number = visit.found
    store = visit.sandbox.store
    with store.transaction():
        payment = store.payment(number) if by == "out-trade-no" else store.payment_of_transaction(number)
    return json_answer(prepay.query(visit.sandbox, payment, bool(partner), visit.request.query))


def _close(visit: Visit) -> Answer:
    partner, out_trade_no = visit.found
    prepay.close(visit.sandbox, out_trade_no, bool(partner), visit.request.body)
    return Answer(204)


def _refund(visit: Visit) -> Answer:
    return json_answer(refunds.refund(visit.sandbox, visit.request.body))


def _refund_shown(visit: Visit) -> Answer:
    return json_answer(refunds.refund_shown(visit.sandbox, visit.found[0], visit.request.query.get("sub_mchid")))


def _trade_bill(visit: Visit) -> Answer:
    return json_answer(trade_bill(visit.sandbox, visit.request.query))


def _fund_flow_bill(visit: Visit) -> Answer:
    return json_answer(fund_flow_bill(visit.sandbox, visit.request.query))


def _download(visit: Visit) -> Answer:
    return download(visit.sandbox, visit.request.query)


def _list(visit: Visit) -> Answer:
    limit = visit.request.query.get("limit", "100")
    most = min(int(limit), MOST_LISTED) if limit.isdecimal() else 100
    return json_answer({"items": phone.listed(visit.sandbox, most)})


def _show(visit: Visit) -> Answer:
    return json_answer(phone.shown(visit.sandbox, visit.found[0]))


def _act(visit: Visit) -> Answer:
    action = parse(PhoneAction, visit.request.body)
    phone.act(visit.sandbox, visit.found[0], action)
    if action.before_answer:
        return json_answer({"out_trade_no": visit.found[0], "planned": True}, 202)
    return _show(visit)


def _page(visit: Visit) -> Answer:
    with visit.sandbox.store.transaction():
        payment = phone.known(visit.sandbox, visit.found[0])
    return Answer(200, payment_page(payment, visit.sandbox.now()).encode(), "text/html; charset=utf-8")


def _press(visit: Visit) -> Answer:
    pressed = parse_qs(visit.request.body.decode("ascii", "replace")).get("action", [""])[0]
    phone.act(visit.sandbox, visit.found[0], PhoneAction(action="fail" if pressed == "fail" else "pay"))
    return Answer(303, headers={"Location": visit.request.path})


def _armed(visit: Visit) -> Answer:
    with visit.sandbox.store.transaction():
        return json_answer(visit.sandbox.store.armed.remaining())


def _arm(visit: Visit) -> Answer:
    behaviour = parse(Behaviour, visit.request.body).model_dump(exclude_none=True)
    with visit.sandbox.store.transaction():
        for name, remaining in behaviour.items():
            visit.sandbox.store.armed.arm(name, remaining)
    return _armed(visit)


TRANSACTIONS = r"/v3/pay/(partner/)?transactions"
MERCHANT_DOORS: list[tuple[str, str, Door]] = [
    ("POST", rf"{TRANSACTIONS}/(jsapi|native|h5|app)", _prepay),
    ("GET", rf"{TRANSACTIONS}/(out-trade-no|id)/([^/]+)", _query),
    ("POST", rf"{TRANSACTIONS}/out-trade-no/([^/]+)/close", _close),
    ("POST", r"/v3/refund/domestic/refunds", _refund),
    ("GET", r"/v3/refund/domestic/refunds/([^/]+)", _refund_shown),
    ("GET", r"/v3/bill/tradebill", _trade_bill),
    ("GET", r"/v3/bill/fundflowbill", _fund_flow_bill),
    ("GET", r"/v3/billdownload/file", _download),
]
TESTER_DOORS: list[tuple[str, str, Door]] = [
    ("GET", r"/sandbox", _list),
    ("GET", r"/sandbox/payments/([^/]+)", _show),
    ("POST", r"/sandbox/payments/([^/]+)", _act),
    ("GET", r"/sandbox/pay/([^/]+)", _page),
    ("POST", r"/sandbox/pay/([^/]+)", _press),
    ("GET", r"/sandbox/behaviour", _armed),
    ("POST", r"/sandbox/behaviour", _arm),
]


def open_door(doors: list[tuple[str, str, Door]], sandbox: Sandbox, request: Request) -> Answer:
    """Raises Refusal 404 or 405 when there is no such door, and whatever the verb behind it raises."""
    known_path = False
    for method, pattern, door in doors:
        match = re.fullmatch(pattern, request.path)
        if match and method == request.method:
            return door(Visit(sandbox, request, tuple(unquote(group or "") for group in match.groups())))
        known_path = known_path or match is not None
    if known_path:
        raise Refusal(405, "METHOD_NOT_ALLOWED", "请求方法不支持")
    raise Refusal(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在")
