"""What clients say and what their silence says: what the actions of `assessment` do, on objects in memory."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from holdfast.assessment.rhythm import Silence
from holdfast.assessment.rules import Finding
from holdfast.assessment.steps import TRY_AGAIN
from holdfast.content.load import questionnaire, signals
from holdfast.content.shapes import Urgency
from holdfast.measures.simulation import holding, tasks
from holdfast.measures.simulation.states import Client, Reminded, Response
from holdfast.measures.simulation.world import World
from holdfast.people.rules import Standing

WATCHED: Final = (Standing.ACTIVE, Standing.PAUSED)


def answered(world: World, response: Response) -> None:
    """Answers are kept. Where a rule may fire they wait to be judged; where none does they are judged."""
    client, form = response.client, questionnaire(response.form)
    client.heard = world.now
    client.asked_last[response.form] = world.now
    if response.form == "check-in":
        client.checked_in = world.now
    world.counts["forms answered"] += 1
    result = world.decide.score(form, response.answers)
    if not result.findings and not _worse(world, response, result.total) and not response.unreadable:
        response.judged_at = world.now
    else:
        response.judge_at = world.now + TRY_AGAIN
        world.waiting[response] = None
        world.within(0.05, 2, judge, response)
    if response.form == "phq-9" and result.total is not None:
        client.totals.insert(0, result.total)
        del client.totals[8:]
    world.touched += (response, client)


def _worse(world: World, response: Response, total: int | None) -> bool:
    """Whether a total lies in a worse band than is usual for this client."""
    scored = questionnaire(response.form).scoring.total
    if response.form != "phq-9" or total is None or scored is None:
        return False
    return world.decide.worse_than_usual(world.cadence.baseline, total, response.client.totals, scored.bands)


def judge(world: World, response: Response) -> None:
    """Read what was saved and say which rules fired; what cannot be read becomes a crisis by itself."""
    if response.judged_at is not None:
        return
    if response.unreadable:
        response.tries += 1
        if not world.decide.give_up(world.escalation, response.tries, response.at, world.now):
            response.judge_at = world.now + TRY_AGAIN
            world.sweep(response.judge_at, judge, response)
            return
        world.counts["answers that could not be read"] += 1
        found: tuple[Urgency | None, ...] = (signals()["unreadable-answer"].urgency,)
    else:
        form = questionnaire(response.form)
        result = world.decide.score(form, response.answers)
        found = tuple(each.urgency for each in result.findings)
        # What is usual was known before this one was kept, which stands first now.
        usual = response.client.totals[1:]
        bands = form.scoring.total.bands if form.scoring.total else ()
        if response.form == "phq-9" and world.decide.worse_than_usual(
            world.cadence.baseline, result.total or 0, usual, bands
        ):
            found = (*found, signals()["worse-than-baseline"].urgency)
    announce(world, response.client, found, response)
    response.judged_at, response.judge_at = world.now, None
    if response.unfinished_at is None:
        world.waiting.pop(response, None)
    world.touched.append(response)


def announce(world: World, client: Client, found: Iterable[Urgency | None], response: Response | None = None) -> None:
    """Tell upward what findings lead to: one signal with the gravest urgency, and a task for each that has time."""
    urgencies = tuple(found)
    at_once = [each for each in urgencies if world.decide.needs_a_crisis(each)]
    if at_once:
        worst = max((each for each in at_once if each), key=lambda each: each.weight)
        crisis = holding.signal(world, client, worst)
        if response is not None:
            response.crisis = crisis
    for urgency in urgencies:
        if urgency is not None and world.decide.needs_a_task(urgency):
            tasks.open_task(world, client, urgency)
            if response is not None:
                response.tasks += 1


def left_unfinished(world: World, response: Response) -> None:
    """A suicide screen was left after a worrying answer: silence is not an answer."""
    if response.unfinished_at is None or response.noticed or response.unfinished_at > world.now:
        return
    finding: Finding | None = world.decide.unfinished(
        questionnaire(response.form), response.answers, after_positive=True
    )
    response.noticed, response.unfinished_at = True, None
    world.waiting.pop(response, None)
    world.counts["screens left unfinished"] += 1
    if finding is not None:
        announce(world, response.client, (finding.urgency,), response)
    world.touched.append(response)


def screen_opened(world: World, response: Response) -> None:
    """A screen that a worrying answer asks for is opened; left open, it is a signal itself."""
    clock = questionnaire(response.form).scoring.unfinished
    if clock is not None:
        response.unfinished_at = world.now + timedelta(minutes=clock.after_minutes)
        world.waiting[response] = None
        world.sweep(response.unfinished_at, left_unfinished, response)


def help_pressed(world: World, client: Client) -> None:
    """ "I need help now", at any hour."""
    client.heard = world.now
    world.counts["presses of I need help now"] += 1
    announce(world, client, (signals()["help-now"].urgency,))
    world.touched.append(client)


# --- silence -----------------------------------------------------------------------------------


def look(world: World, client: Client) -> None:
    """Look whether a client has gone quiet, and remind them."""
    now, decide = world.now, world.decide
    if client.standing not in WATCHED or client.silence_look_at is None or client.silence_look_at > now:
        return
    silence = Silence(client.standing, client.risk, client.timezone, client.since, client.checked_in, client.heard)
    _notice(world, client, silence)
    _remind(world, client, silence)
    client.silence_look_at = decide.look_next(world.cadence, silence, now)
    world.sweep(client.silence_look_at, look, client)
    world.touched.append(client)


def _notice(world: World, client: Client, silence: Silence) -> None:
    """One finding for each signal that is due and was not given since."""
    due = world.decide.silence_due(world.cadence, silence, world.now)
    if not due:
        return
    found = []
    for each in due:
        rule, weight = each.line.signal, each.line.urgency.weight
        if any(given == rule and at >= each.since and heavy >= weight for given, at, heavy in client.given):
            continue
        client.given = [*client.given[-5:], (rule, world.now, weight)]
        world.counts["silences noticed"] += 1
        found.append(each.line.urgency)
    announce(world, client, found)


def _remind(world: World, client: Client, silence: Silence) -> None:
    """Remind a client who said that they want it, when something is to be answered; each once a day."""
    due = world.decide.reminders_due(world.cadence.reminder, silence, world.now)
    if not due or not client.wishes_reminders:
        return
    every = next(form.days(client.risk) for form in world.cadence.forms if form.form == "check-in")
    if not world.decide.is_offered(every, client.checked_in, world.now, client.timezone):
        return
    for moment in due:
        if (moment.day, moment.kind) not in client.reminded:
            client.reminded = [*client.reminded[-5:], (moment.day, moment.kind)]
            world.counts["reminders"] += 1
            world.touched.append(Reminded(client, moment.kind, moment.day, world.now))


def pause_over(world: World, client: Client) -> None:
    """A pause that is over ends: the client is watched again, and somebody asks whether they are back."""
    if client.standing is not Standing.PAUSED:
        return
    if world.decide.pause_over_at(client.pause_ends_at, client.since) > world.now:
        return
    client.standing, client.since, client.pause_ends_at = Standing.ACTIVE, world.now, None
    world.counts["pauses that ended"] += 1
    tasks.open_task(world, client, Urgency.SAME_DAY, tasks.PAUSE_ENDED)
    client.silence_look_at = world.now
    world.sweep(world.now, look, client)
