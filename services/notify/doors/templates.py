"""The platform's doors to texts."""

from services.notify.language import Reader
from services.notify.preview import preview
from services.notify.service import app
from services.notify.template_messages import PreviewQuery, PreviewView
from services.shared.plumbing.doors import PLATFORM, Call, Page


@app.door("GET", "/v1/templates", PLATFORM)
def get_templates(call: Call, query: PreviewQuery) -> Page[PreviewView]:
    """What is told of an event, with example values, as a reader of this language and zone would read it."""
    found = preview(query.event, Reader(query.language, query.zone), every_version=query.every_version)
    return Page(items=[PreviewView(**vars(one)) for one in found])
