"""Text messages and calls through Twilio's own SDK."""

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from holdfast.notify.channels.base import CONNECT_S, READ_S, Batch, Outside, Result, failed, refused
from holdfast.notify.rules import GONE, NO_TEXTS, News, text_message

TWILIO = "https://api.twilio.com"
IDEMPOTENCY = "I-Twilio-Idempotency-Token"
CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
RING_S = 30
# Account, credential or balance trouble: the carrier answers, but this account cannot send.
ACCOUNT_STATUSES = (401, 403, 404, 429)


def _session(base: str) -> requests.Session:
    """A kept connection; proxy and certificates of the environment are read once, not for every send."""
    session = requests.Session()
    settled = session.merge_environment_settings(base, {}, None, None, None)
    session.proxies.update({name: address for name, address in settled["proxies"].items() if address})
    session.verify = settled["verify"]
    session.trust_env = False
    return session


class Http(HttpClient):  # type: ignore[misc]
    """Twilio's interface over one kept connection, at another address when the settings say so.

    It logs nothing: the SDK's own client would log every number and text.
    """

    def __init__(self, base: str) -> None:
        super().__init__(None, False, None)
        self._base = base
        self._session = _session(base or TWILIO)
        self.token = ""

    def request(
        self,
        method: str,
        uri: str,
        params: "dict[str, object] | None" = None,
        data: "dict[str, object] | None" = None,
        headers: "dict[str, str] | None" = None,
        auth: "tuple[str, str] | None" = None,
        timeout: "float | None" = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, with the idempotency token of the attempt that is being sent."""
        url = self._base + uri[len(TWILIO) :] if self._base and uri.startswith(TWILIO) else uri
        answer = self._session.request(
            method,
            url,
            params=params,  # type: ignore[arg-type]
            data=data,
            headers={**(headers or {}), **({IDEMPOTENCY: self.token} if self.token else {})},
            auth=auth,
            timeout=(CONNECT_S, READ_S),
            allow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.content.decode(), answer.headers)


class _Twilio:
    """What texts and calls share."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._from = outside.twilio["from"]
        self._http = Http(outside.twilio["api"])
        self._client = Client(outside.twilio["sid"], outside.twilio["token"], http_client=self._http)

    def send(self, batch: Batch) -> Result:
        """One request; whatever comes back is put into words."""
        self._http.token = batch.token
        try:
            sid, status = self._ask(batch)
        except TwilioRestException as refusal:
            return self._refusal(refusal)
        except (TwilioException, requests.RequestException, ValueError) as problem:
            return failed(type(problem).__name__)
        return Result(News.SENT, provider_id=sid, provider_state=status)

    def _refusal(self, refusal: TwilioRestException) -> Result:
        code = refusal.code
        if code in GONE:
            return refused(code, GONE[code])
        if code in NO_TEXTS:
            return refused(code, "")
        carrier = refusal.status >= 500 or refusal.status in ACCOUNT_STATUSES
        return failed(f"{refusal.status} {code or ''}".strip(), carrier=carrier)

    def _ask(self, batch: Batch) -> tuple[str, str]:
        raise NotImplementedError


class Sms(_Twilio):
    """Text messages."""

    def _ask(self, batch: Batch) -> tuple[str, str]:
        message = self._client.messages.create(
            to=batch.address,
            from_=self._from,
            body=text_message(batch.sender, batch.items, self._outside.link(batch.items)),
            status_callback=self._outside.hook(batch.program, "sms-status", batch.uid),
        )
        return str(message.sid), str(message.status)


class Words(_Twilio):
    """One text in words that stand in no table, without a receipt: a code for signing in."""

    def __init__(self, outside: Outside, words: str) -> None:
        super().__init__(outside)
        self._words = words

    def _ask(self, batch: Batch) -> tuple[str, str]:
        body = f"{batch.sender}: {self._words}"
        message = self._client.messages.create(to=batch.address, from_=self._from, body=body)
        return str(message.sid), str(message.status)


class Voice(_Twilio):
    """Calls; what they say and ask is fetched by the carrier when the call is picked up."""

    def _ask(self, batch: Batch) -> tuple[str, str]:
        call = self._client.calls.create(
            to=batch.address,
            from_=self._from,
            url=self._outside.hook(batch.program, "voice", batch.uid),
            method="POST",
            status_callback=self._outside.hook(batch.program, "call-status", batch.uid),
            status_callback_event=CALL_EVENTS,
            status_callback_method="POST",
            timeout=RING_S,
        )
        return str(call.sid), str(call.status)
