"""How values read in a message, by reader: amounts, times, counts, goods. The one place that knows.

Values are stored as JSON has them (fen, RFC 3339 text, counts), so that any reader can be told them later. What a
language and a clock make of them is Babel's business; it takes 60 ms to import, so only who words something does.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.notify.language import DEFAULT_ZONE, Reader
from services.notify.zones import zone_of


def money(fen: int, reader: Reader) -> str:
    """``¥1,234.56`` from fen; ``CN¥1,234.56`` in English, where ¥ is also the yen."""
    from babel.numbers import format_currency

    return format_currency(Decimal(fen).scaleb(-2), "CNY", locale=reader.language)


def count(number: int, reader: Reader) -> str:
    """``1,280``."""
    from babel.numbers import format_decimal

    return format_decimal(number, locale=reader.language)


def time(instant: str, reader: Reader) -> str:
    """To the minute, by the reader's clock. It is named, but to who reads Chinese and lives by Beijing time.

    Empty: a deadline that the event does not tell.
    """
    from babel import Locale
    from babel.dates import format_skeleton, format_time, get_timezone_gmt

    if not instant:
        return "截止时间" if reader.language == "zh" else "the deadline"
    zone = zone_of(reader.zone)
    at = datetime.fromisoformat(instant).astimezone(zone)
    day = format_skeleton("yMMMd", at, tzinfo=zone, locale=reader.language)
    minute = format_time(at, "HH:mm", tzinfo=zone, locale=reader.language)
    words = str(Locale.parse(reader.language).datetime_formats["medium"]).replace("{1}", day).replace("{0}", minute)
    if (reader.language, reader.zone) == ("zh", DEFAULT_ZONE):
        return words
    return f"{words} {get_timezone_gmt(at, 'long', locale=reader.language)}"


def goods(these: Mapping[str, Any], reader: Reader) -> str:
    """An order's goods in a few words. ``these``: title of the first line, number of lines (kinds) and of pieces."""
    title, kinds, pieces = these["title"], these["kinds"], these["pieces"]
    if kinds > 1:
        return f"「{title}」等 {pieces} 件" if reader.language == "zh" else f"“{title}” and others ({pieces} pieces)"
    if pieces > 1:
        return f"「{title}」{pieces} 件" if reader.language == "zh" else f"“{title}” × {pieces}"
    return title_of(title, reader)


def title_of(title: str, reader: Reader) -> str:
    """One product's title, quoted."""
    return f"「{title}」" if reader.language == "zh" else f"“{title}”"


def shop(name: str | None, reader: Reader) -> str:
    """A shop's name, quoted; ``None`` while it has not reached us."""
    if name is None:
        return "商家" if reader.language == "zh" else "the shop"
    return title_of(name, reader)


def stated(text: str, reader: Reader) -> str:
    """A reason somebody wrote, or that there is none."""
    return text or ("未说明" if reader.language == "zh" else "not stated")


LICENCES: dict[str, tuple[str, str]] = {
    "food_business": ("食品经营许可证", "The food business licence"),
    "drug_business": ("药品经营许可证", "The drug business licence"),
    "medical_device_business": ("医疗器械经营许可证", "The medical device business licence"),
    "publication_business": ("出版物经营许可证", "The publication business licence"),
    "education": ("办学许可证", "The education licence"),
}


def licence(what: str, reader: Reader) -> str:
    """A licence's name by its kind, or the brand's certificate by the brand's name."""
    if what in LICENCES:
        return LICENCES[what][reader.language != "zh"]
    return f"品牌授权书{title_of(what, reader)}" if reader.language == "zh" else f"The certificate of {what}"


OBSTACLES: dict[str, tuple[str, str]] = {
    "shop-cannot-sell": ("店铺目前不能销售", "the shop may not sell at present"),
    "licence-missing": ("店铺缺少该类目的有效资质", "the shop lacks a licence of its category"),
    "deposit-short": ("店铺保证金不足", "the shop's deposit is short"),
    "listing-closed": ("店铺迁移期间不能上架该商品", "the shop moves here and may not list it meanwhile"),
    "product-not-passed": ("商品尚未通过审核", "it has not passed its audit"),
    "product-held": ("商品已被平台下架", "the platform has taken it off sale"),
    "over": ("计划的时间已过", "its time was over"),
}


def obstacle(slug: str, reader: Reader) -> str:
    """What kept a product from going on sale, by the problem's slug."""
    return OBSTACLES.get(slug, ("请查看商品详情", "look at the product to see why"))[reader.language != "zh"]


PHASES: dict[str, tuple[str, str]] = {
    "notice": ("店铺照常经营，迁移即将开始", "the shop goes on as it is, and its move begins"),
    "no_new_physical": ("不能上架新的实物商品", "no new physical product can be listed"),
    "vouchers_delisted": ("电子券商品全部下架", "e-vouchers are off sale"),
    "read_only": (
        "店铺只读并停止销售，进行中的订单请继续处理",
        "the shop is read-only and sells nothing; open orders go on",
    ),
    "done": ("迁移完成，店铺恢复正常经营", "the move is over and the shop is free again"),
}


def phase(what: str, reader: Reader) -> str:
    """What a phase of a shop's move means to its merchant."""
    return PHASES[what][reader.language != "zh"]


def verbatim(value: object, _: Reader) -> str:
    """As it is."""
    return str(value)


# What may stand behind the colon of a template's variable.
FORMATS: dict[str, Callable[[Any, Reader], str]] = {
    "": verbatim,
    "count": count,
    "goods": goods,
    "licence": licence,
    "money": money,
    "obstacle": obstacle,
    "phase": phase,
    "shop": shop,
    "stated": stated,
    "time": time,
    "title": title_of,
}
# A value for each, to look at a text before anything has happened.
EXAMPLES: dict[str, Any] = {
    "count": 1280,
    "goods": {"title": "手绘青花马克杯", "kinds": 2, "pieces": 3},
    "licence": "food_business",
    "money": 1372_56,
    "obstacle": "deposit-short",
    "phase": "no_new_physical",
    "shop": "一盏茶小铺",
    "stated": "照片不清晰",
    "time": "2026-03-08T04:30:00.000000Z",
    "title": "手绘青花马克杯",
}
