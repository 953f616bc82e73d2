"""An old shop's own record, its documents and who works for it move here: nothing is passed by a file, and nobody gets
more than the owner said (M2, M6)."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from services.catalog.tables import STORE
from services.shared.plumbing.memberships import roles_in
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import ANYBODY, IMAGES, PLATFORM, Merchant, fresh_name, ok, person
from tests.integration.catalog.moving import done, dump, old_product, posted, told
from tests.integration.catalog.uploads import upload
from tests.unit.catalog.test_old_shop_v1 import old_product as v1_product


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Files live in S3."""


def asked(merchant: Merchant, kind: str, content: bytes, **differs: Any) -> str:
    """A migration of one file of this kind; its id."""
    file = {"kind": kind, "upload_id": upload(merchant, content, "migration"), **differs}
    body = {"source": "channels_shop", "old_shop_id": fresh_name("wx"), "shop_id": merchant.shop_id, "files": [file]}
    return posted(merchant, body)


def counted(migration: dict[str, Any], kind: str) -> dict[str, int]:
    """What became of its records of this kind, but nothing that is zero."""
    [count] = [one for one in migration["counts"] if one["kind"] == kind]
    names = ("read", "moved", "unchanged", "refused", "taken_out", "kept")
    return {name: count[name] for name in names if count[name]}


def staff(merchant: Merchant) -> dict[str, str]:
    """Who works for the shop."""
    return dict(roles_in(STORE, merchant.shop_id))


def invitations(merchant: Merchant) -> dict[str, dict[str, Any]]:
    """The shop's invitations by their ids."""
    found = ok(merchant.client.get(f"{merchant.path}/staff-invitations?limit=100"))["items"]
    return {one["invitation_id"]: one for one in found}


def members(*found: dict[str, Any]) -> bytes:
    """A member a line."""
    return dump(found)


def test_who_is_named_joins_and_all_others_are_invited(merchant: Merchant) -> None:
    """M2: a person gets the role that the file says, nobody becomes an owner by a file, bad lines are told."""
    anna, boss = fresh_name("person:anna"), fresh_name("person:boss")
    lines = members(
        {"member_id": "m1", "role": "运营", "person": anna, "mobile": "13800000000"},
        {"member_id": "m2", "role": "客服", "name": "小王"},
        {"member_id": "m3", "role": "owner", "person": boss},
        {"member_id": "m4", "role": "emperor"},
        {"member_id": "m1", "role": "finance", "person": "person:other"},
        {"role": "finance"},
        {"member_id": "m5", "role": "finance", "person": "app:app_01"},
        {"member_id": "m6", "role": "finance", "person": "two words"},
    )
    migration_id = asked(merchant, "members", lines)
    before = staff(merchant)

    tried = done(merchant, migration_id, "dry-run")

    assert (staff(merchant), invitations(merchant)) == (before, {})
    moved = done(merchant, migration_id, "start")
    assert counted(tried, "members") == counted(moved, "members") == {"read": 8, "moved": 3, "refused": 5}
    assert told(merchant, migration_id, 1) == (rows := told(merchant, migration_id, 2))
    assert staff(merchant) == {**before, anna: "operator"}
    assert [one["new_id"] for one in rows[:1]] == [anna]
    open_ = invitations(merchant)
    assert {open_[rows[n]["new_id"]]["role"] for n in (1, 2)} == {"support", "owner"}
    refused = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert [one["line"] for one in refused] == [4, 5, 6, 7, 8]
    assert "role is none of" in refused[0]["why"]
    assert refused[1]["why"] == "line 1 of file 1 has this one already"
    assert "member_id is missing" in refused[2]["why"]
    again = done(merchant, migration_id, "start")
    assert counted(again, "members") == {"read": 8, "unchanged": 3, "refused": 5}


def test_who_is_named_twice_comes_once(merchant: Merchant) -> None:
    """M3: one person under two ids, and one document in two lines: the dry run says so as the move does."""
    anna = fresh_name("person:anna")
    twice = [{"member_id": f"m{n}", "role": role, "person": anna} for n, role in enumerate(("operator", "finance"))]
    brand = {"ch_name": "青花", "register_details": {"register_no": "G1", "is_permanent": True}}
    paper = document(merchant)
    lines = [{"brand": {**brand, "brand_id": ident}, "upload_id": paper} for ident in (1, 2)]
    lines.append({"kind": "brand", "number": "G1", "brand": "青花", "upload_id": paper})
    files = [
        {"kind": kind, "upload_id": upload(merchant, dump(records), "migration")}
        for kind, records in (("members", twice), ("shop", lines))
    ]
    migration_id = posted(
        merchant,
        {
            "source": "channels_shop",
            "old_shop_id": fresh_name("wx"),
            "shop_id": merchant.shop_id,
            "files": files,
        },
    )

    tried, moved = (done(merchant, migration_id, what) for what in ("dry-run", "start"))

    for one in (tried, moved):
        assert counted(one, "members") == {"read": 2, "moved": 1, "unchanged": 1}
        assert counted(one, "shop") == {"read": 3, "moved": 1, "unchanged": 2}
    assert told(merchant, migration_id, 1) == (rows := told(merchant, migration_id, 2))
    assert rows[1]["why"] == "line 1 of file 1 names this person already"
    assert staff(merchant)[anna] == "operator"
    assert [one["number"] for one in qualifications(merchant)] == ["G1"]


def test_who_works_here_already_keeps_the_role(merchant: Merchant) -> None:
    """M2: here wins."""
    who = merchant.client.get(f"{merchant.path}/staff")
    owner = ok(who)["items"][0]["person"]
    migration_id = asked(merchant, "members", members({"member_id": "m1", "role": "support", "person": owner}))

    moved = done(merchant, migration_id, "start")

    assert counted(moved, "members") == {"read": 1, "unchanged": 1}
    assert staff(merchant)[owner] == "owner"


def test_a_rollback_takes_rights_back_that_nobody_has_touched(merchant: Merchant) -> None:
    """M3: an untouched role and an open link are worthless then; who was given another role, or has joined, stays. A
    link that was taken back stays worthless when its member is brought again."""
    left, promoted = fresh_name("person:left"), fresh_name("person:promoted")
    lines = members(
        {"member_id": "m1", "role": "operator", "person": left},
        {"member_id": "m2", "role": "support", "person": promoted},
        {"member_id": "m3", "role": "finance"},
        {"member_id": "m4", "role": "finance"},
    )
    migration_id = asked(merchant, "members", lines)
    done(merchant, migration_id, "start")
    rows, joiner = told(merchant, migration_id), fresh_name("joiner")
    ok(merchant.client.put(f"{merchant.path}/staff/{promoted}", {"role": "operator"}))
    links = {one: view["token"] for one, view in invitations(merchant).items()}
    ok(person(joiner).post(f"/v1/staff-invitations/{links[rows[3]['new_id']]}"))

    back = done(merchant, migration_id, "rollback")

    assert counted(back, "members") == {"read": 4, "taken_out": 2, "kept": 2}
    assert left not in staff(merchant)
    assert staff(merchant)[promoted] == "operator"
    assert staff(merchant)[f"person:{joiner}"] == "finance"
    kept = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert {one["old_id"]: one["why"] for one in kept} == {
        "m2": "was made operator here since",
        "m4": "somebody has joined by the invitation",
    }
    done(merchant, migration_id, "start")
    old_link = links[rows[2]["new_id"]]
    assert person(fresh_name("late")).post(f"/v1/staff-invitations/{old_link}").status == 404
    assert staff(merchant)[left] == "operator"


def test_members_come_as_a_sheet_too(merchant: Merchant) -> None:
    """M2: CSV by its header; a format that nobody reads is refused before anything moves."""
    content = "member_id,role,person\nm1,财务,person:sheet\nm2,,\n".encode()
    migration_id = asked(merchant, "members", content, format="csv")

    moved = done(merchant, migration_id, "start")

    assert counted(moved, "members") == {"read": 2, "moved": 1, "refused": 1}
    assert staff(merchant)["person:sheet"] == "finance"
    file = {"kind": "members", "format": "wechat", "upload_id": "upl_x"}
    body = {"source": "mini_shop", "old_shop_id": "wx1", "shop_id": merchant.shop_id, "files": [file]}
    refused = merchant.client.post("/v1/migrations", body)
    assert refused.status == 422
    assert "members are read in the formats jsonl, csv" in json.dumps(refused.json)


def document(merchant: Merchant) -> str:
    """A picture of a licence; its upload."""
    return upload(merchant, b"licence " + hashlib.sha256(fresh_name("l").encode()).digest(), "qualification")


def shop_record(**differs: Any) -> dict[str, Any]:
    """What `basics/info/get` answers."""
    info = {
        "nickname": "别处的店名",
        "headimg_url": "https://images.test/head.jpg",
        "subject_type": "企业",
        "status": "open_finished",
        "username": "gh_0123456789ab",
        **differs,
    }
    return {"errcode": 0, "errmsg": "ok", "info": info}


def qualifications(merchant: Merchant) -> list[dict[str, Any]]:
    """All of the shop, newest first."""
    return list(ok(merchant.client.get(f"{merchant.path}/qualifications"))["items"])


def test_a_shops_record_and_documents_come_to_be_looked_at(merchant: Merchant) -> None:
    """M2: an account is linked and not verified, documents are handed in and not passed; name and subject stay."""
    brand = {
        "brand_id": 77,
        "ch_name": "青花",
        "register_details": {"register_no": "G1234567", "end_time": 4_070_908_800, "is_permanent": False},
        "grant_type": 1,
    }
    lines = dump(
        [
            shop_record(notice="每周一发货"),
            {"brand": brand, "upload_id": document(merchant)},
            {"kind": "food_business", "number": "JY100", "upload_id": document(merchant), "expires_on": "2099-05-01"},
            {"kind": "food_business", "number": "JY200", "upload_id": document(merchant), "expires_on": "2001-05-01"},
            {"kind": "food_business", "number": "JY300"},
            {"kind": "food_business", "number": "JY400", "upload_id": "upl_nobodys"},
            {"colour": "red"},
        ]
    )
    migration_id = asked(merchant, "shop", lines)
    before = ok(merchant.client.get(merchant.path))

    tried = done(merchant, migration_id, "dry-run")

    assert ok(merchant.client.get(merchant.path)) == before
    assert qualifications(merchant) == []
    moved = done(merchant, migration_id, "start")
    assert counted(tried, "shop") == counted(moved, "shop") == {"read": 7, "moved": 3, "refused": 4}
    assert told(merchant, migration_id, 1) == told(merchant, migration_id, 2)
    after = ok(merchant.client.get(merchant.path))
    assert (after["name"], after["subject_type"], after["status"]) == (
        before["name"],
        before["subject_type"],
        before["status"],
    )
    assert after["notice"] == "每周一发货"
    [account] = ok(merchant.client.get(f"{merchant.path}/accounts"))["accounts"]
    assert (account["kind"], account["account_id"], account["verified"]) == ("channels", "gh_0123456789ab", False)
    found = {one["number"]: one for one in qualifications(merchant)}
    assert {number: one["status"] for number, one in found.items()} == {"G1234567": "submitted", "JY100": "submitted"}
    assert (found["G1234567"]["brand"], found["G1234567"]["expires_on"]) == ("青花", "2099-01-01")
    refused = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert [(one["kind"], one["line"]) for one in refused] == [("shop", line) for line in (4, 5, 6, 7)]
    whys = [one["why"] for one in refused]
    assert "expired" in whys[0]
    assert "upload_id is missing" in whys[1]
    assert "no such upload" in whys[2]


def test_a_rollback_takes_out_what_nobody_has_decided_on(merchant: Merchant) -> None:
    """M3: what the platform has passed, or the merchant has edited, stays and is listed; the shop itself stays."""
    lines = dump(
        [
            shop_record(),
            {"kind": "food_business", "number": "JY100", "upload_id": document(merchant)},
            {"kind": "education", "number": "ED1", "upload_id": document(merchant)},
        ]
    )
    migration_id = asked(merchant, "shop", lines)
    done(merchant, migration_id, "start")
    passed = next(one for one in qualifications(merchant) if one["number"] == "JY100")
    decision = f"{merchant.path}/qualifications/{passed['qualification_id']}/decisions"
    ok(PLATFORM.post(decision, {"decision": "pass"}))

    back = done(merchant, migration_id, "rollback")

    assert counted(back, "shop") == {"read": 3, "taken_out": 2, "kept": 1}
    assert [one["number"] for one in qualifications(merchant)] == ["JY100"]
    assert ok(merchant.client.get(f"{merchant.path}/accounts"))["accounts"] == []
    [kept] = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert (kept["kind"], kept["why"]) == ("shop", "the platform has decided on it")
    again = done(merchant, migration_id, "start")
    assert counted(again, "shop") == {"read": 3, "moved": 2, "unchanged": 1}


def test_the_mini_shops_own_record_is_known(merchant: Merchant) -> None:
    """M2: nothing of it is for this shop, which has a name and a subject: it is told, and nothing is written."""
    answer = {"errcode": 0, "errmsg": "ok", "data": {"store_name": "老店", "logo": "http://x.test/l.png", "type": 2}}
    migration_id = asked(merchant, "shop", dump([answer]))

    moved = done(merchant, migration_id, "start")

    assert counted(moved, "shop") == {"read": 1, "unchanged": 1}
    assert told(merchant, migration_id)[0]["why"] == "the name stays; the subject stays"


def products(merchant: Merchant, content: bytes, source: str, **differs: Any) -> str:
    """A migration of a file of products from another system; its id."""
    file = {"kind": "products", "upload_id": upload(merchant, content, "migration"), "format": differs.pop("format")}
    body = {"source": source, "old_shop_id": fresh_name("old"), "shop_id": merchant.shop_id, "files": [file], **differs}
    return posted(merchant, body)


def test_any_systems_sheet_moves_by_its_own_header(merchant: Merchant) -> None:
    """M6: its merchant says which column is what; two rows are two styles; a bad row is told by its line."""
    sheet = (
        "商品编码,商品名称,售价,库存,规格,图片\n"
        f"1001,手绘青花马克杯第一款,68.5,3,颜色:青,{'|'.join(IMAGES)}\n"
        f"1001,手绘青花马克杯第一款,70,4,颜色:红,{'|'.join(IMAGES)}\n"
        f"1002,手绘青花马克杯第二款,free,4,,{'|'.join(IMAGES)}\n"
    ).encode("gb18030")
    columns = {
        "product_id": "商品编码",
        "title": "商品名称",
        "price": "售价",
        "stock": "库存",
        "attributes": "规格",
        "images": "图片",
    }
    migration_id = products(merchant, sheet, "weimob", format="csv", columns=columns)

    tried = done(merchant, migration_id, "dry-run")
    moved = done(merchant, migration_id, "start")

    assert counted(tried, "products") == counted(moved, "products") == {"read": 2, "moved": 1, "refused": 1}
    good, bad = told(merchant, migration_id)
    assert (bad["line"], bad["why"]) == (4, "line 4: 售价 is no number")
    product = ok(merchant.client.get(f"{merchant.path}/products/{good['new_id']}"))
    assert (product["status"], [sku["price_fen"] for sku in product["skus"]]) == ("listed", [6850, 7000])
    back = done(merchant, migration_id, "rollback")
    assert counted(back, "products") == {"read": 1, "taken_out": 1}


def test_columns_that_are_not_there_are_refused_clearly(merchant: Merchant) -> None:
    """M6: what no column can be, before anything moves; a header without a named column fails the run."""
    sheet = b"id,name,cost\n1,a cup of blue and white,2\n"
    named = {"product_id": "id", "title": "name", "price": "price"}
    wrong = {
        "files": [{"kind": "products", "format": "csv", "upload_id": "upl_x"}],
        "columns": {**named, "colour": "c"},
    }
    body = {"source": "weimob", "old_shop_id": "wm1", "shop_id": merchant.shop_id, **wrong}
    assert merchant.client.post("/v1/migrations", body).status == 422

    failed = done(merchant, products(merchant, sheet, "weimob", format="csv", columns=named), "dry-run")

    assert failed["state"] == "failed"
    assert "the first line does not name the column price" in failed["why"]


def test_the_shop_of_2014_moves_with_its_own_answers(merchant: Merchant) -> None:
    """M6: `merchant/get` a line, beside the later shops' in one file."""
    lines = dump([v1_product(), old_product(500)])
    migration_id = products(merchant, lines, "shop_v1", format="wechat")

    moved = done(merchant, migration_id, "start")

    assert counted(moved, "products") == {"read": 2, "moved": 2}
    row = told(merchant, migration_id)[0]
    assert row["old_id"] == "pDF3iY6Kr_BV_CXaiYysoGqJhppQ"
    product = ok(merchant.client.get(f"{merchant.path}/products/{row['new_id']}"))
    assert product["skus"][0]["price_fen"] == 6800


def test_old_ids_of_styles_and_groups_go_on_to_name_them(merchant: Merchant) -> None:
    """M2: a redirect with the style's id here behind #; of a group, to its members; until a rollback takes them out."""
    old_id, old_shop = old_product(600)["skus"][1]["sku_id"], fresh_name("wx")
    files = [
        {"kind": "products", "upload_id": upload(merchant, dump([old_product(600)]), "migration")},
        {"kind": "groups", "upload_id": upload(merchant, dump([{"group_id": 29, "group_name": "杯"}]), "migration")},
    ]
    body = {"source": "mini_shop", "old_shop_id": old_shop, "shop_id": merchant.shop_id, "files": files}
    migration_id = posted(merchant, body)
    done(merchant, migration_id, "start")
    new_id = told(merchant, migration_id)[0]["new_id"]
    style = ok(merchant.client.get(f"{merchant.path}/products/{new_id}"))["skus"][1]["sku_id"]
    group = ok(merchant.client.get(f"{merchant.path}/groups"))["items"][0]["group_id"]

    found = ANYBODY.get(f"/v1/old-skus/{old_id}?old_shop_id={old_shop}")
    owned = merchant.client.get(f"{merchant.path}/old-skus/{old_id}")
    led = merchant.client.get(f"{merchant.path}/groups/29")

    assert (found.status, found.headers["location"]) == (308, f"/catalog/v1/products/{new_id}#{style}")
    assert owned.headers["location"] == f"/catalog{merchant.path}/products/{new_id}#{style}"
    assert (led.status, led.headers["location"]) == (308, f"/catalog{merchant.path}/groups/{group}")
    assert ANYBODY.get("/v1/old-skus/none").status == 404
    done(merchant, migration_id, "rollback")
    assert ANYBODY.get(f"/v1/old-skus/{old_id}?old_shop_id={old_shop}").status == 404
    assert merchant.client.get(f"{merchant.path}/groups/29").status == 404


def test_every_old_style_of_a_large_product_has_its_name(merchant: Merchant) -> None:
    """M2: more than fit into the product's own transaction; and none of them after a rollback."""
    skus = [
        {
            "sku_id": 7_000_000_000_000_000 + n,
            "sale_price": 100,
            "sku_attrs": [{"attr_key": "号", "attr_value": str(n)}],
        }
        for n in range(130)
    ]
    old_shop = fresh_name("wx")
    file = {"kind": "products", "upload_id": upload(merchant, dump([old_product(601, skus=skus)]), "migration")}
    body = {"source": "mini_shop", "old_shop_id": old_shop, "shop_id": merchant.shop_id, "files": [file]}
    migration_id = posted(merchant, body)
    done(merchant, migration_id, "start")
    ends = [f"/v1/old-skus/{skus[n]['sku_id']}?old_shop_id={old_shop}" for n in (0, 29, 30, 119, 129)]

    assert [ANYBODY.get(one).status for one in ends] == [308] * 5

    done(merchant, migration_id, "rollback")
    assert [ANYBODY.get(one).status for one in ends] == [404] * 5


def test_old_styles_of_a_merged_product_lead_to_what_it_was_merged_into(merchant: Merchant) -> None:
    """M2, M4: which of its styles that is, nobody can say."""
    here = merchant.creates(out_product_id="out-602")["product_id"]
    old, old_shop = old_product(602), fresh_name("wx")
    file = {"kind": "products", "upload_id": upload(merchant, dump([old]), "migration")}
    body = {"source": "mini_shop", "old_shop_id": old_shop, "shop_id": merchant.shop_id, "files": [file]}
    migration_id = posted(merchant, body)
    place = f"/v1/old-skus/{old['skus'][0]['sku_id']}?old_shop_id={old_shop}"

    done(merchant, migration_id, "start")

    assert ANYBODY.get(place).headers["location"] == f"/catalog/v1/products/{here}"
    done(merchant, migration_id, "rollback")
    assert ANYBODY.get(place).status == 404


def test_what_has_no_place_here_can_be_read(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M6: of products, the shop's record, documents and members, by those who see the migration; nobody else."""
    brand = {"brand_id": 77, "ch_name": "青花", "register_details": {"register_no": "G1"}, "grant_type": 1}
    contents = {
        "products": dump([old_product(603)]),
        "shop": dump([shop_record(), {"brand": brand, "upload_id": document(merchant)}]),
        "members": members({"member_id": "m1", "role": "support", "mobile": "13800000000"}),
    }
    files = [{"kind": one, "upload_id": upload(merchant, held, "migration")} for one, held in contents.items()]
    body = {"source": "channels_shop", "old_shop_id": fresh_name("wx"), "shop_id": merchant.shop_id, "files": files}
    migration_id = posted(merchant, body)
    done(merchant, migration_id, "start")
    origin = f"/v1/migrations/{migration_id}/origin"

    def aside(kind: str, old_id: str) -> dict[str, Any]:
        return dict(ok(merchant.client.get(f"{origin}?kind={kind}&old_id={old_id}"))["aside"])

    assert aside("products", old_product(603)["product_id"])["sub_title"] == "釉下彩"
    assert aside("shop", "shop")["status"] == "open_finished"
    assert aside("shop", "brand:77")["brand"]["grant_type"] == 1
    assert aside("members", "m1") == {"mobile": "13800000000"}
    assert merchant.client.get(f"{origin}?kind=members&old_id=m9").status == 404
    assert new_merchant().client.get(f"{origin}?kind=members&old_id=m1").status == 404
