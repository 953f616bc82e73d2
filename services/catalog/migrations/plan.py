"""The calendar of a source: when its shops enter which phase (M1). Pure.

notice ─▶ no_new_physical ─▶ vouchers_delisted ─▶ read_only ─▶ done, each from its date on. The dates are data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal, get_args

from services.shared.plumbing.day import BEIJING
from services.shared.plumbing.problems import Invalid

Phase = Literal["notice", "no_new_physical", "vouchers_delisted", "read_only", "done"]
Planned = Literal["mini_shop", "channels_shop", "shop_v1"]
Source = Literal["mini_shop", "channels_shop", "shop_v1", "shopify", "youzan", "weimob", "xiaodian"]
PHASES: tuple[Phase, ...] = get_args(Phase)


@dataclass(frozen=True)
class Step:
    """A phase, and when it begins."""

    phase: Phase
    at: datetime


@dataclass(frozen=True)
class Plan:
    """A source's steps in their order. ``lead_days`` before each its merchants are told of it; a private person's shop
    that is stuck is reminded every ``remind_days``; what came in can be rolled back until the source is done and
    ``rollback_days`` have passed."""

    source: Planned
    steps: tuple[Step, ...]
    lead_days: int = 7
    remind_days: int = 14
    rollback_days: int = 30
    version: int = 0
    by: str = ""
    updated_at: datetime | None = None

    def phase_at(self, now: datetime) -> Phase | None:
        """The phase in force; None before the notice."""
        return next((one.phase for one in reversed(self.steps) if one.at <= now), None)

    def step(self, phase: Phase) -> Step:
        """When this phase begins."""
        return self.steps[PHASES.index(phase)]

    def after(self, phase: Phase | None) -> Step | None:
        """The step that comes next; None behind the last."""
        place = 0 if phase is None else PHASES.index(phase) + 1
        return self.steps[place] if place < len(PHASES) else None

    def edit(
        self,
        dates: Mapping[Phase, datetime],
        days: Mapping[str, int],
        by: str,
        now: datetime,
    ) -> "Plan":
        """With these dates and numbers of days moved, and the others as they are; the same plan when nothing differs.

        Raises Invalid when a phase would begin before the one that it follows.
        """
        moved = replace(
            self,
            steps=tuple(Step(one.phase, dates.get(one.phase, one.at)) for one in self.steps),
            lead_days=days.get("lead_days", self.lead_days),
            remind_days=days.get("remind_days", self.remind_days),
            rollback_days=days.get("rollback_days", self.rollback_days),
        )
        wrong = next((later for before, later in pairwise(moved.steps) if later.at < before.at), None)
        if wrong:
            raise Invalid(
                f"{wrong.phase} would begin before the phase that it follows",
                errors=[{"at": f"dates.{wrong.phase}", "why": "before the phase that it follows"}],
            )
        return self if moved == self else replace(moved, version=self.version + 1, by=by, updated_at=now)


def _seeded(source: Planned, *days: str) -> Plan:
    dates = [datetime.fromisoformat(day).replace(tzinfo=BEIJING).astimezone(UTC) for day in days]
    return Plan(source, tuple(Step(phase, at) for phase, at in zip(PHASES, dates, strict=True)))


# What was announced: mini_shop's notice and its 1 November 2024, channels_shop's opening, the end of shop_v1's
# bindings. The dates behind these are ours; all can be moved.
SEED: Mapping[Planned, Plan] = {
    "mini_shop": _seeded("mini_shop", "2024-10-01", "2024-11-01", "2024-11-01", "2025-02-01", "2025-05-01"),
    "channels_shop": _seeded("channels_shop", "2024-08-25", "2024-11-25", "2024-12-25", "2025-02-25", "2025-05-25"),
    "shop_v1": _seeded("shop_v1", "2020-07-10", "2020-10-10", "2020-11-10", "2021-01-10", "2021-07-10"),
}
