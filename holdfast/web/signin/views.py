"""The lock of a session, the devices one is signed in on, and what protects one's own account.

Pages of django-allauth stand here behind our own access; their templates are ours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account import views as account
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.password_reset import finalize_password_reset
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.people.facts import SignedOut
from holdfast.people.models import Client, User
from holdfast.people.queries import current_staff, home_place
from holdfast.people.rules import zone
from holdfast.people.signing_in import end_sessions
from holdfast.web import marks
from holdfast.web.access import PERMISSIONS, PageRequest, account_page, belongs, public_page
from holdfast.web.phones import name_of_phone
from holdfast.web.proved import proved
from holdfast.web.signin import asking, factors, journal, six_digits

OF_ANOTHER: Final = 409
AFTER: Final = "holdfast_after"  # where somebody was going when they had to set up a second factor


# ---- the lock -----------------------------------------------------------------------------------------


def _signed_in(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


def _of_another(request: HttpRequest) -> bool:
    """Whether the page that asks is somebody else's: they signed in at this desk before."""
    return request.POST.get("whose", "") not in ("", marks.whose(request))


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


@require_POST
def _lock(request: PageRequest) -> HttpResponse:
    """Lock this session on every page where it is open."""
    if not _signed_in(request):
        return HttpResponse(status=401)
    marks.lock(request, by_hand="idle" not in request.POST)
    answer = HttpResponse(status=204) if _by_script(request) else redirect("/team/")
    answer.delete_cookie(marks.AWAKE)
    return answer


@sensitive_post_parameters()
@require_POST
def _unlock(request: PageRequest) -> HttpResponse:
    """Unlock in place, for the layer that lies over a page (js/lock.js)."""
    if not _signed_in(request):
        return JsonResponse(
            {"refused": _("You have been signed out. Sign in in another tab, then unlock here: what you typed stays.")},
            status=401,
        )
    if _of_another(request):
        return JsonResponse({"refused": ""}, status=OF_ANOTHER)
    user: Any = request.user
    second_needed = not marks.second(request.session) and factors.has_second(user) and factors.is_staff(user)
    refused = asking.prove(request, second_needed=second_needed)
    if refused:
        return JsonResponse({"refused": refused}, status=403)
    answer = JsonResponse({"token": get_token(request)})
    marks.stay_awake(request, answer)
    return answer


@require_POST
def _awake(request: PageRequest) -> HttpResponse:
    """Somebody types on a page without asking for another. A locked session stays locked."""
    if not _signed_in(request):
        return HttpResponse(status=401)
    if _of_another(request):
        return HttpResponse(status=OF_ANOTHER)
    if marks.locked(request, marks.STAFF_IDLE):
        return HttpResponse(status=asking.LOCKED)
    answer = HttpResponse(status=204)
    if "still" not in request.POST:  # else: somebody asks only whether it is locked
        marks.stay_awake(request, answer)
    return answer


@require_GET
def _passkey_options(request: PageRequest) -> HttpResponse:
    """What a browser needs to ask for a passkey of whoever is signed in."""
    if not _signed_in(request):
        return HttpResponse(status=401)
    return JsonResponse({"request_options": auth.begin_authentication(request.user)})


# They must answer while the session is locked, so they look for themselves who asks.
lock, unlock, awake, passkey_options = map(public_page, (_lock, _unlock, _awake, _passkey_options))
# Somebody who had been signed out signs in on another page, which renews every form's token but those of the page that
# is locked. What unlocks is the proof itself, and the session's cookie comes with no other site's form (SameSite).
# To lock needs no proof: a page whose token is an old one must lock all the same.
lock.csrf_exempt = unlock.csrf_exempt = True  # type: ignore[attr-defined]


# ---- what protects an account -------------------------------------------------------------------------


def _for_template(request: PageRequest) -> dict[str, Any]:
    return {"is_staff": request.is_staff, "second": marks.second(request.session)}


class _Index(base.IndexView):  # type: ignore[misc]
    """Everything on one page. Whoever was on their way somewhere goes on, once the second factor is there."""

    def get(self, request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        after = request.session.get(AFTER)
        if after and marks.second(request.session):
            return redirect(_gone_on(request))
        return super().get(request, *args, **kwargs)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        codes = found["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        left = len(codes.get_unused_codes()) if codes is not None else 0
        told = {"codes_left": left, "not_sent": "not-sent" in self.request.GET}
        return {**found, **_for_template(self.request), **told}


def _gone_on(request: HttpRequest) -> str:
    """The page somebody was on their way to: an address of ours, from the session."""
    after = str(request.session.pop(AFTER, "/"))
    return after if not urlsplit(after).netloc and _is_for_them(request, urlsplit(after).path) else "/"


def _is_for_them(request: HttpRequest, path: str) -> bool:
    """Whether somebody of the staff may open the page at this address, as far as their role says."""
    try:
        access = getattr(resolve(path).func, "access", None)
    except Resolver404:
        return False
    member = belongs(request, "staff")
    if member is None or access is None or access.kind != "staff":
        return access is not None and access.kind != "client"
    with program_scope(member.program) as now:
        staff = current_staff(now).filter(id=member.id).first()
        return staff is not None and staff.role in PERMISSIONS[access.permission]


class _AddApp(totp.ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        """Whoever sets it up holds it: this session has its second factor."""
        answer: HttpResponse = super().form_valid(form)
        marks.did_second(self.request.session, Authenticator.Type.TOTP.value)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **_for_template(self.request)}


class _AddPasskey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    """Always one that can be used without a password: it is kept on the device, which asks for a finger or a code."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        marks.did_second(self.request.session, Authenticator.Type.WEBAUTHN.value)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, True)
        return {**found, **_for_template(self.request), "js_data": {"creation_options": options}}


class _PasskeyOff(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    success_url = reverse_lazy("mfa_index")


class _Codes(recovery.ViewRecoveryCodesView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        after = reverse("mfa_index") if AFTER in self.request.session else ""
        return {**super().get_context_data(**kwargs), **_for_template(self.request), "after": after}


class _Anew:
    """Whoever goes back to where signing in begins wants another code, or another way: allauth would send them on to the
    code that never came."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        return None


class _SignIn(_Anew, account.LoginView):  # type: ignore[misc]
    """With a password."""


class _AskCode(_Anew, account.RequestLoginCodeView):  # type: ignore[misc]
    """With a code by mail."""


class _ByPasskey(_Anew, webauthn.LoginWebAuthnView):  # type: ignore[misc]
    """With nothing else."""


class _Second(base.AuthenticateView):  # type: ignore[misc]
    """The second step after the password. Staff read there how a page is answered without it; clients may have a code
    sent by mail instead."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") != "mail":
            return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]
        if self._by_mail():
            six_digits.send(request, self.stage.login.user)
        return redirect("mfa_authenticate")

    def form_valid(self, form: Any) -> HttpResponse:
        if not getattr(form, "mailed", False):
            return super().form_valid(form)  # type: ignore[no-any-return]
        record_authentication(self.request, self.stage.login.user, "mailed")
        return self.stage.exit()  # type: ignore[no-any-return]

    def _by_mail(self) -> bool:
        user = self.stage.login.user
        return six_digits.can_be_sent(user) and not factors.is_staff(user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = {
            "for_staff": factors.is_staff(self.stage.login.user),
            "with_mail": self._by_mail(),
            "mailed": six_digits.is_on_its_way(self.request),
        }
        return {**super().get_context_data(**kwargs), **told}


class _FromLink(account.PasswordResetFromKeyView):  # type: ignore[misc]
    """A password set by a link from the mail: whoever holds it has shown who they are, so strangers' tries no longer
    count against this device (limits.py)."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not self._sets(form):
            return self.render_to_response(self.get_context_data(token_fail=True))  # type: ignore[no-any-return]
        finalize_password_reset(self.request, self.reset_user)
        answer: HttpResponse = redirect(self.get_success_url())
        marks.know(self.request, answer, self.reset_user.email)
        return answer

    def _sets(self, form: Any) -> bool:
        """Once: whoever comes second at the same moment waits here for the first, and finds the link used."""
        with transaction.atomic():
            self.reset_user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
            good = bool(default_token_generator.check_token(self.reset_user, self.key))
            if good:
                form.save()
        return good


sign_in = public_page(_SignIn.as_view())
ask_code = public_page(_AskCode.as_view())
by_passkey = public_page(_ByPasskey.as_view())
second_step = public_page(_Second.as_view())
from_link = public_page(_FromLink.as_view())
index = account_page(_Index.as_view())
add_app = account_page(proved(_AddApp.as_view()))
app_off = account_page(proved(totp.deactivate_totp))
add_passkey = account_page(proved(_AddPasskey.as_view()))
passkey_off = account_page(proved(_PasskeyOff.as_view()))
codes = account_page(proved(_Codes.as_view()))
new_codes = account_page(proved(recovery.generate_recovery_codes))
password_change = account_page(proved(account.password_change))
password_set = account_page(proved(account.password_set))


@account_page
def passkeys(request: PageRequest) -> HttpResponse:
    """They stand on the one page."""
    return redirect("mfa_index")


# ---- devices ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedInOn:
    """A device that holds a session."""

    session: UserSession
    name: str
    here: bool

    @property
    def used_at(self) -> datetime | None:
        """When it was last seen, where that is known to be later than that it signed in."""
        seen, began = self.session.last_seen_at, self.session.created_at
        return seen if seen - began > timedelta(minutes=1) else None


@account_page
def devices(request: PageRequest) -> HttpResponse:
    """Where one is signed in, and signing out from afar."""
    user: Any = request.user
    key = request.session.session_key
    if request.method == "POST":
        return _sign_out(request, user, key)
    found = UserSession.objects.purge_and_list(user)
    listed = [SignedInOn(one, name_of_phone(one.user_agent), one.session_key == key) for one in found]
    listed.sort(key=lambda one: (not one.here, one.session.created_at), reverse=False)
    context = {"devices": listed, "others": sum(not one.here for one in listed), **_for_template(request)}
    with timezone.override(zone(_zone(user))):
        return render(request, "signin/devices.html", context)


def _zone(user: Any) -> str:
    """Where somebody reads the hour: a client's own time zone, for staff that of their program."""
    member = home_place(user.pk)
    if member is None:
        return "UTC"
    with program_scope(member.program):
        if member.kind == "client":
            return Client.objects.get(id=member.id).timezone
        return Program.objects.get(id=member.program).timezone


def _sign_out(request: PageRequest, user: Any, key: str | None) -> HttpResponse:
    if request.POST.get("do") == "others":
        ended = end_sessions(user, but=key or "")
    else:
        number = request.POST.get("device", "")
        wanted = number.isascii() and number.isdecimal() and len(number) < 18
        others = UserSession.objects.filter(user=user).exclude(session_key=key)
        one = others.filter(pk=int(number)).first() if wanted else None
        ended = 0
        if one is not None:
            one.end()
            ended = 1
    if ended:
        journal.write(user, SignedOut, how="from another device")
    return redirect("usersessions_list")
