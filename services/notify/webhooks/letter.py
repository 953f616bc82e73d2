"""What an endpoint is told of an event, in the shape of WeChat's pushes, as JSON or as XML (N3). Pure.

{"ToUserName": shop, "FromUserName": "xiaodian", "CreateTime": s, "MsgType": "event",
 "Event": "orders.order_paid", "EventId": "evt_…", "order_info": {…}}
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notify.webhooks.endpoint import Format

SENDER = "xiaodian"
BODY_KEYS = {"catalog": "shop_info", "orders": "order_info", "gifts": "gift_info", "notify": "webhook_info"}
CONTENT_TYPES: Mapping[Format, str] = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 cannot hold these


@dataclass(frozen=True)
class Letter:
    """One event, told. ``told``: the fields of it that go out."""

    shop_id: str
    event: str
    event_id: str
    occurred_at: datetime
    told: Mapping[str, Any]

    def written(self, form: Format) -> str:
        """As the endpoint reads it."""
        said = {
            "ToUserName": self.shop_id,
            "FromUserName": SENDER,
            "CreateTime": int(self.occurred_at.timestamp()),
            "MsgType": "event",
            "Event": self.event,
            "EventId": self.event_id,
            BODY_KEYS[self.event.partition(".")[0]]: self.told,
        }
        return text_of(said, form)


def text_of(said: Mapping[str, Any], form: Format) -> str:
    """A message's fields as JSON, or as XML below ``<xml>``."""
    if form == "json":
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return f"<xml>{''.join(_elements(said))}</xml>"


def _elements(fields: Mapping[str, Any]) -> list[str]:
    """A list becomes one element for each of its members, nothing becomes an empty one."""
    members = [(name, value if isinstance(value, list) else [value]) for name, value in fields.items()]
    return [f"<{name}>{_inside(one)}</{name}>" for name, values in members for one in values]


def _inside(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_elements(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    text = _NO_XML.sub("\ufffd", str(value)).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"
