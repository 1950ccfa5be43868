"""`holdfast second-factor`: for the director who has lost theirs, when there is no other director."""

from __future__ import annotations

import click

from holdfast.entry.operate import become


@click.group("second-factor")
def second_factor() -> None:
    """Second factors of staff and clients."""


@second_factor.command("reset")
@click.argument("email")
@click.option("--reason", required=True, help="How you know that it is them, and what happened. It is kept.")
def reset(email: str, reason: str) -> None:
    """Take away the lost second factor of whoever signs in with EMAIL.

    Staff set up another at their next sign-in. It is recorded, stands among the changes, and every director is written to.
    """
    become("web")
    from holdfast.ledger.scope import program_scope
    from holdfast.people.models import Client, Staff, User
    from holdfast.people.queries import accounts_of_directors, home_place
    from holdfast.people.signing_in import reset_second_factor
    from holdfast.web.admin.factor_resets import write_of_client
    from holdfast.web.signin.mail import tell

    user = User.objects.filter(email=email.strip().lower()).first()
    member = home_place(user.pk) if user else None
    if user is None or member is None:
        raise click.ClickException(f"Nobody signs in with {email}.")
    with program_scope(member.program) as now:
        whose = (Staff if member.kind == "staff" else Client).objects.get(id=member.id)
        try:
            reset_second_factor(whose, reason, None, now)
        except ValueError as no:
            raise click.ClickException(str(no)) from None
        directors = [one for one in accounts_of_directors(now) if one != user]
    if isinstance(whose, Client):
        write_of_client(user, directors)
        click.echo("Done. They sign in with their password or a code by e-mail.")
        return
    for each in [user, *directors]:
        tell(
            each,
            "A second step was reset",
            f"Whoever runs the machine has reset the second step of {whose.name}."
            " If you did not expect this, tell your director today.",
        )
    click.echo(f"{whose.name} sets up another second factor at the next sign-in.")
