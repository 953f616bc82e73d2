"""The artifacts bucket: every zip and template that was ever deployed, by its content, and in which order.

``<service>/<sha256>.zip``, ``<service>/<sha256>.json``, and ``<service>/releases.json``: a list of release ids, the
deployed one last. A release's id is the beginning of its template's hash; the template names its zip.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.package.template.function import Json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ID_LENGTH = 12


class NoSuchRelease(LookupError):
    """It was never deployed to this stage; the message names it."""


class Artifacts:
    """One service's part of the bucket."""

    def __init__(self, client: "S3Client", bucket: str, service: str) -> None:
        self._client, self.bucket, self._service = client, bucket, service

    def keep_code(self, key: str, archive: Path) -> None:
        """Keep a zip under the key that its template names, unless it is there."""
        try:
            self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchKey", "NotFound"}:
                raise
            self._client.put_object(Bucket=self.bucket, Key=key, Body=archive.read_bytes())

    def keep(self, template: Json) -> tuple[str, str]:
        """Keep a template; its release id, and the URL by which CloudFormation reads it."""
        body = json.dumps(template, indent=1, sort_keys=True).encode()
        release = hashlib.sha256(body).hexdigest()[:ID_LENGTH]
        key = self._key(release)
        self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")
        return release, f"{self._client.meta.endpoint_url}/{self.bucket}/{key}"

    def template(self, release: str) -> Json:
        """A kept template. Raises NoSuchRelease."""
        kept = self._read(self._key(release))
        if kept is None:
            raise NoSuchRelease(f"{self._service} has no release {release}")
        template: Json = json.loads(kept)
        return template

    def releases(self) -> list[str]:
        """What was deployed, the deployed one last. A release that was rolled back is not among them."""
        return [str(one) for one in json.loads(self._read(f"{self._service}/releases.json") or "[]")]

    def deployed(self, release: str) -> None:
        """Write down that this release is deployed now; whatever was deployed after it before is forgotten."""
        known = self.releases()
        kept = known[: known.index(release)] if release in known else known
        body = json.dumps([*kept, release])
        self._client.put_object(Bucket=self.bucket, Key=f"{self._service}/releases.json", Body=body.encode())

    def _key(self, release: str) -> str:
        return f"{self._service}/{release}.json"

    def _read(self, key: str) -> str | None:
        try:
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
                return None
            raise
