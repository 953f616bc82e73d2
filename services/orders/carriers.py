"""Carriers as shops name them: the code that goes into an order, and what people call it (O4). Pure.

A carrier that is not here is taken as it was written: a list is never complete.
"""

from typing import NamedTuple


class Carrier(NamedTuple):
    """``code`` stands in orders; ``zh`` and ``en`` are shown."""

    code: str
    zh: str
    en: str


CARRIERS: tuple[Carrier, ...] = (
    Carrier("SF", "顺丰速运", "SF Express"),
    Carrier("ZTO", "中通快递", "ZTO Express"),
    Carrier("YTO", "圆通速递", "YTO Express"),
    Carrier("STO", "申通快递", "STO Express"),
    Carrier("YD", "韵达快递", "Yunda Express"),
    Carrier("JTSD", "极兔速递", "J&T Express"),
    Carrier("JD", "京东物流", "JD Logistics"),
    Carrier("EMS", "EMS", "EMS"),
    Carrier("YZPY", "邮政快递包裹", "China Post parcels"),
    Carrier("DBL", "德邦快递", "Deppon Express"),
    Carrier("UC", "优速快递", "UC Express"),
    Carrier("ZJS", "宅急送", "ZJS Express"),
    Carrier("FWX", "丰网速运", "Fengwang Express"),
    Carrier("CNSD", "菜鸟速递", "Cainiao Express"),
    Carrier("DNWL", "丹鸟", "Danniao Logistics"),
    Carrier("KYSY", "跨越速运", "KYE Logistics"),
    Carrier("ANE", "安能物流", "ANE Logistics"),
    Carrier("YMDD", "壹米滴答", "Yimidida"),
    Carrier("SX", "顺心捷达", "SX Jieda"),
    Carrier("BTWL", "百世快运", "Best Freight"),
    Carrier("DHL", "DHL", "DHL"),
    Carrier("FEDEX", "联邦快递", "FedEx"),
    Carrier("UPS", "UPS", "UPS"),
)
_BY_NAME = {name.casefold(): one for one in CARRIERS for name in one}


def carrier_code(written: str) -> str:
    """The code of a carrier by its code or one of its names; what was written for one that is not listed."""
    known = _BY_NAME.get(written.casefold())
    return known.code if known else written


def carrier_name(code: str) -> str:
    """What people call it; the code itself for one that is not listed."""
    known = _BY_NAME.get(code.casefold())
    return known.zh if known else code
