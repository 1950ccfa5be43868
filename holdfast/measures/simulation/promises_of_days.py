"""The promises about answers, silence and tasks, each a function that says what is wrong with one thing as it stands, or nothing.

Where a promise is also a query of a module's `promises.py`, it has the same name and the same bound. None of these asks
the decisions of the world, or a broken decision would excuse itself: they know the table of urgencies and the answers.
"""

from datetime import datetime, time, timedelta
from typing import Final

from holdfast.content.cadence import UNRATED
from holdfast.content.load import escalation
from holdfast.content.shapes import Urgency
from holdfast.measures.simulation.states import Client, Reminded, Response, Task
from holdfast.people.rules import Standing

# Which answers need a human now, and which today, whatever scoring says (clinical.md 3.1).
NOW: Final = {("check-in", "6"): (1, 2), ("phq-9", "9"): (2, 3), **{("asq", str(n)): (1,) for n in range(1, 6)}}
TODAY: Final = {("check-in", "5"): (1,), ("check-in", "7"): (1,), ("phq-9", "9"): (1,)}
# A client who says nothing at all is noticed after so long at the latest: from the evening before, over the first
# reminder that was not answered, to "gone quiet", and an hour for the clocks.
QUIET: Final = timedelta(hours=33 + 48 + 1)


def tasks_are_looked_at(task: Task, now: datetime) -> str | None:
    if task.done_at or task.late_at:
        return None
    if task.look_again_at is None or task.look_again_at > task.due_at:
        return "nobody will look at it when it is due"
    return "the time to look at it has passed" if task.look_again_at < now - timedelta(seconds=60) else None


def a_late_task_is_a_crisis(task: Task, now: datetime) -> str | None:
    if task.late_at and task.crisis is None:
        return "it was late, and no crisis was opened"
    return None


def a_task_of_today_is_due_today(task: Task, now: datetime) -> str | None:
    if task.urgency is not Urgency.SAME_DAY or task.done_at or task.late_at:
        return None
    clock, began = escalation().same_day, task.graver_at or task.opened_at
    longest = began + timedelta(hours=clock.at_most_hours)
    if task.due_at > longest:
        return "it is due later than twelve hours on"
    if task.due_at != longest and task.due_at.astimezone(task.client.zone).time() != time(clock.due_local_hour):
        return "it is not due at eight in the evening where the client is"
    if task.half_at is None or not began <= task.half_at < task.due_at:
        return "nobody on duty is asked before it is due"
    return None


def received_is_judged(response: Response, now: datetime) -> str | None:
    if response.answers and response.judged_at is None and now > response.at + timedelta(seconds=45):
        return "it was received and nobody has judged it"
    return None


def every_worry_has_a_crisis(response: Response, now: datetime) -> str | None:
    if response.judged_at is None:
        return None
    needs = response.unreadable or any(
        response.answers.get(item) in values for (form, item), values in NOW.items() if form == response.form
    )
    if needs and response.crisis is None:
        return "it is marked judged, an answer needs a human now, and no crisis has it"
    return None


def what_needs_somebody_today_is_somebodys(response: Response, now: datetime) -> str | None:
    if response.judged_at is None or response.unreadable or response.tasks:
        return None
    needs = any(response.answers.get(item) in values for (form, item), values in TODAY.items() if form == response.form)
    return "an answer needs somebody today, and there is no task" if needs else None


def unfinished_screen_is_noticed(response: Response, now: datetime) -> str | None:
    if response.noticed and response.crisis is None:
        return "a screen was left after a worrying answer, and no crisis has it"
    late = response.unfinished_at is not None and response.unfinished_at < now - timedelta(seconds=30)
    return "a screen was left after a worrying answer, and nobody noticed" if late else None


def silence_is_looked_at(client: Client, now: datetime) -> str | None:
    if client.standing not in (Standing.ACTIVE, Standing.PAUSED):
        return None
    if client.silence_look_at is None or client.silence_look_at < now - timedelta(minutes=5):
        return "nobody looks whether they have gone quiet"
    return None


def who_goes_quiet_is_noticed(client: Client, now: datetime) -> str | None:
    if client.standing is not Standing.ACTIVE:
        return None
    quiet = max(client.heard or client.since, client.since)
    if now < quiet + QUIET:
        return None
    if not any(rule == "gone-quiet" and at > quiet for rule, at, _ in client.given):
        return "they have said nothing for three and a half days, and nobody was told"
    return None


def reminders_come_every_day(client: Client, now: datetime) -> str | None:
    if client.standing is not Standing.ACTIVE or not client.wishes_reminders:
        return None
    here = now.astimezone(client.zone)
    if here.hour < 12 or any(day == here.date() and kind == "morning" for day, kind in client.reminded):
        return None
    morning = datetime.combine(here.date(), time(8), client.zone)
    done = client.checked_in is not None and client.checked_in.astimezone(client.zone).date() == here.date()
    return None if done or client.since > morning else "it is noon where they are, and they were not reminded today"


def reminders_come_at_their_own_hour(reminded: Reminded, now: datetime) -> str | None:
    here = reminded.at.astimezone(reminded.client.zone)
    hours = (9, 11) if reminded.kind == "morning" else (13, 15)
    if here.date() != reminded.day or not hours[0] <= here.hour < hours[1]:
        return f"a reminder of the {reminded.kind} came at {here:%H:%M} where they are"
    return None


def pauses_end(client: Client, now: datetime) -> str | None:
    if client.standing is not Standing.PAUSED:
        return None
    ends = client.pause_ends_at or client.since + timedelta(days=90)
    return "their pause is over and nobody asks" if ends < now - timedelta(minutes=5) else None


def risk_is_judged_again(client: Client, now: datetime) -> str | None:
    if client.risk != UNRATED and client.reassessment is None and client.crisis is None:
        return "their risk was judged once, and nobody will judge it again"
    return None
