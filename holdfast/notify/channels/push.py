"""Web push to the pages that staff have installed."""

import json
from typing import Any

import requests
from py_vapid import Vapid02, VapidException
from pywebpush import WebPushException, webpush

from holdfast.notify.channels.base import CONNECT_S, READ_S, Batch, Outside, Result, failed, refused
from holdfast.notify.rules import News, short_message

# A page that arrives much later would be false.
LASTS_S = 300
GONE_STATUSES = (404, 410)


class Push:
    """One encrypted push; the push service sees neither words nor link."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._session = requests.Session()
        self._key = Vapid02.from_string(outside.vapid_key) if outside.vapid_key else None
        # A push service wants a way to reach us, and refuses addresses it knows to be unreal.
        self._claims = {"sub": f"mailto:{outside.mail_from}"}

    def send(self, batch: Batch) -> Result:
        """Encrypt and post."""
        if self._key is None:
            return failed("no key for web push")
        try:
            subscription = json.loads(batch.address)
            endpoint = str(subscription["endpoint"])
        except (ValueError, KeyError, TypeError):
            return refused(None, "not a push subscription")
        if not endpoint.startswith("https://") and not self._outside.demo:
            return refused(None, "not an https address")
        return self._post(subscription, batch)

    def _post(self, subscription: dict[str, Any], batch: Batch) -> Result:
        words = {
            "title": batch.sender,
            "body": short_message(batch.items),
            "url": self._outside.link(batch.items),
            "tag": batch.token,
        }
        try:
            answer = webpush(
                subscription,
                json.dumps(words),
                vapid_private_key=self._key,
                vapid_claims=dict(self._claims),
                ttl=LASTS_S,
                timeout=(CONNECT_S, READ_S),
                headers={"Urgency": "high", "Topic": batch.token},
                requests_session=self._session,
            )
        except WebPushException as refusal:
            status = refusal.status_code
            if status in GONE_STATUSES:
                return refused(status, "the push subscription has expired")
            return failed(f"status {status}" if status else "WebPushException", carrier=status is None or status >= 401)
        except (requests.RequestException, VapidException, ValueError, TypeError) as problem:
            return failed(type(problem).__name__)
        return Result(News.SENT, provider_id=answer.headers.get("Location", "")[-80:], provider_state="accepted")
