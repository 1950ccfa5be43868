"""Codes that are typed while signing in or setting up, with our own limits: they hold across processes."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.account.internal.stagekit import unstash_login
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.web.signin import factors, journal, limits, mailed, six_digits


def _code_field(label: Any, hint: Any = "") -> forms.CharField:
    """Where a code is written: browsers and phones offer what came by text or mail."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input"}),
    )


def _too_many() -> forms.ValidationError:
    return forms.ValidationError(
        _("Too many wrong tries from here. Wait ten minutes, or use a passkey or another way to sign in.")
    )


class SecondCode(AuthenticateForm):  # type: ignore[misc]
    """A code after the password: from the app, or a recovery code; for clients also one from their mail."""

    code = _code_field(gettext_lazy("Code"), gettext_lazy("Six digits from your app, or one of your recovery codes."))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not limits.may_try(context.request, self.user.email, "code"):
            raise _too_many()
        self.authenticator = factors.code_fits(self.user, code)
        self.mailed = self.authenticator is None and self._is_mailed(code)
        if self.authenticator is not None:
            self.authenticator.user = self.user
        elif not self.mailed:
            journal.failed(self.user, "code")
            raise forms.ValidationError(_("That code is not right, or was used already. Wait for the next one."))
        limits.was_right(context.request, self.user.email, "code")
        return code

    def _is_mailed(self, code: str) -> bool:
        """Clients may use a code from their mail instead."""
        return not factors.is_staff(self.user) and six_digits.is_right(context.request, self.user, code)


class SecondPasskey(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey, after the password or instead of it. There is nothing to guess, so nothing is counted."""

    def clean_credential(self) -> object:
        credential = self.cleaned_data["credential"]
        try:
            webauthn.parse_authentication_response(credential)
            user = self.user or webauthn.extract_user_from_response(credential)
            found = webauthn.complete_authentication(user, credential)
        except (forms.ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise forms.ValidationError(
                _("That passkey was not accepted. Try again, or use another way to sign in.")
            ) from None
        return found


class PasskeyAlone(SecondPasskey):
    """Signing in with nothing else."""

    passwordless = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, user=None, **kwargs)


class AddApp(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app shows that it was set up well."""

    code = _code_field(gettext_lazy("The code that the app shows now"))

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        if not limits.may_unlock(context.request):
            raise _too_many()
        if not validate_totp_code(self.secret, code):
            raise forms.ValidationError(_("That is not the code. Write the one that the app shows now."))
        limits.unlocked(context.request)
        return code


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey with a name by which its owner knows it."""

    name = forms.CharField(
        label=gettext_lazy("What you call it"),
        help_text=gettext_lazy("So that you know which one it is: my phone."),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input"}),
    )

    def clean(self) -> dict[str, object]:
        try:
            cleaned: dict[str, object] = super().clean()
        except (forms.ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise forms.ValidationError(
                _("This device did not make a passkey. Try again, or use an app for codes.")
            ) from None
        return cleaned


class AskCode(RequestLoginCodeForm):  # type: ignore[misc]
    """An address to which a code is sent. An unknown one is answered alike; how many mails leave is counted where
    they leave."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        users = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
        self._user = users[0] if users else None
        return email


class MailedCode(ConfirmLoginCodeForm):  # type: ignore[misc]
    """The code from the mail."""

    expected_code: str

    code = _code_field(gettext_lazy("Code"))

    def clean_code(self) -> str:
        request, login = context.request, unstash_login(context.request, peek=True)
        account = (login.email or "") if login is not None else ""
        one = f"{request.session.session_key} {self.expected_code}"
        if login is None or not limits.may_try(request, account, "mailed code", code=one):
            raise _too_many()
        if not mailed.is_sent(request, account, self.expected_code):
            self.expected_code = ""
        try:
            code: str = super().clean_code()
        except forms.ValidationError:
            journal.failed(login.user, "mailed")
            raise forms.ValidationError(_("That is not the code. Look at the newest message from us.")) from None
        limits.was_right(request, account, "mailed code", code=one)
        mailed.used(request)
        return code
