"""What comes in and goes out over HTTP about files."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from services.shared.plumbing.doors import Body, View
from services.shared.plumbing.files import Upload


class AskUpload(Body):
    """Evidence is a picture, a film or a PDF."""

    purpose: Literal["aftersale_evidence", "complaint_evidence"]
    content_type: Literal["image/jpeg", "image/png", "image/webp", "video/mp4", "application/pdf"]
    size: int = Field(alias="bytes", ge=1, le=20 * 1024 * 1024)
    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")


class UploadView(View):
    """PUT the file to ``url`` with exactly these headers, then use ``upload_id``."""

    upload_id: str
    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime

    @classmethod
    def of(cls, upload: Upload) -> Self:
        return cls(upload_id=upload.upload_id, url=upload.url, headers=upload.headers, expires_at=upload.expires_at)
