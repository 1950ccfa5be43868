"""Sign-in by e-mail and password, through allauth."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.shortcuts import resolve_url


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the program: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The front door knows where each person belongs."""
        return str(resolve_url("front"))

    def add_message(self, *args: object, **kwargs: object) -> None:
        """No "you have signed in" notes: they would wait on a page where they mean nothing."""
