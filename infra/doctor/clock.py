"""The clock of this machine against AWS's: signatures, signed URLs and WeChat's requests hold for minutes only."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from infra.doctor.account import Account
from infra.doctor.finding import Findings, error, warning

NOTICED_S = 30
REFUSED_S = 240  # AWS and WeChat Pay refuse what is signed five minutes ago


def findings(account: Account) -> Findings:
    """How far this machine is off."""
    before = datetime.now(UTC)
    asked = account.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    after = datetime.now(UTC)
    if "date" not in asked:
        yield warning("clock", "AWS did not say what time it is", "Compare the clock by hand.")
        return
    yield from compared(parsedate_to_datetime(asked["date"]), before + (after - before) / 2)


def compared(theirs: datetime, ours: datetime) -> Findings:
    """What is wrong between AWS's time and ours."""
    off_s = (ours - theirs).total_seconds()
    what = f"is {abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} AWS"
    if abs(off_s) > REFUSED_S:
        yield error("clock", what, "Set it (NTP): what is signed by a wrong clock is refused.")
    elif abs(off_s) > NOTICED_S:
        yield warning("clock", what, "Set it (NTP) before it is too far off.")
