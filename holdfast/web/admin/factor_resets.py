"""Taking away a second factor that somebody has lost: with a reason, and never unseen."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.people.models import Staff
from holdfast.people.queries import current_staff
from holdfast.people.rules import Role
from holdfast.people.signing_in import reset_second_factor
from holdfast.web.access import PageRequest
from holdfast.web.signin.factors import kinds_of
from holdfast.web.signin.mail import tell
from holdfast.web.team.frame import me
from holdfast.web.team.reading import NotRead, Typed


def has_factors(staff: Staff) -> bool:
    return staff.user is not None and bool(kinds_of(staff.user))


def reset(request: PageRequest, staff: Staff, form: Typed) -> str:
    """Their second factor is gone, and so are their sessions. They and the directors are written to."""
    try:
        reset_second_factor(staff, form.get("reason"), me(request), request.now)
    except ValueError as no:
        raise NotRead("reason", _(str(no))) from None
    directors = current_staff(request.now).filter(role=Role.DIRECTOR).exclude(user=None).select_related("user")
    transaction.on_commit(partial(_write, staff, me(request).name, list(directors)), robust=True)
    return "second-reset"


def _write(staff: Staff, by: str, directors: list[Staff]) -> None:
    if staff.user is not None:
        tell(
            staff.user,
            _("Your second step was reset"),
            _("%(by)s has reset your second step of signing in. You set up another when you sign in next. "
              "If you did not ask for it, tell a director today.") % {"by": by},
        )  # fmt: skip
    for director in directors:
        if director.user is not None and director.id != staff.id:
            tell(
                director.user,
                _("A second step was reset"),
                _("%(by)s has reset the second step of %(name)s. The reason stands among the changes.")
                % {"by": by, "name": staff.name},
            )
