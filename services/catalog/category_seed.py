"""The categories that the system ships with (C4): Chinese and English, with what each asks and allows."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from services.catalog.category import Category, Rules, Tree

SINCE = datetime(2025, 1, 1, tzinfo=UTC)

_FOOD: Mapping[str, Any] = {"licences": ("food_business",), "min_images": 4}
_FRESH: Mapping[str, Any] = {**_FOOD, "seven_day_return": False}
_WORN_NEXT_TO_SKIN: Mapping[str, Any] = {"seven_day_return": False}
_DIGITAL: Mapping[str, Any] = {"deposit_fen": 500_000}
_JEWELLERY: Mapping[str, Any] = {"deposit_fen": 1_000_000, "giftable": False}
_PRINT: Mapping[str, Any] = {"licences": ("publication_business",)}
_TEACHING: Mapping[str, Any] = {
    "licences": ("education",),
    "giftable": False,
    "kinds": ("e_voucher", "card_key"),
    "seven_day_return": False,
}
_DRUG: Mapping[str, Any] = {"licences": ("drug_business",), "deposit_fen": 500_000, "seven_day_return": False}
_DEVICE: Mapping[str, Any] = {"licences": ("medical_device_business",), "deposit_fen": 300_000}
_VOUCHER: Mapping[str, Any] = {"kinds": ("e_voucher", "card_key"), "seven_day_return": False}
_MADE_TO_ORDER: Mapping[str, Any] = {"seven_day_return": False}

# (id, Chinese, English, ((id, Chinese, English, what differs from the general rules), …)); a leaf's id is branch.leaf
_Leaf = tuple[str, str, str, Mapping[str, Any]]
_BRANCHES: tuple[tuple[str, str, str, tuple[_Leaf, ...]], ...] = (
    ("clothing", "服饰", "Clothing", (
        ("women", "女装", "Women's clothing", {}),
        ("men", "男装", "Men's clothing", {}),
        ("children", "童装", "Children's clothing", {}),
        ("underwear", "内衣家居服", "Underwear and homewear", _WORN_NEXT_TO_SKIN),
        ("sportswear", "运动服饰", "Sportswear", {}),
        ("accessories", "服饰配件", "Scarves, hats and belts", {}),
        ("hanfu", "汉服", "Hanfu", {}),
    )),
    ("shoes-bags", "鞋靴箱包", "Shoes and bags", (
        ("women-shoes", "女鞋", "Women's shoes", {}),
        ("men-shoes", "男鞋", "Men's shoes", {}),
        ("bags", "女包男包", "Handbags", {}),
        ("luggage", "旅行箱包", "Luggage", {}),
    )),
    ("beauty", "美妆个护", "Beauty and care", (
        ("skincare", "护肤", "Skincare", _WORN_NEXT_TO_SKIN),
        ("makeup", "彩妆", "Make-up", _WORN_NEXT_TO_SKIN),
        ("fragrance", "香水香氛", "Fragrance", {}),
        ("hair", "洗发护发", "Hair care", {}),
        ("personal-care", "个人护理", "Personal care", {}),
    )),
    ("food", "食品生鲜", "Food", (
        ("snacks", "休闲零食", "Snacks", _FOOD),
        ("tea", "茶叶", "Tea", _FOOD),
        ("coffee", "咖啡冲饮", "Coffee and drinks", _FOOD),
        ("grain-oil", "粮油调味", "Grain, oil and seasoning", _FOOD),
        ("liquor", "酒类", "Liquor", {**_FOOD, "deposit_fen": 300_000}),
        ("fruit", "新鲜水果", "Fresh fruit", _FRESH),
        ("meat-seafood", "肉禽水产", "Meat and seafood", _FRESH),
        ("baked", "烘焙糕点", "Bakery", _FRESH),
        ("nutrition", "营养保健食品", "Food supplements", {**_FOOD, "deposit_fen": 300_000}),
    )),
    ("home", "家居生活", "Home", (
        ("furniture", "家具", "Furniture", {}),
        ("textiles", "家纺", "Home textiles", {}),
        ("kitchen", "厨房餐饮", "Kitchen and dining", {}),
        ("decor", "家居饰品", "Decoration", {}),
        ("lighting", "灯具照明", "Lighting", {}),
        ("storage", "收纳整理", "Storage", {}),
        ("cleaning", "清洁日用", "Cleaning and daily use", {}),
        ("garden", "园艺绿植", "Garden and plants", {}),
        ("stationery", "文具办公", "Stationery", {}),
        ("party", "节庆礼品", "Party and gifts", {}),
    )),
    ("appliances", "家用电器", "Appliances", (
        ("kitchen-appliances", "厨房电器", "Kitchen appliances", {}),
        ("small", "生活电器", "Small appliances", {}),
        ("large", "大家电", "Large appliances", {"deposit_fen": 300_000}),
    )),
    ("digital", "数码", "Digital", (
        ("phones", "手机", "Phones", _DIGITAL),
        ("computers", "电脑", "Computers", _DIGITAL),
        ("cameras", "摄影摄像", "Cameras", _DIGITAL),
        ("audio", "影音娱乐", "Audio", _DIGITAL),
        ("wearables", "智能穿戴", "Wearables", _DIGITAL),
        ("phone-accessories", "数码配件", "Digital accessories", {}),
    )),
    ("jewellery", "珠宝首饰", "Jewellery", (
        ("gold", "黄金", "Gold", _JEWELLERY),
        ("jade", "玉石翡翠", "Jade", _JEWELLERY),
        ("diamond", "钻石彩宝", "Diamonds and gems", _JEWELLERY),
        ("fashion-jewellery", "时尚饰品", "Fashion jewellery", {**_JEWELLERY, "deposit_fen": 300_000}),
    )),
    ("baby", "母婴", "Mother and baby", (
        ("formula", "奶粉辅食", "Formula and baby food", {**_FOOD, "deposit_fen": 300_000}),
        ("nappies", "纸尿裤", "Nappies", {}),
        ("baby-gear", "婴童用品", "Baby gear", {}),
        ("toys", "玩具", "Toys", {}),
    )),
    ("sports", "运动户外", "Sports and outdoors", (
        ("fitness", "健身器材", "Fitness", {}),
        ("outdoor", "户外装备", "Outdoor gear", {}),
        ("cycling", "骑行", "Cycling", {}),
    )),
    ("books", "图书文娱", "Books", (
        ("books", "图书", "Books", _PRINT),
        ("magazines", "期刊杂志", "Magazines", _PRINT),
        ("instruments", "乐器", "Musical instruments", {}),
    )),
    ("education", "教育培训", "Education and training", (
        ("courses", "知识课程", "Courses", _TEACHING),
        ("exam", "考试培训", "Exam training", _TEACHING),
        ("language", "语言培训", "Language training", _TEACHING),
    )),
    ("health", "医药健康", "Health", (
        ("otc", "非处方药", "Over-the-counter drugs", _DRUG),
        ("prescription", "处方药", "Prescription drugs", {**_DRUG, "giftable": False}),
        ("devices", "医疗器械", "Medical devices", _DEVICE),
        ("contact-lenses", "隐形眼镜", "Contact lenses", {**_DEVICE, "seven_day_return": False}),
    )),
    ("pets", "宠物", "Pets", (
        ("pet-food", "宠物食品", "Pet food", {}),
        ("pet-supplies", "宠物用品", "Pet supplies", {}),
    )),
    ("crafts", "工艺文创", "Crafts", (
        ("handmade", "手工艺品", "Handmade", {}),
        ("museum", "文创", "Museum and cultural goods", {}),
        ("ceramics", "陶瓷", "Ceramics", {}),
        ("custom", "定制商品", "Made to order", _MADE_TO_ORDER),
    )),
    ("flowers", "鲜花", "Flowers", (
        ("bouquets", "花束", "Bouquets", _MADE_TO_ORDER),
    )),
    ("services", "本地生活与卡券", "Services and vouchers", (
        ("dining", "餐饮券", "Dining vouchers", _VOUCHER),
        ("leisure", "休闲娱乐券", "Leisure vouchers", _VOUCHER),
        ("top-up", "充值卡密", "Top-up card keys", _VOUCHER),
        ("membership", "会员权益", "Memberships", _VOUCHER),
    )),
    ("other", "其他", "Other", (
        ("unsorted", "未分类", "Not sorted yet", {}),
    )),
)  # fmt: skip


def _categories() -> Iterator[Category]:
    for branch, zh, en, leaves in _BRANCHES:
        yield Category(branch, None, zh, en, (Rules(SINCE),))
        for leaf, leaf_zh, leaf_en, different in leaves:
            yield Category(f"{branch}.{leaf}", branch, leaf_zh, leaf_en, (Rules(SINCE, **different),))


TREE = Tree(_categories())
