"""Doors to a shop's freight templates (O13)."""

from services.orders.freight import freight_templates as templates
from services.orders.freight.messages import TemplateBody, TemplateView
from services.orders.refusals import TemplateInUse, TooManyTemplates
from services.orders.service import SHIPPERS, STAFF, app
from services.shared.plumbing import ids
from services.shared.plumbing.doors import Call, Page
from services.shared.plumbing.problems import NotFound, VersionConflict


def template_again(call: Call, stored: dict[str, str]) -> TemplateView:
    """The template that this key made."""
    return TemplateView.of(*templates.template_of(stored["shop_id"], stored["template_id"]))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/freight-templates",
    SHIPPERS,
    status=201,
    again=template_again,
    problems=(TooManyTemplates,),
)
def post_freight_template(call: Call, shop_id: str, body: TemplateBody) -> TemplateView:
    """Write a freight template, at most 20 a shop. A shop without one ships free."""
    default = bool(body.is_default)
    made = templates.create_template(
        shop_id, body.terms, default=default, begin=call.begin, now=call.now, new_id=ids.new_id
    )
    return TemplateView.of(*made)


@app.door("GET", "/v1/shops/{shop_id}/freight-templates", STAFF)
def get_freight_templates(call: Call, shop_id: str) -> Page[TemplateView]:
    """All of the shop's freight templates, oldest first."""
    book = templates.freight_book(shop_id)
    return Page(items=[TemplateView.of(one, book) for one in book.templates], next_cursor=None)


@app.door("GET", "/v1/shops/{shop_id}/freight-templates/{template_id}", STAFF, problems=(NotFound,))
def get_freight_template(call: Call, shop_id: str, template_id: str) -> TemplateView:
    """One freight template."""
    return TemplateView.of(*templates.template_of(shop_id, template_id))


@app.door(
    "PUT",
    "/v1/shops/{shop_id}/freight-templates/{template_id}",
    SHIPPERS,
    problems=(NotFound, VersionConflict),
)
def put_freight_template(call: Call, shop_id: str, template_id: str, body: TemplateBody) -> TemplateView:
    """Write it anew, for orders placed from now on. Send If-Match with its ETag to be told of a change in between."""
    edited = templates.edit_template(
        shop_id,
        template_id,
        body.terms,
        default=body.is_default,
        if_match=call.if_match,
        begin=call.begin,
        now=call.now,
    )
    return TemplateView.of(*edited)


@app.door(
    "DELETE",
    "/v1/shops/{shop_id}/freight-templates/{template_id}",
    SHIPPERS,
    status=204,
    problems=(NotFound, VersionConflict, TemplateInUse),
)
def delete_freight_template(call: Call, shop_id: str, template_id: str) -> None:
    """Take it away; not while products name it, nor while it is the default."""
    templates.delete_template(shop_id, template_id, if_match=call.if_match, begin=call.begin)
