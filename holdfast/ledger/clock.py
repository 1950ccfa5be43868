"""Moving the clock, in tests and in the demo only. Nothing else may."""

from datetime import timedelta

from django.conf import settings
from django.db import connection

from holdfast.ledger.models import ClockOffset
from holdfast.ledger.wake import ring


def move(by: timedelta) -> None:
    """Move Holdfast's clock forward or back, for every process. Refused outside demo and tests."""
    if not settings.HOLDFAST_CLOCK_MAY_MOVE:
        raise RuntimeError("the clock may be moved in the demo and in tests only")
    row = ClockOffset.objects.filter(only=1).first()
    ClockOffset.objects.update_or_create(only=1, defaults={"ahead": (row.ahead if row else timedelta()) + by})
    ring("clock")


def reset() -> None:
    """Back to true time."""
    ClockOffset.objects.all().delete()
    ring("clock")


def offset() -> timedelta:
    """How far Holdfast's clock is from true time."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce((select ahead from ledger_clockoffset), interval '0')")
        ahead: timedelta = cursor.fetchone()[0]
    return ahead


def refuse_a_moved_clock() -> None:
    """Called when a process of a real program starts."""
    if not settings.HOLDFAST_CLOCK_MAY_MOVE and offset() != timedelta():
        raise SystemExit(
            "This database has a moved clock, which only the demo and tests may have. Remove the row in ledger_clockoffset."
        )
