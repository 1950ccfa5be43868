"""Moving the clock, in tests and in the demo only. Nothing else may."""

from datetime import timedelta

from django.conf import settings
from django.db import connection

from holdfast.ledger.models import ClockOffset, Program
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


def refuse_mixed_worlds() -> None:
    """Called when a process starts: a real program has true time, and no demo touches it."""
    if settings.HOLDFAST_DEMO and Program.objects.filter(made_up=False).exists():
        raise SystemExit(
            "This database holds a real program, so the demo does not start on it. Name another in DATABASE_URL."
        )
    if not settings.HOLDFAST_CLOCK_MAY_MOVE and offset() != timedelta():
        raise SystemExit(
            "This database has a moved clock, which only the demo and tests may have. Remove the row in ledger_clockoffset."
        )
