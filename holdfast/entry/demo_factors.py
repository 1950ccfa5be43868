"""The demo's staff have a second factor already: an app that nobody holds, and the fixed code that the tour shows."""

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.people.models import Staff
from holdfast.web.signin import factors


def give_second_factors() -> None:
    """To all staff who have none, also in a demo that an older release began."""
    for program in Program.objects.filter(made_up=True):
        with program_scope(program.id):
            for staff in Staff.objects.exclude(user=None).select_related("user"):
                if staff.user is not None and not factors.has_second(staff.user):
                    with factors.of(staff.user):
                        TOTP.activate(staff.user, generate_totp_secret())
