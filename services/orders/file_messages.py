"""What comes in and goes out over HTTP about files."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from services.shared.plumbing.doors import Body, View
from services.shared.plumbing.files import Upload

MOST, MOST_DUMP = 20 << 20, 512 << 20
_TEXTS = {"migration": "application/x-ndjson", "card_keys": "text/plain"}


class AskUpload(Body):
    """Evidence is a picture, a film or a PDF, up to 20 MB; card keys are plain text, up to 20 MB; for a migration a
    dump is JSON lines, up to 512 MB."""

    purpose: Literal["aftersale_evidence", "complaint_evidence", "card_keys", "migration"]
    content_type: Literal[
        "image/jpeg", "image/png", "image/webp", "video/mp4", "application/pdf", "text/plain", "application/x-ndjson"
    ]
    size: int = Field(alias="bytes", ge=1, le=MOST_DUMP)
    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        text = self.content_type if self.content_type in _TEXTS.values() else None
        if _TEXTS.get(self.purpose) != text:
            raise ValueError("a dump is application/x-ndjson, card keys are text/plain, and nothing else is")
        if self.purpose != "migration" and self.size > MOST:
            raise ValueError(f"bytes: all but a dump have at most {MOST}")
        return self


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
