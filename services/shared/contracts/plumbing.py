"""What a service says to itself."""

from typing import ClassVar

from services.shared.contracts.envelope import EventBody


class JobStepDue(EventBody):
    """A job has its next step to do. Subject: the job's id; heard by the service that emitted it."""

    NAME: ClassVar[str] = "plumbing.job_step_due"

    job_id: str
    step: int
