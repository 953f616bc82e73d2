"""A service that is nothing but plumbing: the subject of these tests, with a door or a reaction for each promise.

It keeps parcels on shelves. A shelf has a number of free places; a parcel takes one, and the shelf hears of it by an
event to itself (RefundDue stands for "parcel stored", since contracts have no event for a service that is none).
"""

from typing import Annotated

from pydantic import Field
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from services.shared.contracts.catalog import MembershipChanged, ShopOpened
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import RefundDue
from services.shared.plumbing import clock, files, inbox, jobs, memberships, triggers
from services.shared.plumbing.doors import ANYONE, PERSON, PLATFORM, Body, Call, Page, Service, View, member
from services.shared.plumbing.problems import Conflict, NotFound, VersionConflict
from services.shared.plumbing.resources import Queue, Resources, physical, plumbing_tables
from services.shared.plumbing.resources import Table as TableOf
from services.shared.plumbing.tables import Begin, Refused, Store, Table, Transaction, get

STORE = Store("probe")
resources = Resources(
    service="probe", tables=(TableOf("probe"), *plumbing_tables("probe")), queues=(Queue("probe-events"),)
)


class Item(Table):
    """A shelf (sk SHELF), a parcel on it (sk the parcel's id), or what events have counted (sk HEARD)."""

    class Meta:
        table_name = physical("probe")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    number = NumberAttribute(null=True)
    version = NumberAttribute(null=True)
    label = UnicodeAttribute(null=True)


class Full(Conflict):
    slug, title = "full", "The shelf has no place left"


def shelf(name: str, places: int) -> str:
    """An existing shelf with so many free places; returns its name."""
    Item(name, "SHELF", number=places, version=1).save()
    return name


def heard(name: str) -> int:
    """How many parcels this shelf has heard of by events."""
    item = get(Item, name, "HEARD")
    return int(item.number) if item else 0


def parcels(name: str) -> list[str]:
    """Ids of the parcels that lie on this shelf."""
    return [item.sk for item in Item.query(name, consistent_read=True) if item.sk.startswith("par_")]


# --------------------------------------------------------------------------------------------------------- the verbs


def store_parcel(name: str, label: str, begin: Begin) -> str:
    """Take a place, put the parcel there, tell of it: one transaction."""
    found = get(Item, name, "SHELF")
    if found is None:
        raise NotFound()
    if not found.number:
        raise Full()
    tx = begin()
    parcel = tx.new_id("par")
    tx.create(Item(name, parcel, label=label), "parcel")
    tx.update(found, [Item.number.set(Item.number - 1)], Item.number >= 1, "place")
    tx.emit(RefundDue(payment_id=name, refund_id=parcel), subject=name, sequence=1)
    tx.commit({"parcel": parcel})
    return parcel


def on_stored(envelope: Envelope, begin: Begin) -> None:
    """Count what was heard, once an event; the counter moves in the transaction of the inbox mark."""
    tx = begin()
    tx.update(Item(envelope.open(RefundDue).payment_id, "HEARD"), [Item.number.add(1)])
    tx.commit()


def on_opened(envelope: Envelope, begin: Begin) -> None:
    """Needs a shelf of the shop's name to be there first."""
    name = envelope.open(ShopOpened).shop_id
    if get(Item, name, "SHELF") is None:
        raise inbox.NotYet(f"no shelf {name}")
    tx = begin()
    tx.update(Item(name, "HEARD"), [Item.number.add(1)])
    tx.commit()


def label_some(job: jobs.Job, begin: Begin) -> None:
    """Three labels a chunk; each label is written whatever its state, so a chunk may be repeated."""
    start = job.cursor or 0
    for number in range(start, min(start + 3, job.args["parcels"])):
        Item(job.args["shelf"], f"label-{number:04}", label="labelled").save()
        job.count("labelled")
    job.cursor = start + 3
    if job.cursor >= job.args["parcels"]:
        job.done()


def tell_labelled(job: jobs.Job, tx: Transaction) -> None:
    """In the job's last transaction: the shelf hears of it."""
    tx.update(Item(job.args["shelf"], "HEARD"), [Item.number.add(1)])


KINDS = {"label": jobs.Kind(label_some, tell_labelled)}
REACTIONS: dict[str, inbox.Reaction] = {
    RefundDue.NAME: on_stored,
    ShopOpened.NAME: on_opened,
    MembershipChanged.NAME: memberships.reaction(STORE),
}
REACTIONS |= triggers.job_reaction(STORE, KINDS)

# --------------------------------------------------------------------------------------------------------- the doors

app = Service("probe", STORE, title="Probe")


class NewParcel(Body):
    label: Annotated[str, Field(min_length=1, max_length=40)]
    weight_g: Annotated[int, Field(ge=1)] = 1


class ChangedShelf(Body):
    places: int


class Which(Body):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    label: str | None = None


class ParcelView(View):
    parcel_id: str
    shelf: str
    by: str


class ShelfView(View):
    shelf: str
    places: int
    version: int


def parcel_again(call: Call, ids: dict[str, str]) -> ParcelView:
    """The answer of a parcel that was stored before."""
    row = next(row for row in Item.scan(Item.sk == ids["parcel"]))
    return ParcelView(parcel_id=ids["parcel"], shelf=row.pk, by=call.person)


@app.door("POST", "/v1/shelves/{name}/parcels", PERSON, status=201, again=parcel_again, problems=(Full, NotFound))
def post_parcel(call: Call, name: str, body: NewParcel) -> ParcelView:
    """Store a parcel on the shelf."""
    return ParcelView(parcel_id=store_parcel(name, body.label, call.begin), shelf=name, by=call.person)


@app.door("GET", "/v1/shelves/{name}", ANYONE, problems=(NotFound,))
def get_shelf(call: Call, name: str) -> ShelfView:
    """A shelf and its free places."""
    found = get(Item, name, "SHELF")
    if found is None:
        raise NotFound()
    return ShelfView(shelf=name, places=int(found.number), version=int(found.version))


@app.door("PATCH", "/v1/shelves/{name}", PERSON, problems=(VersionConflict,))
def patch_shelf(call: Call, name: str, body: ChangedShelf) -> ShelfView:
    """Set the free places of the version in If-Match."""
    expected = call.if_match or 0
    tx = call.begin()
    tx.put(Item(name, "SHELF", number=body.places, version=expected + 1), Item.version == expected, "version")
    try:
        tx.commit()
    except Refused as error:
        raise VersionConflict() from error
    return ShelfView(shelf=name, places=body.places, version=expected + 1)


@app.door("DELETE", "/v1/shelves/{name}", PLATFORM)
def delete_shelf(call: Call, name: str) -> None:
    """Take the shelf away."""
    tx = call.begin()
    tx.delete(Item(name, "SHELF"))
    tx.commit()


@app.door("GET", "/v1/shelves/{name}/parcels", ANYONE)
def list_parcels(call: Call, name: str, query: Which) -> Page[ParcelView]:
    """The shelf's parcels, without a cursor: it has few."""
    found = [ParcelView(parcel_id=one, shelf=name, by=query.label or "") for one in parcels(name)]
    return Page(items=found[: query.limit])


@app.door(
    "POST", "/v1/shops/{shop_id}/parcels", member("operator", or_platform=True), status=201, again=parcel_again,
    problems=(Full, NotFound),
)  # fmt: skip
def post_shop_parcel(call: Call, shop_id: str, body: NewParcel) -> ParcelView:
    """Store a parcel for a shop, on the shelf of its name."""
    return ParcelView(parcel_id=store_parcel(shop_id, body.label, call.begin), shelf=shop_id, by=call.person)


@app.door("GET", "/v1/shops/{shop_id}/safe", member("finance"))
def get_safe(call: Call, shop_id: str) -> ShelfView:
    """What only finance may see."""
    return ShelfView(shelf=f"{shop_id} as {call.role}", places=0, version=1)


@app.door("GET", "/v1/shops/{shop_id}/books", member(or_platform=True))
def get_books(call: Call, shop_id: str) -> ShelfView:
    """What the owner and the platform may see."""
    return ShelfView(shelf=f"{shop_id} as {call.role}", places=0, version=1)


@app.door("GET", "/v1/broken", ANYONE)
def get_broken(call: Call) -> ShelfView:
    """Breaks with a sentence that must stay inside."""
    raise RuntimeError("the safe is called sesame")


def reactions() -> triggers.Reactions:
    """What the probe does when it hears something."""
    return REACTIONS


def uploads() -> int:
    """Delete uploads that nobody reads any more."""
    return files.sweep_uploads(app.store, clock.now())


publish = triggers.publisher(app)
consume = triggers.consumer(app, reactions)
tend = triggers.tender(app, reactions, uploads=uploads)
