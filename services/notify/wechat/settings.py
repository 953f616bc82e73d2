"""Which mini program tells people, and where WeChat's API is."""

from services.shared.plumbing.settings import Secret, Setting


class Settings:
    api_url = Setting[str]("WECHAT_API_URL", default="https://api.weixin.qq.com")
    appid = Setting[str]("WECHAT_APPID", default="")
    secret = Secret("WECHAT_APP_SECRET")


def openid_of(person: str) -> str | None:
    """The person's id at our mini program; None for whoever logs in elsewhere."""
    appid, _, openid = person.partition(":")
    return openid if openid and appid == Settings.appid else None
