"""Two catalogues to search: a retailer's own names in English, and one of ours in Chinese; and how to look plainly."""

import csv
from functools import cache
from itertools import product
from pathlib import Path

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "online_retail_10k.csv"
ORIGINS = (
    "西湖 景德镇 武夷山 安溪 宜兴 潮州 苏州 和田 章丘 阳江 龙泉 云南 福鼎 六安 祁门 信阳 洞庭 黄山 蒙顶山 君山".split()
)
GOODS = (
    "龙井茶 白瓷茶壶 青花瓷盘 紫砂壶 铁观音 手工铁锅 真丝围巾 桑蚕丝被 红枣夹核桃 普洱茶饼 菜刀 青瓷花瓶 白毫银针 "
    "瓜片绿茶 工夫红茶 毛尖 碧螺春 毛峰 竹编果篮 蓝印花布 油纸伞 檀木梳 黑陶摆件 蜀绣团扇 羊毛地毯"
).split()
PACKS = ("礼盒装", "二百五十克", "家用一件", "送礼佳品")


def retailers_names() -> list[str]:
    """Every product name of the sample that may be a title."""
    with SAMPLE.open(encoding="utf-8-sig") as file:
        names = sorted({row["Description"].strip() for row in csv.DictReader(file)})
    return [name for name in names if 5 <= len(name) <= 60]


def chinese_names() -> list[str]:
    """2 000 names as Chinese merchants write them, without spaces; no two are the same."""
    return ["".join(parts) for parts in product(ORIGINS, GOODS, PACKS)]


def latin_words(names: list[str]) -> list[str]:
    """All words of two letters and more that the names have."""
    return sorted({word for name in names for word in plainly(name).split() if len(word) > 1})


def pairs(names: list[str]) -> list[str]:
    """All two characters that stand together in the names."""
    return sorted({name[at : at + 2] for name in names for at in range(len(name) - 1)})


@cache
def plainly(name: str) -> str:
    """A name's words as a plain look has them."""
    return " " + " ".join("".join(one if one.isalnum() else " " for one in name.lower()).split())


def plain_look(query: str, names: list[str]) -> set[str]:
    """The names that have all words of the query: Chinese anywhere, others as the beginning of a word."""
    parts = [part if not part.isascii() else f" {part}" for part in plainly(query).split()]
    return {name for name in names if all(part in plainly(name) for part in parts)}
