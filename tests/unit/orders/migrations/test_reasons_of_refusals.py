"""What is said of a bad record holds nothing that stands in it (M3, X3)."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.load import order_dumps
from services.orders.migrations.bring_orders import old_id_in, read_wechat
from services.orders.migrations.dump import lines_from
from services.orders.migrations.fields import BadRecord
from services.orders.migrations.moved_order import Move, moved_order
from services.orders.migrations.wechat_aftersales import read_aftersale
from tests.unit.orders.migrations.test_old_orders import V1

SECRET = "张三 13800138000 天河区"
WORDS = SECRET.split()
MOVE = Move("mig_1", 3, "shp_1", "channels_shop", "wxold")
ORDER = order_dumps.order(order_dumps.STATUSES.index(30))
CASE = order_dumps.aftersale(1, ORDER)


def spoilt(record: Any) -> Iterator[Any]:
    """The record with a person's data in the place of each of its values, one at a time, in several shapes."""
    for path in places(record, ()):
        for value in (SECRET, [SECRET], {SECRET: SECRET}):
            copied = copy.deepcopy(record)
            inner = copied
            for name in path[:-1]:
                inner = inner[name]
            inner[path[-1]] = value
            yield copied


def places(record: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Where its values stand."""
    if at:
        yield at
    inner = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for name, value in inner:
        yield from places(value, (*at, name))


@pytest.mark.parametrize(
    ("record", "inside", "name"),
    [
        (ORDER, "order", "order_id"),
        ({"order": V1}, "order", "order_id"),
        (CASE, "after_sale_order", "after_sale_order_id"),
    ],
    ids=["order", "order of 2014", "aftersale"],
)
def test_wherever_it_stands(record: dict[str, Any], inside: str, name: str) -> None:
    """Neither the reason nor the id by which a refused record is named."""
    told = [(old_id_in(one, inside, name), why_refused(one, inside)) for one in spoilt(record)]

    assert not [one for one in told if any(word in text for word in WORDS for text in one)]
    assert len([why for _, why in told if why]) > 10


def why_refused(record: Any, inside: str) -> str:
    """What is said of it; nothing of a good one."""
    try:
        if inside == "order":
            moved_order(read_wechat(record), MOVE, datetime(2026, 11, 22, tzinfo=UTC))
        else:
            read_aftersale(record)
    except BadRecord as refusal:
        return str(refusal)
    return ""


def test_of_a_broken_line() -> None:
    """It says where it breaks, and not what stands there."""
    whole = json.dumps({"order": {"user_name": SECRET}}, ensure_ascii=False)
    for end in range(1, len(whole)):
        for line in lines_from([whole[:end].encode()], 0, 1):
            assert not any(word in line.why for word in WORDS)
            assert line.why
