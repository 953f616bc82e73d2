"""Move the dates of a source's plan (M1); a job then looks at its shops."""

from datetime import datetime
from typing import Final

from services.catalog.migrations.follow_calendar import catch_up
from services.catalog.migrations.messages import EditPlan
from services.catalog.migrations.plan import Planned
from services.catalog.migrations.tables import legacy_shops, plan_of, save_plan
from services.catalog.shops.shop_record import expect_version
from services.shared.plumbing import jobs
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.jobs import Job, Kind
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import TooBusy
from services.shared.plumbing.tables import Begin

RECKON: Final = "calendars"
SHOPS = 20


def edit_plan(
    source: Planned,
    asked: EditPlan,
    by: str,
    *,
    if_match: int | None,
    begin: Begin,
    now: datetime,
    new_id: NewId,
) -> None:
    """From now on these dates hold. The same again writes nothing. Raises Invalid, VersionConflict."""
    plan = plan_of(source)
    expect_version(plan.version, if_match)
    edited = plan.edit(asked.dates.given(), asked.days(), by, now)
    if edited is plan:
        return
    tx = begin()
    save_plan(tx, edited)
    jobs.start(tx, new_id("job"), RECKON, {"source": source})
    tx.commit()


def _reckon(job: Job, begin: Begin) -> None:
    """One chunk: some shops of the source, each brought to where the plan now says."""
    shops = legacy_shops(job.args["source"], SHOPS, job.cursor)
    for shop_id in shops:
        try:
            catch_up(shop_id, begin=begin, now=begin().now)
        except TooBusy:
            raise  # the chunk is done again
        except Exception as error:  # noqa: BLE001 - one that fails stops no other; the sweep comes by it, too
            log("catalog", "calendar_failed", "error", error=error, shop_id=shop_id)
    job.count("shops", len(shops))
    if len(shops) < SHOPS:
        job.done()
    else:
        job.cursor = shops[-1]


KIND = Kind(_reckon)
