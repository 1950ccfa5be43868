"""The page that asks somebody who is signed in to prove that it is them: the lock, the second factor, the step-up.

It stands at the address that was asked for, and its form comes back there (`answered`, called by web/access.py before
any page). Whatever had been typed is carried along sealed, and the page then goes on with it.
"""

import json
import logging
from copy import copy
from enum import StrEnum
from typing import Any, Final

from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from holdfast.people.facts import SignInFailed
from holdfast.web import marks
from holdfast.web.signin import carried, factors, journal, limits, six_digits

log = logging.getLogger("holdfast.web")

LOCKED: Final = 423
FIELDS: Final = ("once_more_code", "once_more_password", "once_more_credential")


class Why(StrEnum):
    """Why somebody is asked."""

    LOCKED = "locked"
    SECOND = "second"
    AGAIN = "again"


def ask(request: HttpRequest, why: Why, refused: str = "", mailed: bool = False) -> HttpResponse:
    """The page itself, with what was typed. A page that refreshes a part of itself is told in one word."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=LOCKED, headers={"X-Locked": why.value})
    kinds = factors.kinds_of(request.user)  # type: ignore[arg-type]
    password = request.user.has_usable_password() and why is not Why.SECOND  # type: ignore[union-attr]
    kept, files = _kept(request)
    told: dict[str, Any] = {
        "why": why.value,
        "by_hand": marks.locked_by_hand(request),
        "refused": refused,
        "mailed": mailed or six_digits.is_on_its_way(request),
        "with_passkey": Authenticator.Type.WEBAUTHN in kinds,
        "with_code": bool(kinds & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}),
        "with_password": password,
        "with_mail": _by_mail(request, why),
        "carried": kept,
        "hidden": {carried.MARK: "prove", "once_more_carried": kept},
        "files": files,
        "for_staff": getattr(request, "is_staff", False),
    }
    answer = TemplateResponse(request, "signin/once_more.html", told, status=403)
    return answer.render()


def _by_mail(request: HttpRequest, why: Why) -> bool:
    """Clients may prove themselves by a code from their mail. At the desk of staff their mail may stand open beside."""
    return six_digits.can_be_sent(request.user) and why is not Why.SECOND and not getattr(request, "is_staff", False)


def _kept(request: HttpRequest) -> tuple[str, bool]:
    """What was typed, sealed; and whether a chosen file is lost."""
    if request.method != "POST":
        return "", False
    if carried.MARK in request.POST:
        return request.POST.get("once_more_carried", ""), False
    return carried.seal(request), bool(request.FILES)


def answered(request: HttpRequest, why: Why | None) -> HttpResponse | None:
    """The form of the page above has come back: prove it, then go on with what was asked for.

    None: go on; the request holds what was typed. A page otherwise. `why` is what this person has to prove, if anything.
    """
    if request.method != "POST" or carried.MARK not in request.POST:
        return None
    if request.POST[carried.MARK] == "fetch":
        ready = why is None and marks.proved_lately(request.session)
        return _went_on(request) if ready else ask(request, why or Why.AGAIN)
    if request.POST[carried.MARK] == "mail" and _by_mail(request, why or Why.AGAIN):
        six_digits.send(request, request.user)
        return ask(request, why or Why.AGAIN, mailed=True)
    refused = prove(request, second_needed=why is Why.SECOND)
    if refused:
        return ask(request, why or Why.AGAIN, refused)
    sealed = request.POST.get("once_more_carried", "")
    if _is_a_file(request, sealed):
        return TemplateResponse(request, "signin/your_file.html", {"carried": sealed}).render()
    return _went_on(request)


def _went_on(request: HttpRequest) -> HttpResponse | None:
    """What had been asked for: the request holds again what was typed, or the address is opened anew."""
    sealed = request.POST.get("once_more_carried", "")
    fields = carried.opened(request, sealed) if sealed else None
    if fields is None:
        return HttpResponseRedirect(request.get_full_path())
    request.POST = fields  # type: ignore[assignment]
    return None


def _is_a_file(request: HttpRequest, sealed: str) -> bool:
    """Whether what was asked for is a file: a browser saves it, and would go on to show the page that asks."""
    hands_out = getattr(request.resolver_match.func, "hands_out", None) if request.resolver_match else None
    if hands_out is None:
        return False
    wanted = copy(request)
    wanted.method = "POST" if sealed else "GET"
    wanted.POST = (carried.opened(request, sealed) if sealed else None) or QueryDict()  # type: ignore[assignment]
    return bool(hands_out(wanted))


def prove(request: HttpRequest, *, second_needed: bool = False) -> str:
    """Look at what was given as proof. The sentence that refuses it; empty where it was right, and is marked so."""
    guessed = not request.POST.get("once_more_credential")  # a passkey is not counted: there is nothing to guess
    if guessed and not limits.may_unlock(request):
        return _("Too many tries. Wait ten minutes, or sign out and in again.")
    how, one = _looked_at(request, second_needed)
    if not how:
        journal.write(request.user, SignInFailed, how="again")  # type: ignore[arg-type]
        return _not_right(request)
    if guessed:
        limits.unlocked(request)
    if one is not None:
        _say_it_was_used(one)
    marks.proved(request.session, one.type if one is not None else "")
    six_digits.forget(request)
    return ""


def _say_it_was_used(one: Authenticator) -> None:
    """allauth notes when. That nothing can be written keeps nobody out."""
    try:
        with transaction.atomic():
            post_authentication(context.request, one, reauthenticated=True)
    except DatabaseError as error:
        log.error("the use of a second factor could not be noted", extra={"error": type(error).__name__})


def _not_right(request: HttpRequest) -> str:
    if request.POST.get("once_more_credential"):
        return _("That passkey was not accepted. Try again, or use another way.")
    if request.POST.get("once_more_code", "").strip():
        return _("That code is not right, or was used already. Wait for the next one.")
    if request.POST.get("once_more_password"):
        return _("That password is not right.")
    return _("Write a code or your password.")


def _looked_at(request: HttpRequest, second_needed: bool) -> tuple[str, Authenticator | None]:
    """With what it was proved, and the second factor that it was, if any."""
    code, password, credential = (request.POST.get(name, "") for name in FIELDS)
    user: Any = request.user
    if credential:
        found = _passkey(user, credential)
        return ("passkey" if found else "", found)
    if code.strip():
        found = factors.code_fits(user, code)
        if found is not None:
            return "code", found
        return ("mailed" if not second_needed and six_digits.is_right(request, user, code) else "", None)
    right = bool(password) and not second_needed and user.check_password(password)
    return ("password" if right else "", None)


def _passkey(user: Any, credential: str) -> Authenticator | None:
    try:
        read = json.loads(credential)
        webauthn.parse_authentication_response(read)
        return webauthn.complete_authentication(user, read)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
