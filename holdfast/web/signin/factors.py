"""Second factors: how their secrets are sealed, and whether a code is right.

A secret is sealed with a key derived from the secret key; the additional data names whose it is, so that a secret
moved to another person's row does not open.
"""

import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os import urandom
from typing import Any, Final, cast

from allauth.account.internal.stagekit import unstash_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from holdfast.people.queries import staff_places
from holdfast.people.signing_in import spend
from holdfast.web.marks import STEP_UP
from holdfast.web.signin.ciphers import cipher
from holdfast.web.signin.mail import neutral_name

log = logging.getLogger("holdfast.web")

VERSION: Final = "1:"
NONCE: Final = 12
PURPOSE: Final = b"holdfast second factors 1"
_whose: ContextVar[int | None] = ContextVar("whose", default=None)


def _place(whose: int) -> bytes:
    return f"mfa_authenticator|user {whose}".encode()


@contextmanager
def of(user: AbstractBaseUser) -> Iterator[None]:
    """Secrets that are sealed or opened here are this person's."""
    token = _whose.set(user.pk)
    try:
        yield
    finally:
        _whose.reset(token)


def _named() -> int:
    """Whose secret it is: named, else whoever is signed in, else whoever is signing in."""
    named = _whose.get()
    if named is not None:
        return named
    request = context.request
    if request is not None and request.user.is_authenticated:
        return int(request.user.pk)
    login = unstash_login(request, peek=True) if request is not None else None
    if login is None or login.user is None:
        raise RuntimeError("a secret of nobody in particular")
    return int(login.user.pk)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals secrets, and calls things by neutral names: they stand on a phone that others may see."""

    def encrypt(self, text: str) -> str:
        nonce = urandom(NONCE)
        return VERSION + b64encode(nonce + cipher(PURPOSE).encrypt(nonce, text.encode(), _place(_named()))).decode()

    def decrypt(self, encrypted_text: str) -> str:
        if not encrypted_text.startswith(VERSION):
            raise InvalidTag
        sealed = b64decode(encrypted_text.removeprefix(VERSION))
        return cipher(PURPOSE).decrypt(sealed[:NONCE], sealed[NONCE:], _place(_named())).decode()

    def is_mfa_enabled(self, user: AbstractBaseUser, types: Any = None) -> bool:
        """allauth asks for app and passkey together where it would demand a second step: of clients only their app."""
        if types is not None and Authenticator.Type.WEBAUTHN in types and not is_staff(user):
            types = [one for one in types if one != Authenticator.Type.WEBAUTHN]
        return bool(super().is_mfa_enabled(user, types=types))

    def get_totp_issuer(self) -> str:
        request = context.request
        return neutral_name(request.user) or str(request.get_host())

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        named = super().get_public_key_credential_user_entity(user)
        return {**named, "display_name": named["name"]}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


def kinds_of(user: AbstractBaseUser) -> frozenset[str]:
    """What somebody has set up: totp, webauthn, recovery_codes."""
    return frozenset(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))


def is_staff(user: AbstractBaseUser | None) -> bool:
    """Whether somebody belongs to the staff of any program. To a client a passkey is one way in among several, and a
    code by mail counts wherever a second step is asked for: they are never locked out."""
    return bool(staff_places(cast("int", user.pk) if user is not None else 0))  # nobody is as much work as somebody


def has_second(user: AbstractBaseUser) -> bool:
    return bool(kinds_of(user) & {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


def code_fits(user: AbstractBaseUser, code: str) -> Authenticator | None:
    """The app or the list of recovery codes that this code is right for. Each code works once, in every process."""
    code = "".join(code.split())
    for one in (
        Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type")
    ):
        with of(user):
            if _is_the_demos(code) or _fits(one, user, code):
                return one
    return None


def _fits(one: Authenticator, user: AbstractBaseUser, code: str) -> bool:
    try:
        if not _is_right(one, code):
            return False
    except (InvalidTag, ValueError):
        log.error("a second factor cannot be opened with the key that is here", extra={"id": one.pk})
        return False
    # allauth remembers a code that was used in one process; this remembers it in all of them. A recovery code is crossed
    # off its list, and counted here for the time when nothing can be written.
    return spend(f"code {user.pk} {code}", 1, STEP_UP)


def _is_right(one: Authenticator, code: str) -> bool:
    if one.type == Authenticator.Type.TOTP:
        return bool(one.wrap().validate_code(code))
    unused = one.wrap().get_unused_codes()
    try:
        with transaction.atomic():
            return bool(one.wrap().validate_code(code))
    except DatabaseError as error:
        log.error("a recovery code could not be crossed off", extra={"id": one.pk, "error": type(error).__name__})
        return any(constant_time_compare(code, each) for each in unused)


def _is_the_demos(code: str) -> bool:
    """The one code of the demo's made-up people. Nowhere else is any code fixed."""
    return bool(code) and code == settings.HOLDFAST_DEMO_CODE
