"""What may be done with a migration, and when (M3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.catalog.migrations.migration import WORKER_ENDS, File, Migration, Part

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def asked() -> Migration:
    """One of a file of products."""
    return Migration(
        migration_id="mig_1",
        shop_id="shp_1",
        source="mini_shop",
        old_shop_id="wx1",
        person="person:a",
        files=(File(1, "products", "wechat", "upl_1"),),
        category_id="other.unsorted",
        categories={},
        put_on_sale=True,
        created_at=NOW,
        updated_at=NOW,
    )


def test_what_came_in_can_be_rolled_back_however_often_it_was_paused() -> None:
    """M3: of what was done only the last hundred acts are known."""
    one = asked().do("start", "person:a", NOW)
    for _ in range(60):
        one = one.do("pause", "person:a", NOW).do("resume", "person:a", NOW)
    ended = one.progressed("catalog", 1, Part("ended"), NOW)

    assert len(ended.acts) == 100
    assert one.do("pause", "person:a", NOW).do("rollback", "person:a", NOW).mode == "rollback"
    assert replace(ended, mode="dry").do("rollback", "person:a", NOW).mode == "rollback"


def test_a_rollback_waits_for_whoever_is_in_the_middle_of_what_was_paused() -> None:
    """M3: else what comes in behind it would stay."""
    moving = asked().do("start", "person:a", NOW)
    ended = moving.progressed("catalog", 1, Part("ended"), NOW)

    later = NOW + timedelta(seconds=5)
    assert moving.do("pause", "person:a", NOW).do("rollback", "person:a", later).quiet_at == NOW + WORKER_ENDS
    stopped = moving.stop("the shop is closed", NOW)
    assert stopped.do("rollback", "person:a", later).quiet_at == NOW + WORKER_ENDS
    assert (stopped.acts[-1].what, stopped.acts[-1].by) == ("stop", "system")
    tried = ended.do("dry-run", "person:a", NOW).do("pause", "person:a", NOW)
    assert tried.do("rollback", "person:a", later).quiet_at is None
    assert ended.do("rollback", "person:a", later).quiet_at is None
    assert moving.do("pause", "person:a", NOW).quiet_at is None


def test_what_has_no_files_begins_and_ends_at_once() -> None:
    """M2: it opened a shop, and nothing came into that: it can be taken back and given up as any other."""
    empty = replace(asked(), files=())

    moved = empty.do("start", "person:a", NOW)
    back = moved.do("rollback", "person:a", NOW)

    assert (moved.state, moved.moved_at, moved.inside) == ("ended", NOW, True)
    assert (back.state, back.moved_at, back.inside, back.holds) == ("ended", None, False, False)
    assert back.do("withdraw", "person:a", NOW).state == "withdrawn"


def test_what_nobody_goes_on_with_ends_some_day() -> None:
    """M3: a move that failed half-way, or rests, or was tried again in vain: what came stays, and its files go; what
    rests and has brought nothing is withdrawn."""
    moving = asked().do("start", "person:a", NOW)
    failed = moving.progressed("catalog", 1, Part("failed", "x"), NOW)
    whole = moving.progressed("catalog", 1, Part("ended"), NOW)
    tried = whole.do("dry-run", "person:a", NOW).progressed("catalog", 2, Part("failed", "x"), NOW)

    for one in (failed, moving.do("pause", "person:a", NOW), tried, whole):
        assert one.end(NOW).state == "done"
    assert moving.end(NOW) is moving
    assert asked().do("dry-run", "person:a", NOW).do("pause", "person:a", NOW).end(NOW).state == "withdrawn"
