"""Django's sessions, which go on while the database takes no writes (a full disk, a standby).

What a session could not save then is carried beside it, in a signed cookie that is worth a quarter of an hour, so that
somebody whose desk is locked proves themselves once and goes on. It counts for that session alone and only while its row
stands: who was signed out stays out. As soon as a save succeeds the cookie is taken away.
"""

import logging
from typing import Any, Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.core import signing
from django.db import InternalError, OperationalError
from django.http import HttpRequest, HttpResponse

from holdfast.web.marks import STEP_UP, keep_cookie

log = logging.getLogger("holdfast.web")

BESIDE: Final = "holdfast_beside"


class SessionStore(db.SessionStore):
    """A session with what stands beside it."""

    beside = ""  # the cookie, as it came

    def load(self) -> dict[str, Any]:
        kept: dict[str, Any] = super().load()
        if not self.beside or self.session_key is None:
            return kept
        try:
            carried: dict[str, Any] = signing.loads(self.beside, salt=self._salt(), max_age=STEP_UP)
        except signing.BadSignature:
            return kept
        self.modified = True  # saved as soon as it can be
        return carried

    def to_carry(self) -> str:
        return signing.dumps(dict(self.items()), salt=self._salt(), compress=True)

    def _salt(self) -> str:
        return f"{BESIDE} {self.session_key}"


class Sessions(SessionMiddleware):
    """Django's, with the cookie beside."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.beside = request.COOKIES.get(BESIDE, "")  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session: Any = request.session
        try:
            answer = super().process_response(request, response)
        except SessionInterrupted as interrupted:
            if not _takes_no_writes(interrupted):
                raise
            log.error("a session could not be saved")
            keep_cookie(response, BESIDE, session.to_carry(), int(STEP_UP.total_seconds()))
            return response
        if BESIDE in request.COOKIES and session.modified and answer.status_code < 500:
            answer.delete_cookie(BESIDE)
        return answer


def _takes_no_writes(interrupted: SessionInterrupted) -> bool:
    """Whether the database refused to write. Django says the same of a session that somebody ended meanwhile."""
    update = interrupted.__context__
    return update is not None and isinstance(update.__context__, (OperationalError, InternalError))
