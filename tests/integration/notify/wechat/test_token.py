"""One access token for all functions, fetched once (N4)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from services.notify.wechat import tables
from services.notify.wechat.api import NoToken
from services.notify.wechat.renew_token import access_token
from services.shared.plumbing.ids import new_id
from tests.integration.notify.wechat.conftest import Hands, WeChat, notice_of, pay, sweep


def test_many_who_need_a_token_fetch_one(wechat: WeChat, hands: Hands) -> None:
    """Sixteen functions without a token ask WeChat once together, and again nobody while it is good."""
    for _ in range(2):
        with ThreadPoolExecutor(16) as pool:
            tokens = set(pool.map(lambda _: access_token(hands, new_id), range(16)))

        assert len(tokens) == 1
        assert wechat.calls("stable_token") == 1


def test_it_is_renewed_by_one_before_its_end_while_the_others_go_on(wechat: WeChat, hands: Hands) -> None:
    """Five minutes before the end one fetches; nobody waits for it, because the token at hand is still good."""
    access_token(hands, new_id)
    hands.on(minutes=116)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: access_token(hands, new_id), range(16)))

    assert wechat.calls("stable_token") == 2


def test_a_worn_token_is_replaced_once(wechat: WeChat, hands: Hands) -> None:
    """Sixteen to whom WeChat said 40001 get one other token: WeChat is asked twice, the second time by force."""
    worn = access_token(hands, new_id)
    _age(wechat)

    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(lambda _: access_token(hands, new_id, worn=worn), range(16)))

    assert len(tokens) == 1
    assert worn not in tokens
    assert wechat.calls("stable_token") == 3


def test_a_token_is_forced_anew_no_oftener_than_wechat_allows(wechat: WeChat, hands: Hands) -> None:
    """Twenty times a day: where WeChat refuses every token, its refusals are not what uses them up."""
    tokens = [access_token(hands, new_id)]
    for _ in range(3):
        _age(wechat)
        tokens.append(access_token(hands, new_id, worn=tokens[-1]))
        hands.on(minutes=1)
    hands.on(minutes=75)
    _age(wechat)
    tokens.append(access_token(hands, new_id, worn=tokens[-1]))

    first, *forced, last = tokens
    assert len({first, *forced, last}) == 3
    assert len(set(forced)) == 1


def test_a_message_goes_out_though_the_token_is_worn(wechat: WeChat, shop: str, hands: Hands) -> None:
    """40001 costs one more try at once, none of the notice's."""
    person = wechat.person()
    access_token(hands, new_id)
    _age(wechat)
    wechat.will_answer(40001)

    pay(person, shop)
    sweep()

    assert len(wechat.told(person)) == 1
    assert notice_of(person).tries == 0


def test_who_died_with_the_lease_holds_up_nobody_for_long(wechat: WeChat, hands: Hands) -> None:
    """After ten seconds somebody else fetches."""
    tx = tables.own_begin(hands.at, new_id)()
    tables.lease_token(tx, wechat.app.appid, tables.held_token(wechat.app.appid), _in(hands, 10))
    tx.commit()

    hands.on(seconds=10)

    assert access_token(hands, new_id)


def test_without_a_token_notices_wait_and_wechat_is_left_alone(
    wechat: WeChat, shop: str, hands: Hands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong secret wakes somebody: one question a lease, however many are due; they are told when it is right."""
    people = [wechat.person() for _ in range(2)]
    right = wechat.app.secret
    monkeypatch.setenv("WECHAT_APP_SECRET", "0" * 32)
    for person in people:
        pay(person, shop)

    with monkeypatch.context() as impatient:
        impatient.setattr("services.notify.wechat.renew_token.PATIENCE_S", 0.05)
        sweep()
    assert wechat.calls("stable_token") == 1
    assert {notice_of(person).status for person in people} == {"waiting"}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["code"] for one in lines if one.get("wechat_refuses_us")] == [40125]

    monkeypatch.setenv("WECHAT_APP_SECRET", right)
    hands.on(seconds=11)
    sweep()
    assert [len(wechat.told(person)) for person in people] == [1, 1]


def test_a_token_lies_sealed_and_no_error_names_a_secret(
    wechat: WeChat, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the table cannot speak as the mini program (X3)."""
    token = access_token(hands, new_id)
    [row] = tables.AppRow.query(f"APP#{wechat.app.appid}", consistent_read=True)
    assert row.token
    assert token not in row.token

    monkeypatch.setenv("WECHAT_API_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("services.notify.wechat.renew_token.PATIENCE_S", 0.05)
    with pytest.raises(NoToken) as refused:
        access_token(hands, new_id, worn=token)
    assert wechat.app.secret not in str(refused.value)
    assert refused.value.__cause__ is None


def _age(wechat: WeChat) -> None:
    """WeChat lets a token be forced anew only 30 s after it was made: let this have been long ago."""
    wechat.play("PUT", "stable-tokens", {"older_by_s": 60})


def _in(hands: Hands, seconds: float) -> datetime:
    return hands.at + timedelta(seconds=seconds)
