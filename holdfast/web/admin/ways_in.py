"""Telling of a change by which somebody else could sign in as a client: nobody makes one unseen."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.ledger.models import Program
from holdfast.people.models import Client, User
from holdfast.people.rules import Role, Standing
from holdfast.web.access import PageRequest
from holdfast.web.admin.factor_resets import directors_now
from holdfast.web.signin import texting
from holdfast.web.signin.mail import in_language_of, tell


def phone_changed(request: PageRequest, client: Client, until_now: str) -> None:
    """The client is written to, and texted where a code could have gone until now. Not the new number: it may be wrong."""
    if client.user is not None and client.standing != Standing.DIED:
        program = Program.objects.get(id=client.program_id)
        transaction.on_commit(partial(_write_of_phone, client.user, program, until_now), robust=True)


def _write_of_phone(client: User, program: Program, until_now: str) -> None:
    with in_language_of(client):
        tell(
            client,
            _("Your phone number was changed"),
            _("The phone number that we have for you was changed. For three days, codes to sign in come to this address "
              "and not by text. Did you ask for it? Then there is nothing to do. If not, call us today."),
        )  # fmt: skip
        if until_now:
            texting.tell(
                program, until_now, _("The phone number that we have for you was changed. Not you? Call us today.")
            )


def account_given(request: PageRequest) -> None:
    """Directors hear of an account that no director gave. No letter names a client."""
    if request.actor.role is Role.DIRECTOR:
        return
    transaction.on_commit(partial(_write_of_account, directors_now(request)), robust=True)


def _write_of_account(directors: list[User]) -> None:
    for director in directors:
        tell(
            director,
            _("A client was given an account"),
            _(
                "A client who had none was given an account to sign in with. Who, and by whom, stands among the changes."
            ),
        )
