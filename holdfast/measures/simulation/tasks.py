"""Work with an owner and a due time: what the actions of `care` do, on objects in memory."""

from datetime import timedelta
from typing import Final

from holdfast.content.shapes import Urgency
from holdfast.measures.simulation import holding, seeking
from holdfast.measures.simulation.states import Client, Task
from holdfast.measures.simulation.world import World
from holdfast.people.rules import Standing

REASSESSMENT: Final = "reassessment"
PAUSE_ENDED: Final = "pause ended"
FINDING: Final = "finding"
LIVING_WITH_US: Final = (Standing.ACTIVE, Standing.PAUSED, Standing.INVITED)


def open_task(world: World, client: Client, urgency: Urgency, about: str = FINDING) -> Task:
    """Somebody has to do this in time."""
    decide, clocks, now = world.decide, world.escalation, world.now
    half = None
    if about == REASSESSMENT:
        due = decide.days_due(world.cadence.reassess_days[client.risk], client.timezone, now)
    elif urgency is Urgency.SAME_DAY:
        due = decide.same_day_due(clocks.same_day, client.timezone, now)
        half = decide.half_time(clocks.same_day, now, due)
    else:
        due = decide.routine_due(clocks.routine, client.timezone, now)
    task = Task(world.number(), client, urgency, about, client.primary, now, due, half, half or due)
    world.tasks[task.id] = task
    world.counts["tasks"] += 1
    _watch(world, task)
    world.opened(world, task)
    return task


def rated(world: World, client: Client, level: str) -> None:
    """The risk was judged: what was due is done, and the next judgement has an owner and a day."""
    client.risk, client.rated = level, True
    if client.reassessment is not None:
        finish(world, client.reassessment)
    client.reassessment = open_task(world, client, Urgency.ROUTINE, REASSESSMENT)
    client.silence_look_at = world.now


def _watch(world: World, task: Task) -> None:
    world.touched.append(task)
    if task.look_again_at is not None:
        world.sweep(task.look_again_at, look, task)


def look(world: World, task: Task) -> None:
    """Half-time pages whoever is on duty; when its time is up it becomes graver, or a crisis."""
    if task.look_again_at is None or task.look_again_at > world.now:
        return
    now, clocks, decide = world.now, world.escalation, world.decide
    if not decide.escalates(task.due_at, now):
        task.look_again_at = task.due_at
        if task.due_at > now:
            _half_time(world, task)
    elif task.urgency is Urgency.ROUTINE:
        task.urgency, task.graver_at = clocks.routine.becomes, now
        task.due_at = decide.same_day_due(clocks.same_day, task.client.timezone, now)
        task.half_at = task.look_again_at = decide.half_time(clocks.same_day, now, task.due_at)
    else:
        task.late_at, task.look_again_at = now, None
        seeking.stop(world, task.paging)
        world.tasks.pop(task.id, None)
        if task.client.reassessment is task:
            task.client.reassessment = None
        world.counts["tasks that were late and became a crisis"] += 1
        task.crisis = holding.signal(world, task.client, Urgency.URGENT)
    _watch(world, task)


def _half_time(world: World, task: Task) -> None:
    wait = max(min(task.due_at - world.now, timedelta(hours=1)), timedelta(minutes=2))
    task.paging = seeking.start(world, "task", task.client, task.urgency, task.paging, task=task, wait=wait)


def taken(world: World, task: Task, staff: int) -> None:
    """Somebody on duty said "I have this"."""
    task.owner = staff
    seeking.stop(world, task.paging)


def finish(world: World, task: Task) -> None:
    """Somebody did it, and says what came of it."""
    if task.done_at or task.late_at:
        return
    task.done_at, task.look_again_at = world.now, None
    world.tasks.pop(task.id, None)
    if task.client.reassessment is task:
        task.client.reassessment = None
    seeking.stop(world, task.paging)
    world.touched.append(task)
