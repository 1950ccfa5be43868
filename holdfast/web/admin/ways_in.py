"""Telling of a change by which somebody else could sign in as a client: nobody makes one unseen."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.people.models import Client, User
from holdfast.people.queries import accounts_of_directors
from holdfast.people.rules import Role, Standing
from holdfast.web.access import PageRequest
from holdfast.web.signin.mail import in_language_of, tell


def phone_changed(client: Client) -> None:
    """The client is written to. No number is texted: the new one may be wrong, the old one may lie with somebody they left."""
    if client.user is not None and client.standing != Standing.DIED:
        transaction.on_commit(partial(_write_of_phone, client.user), robust=True)


def _write_of_phone(client: User) -> None:
    with in_language_of(client):
        tell(
            client,
            _("Your phone number was changed"),
            _("The phone number that we have for you was changed. For three days, codes to sign in come to this address "
              "and not by text. Did you ask for it? Then there is nothing to do. If not, call us today."),
        )  # fmt: skip


def account_given(request: PageRequest) -> None:
    """Directors hear of an account that no director gave. No letter names a client."""
    if request.actor.role is Role.DIRECTOR:
        return
    transaction.on_commit(partial(_write_of_account, accounts_of_directors(request.now)), robust=True)


def _write_of_account(directors: list[User]) -> None:
    for director in directors:
        tell(
            director,
            _("A client was given an account"),
            _(
                "A client who had none was given an account to sign in with. Who, and by whom, stands among the changes."
            ),
        )
