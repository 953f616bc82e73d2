"""A stage: one whole environment beside others in the same account, as ``test`` and ``prod``."""

import argparse
import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")


@dataclass(frozen=True)
class Stage:
    """Where everything of one environment is called. Raises ValueError for a name that resources cannot bear."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"“{self.name}” is no stage: a letter, then up to 11 letters and digits, all lower case")

    @property
    def prefix(self) -> str:
        """What physical names begin with: the setting XIAODIAN_PREFIX."""
        return f"xiaodian-{self.name}"

    def physical(self, logical: str) -> str:
        """The deployed name of a table, queue or function."""
        return f"{self.prefix}-{logical}"

    def stack(self, service: str) -> str:
        """The CloudFormation stack of a service, or of the platform."""
        return f"{self.prefix}-{service}"

    def parameter(self, name: str) -> str:
        """Where a setting or a secret lies in the parameter store."""
        return f"/xiaodian/{self.name}/{name}"


def stage_word(word: str) -> Stage:
    """The stage that a command line names. Raises ArgumentTypeError, which says what a name must be like."""
    try:
        return Stage(word)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
