"""Bringing the database up to date, as its owner, and granting what stands outside any program."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.people.actions import write_digests

AT_ONCE = 500  # clients in one transaction

# The listed few tables without a program: sign-in names and Django's own.
WITHOUT_PROGRAM = {
    "ledger_program": "select, insert, update",
    "ledger_clockoffset": "select",
    "ledger_vouch": "select, insert, update",
    "people_user": "select, insert, update",
    "people_user_groups": "select",
    "people_user_user_permissions": "select",
    "account_emailaddress": "select, insert, update, delete",
    "account_emailconfirmation": "select, insert, update, delete",
    "people_signintry": "select, insert, update, delete",
    "mfa_authenticator": "select, insert, update, delete",
    "usersessions_usersession": "select, insert, update, delete",
    "django_session": "select, insert, update, delete",
    "django_content_type": "select",
    "django_migrations": "select",
    "auth_permission": "select",
    "auth_group": "select",
    "auth_group_permissions": "select",
}
# Left out of a search path, pg_temp comes first: a temporary table would stand in front of a real one. No role of ours may
# make one; this holds even where an administrator lets them.
NOTHING_IN_FRONT = """
do $$ declare looks_across regprocedure; begin
  for looks_across in select oid from pg_proc where pronamespace = 'public'::regnamespace and prosecdef loop
    execute format('alter function %s set search_path = pg_catalog, public, pg_temp', looks_across);
  end loop;
end $$
"""
WATCHDOG_READS = ("ledger_program", "ledger_clockoffset", "ledger_vouch", "django_migrations")


def migrate() -> None:
    """Run as the owner. Safe to run again, and with the previous release still running."""
    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        for table, rights in WITHOUT_PROGRAM.items():
            cursor.execute(f"grant {rights} on {table} to holdfast_web, holdfast_worker")
        moving = "insert, update, delete on ledger_clockoffset"
        if settings.HOLDFAST_CLOCK_MAY_MOVE:
            cursor.execute(f"grant {moving} to holdfast_web, holdfast_worker")
        else:
            cursor.execute(f"revoke {moving} from holdfast_web, holdfast_worker")
        for table in WATCHDOG_READS:
            cursor.execute(f"grant select on {table} to holdfast_watchdog")
        cursor.execute("grant insert, update on ledger_vouch to holdfast_watchdog")
        cursor.execute(NOTHING_IN_FRONT)
        cursor.execute("grant usage on all sequences in schema public to holdfast_web, holdfast_worker")
    for program in Program.objects.values_list("id", flat=True):
        _digests(program)


def _digests(program: int) -> None:
    """Numbers of clients that an older release wrote without a digest; each time, so that none is left after an update.

    In small transactions, for the older release may still be running.
    """
    after: int | None = 0
    while after is not None:
        with program_scope(program):
            after = write_digests(program, after, AT_ONCE)
