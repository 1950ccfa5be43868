"""`holdfast second-factor`: for the director who has lost theirs, when there is no other director."""

from __future__ import annotations

import click

from holdfast.entry.operate import become


@click.group("second-factor")
def second_factor() -> None:
    """Second factors of staff."""


@second_factor.command("reset")
@click.argument("email")
@click.option("--reason", required=True, help="How you know that it is them, and what happened. It is kept.")
def reset(email: str, reason: str) -> None:
    """Take away the lost second factor of the member of staff who signs in with EMAIL.

    They set up another at their next sign-in. It is recorded, stands among the changes, and every director is written to.
    """
    become("web")
    from holdfast.ledger.scope import program_scope
    from holdfast.people.models import Staff, User
    from holdfast.people.queries import current_staff, memberships
    from holdfast.people.rules import Role
    from holdfast.people.signing_in import reset_second_factor
    from holdfast.web.signin.mail import tell

    user = User.objects.filter(email=email.strip().lower()).first()
    member = next((one for one in memberships(user.pk) if one.kind == "staff"), None) if user else None
    if user is None or member is None:
        raise click.ClickException(f"Nobody of the staff signs in with {email}.")
    with program_scope(member.program) as now:
        staff = Staff.objects.get(id=member.id)
        try:
            reset_second_factor(staff, reason, None, now)
        except ValueError as no:
            raise click.ClickException(str(no)) from None
        told = {user.pk: user} | {
            one.user.pk: one.user
            for one in current_staff(now).filter(role=Role.DIRECTOR).select_related("user")
            if one.user is not None
        }
    for each in told.values():
        tell(
            each,
            "A second step was reset",
            f"Whoever runs the machine has reset the second step of {staff.name}."
            " If you did not expect this, tell your director today.",
        )
    click.echo(f"{staff.name} sets up another second factor at the next sign-in.")
