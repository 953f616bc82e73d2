"""A category's rules begin: go over the shops that sell there, and over what they sell (C2, C3, C4). A job a rule.

::

    edit ─tx─▶ rules + job ─ rests until the rules hold everywhere ─▶ shops of the category ─▶ each: review, and its
                                                                                                products' own job
"""

from datetime import datetime, timedelta
from typing import Final

from services.catalog.review.review_shop import review_shop
from services.catalog.rules.tables import shops_in_category
from services.shared.plumbing.jobs import Job, Kind
from services.shared.plumbing.tables import Begin

ENFORCE: Final = "category_rules"
# From an edit to the moment at which its rules may begin: by then no process has older ones (categories.fresh_s).
RULES_SPREAD = timedelta(seconds=10)
SHOPS = 20


def _enforce(job: Job, begin: Begin) -> None:
    """One chunk: wait for the day, then review some shops; one that was reviewed finds nothing to do."""
    now = begin().now
    since = datetime.fromisoformat(job.args["since"])
    if now < since:
        job.rest(since)
        return
    shops = shops_in_category(job.args["category_id"], SHOPS, job.cursor)
    for shop_id in shops:
        review_shop(shop_id, begin=begin, now=now, walk=f"{job.id}-{shop_id}")
    job.count("shops", len(shops))
    if len(shops) < SHOPS:
        job.done()
    else:
        job.cursor = shops[-1]


KIND = Kind(_enforce)
