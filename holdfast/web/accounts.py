"""What django-allauth asks us about signing in: where to go, what to mail, what to record, what to count."""

from typing import Any, Final, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as now_asked
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy

from holdfast.people.facts import SignedIn, SignedOut, SignInChanged
from holdfast.people.models import User
from holdfast.people.signing_in import end_sessions
from holdfast.web import marks
from holdfast.web.signin import factors, journal, limits, mail, mailed, texting

# allauth's own name of what it would write to the person, and ours.
CHANGED: Final = {
    "mfa/email/totp_activated": "app",
    "mfa/email/totp_deactivated": "app off",
    "mfa/email/webauthn_added": "passkey",
    "mfa/email/webauthn_removed": "passkey off",
    "mfa/email/recovery_codes_generated": "recovery codes",
    "account/email/password_changed": "password",
    "account/email/password_set": "password",
    "account/email/password_reset": "password",
}
# What is written instead of what was asked for. Whoever was invited gets no link but from who invited them: one that
# was taken back stays so. A client who never set a password may still have a code, if that is how they sign in.
CLOSED, NO_PASSWORD_YET = "account/email/closed", "account/email/no_password_yet"
HOW: Final = {"password": "password", "code": "code", "mfa": "passkey"}


def _kind_of(request: HttpRequest) -> limits.Mail:
    """By the page that asked, which is the same whether or not the address is known."""
    match = request.resolver_match
    asked_for_link = match is not None and match.url_name == "account_reset_password"
    return limits.Mail.LINK if asked_for_link else limits.Mail.CODE


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the program: nobody signs up by themselves."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": gettext_lazy(
            "Too many wrong tries from here. Wait ten minutes, or use a passkey or a code by e-mail."
        ),
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The front door knows where each person belongs."""
        return str(resolve_url("front"))

    def add_message(self, *args: object, **kwargs: object) -> None:
        """No "you have signed in" notes: they would wait on a page where they mean nothing."""

    # ---- in and out

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The session says with what it was made, so that no page need ask the database."""
        records = get_authentication_records(request, user)
        how = next((HOW[one["method"]] for one in records if one["method"] in HOW), "")
        second = next((one["type"] for one in reversed(records) if one["method"] == "mfa"), "")
        mailed_second = "mailed" if any(one["method"] == "mailed" for one in records) else ""
        super().login(request, user)
        marks.proved(request.session, second)
        journal.write(user, SignedIn, how=how, second=second or mailed_second)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        marks.know(request, answer, str(getattr(user, "email", "")))
        return answer

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            journal.write(request.user, SignedOut, how="here")
        super().logout(request)

    # ---- wrong tries

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Instead of allauth's limits, which count in one process, and by account."""
        if not limits.may_try(request, credentials.get("email", ""), "password"):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            limits.was_right(request, credentials.get("email", ""), "password")
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        journal.failed(User.objects.filter(email=credentials.get("email", "").strip().lower()).first(), "password")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Our own step-up stands before those pages (web/proved.py)."""
        return not marks.proved_lately(now_asked.request.session)

    def get_reauthentication_methods(self, user: object) -> list[dict[str, str]]:
        return []

    # ---- mail

    def generate_login_code(self) -> str:
        """The one that is on its way already, if it still lasts."""
        request = self.request or now_asked.request
        return mailed.outstanding(request, request.POST.get("email", "")) or str(super().generate_login_code())

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The address from the settings, whatever host the request named."""
        uidb36, _dash, token = key.partition("-")
        return f"{settings.HOLDFAST_PUBLIC_URL}{reverse('account_reset_password_from_key', args=[uidb36, token])}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Neutral words from the neutral name. The work is the same whether or not the address is known."""
        whose = User.objects.filter(email=email.strip().lower()).first()
        of_staff = factors.is_staff(whose)
        told = {**context, "name": mail.neutral_name(whose), "phone": mail.phone_of(whose)}
        request = self.request or now_asked.request
        kind = _kind_of(request)
        letter = template_prefix
        if whose is not None and not whose.is_active:
            letter = CLOSED
        elif whose is not None and not whose.has_usable_password() and (kind is limits.Mail.LINK or of_staff):
            letter = NO_PASSWORD_YET
        with mail.in_language_of(whose):
            subject = render_to_string(f"{letter}_subject.txt", told).strip()
            words = render_to_string(f"{letter}_message.txt", told).strip() + "\n"
        if limits.may_mail(request, email, kind):
            if "code" in context and letter == template_prefix:  # what did not leave is right for nothing
                mailed.was_sent(request, email, context["code"])
            message = EmailMessage(subject, words, mail.sender(told["name"]), [email])
            if request.POST.get("by") == "text" and "code" in context and letter == template_prefix:
                texting.send(whose.pk if whose is not None else 0, context["code"], message)
            else:
                mail.send(message)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Called by allauth whenever somebody changed how they sign in: recorded, and written to them."""
        what = CHANGED.get(template_prefix)
        if what is None:
            return
        if what in ("app off", "passkey off") and not factors.has_second(user):
            self._without_second(user)
        journal.write(user, SignInChanged, what=what)
        mail.changed(user, what)

    def _without_second(self, user: AbstractBaseUser) -> None:
        """The last second factor was taken off: this session has none any more, and the others, which were made with
        it, end."""
        session = (self.request or now_asked.request).session
        marks.no_second(session)
        if end_sessions(cast("User", user), but=session.session_key or ""):
            journal.write(user, SignedOut, how="from another device")
