"""Doors to a person's or a shop's inbox."""

from services.notify.browse_inbox import browse_inbox
from services.notify.count_unread import count_unread
from services.notify.language import Reader
from services.notify.messages import Browse, MessageView, UnreadView, WhoseInbox
from services.notify.open_inbox import open_inbox
from services.notify.read_all import read_all
from services.notify.read_message import message_in, read_message
from services.notify.reader import reader_of
from services.notify.service import app
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import PERSON, Answer, Call, Page
from services.shared.plumbing.problems import CursorInvalid, NotFound


@app.door("GET", "/v1/messages", PERSON, problems=(NotFound, CursorInvalid))
def get_messages(call: Call, query: Browse) -> Page[MessageView] | Answer:
    """Messages, newest first, in the language of Accept-Language (zh, en) or of one's preferences, by their clock.

    With `unread=true` a page may hold fewer than `limit`, even none, while `next_cursor` says that there is more.
    """
    inbox = open_inbox(call.store, call.person, query.as_shop)
    listing = f"{inbox.key} {query.listing}"
    position = cursors.read(listing, query.cursor) or {}
    found = browse_inbox(
        inbox,
        query.category,
        only_unread=query.unread,
        after=position.get("after"),
        limit=query.limit,
        now=call.now,
    )
    reader = reader_of(call.person, call.headers.get("accept-language", ""))
    items = [MessageView.of(message, read=not unread, reader=reader) for message, unread in found.messages]
    next_cursor = found.after and cursors.sign(listing, {"after": found.after})
    return Answer(Page(items=items, next_cursor=next_cursor), headers=_in(reader))


@app.door("GET", "/v1/messages/unread", PERSON, problems=(NotFound,))
def get_unread(call: Call, query: WhoseInbox) -> UnreadView:
    """How many messages are unread, by category and in all."""
    return UnreadView.of(count_unread(open_inbox(call.store, call.person, query.as_shop), call.now))


@app.door("GET", "/v1/messages/{message_id}", PERSON, problems=(NotFound,))
def get_message(call: Call, message_id: str, query: WhoseInbox) -> MessageView | Answer:
    """One message, without reading it: it stays unread if it is."""
    message, unread = message_in(open_inbox(call.store, call.person, query.as_shop), message_id, call.now)
    reader = reader_of(call.person, call.headers.get("accept-language", ""))
    return Answer(MessageView.of(message, read=not unread, reader=reader), headers=_in(reader))


@app.door("POST", "/v1/messages/{message_id}/read", PERSON, problems=(NotFound,))
def post_read(call: Call, message_id: str, query: WhoseInbox) -> MessageView | Answer:
    """Read one message. Repeating it changes nothing."""
    inbox = open_inbox(call.store, call.person, query.as_shop)
    message = read_message(inbox, message_id, begin=call.begin, now=call.now)
    reader = reader_of(call.person, call.headers.get("accept-language", ""))
    return Answer(MessageView.of(message, read=True, reader=reader), headers=_in(reader))


@app.door("POST", "/v1/messages/read-all", PERSON, problems=(NotFound,))
def post_read_all(call: Call, query: WhoseInbox) -> UnreadView:
    """Read all messages; answers what is unread after it, such as what came in meanwhile."""
    inbox = open_inbox(call.store, call.person, query.as_shop)
    read_all(inbox, begin=call.begin, now=call.now)
    return UnreadView.of(count_unread(inbox, call.now))


def _in(reader: Reader) -> dict[str, str]:
    return {"Content-Language": reader.language, "Vary": "Accept-Language"}
