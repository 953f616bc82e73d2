"""Files go past the functions: what was announced, by whom it was announced, or not at all."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from services.shared.plumbing import aws, files
from services.shared.plumbing.files import UploadMissing
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.tables import Refused, Transaction
from tests.integration.plumbing.probe import STORE

NOW = datetime.now(UTC)
CSV = "品名,价格\n龙井茶,12800\n".encode() * 50


@pytest.fixture(autouse=True)
def _bucket(queues: Callable[..., Any]) -> None:
    """The same server plays S3."""


def ask(person: str = "person:anna", body: bytes = CSV, **other: Any) -> str:
    """Announce this file for an import; returns the upload's id."""
    announced: dict[str, Any] = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()} | other
    tx = Transaction(STORE, NOW, new_id)
    upload_id = files.ask_upload(tx, person, "import", "text/csv", **announced)
    tx.commit()
    return upload_id


def send(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """What a browser does with a signed URL: the status, and the body with the answer's headers."""
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
        answer = connection.getresponse()
        return answer.status, (answer.read(), answer.headers)
    finally:
        connection.close()


def put(upload_id: str, body: bytes = CSV) -> int:
    """Upload these bytes to where the service said; returns the status."""
    upload = files.upload_of(STORE, upload_id)
    return send("PUT", upload.url, body, upload.headers)[0]


def test_an_upload_goes_to_the_bucket_and_is_found_there() -> None:
    """Read in bounded pieces, from any place on."""
    upload_id = ask()
    assert files.upload_of(STORE, upload_id).expires_at == NOW + timedelta(hours=1)

    assert put(upload_id) == 200

    key = files.uploaded(STORE, upload_id, "person:anna", "import")
    assert b"".join(files.chunks(key)) == CSV
    assert b"".join(files.chunks(key, start=1000)) == CSV[1000:]
    assert files.size_of(key) == len(CSV)


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_file_has_nothing_after_its_end(beyond: int) -> None:
    """A reader that goes on where it stopped finds no more."""
    files.write("probe/report.csv", CSV, "text/csv")

    assert list(files.chunks("probe/report.csv", start=len(CSV) + beyond)) == []


def test_a_large_file_comes_in_pieces() -> None:
    """Of a megabyte, so that a function needs no more memory for a larger one."""
    files.write("probe/large.bin", b"x" * (files.CHUNK_BYTES + 1), "application/octet-stream")

    assert [len(piece) for piece in files.chunks("probe/large.bin")] == [files.CHUNK_BYTES, 1]


def test_who_stops_early_has_asked_for_little() -> None:
    """M3: a chunk of a job reads a dump from its checkpoint on, and not what lies behind its own lines: its memory and
    its traffic do not grow with the dump."""
    size = 12 * files.CHUNK_BYTES
    files.write("probe/dump.jsonl", os.urandom(size), "application/x-ndjson")

    with ranges_asked() as early:
        first = next(iter(files.chunks("probe/dump.jsonl", start=5)))
    with ranges_asked() as all_of_them:
        whole = [len(piece) for piece in files.chunks("probe/dump.jsonl")]

    assert (len(first), early) == (files.CHUNK_BYTES, [(5, files.CHUNK_BYTES)])
    assert (sum(whole), max(whole)) == (size, files.CHUNK_BYTES)
    assert [length for _, length in all_of_them] == [n * files.CHUNK_BYTES for n in (1, 2, 4, 8)]


@contextmanager
def ranges_asked() -> Iterator[list[tuple[int, int]]]:
    """(from which byte, how many) of every file that this process asks the store for until the block ends."""
    asked: list[tuple[int, int]] = []
    events = aws.client("s3").meta.events

    def note(params: dict[str, Any], **_: Any) -> None:
        start, end = params["Range"].removeprefix("bytes=").split("-")
        asked.append((int(start), int(end) + 1 - int(start)))

    events.register("provide-client-params.s3.GetObject", note, unique_id="ranges")
    try:
        yield asked
    finally:
        events.unregister("provide-client-params.s3.GetObject", unique_id="ranges")


def test_the_signature_covers_the_announced_length_type_and_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """In every region: S3 refuses other bytes by itself."""
    monkeypatch.setattr(aws, "_clients", {})
    for region in ("cn-north-1", "us-east-1"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        aws._clients.clear()

        asked = parse_qs(urlsplit(files.upload_of(STORE, ask()).url).query)

        assert asked["X-Amz-Expires"] == ["3600"]
        assert asked["X-Amz-SignedHeaders"] == ["content-length;content-type;host;x-amz-checksum-sha256"]


@pytest.mark.parametrize("body", [CSV[:-1], CSV[:-1] + b"!", CSV + b"!", b""])
def test_other_bytes_than_announced_are_refused(body: bytes) -> None:
    """Whether the file store has checked them or not."""
    upload_id = ask()
    put(upload_id, body)

    with pytest.raises(UploadMissing):
        files.uploaded(STORE, upload_id, "person:anna", "import")


def test_what_was_not_uploaded_is_missing() -> None:
    """409, so that the client uploads it and asks again."""
    with pytest.raises(UploadMissing) as missing:
        files.uploaded(STORE, ask(), "person:anna", "import")

    assert missing.value.status == 409


@pytest.mark.parametrize(("person", "purpose"), [("person:bert", "import"), ("person:anna", "evidence")])
def test_another_persons_upload_is_not_there(person: str, purpose: str) -> None:
    """404, and the same for another purpose or an id that never was."""
    upload_id = ask()
    put(upload_id)

    with pytest.raises(NotFound):
        files.uploaded(STORE, upload_id, person, purpose)
    with pytest.raises(NotFound):
        files.uploaded(STORE, "upl_none", "person:anna", "import")
    with pytest.raises(NotFound):
        files.upload_of(STORE, "upl_none")


@pytest.mark.parametrize(
    "announced",
    [{"sha256": "x" * 64}, {"sha256": "ab" * 31}, {"sha256": ""}, {"size": 0}, {"size": -1}, {"size": 6 << 30}],
)
def test_an_announcement_that_cannot_be_kept_is_refused(announced: dict[str, Any]) -> None:
    """Before anything is recorded."""
    with pytest.raises(Invalid):
        ask(**announced)


def test_a_download_has_the_name_it_is_given() -> None:
    """Whatever is in it; for ten minutes."""
    files.write("probe/report.csv", CSV, "text/csv")
    name = '结算 "三月"\r\n.csv'

    url = files.download_url("probe/report.csv", name)
    status, (body, _) = send("GET", url)

    assert (status, body) == (200, CSV)
    asked = parse_qs(urlsplit(url).query)
    assert asked["X-Amz-Expires"] == ["600"]
    assert asked["response-content-disposition"] == [f"attachment; filename*=UTF-8''{quote(name)}"]


def test_a_missing_file_is_no_error_of_the_store() -> None:
    """FileNotFoundError, as for any file."""
    with pytest.raises(FileNotFoundError):
        list(files.chunks(f"probe/{os.getpid()}/nowhere"))


def kept(upload_id: str, by: str) -> None:
    """Whoever reads this upload says so."""
    tx = Transaction(STORE, NOW, new_id)
    files.keep(tx, upload_id, by)
    tx.commit()


def there(upload_id: str) -> bool:
    """Whether its file is in the bucket."""
    try:
        return files.size_of(files.key_of(STORE, upload_id)) > 0
    except FileNotFoundError:
        return False


def test_what_nobody_reads_goes_and_what_is_kept_stays() -> None:
    """X4: a file of people's data that nothing imports is deleted a week later; one that is read, when it is let go."""
    left, held = ask(), ask()
    for one in (left, held):
        put(one)
    kept(held, "mig_1")

    files.sweep_uploads(STORE, NOW + timedelta(days=6))
    assert [there(one) for one in (left, held)] == [True, True]
    files.sweep_uploads(STORE, NOW + timedelta(days=8))
    assert [there(one) for one in (left, held)] == [False, True]
    tx = Transaction(STORE, NOW, new_id)
    files.let_go(tx, held)
    tx.commit()
    files.sweep_uploads(STORE, NOW)

    assert not there(held)
    with pytest.raises(NotFound):
        files.arrived(STORE, held, "person:anna", "import")
    with pytest.raises(Refused):
        kept(held, "mig_1")


def test_an_upload_is_read_by_one() -> None:
    """Who lets it go takes it from nobody else; who has it may say so again."""
    upload_id = ask()
    put(upload_id)
    kept(upload_id, "mig_1")
    kept(upload_id, "mig_1")

    with pytest.raises(Refused):
        kept(upload_id, "mig_2")


def test_what_is_shown_stays() -> None:
    """An image or a scan is nobody's to sweep."""
    body = b"a scan"
    tx = Transaction(STORE, NOW, new_id)
    digest = hashlib.sha256(body).hexdigest()
    upload_id = files.ask_upload(tx, "person:anna", "qualification", "image/png", len(body), digest)
    tx.commit()
    put(upload_id, body)

    files.sweep_uploads(STORE, NOW + timedelta(days=4_000))

    assert there(upload_id)


def test_a_request_looks_at_an_upload_without_reading_it() -> None:
    """M3: however large it is; other bytes of the same length are found by who reads it."""
    upload_id, other = ask(), ask()
    put(upload_id)
    files.write(files.key_of(STORE, other), CSV[:-1], "text/csv")

    with ranges_asked() as asked:
        assert files.arrived(STORE, upload_id, "person:anna", "import") == (files.key_of(STORE, upload_id), len(CSV))

    assert asked == []
    with pytest.raises(UploadMissing):
        files.arrived(STORE, other, "person:anna", "import")
    with pytest.raises(UploadMissing):
        files.arrived(STORE, ask(), "person:anna", "import")
