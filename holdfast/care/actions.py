"""The only writer of tasks. Every action needs the open transaction of a scope."""

from datetime import datetime, timedelta
from uuid import UUID

from holdfast.assessment.concerns import note
from holdfast.assessment.facts import RiskFound
from holdfast.assessment.models import RiskFinding
from holdfast.assessment.written import written_in
from holdfast.care.facts import TaskDone, TaskHalfTime, TaskLate, TaskOpened
from holdfast.care.models import Task
from holdfast.care.rules import days_due, half_time, routine_due, same_day_due
from holdfast.content.load import cadence, escalation
from holdfast.content.shapes import Urgency
from holdfast.ledger.record import record
from holdfast.oncall import actions as oncall
from holdfast.oncall.facts import PageAnswered
from holdfast.people.facts import RiskLevelSet, StandingChanged
from holdfast.people.models import Client, Staff
from holdfast.people.queries import holidays, primary_of, risk_of
from holdfast.people.rules import Standing


def open_tasks(fact: RiskFound, now: datetime) -> None:
    """Open a task for each finding that needs a human today or this week, whatever else the others led to."""
    if fact.client is None or not fact.in_time:
        return
    for finding in RiskFinding.objects.filter(id__in=fact.in_time).order_by("id"):
        _open(finding, now)


def _open(finding: RiskFinding, now: datetime) -> None:
    client = Client.objects.get(id=finding.client_id or 0)
    clocks = escalation()
    if finding.urgency == Urgency.SAME_DAY:
        due = same_day_due(clocks.same_day, client.timezone, now)
        half = half_time(clocks.same_day, now, due)
    else:
        closed = holidays(finding.program_id, now.date())
        due, half = routine_due(clocks.routine, client.timezone, now, closed), None
    task = Task.objects.create(
        program_id=finding.program_id,
        client=client,
        finding=finding,
        owner_id=primary_of(client.id, now),
        why=finding.why,
        urgency=finding.urgency,
        opened_at=now,
        half_at=half,
        due_at=due,
        look_again_at=half or due,
    )
    record(TaskOpened(program=task.program_id, task=task.id, client=client.id, urgency=task.urgency), now)


LIVING_WITH_US = (Standing.ACTIVE, Standing.PAUSED, Standing.INVITED)
REASSESSMENT = "reassessment"
PAUSE_ENDED = "pause_ended"
LATE = {REASSESSMENT: "reassessment-late", PAUSE_ENDED: "pause-ended-late"}  # the signal that says so


def plan_reassessment(fact: RiskLevelSet, now: datetime) -> None:
    """The risk was judged: what was due is done, and the next judgement has an owner and a day."""
    client = Client.objects.get(id=fact.client)
    before = Task.objects.select_for_update().filter(client=client, about=REASSESSMENT, look_again_at__isnull=False)
    for task in before:
        _end(task, Staff.objects.get(id=fact.by), "The risk was judged again.", now)
    _plan_reassessment(client, fact.level, fact.by, now)


def keep_reassessment(client_id: int, now: datetime) -> None:
    """Whoever is in our care and was rated once is judged again: where no such task is open, one is opened."""
    rating = risk_of(client_id)
    if (
        rating
        and not Task.objects.filter(client_id=client_id, about=REASSESSMENT, look_again_at__isnull=False).exists()
    ):
        _plan_reassessment(Client.objects.get(id=client_id), rating.level, rating.by_id, now)


def _plan_reassessment(client: Client, level: str, by: int, now: datetime) -> None:
    if client.standing not in LIVING_WITH_US:
        return
    days = cadence().reassess_days[level]
    due = days_due(days, client.timezone, now)
    task = Task.objects.create(
        program_id=client.program_id,
        client=client,
        about=REASSESSMENT,
        owner_id=primary_of(client.id, now) or by,
        why=f"Judge the risk again: it was judged {level}, which holds for {days} days at most.",
        urgency=Urgency.ROUTINE,
        opened_at=now,
        due_at=due,
        look_again_at=due,
    )
    record(TaskOpened(program=task.program_id, task=task.id, client=client.id, urgency=task.urgency), now)


def ask_if_back(client: Client, now: datetime) -> None:
    """A pause has ended: the clinician who knows the client asks today whether they are back."""
    if Task.objects.filter(client=client, about=PAUSE_ENDED, look_again_at__isnull=False).exists():
        return
    clock = escalation().same_day
    due = same_day_due(clock, client.timezone, now)
    half = half_time(clock, now, due)
    task = Task.objects.create(
        program_id=client.program_id,
        client=client,
        about=PAUSE_ENDED,
        owner_id=primary_of(client.id, now),
        why="The pause has ended: are they back? Ask them today, or pause again until another day.",
        urgency=Urgency.SAME_DAY,
        opened_at=now,
        half_at=half,
        due_at=due,
        look_again_at=half,
    )
    record(TaskOpened(program=task.program_id, task=task.id, client=client.id, urgency=task.urgency), now)


def standing_changed(fact: StandingChanged, now: datetime) -> None:
    """Nothing is open about who has died, nobody judges the risk of who has left, and who comes back is judged again."""
    if fact.standing in LIVING_WITH_US:
        keep_reassessment(fact.client, now)
    open_ = Task.objects.select_for_update().filter(client_id=fact.client, look_again_at__isnull=False)
    for task in open_.order_by("id"):
        if why := _no_longer_due(task, fact.standing):
            _end_by_itself(task, why, now)


def _no_longer_due(task: Task, standing: str) -> str | None:
    """Why nobody need do this any more; None when somebody must."""
    if standing == Standing.DIED:
        return "The client has died."
    if task.about == REASSESSMENT and standing not in LIVING_WITH_US:
        return "No longer with us."
    if task.about == PAUSE_ENDED and standing != Standing.ACTIVE:
        return "Paused again." if standing == Standing.PAUSED else "No longer with us."
    return None


def look(task_id: int, now: datetime) -> bool:
    """Look at a task whose time has come: half-time pages the clinician on duty, the due time escalates it."""
    # The client first, as every signal does: a late task becomes one.
    Client.objects.select_for_update(no_key=True).filter(
        id__in=Task.objects.filter(id=task_id).values("client")
    ).first()
    task = (
        Task.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(id=task_id, look_again_at__lte=now)
        .select_related("client", "finding")
        .first()
    )
    if task is None:
        return False
    if why := _no_longer_due(task, task.client.standing):
        _end_by_itself(task, why, now)
        return True
    clocks = escalation()
    if task.due_at > now:
        task.look_again_at = task.due_at
        record(TaskHalfTime(program=task.program_id, task=task.id, client=task.client_id), now)
    elif task.urgency == Urgency.ROUTINE:
        task.urgency = clocks.routine.becomes
        task.due_at = same_day_due(clocks.same_day, task.client.timezone, now)
        task.half_at = task.look_again_at = half_time(clocks.same_day, now, task.due_at)
    else:
        task.late_at, task.look_again_at = now, None
        oncall.stop_paging(task.program_id, "task", task.id, "late", now)
        found = task.finding or note(LATE[task.about], task.client, now)
        record(
            TaskLate(
                program=task.program_id,
                task=task.id,
                client=task.client_id,
                protocol=found.protocol or "i-need-help-now",
                findings=(found.id,),
            ),
            now,
        )
    task.save(update_fields=["look_again_at", "late_at", "urgency", "due_at", "half_at"])
    return True


def _end_by_itself(task: Task, why: str, now: datetime) -> None:
    """Nobody is rung about what was still to be done, and the record stays."""
    task.done_at, task.look_again_at, task.outcome = now, None, why
    task.save(update_fields=["done_at", "look_again_at", "outcome"])
    oncall.stop_paging(task.program_id, "task", task.id, "not needed", now)
    record(TaskDone(program=task.program_id, task=task.id, by=None), now)


def ask_on_duty(fact: TaskHalfTime, now: datetime) -> None:
    """Half the time is gone: whoever is on duty is asked once, and again when it is due."""
    task = Task.objects.select_related("client").get(id=fact.task)
    oncall.start_paging(
        fact.program,
        "task",
        task.id,
        urgency=task.urgency,
        state=task.client.state,
        client_id=task.client_id,
        now=now,
        wait=max(min(task.due_at - now, timedelta(hours=1)), timedelta(minutes=2)),
    )


def task_answered(fact: PageAnswered, now: datetime) -> None:
    """Somebody on duty said "I have this": the task is theirs."""
    if fact.what == "task" and fact.answer == "have":
        Task.objects.filter(id=fact.what_id, done_at=None).update(owner_id=fact.staff)
        oncall.stop_paging(fact.program, "task", fact.what_id, "taken", now)


def finish(task: Task, staff: Staff, outcome: str, now: datetime, *, read: UUID | None = None) -> None:
    """Somebody did it, and says what came of it. `read`: the newest words of the client that were before them.

    What nobody has read is not done: a task about a note is finished only by whoever has its words before them.
    """
    if not outcome.strip():
        raise ValueError("Say what came of it before you finish this.")
    row = Task.objects.select_for_update().get(id=task.id)
    if row.done_at:
        return
    if row.about == REASSESSMENT:
        raise ValueError("Judge the risk on the client's page: that finishes this.")
    newest = newest_words(row)
    if newest is not None and newest != read:
        raise ValueError("The client wrote something that was not before you yet. Read it here, then finish this.")
    _end(row, staff, outcome.strip(), now)


def newest_words(task: Task) -> UUID | None:
    """The newest words that the client wrote in the form of which this task is, by their number."""
    form = task.finding.response_id if task.finding else None
    written = written_in([form]).get(form, []) if form else []
    return written[-1].uid if written else None


def _end(task: Task, staff: Staff, outcome: str, now: datetime) -> None:
    task.done_at, task.done_by, task.look_again_at, task.outcome = now, staff, None, outcome
    task.save(update_fields=["done_at", "done_by", "look_again_at", "outcome"])
    oncall.stop_paging(task.program_id, "task", task.id, "done", now)
    record(TaskDone(program=task.program_id, task=task.id, by=staff.id), now)
