"""Taking away a second factor that somebody has lost: with a reason, and never unseen."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.people.models import Client, Staff, User
from holdfast.people.queries import accounts_of_directors
from holdfast.people.signing_in import reset_second_factor
from holdfast.web.access import PageRequest
from holdfast.web.signin.factors import kinds_of
from holdfast.web.signin.mail import in_language_of, tell
from holdfast.web.team.frame import me
from holdfast.web.team.reading import NotRead, Typed


def has_factors(whose: Staff | Client) -> bool:
    return whose.user is not None and bool(kinds_of(whose.user))


def reset(request: PageRequest, whose: Staff | Client, form: Typed) -> str:
    """Their second factor is gone, and so are their sessions. They and the directors are written to."""
    try:
        reset_second_factor(whose, form.get("reason"), me(request), request.now)
    except ValueError as no:
        raise NotRead("reason", _(str(no))) from None
    by = me(request).name
    directors = [one for one in accounts_of_directors(request.now) if one != whose.user]
    if isinstance(whose, Client) and whose.user is not None:
        transaction.on_commit(partial(write_of_client, whose.user, directors), robust=True)
        return "second-off"
    if isinstance(whose, Staff):
        transaction.on_commit(partial(_write_of_staff, whose, by, directors), robust=True)
    return "second-reset"


def _write_of_staff(staff: Staff, by: str, directors: list[User]) -> None:
    if staff.user is not None:
        tell(
            staff.user,
            _("Your second step was reset"),
            _("%(by)s has reset your second step of signing in. You set up another when you sign in next. "
              "If you did not ask for it, tell a director today.") % {"by": by},
        )  # fmt: skip
    for director in directors:
        tell(
            director,
            _("A second step was reset"),
            _("%(by)s has reset the second step of %(name)s. The reason stands among the changes.")
            % {"by": by, "name": staff.name},
        )


def write_of_client(client: User, directors: list[User]) -> None:
    """In the client's own language. No letter says who works here, or names a client."""
    with in_language_of(client):
        tell(
            client,
            _("Your second step was reset"),
            _("Your second step of signing in was taken away, and you were signed out everywhere. You can sign in with "
              "your password or a code by e-mail. If you did not ask for it, call us today."),
        )  # fmt: skip
    for director in directors:
        tell(
            director,
            _("A second step was reset"),
            _("The second step of a client was reset. Who, by whom and why stands among the changes."),
        )
