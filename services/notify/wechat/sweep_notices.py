"""Send what is due: at a hint at once, and every minute whatever is left (N4)."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from services.notify.tables import STORE
from services.notify.wechat import api, tables
from services.notify.wechat.api import NoToken
from services.notify.wechat.claim_notice import Claimed, claim_notice
from services.notify.wechat.hints import Hint, hint_in
from services.notify.wechat.notice import Status
from services.notify.wechat.renew_token import access_token
from services.notify.wechat.settle_notice import settle_notice
from services.notify.wechat.verdict import UNSAID, WORN
from services.shared.plumbing.clock import Clock
from services.shared.plumbing.contention import retrying, time_left
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.logs import alarm, log

SIDE_BY_SIDE = 8
LISTED = 200


def follow_hints(sqs_event: Mapping[str, Any], *, clock: Clock, new_id: NewId) -> dict[str, Any]:
    """Send what a batch hints at. A message stays in the queue when its notice could not even be looked at."""
    failed = []
    for record in sqs_event["Records"]:
        try:
            if not time_left():
                raise TimeoutError("no time is left")
            send_notice(hint_in(record["body"]), clock=clock, new_id=new_id)
        except Exception as error:  # noqa: BLE001 - one bad message stops no other
            log(STORE.service, "notice_failed", "error", error=error)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def sweep_notices(*, clock: Clock, new_id: NewId) -> dict[str, int]:
    """Send all that is due, the longest due first; how many became what. One that fails stays due."""

    def sent(hint: Hint) -> str:
        try:
            if not time_left():
                return "left"
            return send_notice(hint, clock=clock, new_id=new_id) or "left"
        except Exception as error:  # noqa: BLE001 - one notice's trouble holds up no other
            log(STORE.service, "notice_failed", "error", error=error, subject=hint.message_id)
            return "left"

    found = [Hint(*one) for one in tables.list_due(clock(), LISTED)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        done = Counter(one.result() for one in [pool.submit(copy_context().run, sent, hint) for hint in found])
    if done:
        log(STORE.service, "notices_swept", counts=dict(done))
    return dict(done)


def send_notice(hint: Hint, *, clock: Clock, new_id: NewId) -> Status | None:
    """Tell one person one thing, if it is due; what became of it, None when it was not sent now.

    At least once: who dies between WeChat's answer and writing it down leaves a lease, and after it somebody sends
    again. Nothing else is ever sent twice.
    """
    claimed = retrying(
        lambda: claim_notice(
            hint.person, hint.message_id, again=hint.again, begin=tables.own_begin(clock(), new_id), now=clock()
        )
    )
    if claimed is None:
        return None
    errcode = _told(claimed, clock, new_id)
    status = retrying(lambda: settle_notice(claimed.notice, errcode, begin=tables.own_begin(clock(), new_id)))
    if status != "sent":
        level = "error" if status == "failed" else "warning"
        log(STORE.service, "notice_not_sent", level, subject=hint.message_id, state=status, code=errcode)
    return status


def _told(claimed: Claimed, clock: Clock, new_id: NewId) -> int | None:
    """WeChat's errcode. A token that it does not take is replaced, once."""
    try:
        token = access_token(clock, new_id)
        errcode = _say(claimed, token)
        if errcode in WORN:
            errcode = _say(claimed, access_token(clock, new_id, worn=token))
    except NoToken as error:
        if error.errcode not in UNSAID:
            alarm("notify", "wechat_refuses_us", code=error.errcode)
        return error.errcode
    return errcode


def _say(claimed: Claimed, token: str) -> int | None:
    one = claimed
    return api.send(token, one.openid, one.template_id, one.page, one.fields, one.language)
