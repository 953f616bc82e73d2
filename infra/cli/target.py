"""Which stack a command means: the URL it answers at, and its data folder."""

import functools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:  # the HTTP client takes longer to import than many a command to run
    from infra.cli.api import Json, Stack

R = TypeVar("R")
DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_DATA = Path(".xiaodian")


class Target:
    """A stack on this machine. What is not given is found: by the running stack, by the folder where we are."""

    def __init__(self, url: str | None, data: Path | None) -> None:
        self._url, self._data = url, data

    @property
    def given(self) -> bool:
        """Whether somebody said which stack on this machine is meant."""
        return self._url is not None or self._data is not None

    @functools.cached_property
    def url(self) -> str:
        """Where it answers. Raises CannotStart when ``--data`` names a folder in which no stack runs."""
        from infra.local.child import CannotStart
        from infra.local.data_folder import running

        if self._url is not None:
            return self._url
        try:
            return str(running(self._data or DEFAULT_DATA)["url"])
        except CannotStart:
            if self._data is not None:
                raise
            return DEFAULT_URL

    @functools.cached_property
    def data(self) -> Path:
        """The data folder, also of a stack that does not run."""
        from infra.cli.api import NoAnswer

        if self._data is not None:
            return self._data
        try:
            return Path(self.local["data_dir"])
        except NoAnswer:
            return DEFAULT_DATA

    @functools.cached_property
    def local(self) -> "Json":
        """What the running stack says of itself. Raises NoAnswer."""
        import json
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import ProxyHandler, build_opener

        from infra.cli.api import NoAnswer

        try:
            with build_opener(ProxyHandler({})).open(f"{self.url.rstrip('/')}/local", timeout=30) as answer:
                found: Json = json.load(answer)
                return found
        except HTTPError as error:
            raise NoAnswer(f"what answers at {self.url} is no stack ({error}); start one with: xiaodian up") from error
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswer(f"no stack answers at {self.url}; start one with: xiaodian up") from error

    def stack(self, patience_s: float = 0, tell: Callable[[str], object] = lambda _: None) -> "Stack":
        """A client that signs its tokens with the data folder's issuer key. Raises NoAnswer when nobody is there."""
        from infra.cli.api import Stack

        stack = Stack(self.url, patience_s=patience_s, tell=tell)
        data = Path(stack.local()["data_dir"] if patience_s else self.local["data_dir"])
        return stack.signing(lambda subject, platform: mint(data, subject, platform=platform))


@functools.lru_cache(maxsize=10_000)
def mint(data: Path, subject: str, *, platform: bool, ttl: timedelta = timedelta(hours=24)) -> str:
    """A token of this machine's issuer, the same one within a command. Raises ClickException without an issuer."""
    from infra.local import tokens

    if not (data / tokens.FILE).exists():
        raise click.ClickException(f"{data} holds no issuer key yet; start the stack: xiaodian up --data {data}")
    return tokens.mint(data, subject, platform=platform, ttl=ttl)


def targeted(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command ``--url`` and ``--data``; it takes them as one argument ``target``."""

    @click.option(
        "--url",
        envvar="XIAODIAN_URL",
        show_envvar=True,
        help=f"Where the stack answers.  [default: where the one in the data folder does, else {DEFAULT_URL}]",
    )
    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="XIAODIAN_DATA",
        show_envvar=True,
        help=f"Its data folder.  [default: that of the stack at the URL, else {DEFAULT_DATA}]",
    )
    @functools.wraps(command)
    def with_target(url: str | None, data: Path | None, **arguments: Any) -> R:
        return command(target=Target(url, data), **arguments)

    return with_target
