"""What `holdfast check` looks at beyond the settings."""

from django.conf import settings
from django.db import OperationalError, connection

from holdfast.content.seal import check_content
from holdfast.entry import content_check, downtime


def worries() -> list[str]:
    """Sentences, each with what to do about it. Empty when nothing is unsafe."""
    found = [f"Clinical content: {line}" for line in check_content()]
    try:
        found += _of_the_database()
    except OperationalError:
        found.append(
            "The database does not answer, so nothing about it could be checked. Start it, or set DATABASE_URL."
        )
    return found + _of_the_settings()


def _of_the_database() -> list[str]:
    found = content_check.changed_since_approved() + content_check.not_approved()
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)"
        )
        user, strong = cursor.fetchone()
        if strong:
            found.append(f"The database role {user} sees every program. Use the roles that `holdfast roles` makes.")
        cursor.execute("select count(*) from ledger_clockoffset")
        if cursor.fetchone()[0] and not settings.HOLDFAST_DEMO:
            found.append("The clock of this database is moved. Remove the row in ledger_clockoffset.")
    return found


def _of_the_settings() -> list[str]:
    found = downtime.worries()
    if not settings.HOLDFAST_DEMO:
        needed = ("HOLDFAST_TWILIO_SID", "HOLDFAST_TWILIO_TOKEN", "HOLDFAST_TWILIO_FROM")
        found += [
            f"{name} is missing, so no text or call can be made. Set it as docs/how-to/channels.md says."
            for name in needed
            if not getattr(settings, name)
        ]
        if not settings.HOLDFAST_HEARTBEAT_URL:
            found.append("HOLDFAST_HEARTBEAT_URL is missing, so nobody outside would notice that everything stopped.")
    return found
