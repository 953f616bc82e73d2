"""The platform's doors to WeChat templates: what people of the mini program are told there."""

from services.notify.service import app
from services.notify.wechat.bind_template import bind_template, unbind_template
from services.notify.wechat.messages import BindingView, BindTemplate, WhichTemplate
from services.notify.wechat.tables import bindings
from services.shared.plumbing.doors import PLATFORM, Answer, Call, Page
from services.shared.plumbing.problems import NotFound

PATH = "/v1/wechat-templates"


@app.door("GET", PATH, PLATFORM)
def get_wechat_templates(call: Call) -> Page[BindingView]:
    """Every text that is also told on WeChat, and by which template."""
    return Page(items=[BindingView.of(one) for one in bindings()])


@app.door("PUT", PATH, PLATFORM)
def put_wechat_template(call: Call, body: BindTemplate) -> BindingView:
    """Tell a text on WeChat too, by this template; instead of the one named before."""
    return BindingView.of(bind_template(body.binding, begin=call.begin))


@app.door("DELETE", PATH, PLATFORM, status=204, problems=(NotFound,))
def delete_wechat_template(call: Call, query: WhichTemplate) -> Answer:
    """Tell a text on WeChat no more."""
    unbind_template(query.template, begin=call.begin)
    return Answer(None)
