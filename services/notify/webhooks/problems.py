"""What an endpoint may be refused for."""

from services.shared.plumbing.problems import Conflict, Invalid


class WebhookUrlRefused(Invalid):
    """Nothing is pushed to that URL; ``why`` says why."""

    slug, title = "webhook-url-refused", "Nothing can be pushed to this URL"


class WebhookCheckFailed(Invalid):
    """The URL did not give ``echostr`` back; ``why`` and ``http_status`` say what it did instead."""

    slug, title = "webhook-check-failed", "The URL did not answer the check with its echostr"


class TooManyWebhooks(Conflict):
    slug, title = "too-many-webhooks", "A shop has at most 10 webhooks"
