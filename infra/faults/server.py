"""A thread per client connection, each with a connection of its own to the engine. Both are kept alive."""

import contextlib
import os
import socket
import socketserver
import struct
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from urllib.parse import urlsplit

from infra.faults.message import Message, read
from infra.faults.script import ConnectionDropped

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def exchange(engine: BufferedIOBase, asked: Message) -> Message:
    """Ask the engine. Raises EOFError or OSError when it is gone."""
    engine.write(asked.encode())
    engine.flush()
    return read(engine)


class Server(socketserver.ThreadingTCPServer):
    """``answer`` gets every request; what goes wrong in it unplanned is handed to ``failed``."""

    allow_reuse_address = True
    daemon_threads = False  # closing the server waits for its threads
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        engine_url: str,
        answer: Callable[[Message, BufferedIOBase], Message],
        failed: Callable[[BaseException], None],
    ) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.answer, self.failed = answer, failed
        engine = urlsplit(engine_url)
        self._engine = (str(engine.hostname), int(engine.port or 80))
        self._known: set[socket.socket] = set()
        self._idle: list[tuple[contextlib.ExitStack, BufferedIOBase]] = []

    @contextlib.contextmanager
    def engine(self) -> Iterator[BufferedIOBase]:
        """A new connection to the engine."""
        with socket.create_connection(self._engine) as upstream:
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with upstream.makefile("rwb") as engine:
                yield engine

    @contextlib.contextmanager
    def lent(self) -> Iterator[BufferedIOBase]:
        """A connection to the engine that nobody uses now. It is closed when something goes wrong with it."""
        try:
            connection, engine = self._idle.pop()
        except IndexError:
            connection = contextlib.ExitStack()
            engine = connection.enter_context(self.engine())
        try:
            yield engine
        except BaseException:
            connection.close()
            raise
        self._idle.append((connection, engine))

    @contextlib.contextmanager
    def known(self, connection: socket.socket) -> Iterator[None]:
        """While it is open, `hang_up` ends it."""
        self._known.add(connection)
        try:
            yield
        finally:
            self._known.discard(connection)

    def hang_up(self) -> None:
        """End every connection, idle ones too, so that their threads end."""
        for connection in list(self._known):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        while self._idle:
            self._idle.pop()[0].close()


class _Connection(socketserver.StreamRequestHandler):
    """One client's connection, and the engine's behind it."""

    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            with self.server.known(self.connection), self.server.engine() as engine:
                self._serve(engine)
        except (ConnectionDropped, EOFError, OSError):  # planned, or one side has gone: so goes the other
            self._reset()
        except BaseException as error:  # noqa: BLE001 - the test's own thread raises it
            self.server.failed(error)
            self._reset()

    def _serve(self, engine: BufferedIOBase) -> None:
        while True:
            asked = read(self.rfile)
            self.wfile.write(self.server.answer(asked, engine).encode())
            if asked.last:
                return

    def _reset(self) -> None:
        """Close so that the client sees a connection reset, not an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        os.close(self.connection.detach())
