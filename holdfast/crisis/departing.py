"""Somebody of the staff leaves: not while a crisis is theirs. Needs the open transaction of a scope."""

from datetime import date, datetime

from holdfast.crisis.leaving import StillHolds, held_by
from holdfast.people import setting_up
from holdfast.people.models import Staff


def set_last_day(staff: Staff, until: date | None, today: date, by: Staff, now: datetime) -> None:
    """Their last day. Refused for today while they have an open crisis: it is handed over by name first."""
    # By the whole row, as when a shift ends: a crisis that points at its owner waits for this one.
    Staff.objects.select_for_update().get(id=staff.id)
    held = held_by(staff)
    if until == today and held:
        raise StillHolds("They have an open crisis. It is handed over by name first.", tuple(held))
    setting_up.set_last_day(staff, until, today, by, now)
