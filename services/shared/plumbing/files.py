"""Files go past the functions: the client PUTs to a signed URL, a job reads from the bucket.

The bucket is S3's, or a folder behind S3's own interface on one machine. An upload is bound to who asked for it, its
size and its SHA-256. What is shown (an image, a scan) stays; what is only read goes when it was, or when nobody did::

    asked ── READ_ONCE ──▶ due ─▶ deleted by the sweep          kept, by whoever reads it ── let go ──▶ due
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError, FlexibleChecksumError

from services.shared.plumbing.aws import client
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.problems import Conflict, Invalid, NotFound
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Contended, Store, Transaction, get, ttl

UPLOAD_VALID = timedelta(hours=1)
CHUNK_BYTES = 1 << 20
PART_BYTES = 8 << 20  # S3 takes no part below 5 MiB but the last
MAX_BYTES = 5 << 30
NOT_ANNOUNCED = "The uploaded bytes are not the announced ones"
# What is read once, by its purpose: how long such a file waits for whoever may read it.
READ_ONCE = {"import": timedelta(days=7), "card_keys": timedelta(days=7), "migration": timedelta(days=30)}
GOING = "going"  # its file is being deleted: nobody can keep it any more
_DUE = "UPLOADS"


class Settings:
    bucket = Setting[str]("XIAODIAN_FILES_BUCKET")


class UploadMissing(Conflict):
    slug, title = "upload-missing", "Nothing complete was uploaded under this id"


@dataclass(frozen=True)
class Upload:
    """A place to PUT one file: the URL, the headers to send with it, and until when."""

    upload_id: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


def ask_upload(tx: Transaction, person: str, purpose: str, content_type: str, size: int, sha256: str) -> str:
    """Record what will be uploaded; returns the upload's id. ``sha256`` is 64 hex digits, ``size`` bytes.

    Raises Invalid for another hash, or a size that S3 does not take in one piece.
    """
    if not 0 < size <= MAX_BYTES:
        raise Invalid(f"size must be from 1 to {MAX_BYTES} bytes")
    try:
        digest = bytes.fromhex(sha256)
    except ValueError as error:
        raise Invalid("sha256 must be 64 hex digits") from error
    if len(digest) != 32:
        raise Invalid("sha256 must be 64 hex digits")
    upload_id = tx.new_id("upl")
    row = tx.store.row(f"UPLOAD#{upload_id}", "UPLOAD")
    row.data = {"person": person, "purpose": purpose, "type": content_type, "size": size, "sha256": sha256.lower()}
    row.expires_at = tx.now + UPLOAD_VALID
    if purpose in READ_ONCE:
        row.due_bucket, row.due_at = _DUE, tx.now + READ_ONCE[purpose]  # the sweep deletes it with its file
    else:
        row.ttl = ttl(tx.now + timedelta(days=7))
    tx.create(row)
    return upload_id


def upload_of(store: Store, upload_id: str) -> Upload:
    """The signed place for a recorded upload."""
    row = get(store.row, f"UPLOAD#{upload_id}", "UPLOAD")
    if row is None or row.data is None or row.expires_at is None:
        raise NotFound()
    checksum = base64.b64encode(binascii.unhexlify(row.data["sha256"])).decode()
    params = {
        "Bucket": Settings.bucket,
        "Key": key_of(store, upload_id),
        "ContentType": row.data["type"],
        "ContentLength": row.data["size"],
        "ChecksumSHA256": checksum,
    }
    url = client("s3").generate_presigned_url("put_object", params, int(UPLOAD_VALID.total_seconds()), "PUT")
    headers = {"Content-Type": row.data["type"], "x-amz-checksum-sha256": checksum}
    return Upload(upload_id, url, headers, row.expires_at)


def uploaded(store: Store, upload_id: str, person: str, purpose: str) -> str:
    """The key of a finished upload of this person for this purpose, checked by size and hash (reads it once).

    Raises NotFound for another's, UploadMissing when it is not there or not what was announced.
    """
    row, key = _announced(store, upload_id, person, purpose), key_of(store, upload_id)
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in chunks(key):
            digest.update(chunk)
            size += len(chunk)
    except FileNotFoundError as error:
        raise UploadMissing() from error
    except FlexibleChecksumError as error:  # of a file store that keeps the announced hash without checking it
        raise UploadMissing(NOT_ANNOUNCED) from error
    if (size, digest.hexdigest()) != (row["size"], row["sha256"]):
        raise UploadMissing(NOT_ANNOUNCED)
    return key


def arrived(store: Store, upload_id: str, person: str, purpose: str) -> tuple[str, int]:
    """The same without reading it, for a request: key and bytes. Whoever reads it asks ``uploaded`` first."""
    row, key = _announced(store, upload_id, person, purpose), key_of(store, upload_id)
    try:
        size = size_of(key)
    except FileNotFoundError as error:
        raise UploadMissing() from error
    if size != row["size"]:
        raise UploadMissing(NOT_ANNOUNCED)
    return key, size


def _announced(store: Store, upload_id: str, person: str, purpose: str) -> dict[str, Any]:
    row = get(store.row, f"UPLOAD#{upload_id}", "UPLOAD")
    if row is None or row.data is None or (row.data["person"], row.data["purpose"]) != (person, purpose):
        raise NotFound()
    if row.state == GOING:
        raise UploadMissing()
    return dict(row.data)


def keep(tx: Transaction, upload_id: str, by: str) -> None:
    """It is read by this one, a migration say, and stays until it is let go. May be repeated; refused as ``upload``
    when somebody else has it, or it is gone."""
    row = tx.store.row
    free = row.fingerprint.does_not_exist() | (row.fingerprint == by)
    actions = [row.fingerprint.set(by), row.ttl.remove(), row.due_at.remove(), row.due_bucket.remove()]
    condition = row.pk.exists() & row.state.does_not_exist() & free
    tx.update(row(f"UPLOAD#{upload_id}", "UPLOAD"), actions, condition, "upload")


def let_go(tx: Transaction, upload_id: str) -> None:
    """Nobody reads it any more: the next sweep deletes it."""
    row = tx.store.row
    tx.update(row(f"UPLOAD#{upload_id}", "UPLOAD"), [row.due_at.set(tx.now), row.due_bucket.set(_DUE)])


def sweep_uploads(store: Store, now: datetime) -> int:
    """Delete the files that are due; returns how many. One whose worker died half-way stays due."""
    gone, row = 0, store.row
    for pk, sk in store.list_due(_DUE, now):
        one = get(row, pk, sk)
        if one is None or one.due_at is None or one.due_at > now:
            continue
        tx = Transaction(store, now, new_id)
        tx.update(one, [row.state.set(GOING)], row.due_at == one.due_at)
        try:
            tx.commit()  # before its file: from here on nobody can keep it
        except Contended:
            continue
        client("s3").delete_object(Bucket=Settings.bucket, Key=key_of(store, pk.partition("#")[2]))
        one.delete()
        gone += 1
    return gone


def key_of(store: Store, upload_id: str) -> str:
    """Where an upload lies in the bucket."""
    return f"{store.service}/uploads/{upload_id}"


def write(key: str, body: bytes, content_type: str) -> None:
    """Keep a small file of our own: a row report, a statement."""
    client("s3").put_object(Bucket=Settings.bucket, Key=key, Body=body, ContentType=content_type)


def blank(key: str) -> None:
    """Put nothing in a file's place: what was in it is gone, since the bucket keeps no versions."""
    write(key, b"", "text/plain")


def join(keys: Sequence[str], key: str, content_type: str) -> None:
    """Make one file of these, in their order, with one part of it in memory. Raises FileNotFoundError."""
    parts = _parts(piece for one in keys for piece in chunks(one))
    first = next(parts, b"")
    second = next(parts, None)
    if second is None:
        write(key, first, content_type)
        return
    s3, place = client("s3"), {"Bucket": Settings.bucket, "Key": key}
    upload = place | {"UploadId": s3.create_multipart_upload(**place, ContentType=content_type)["UploadId"]}
    etags = [
        s3.upload_part(**upload, PartNumber=number, Body=part)["ETag"]
        for number, part in enumerate(chain((first, second), parts), start=1)
    ]
    done = [{"ETag": etag, "PartNumber": number} for number, etag in enumerate(etags, start=1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of at least PART_BYTES, but the last."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= PART_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def chunks(key: str, start: int = 0) -> Iterator[bytes]:
    """The file's bytes from ``start``, in bounded pieces. Raises FileNotFoundError.

    A reader that stops early has asked the store for little more than it has read: the first range is small, and each
    that follows twice as long, up to PART_BYTES.
    """
    span = CHUNK_BYTES
    while True:
        got = 0
        for piece in _range(key, start, span):
            got += len(piece)
            yield piece
        if got < span:
            return
        start, span = start + got, min(2 * span, PART_BYTES)


def _range(key: str, start: int, length: int) -> Iterator[bytes]:
    """At most so many bytes of it from there; none where it ends at or before ``start``. Raises FileNotFoundError."""
    s3 = client("s3")
    try:
        body = s3.get_object(Bucket=Settings.bucket, Key=key, Range=f"bytes={start}-{start + length - 1}")["Body"]
    except s3.exceptions.NoSuchKey as error:
        raise FileNotFoundError(key) from error
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidRange":
            return
        raise
    with closing(body):  # a reader that stops early gives its connection back
        while piece := body.read(CHUNK_BYTES):
            yield piece


def size_of(key: str) -> int:
    """How many bytes the file has. Raises FileNotFoundError."""
    try:
        return int(client("s3").head_object(Bucket=Settings.bucket, Key=key)["ContentLength"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise FileNotFoundError(key) from error
        raise


def shown_url(key: str, content_type: str, valid: timedelta = timedelta(minutes=20)) -> str:
    """A signed URL under which a browser shows the file, as this type whatever it was uploaded as."""
    params = {"Bucket": Settings.bucket, "Key": key, "ResponseContentType": content_type}
    return str(client("s3").generate_presigned_url("get_object", params, int(valid.total_seconds())))


def download_url(key: str, filename: str, valid: timedelta = timedelta(minutes=10)) -> str:
    """A signed URL under which the file can be fetched for a while."""
    params = {
        "Bucket": Settings.bucket,
        "Key": key,
        "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
    }
    return str(client("s3").generate_presigned_url("get_object", params, int(valid.total_seconds())))
