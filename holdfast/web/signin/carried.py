"""What somebody typed, carried through the page that asks who they are: sealed, so that nobody at their desk reads it.

It travels in the form itself and is kept nowhere. The key is derived from the secret key; the additional data names the
session and the address, so that it opens for this person's session, on this page, and nowhere else.
"""

from base64 import b64decode, b64encode
from binascii import Error
from os import urandom
from typing import Final

from cryptography.exceptions import InvalidTag
from django.http import HttpRequest, QueryDict

from holdfast.web.signin.ciphers import cipher

NONCE: Final = 12
# Fields of the page that asks; none of ours begins so.
MARK: Final = "once_more"
PURPOSE: Final = b"holdfast carried 1"


def _place(request: HttpRequest) -> bytes:
    return f"{request.session.session_key}|{request.path}".encode()


def seal(request: HttpRequest) -> str:
    """The fields of this request."""
    kept = request.POST.copy()
    for name in [name for name in kept if name.startswith(MARK) or name == "csrfmiddlewaretoken"]:
        del kept[name]
    nonce = urandom(NONCE)
    return b64encode(nonce + cipher(PURPOSE).encrypt(nonce, kept.urlencode().encode(), _place(request))).decode()


def opened(request: HttpRequest, sealed: str) -> QueryDict | None:
    """The fields again; nothing when they were not sealed for here."""
    try:
        raw = b64decode(sealed, validate=True)
        return QueryDict(cipher(PURPOSE).decrypt(raw[:NONCE], raw[NONCE:], _place(request)))
    except (Error, InvalidTag, ValueError):
        return None
