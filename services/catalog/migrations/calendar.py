"""A legacy shop: one that came from an old system and lives by that system's calendar (M1, M5). Pure.

In ``no_new_physical`` nothing physical is listed for the first time; in ``vouchers_delisted`` no e-voucher is on sale
either; in ``read_only`` its members write nothing and it sells nothing; ``done`` ends all that, but for a private
person's shop, which stays read-only until its subject changes.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from services.catalog.migrations.plan import PHASES, Phase, Plan, Planned, Step

Bound = Literal["new_physical", "e_voucher", "all"]


@dataclass(frozen=True)
class Legacy:
    """Where a shop stands in its source's calendar, since when; ``told``: the steps ahead of which it was told, each
    with the date that was told; ``reminded_at``: of its subject."""

    source: Planned
    phase: Phase | None = None  # None before the notice
    since: datetime | None = None
    told: tuple[Step, ...] = ()
    reminded_at: datetime | None = None

    def reached(self, phase: Phase) -> bool:
        """Whether it is in this phase or behind it."""
        return self.phase is not None and PHASES.index(self.phase) >= PHASES.index(phase)

    def binds(self, *, private: bool) -> frozenset[Bound]:
        """What it may not. ``private``: a private person owns it."""
        if self.phase == "read_only" or (self.phase == "done" and private):
            return frozenset({"new_physical", "e_voucher", "all"})
        bound: dict[Phase | None, frozenset[Bound]] = {
            "no_new_physical": frozenset({"new_physical"}),
            "vouchers_delisted": frozenset({"new_physical", "e_voucher"}),
        }
        return bound.get(self.phase, frozenset())


class Move(NamedTuple):
    """What time does next to a legacy shop: the step that it takes, is told of, or a reminder."""

    kind: Literal["taken", "ahead", "reminder"]
    after: Legacy


def moved(legacy: Legacy, plan: Plan, now: datetime, *, private: bool) -> Move | None:
    """What is due: one step at a time, so that each is told; None when nothing is.

    A step whose date was moved behind now is taken back: the phase is the one that the plan says, once it is ``done``
    for good.
    """
    if legacy.phase == "done":
        return _reminder(legacy, plan, now) if private else None
    planned = plan.phase_at(now)
    if _place(planned) < _place(legacy.phase):
        return Move("taken", replace(legacy, phase=planned, since=now, told=()))
    ahead = plan.after(legacy.phase)
    assert ahead is not None
    if ahead.at <= now:
        return Move("taken", replace(legacy, phase=ahead.phase, since=now))
    untold = next((one for one in _later(legacy, plan) if one not in legacy.told), None)
    if untold and untold.at - timedelta(days=plan.lead_days) <= now:
        return Move("ahead", replace(legacy, told=(*legacy.told, untold)))
    return _reminder(legacy, plan, now) if private and legacy.phase == "read_only" else None


def next_at(legacy: Legacy, plan: Plan, *, private: bool) -> datetime | None:
    """When the next thing is due; None when nothing ever will be."""
    lead = timedelta(days=plan.lead_days)
    moments = [one.at if one in legacy.told else one.at - lead for one in _later(legacy, plan)]
    if private and legacy.reached("read_only"):
        moments.append(_remind_at(legacy, plan))
    return min(moments, default=None)


def _later(legacy: Legacy, plan: Plan) -> tuple[Step, ...]:
    return plan.steps[_place(legacy.phase) + 1 :]


def _reminder(legacy: Legacy, plan: Plan, now: datetime) -> Move | None:
    return Move("reminder", replace(legacy, reminded_at=now)) if _remind_at(legacy, plan) <= now else None


def _remind_at(legacy: Legacy, plan: Plan) -> datetime:
    last = legacy.reminded_at or legacy.since
    assert last is not None
    return last + timedelta(days=plan.remind_days)


def _place(phase: Phase | None) -> int:
    return -1 if phase is None else PHASES.index(phase)
