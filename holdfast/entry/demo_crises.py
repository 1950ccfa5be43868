"""The crises of the demo's past, each told from its first signal to its landing by the acts of real work."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions as crisis
from holdfast.crisis import guide, handing, judging, landing, reach
from holdfast.crisis.course import Asked, Choice, Ending, Line
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result, State
from holdfast.entry.demo_history import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Story,
    World,
    answer,
    check_in,
    deliver,
    fill,
    local_time,
    phq9,
)
from holdfast.entry.demo_people import Person
from holdfast.notify import actions as notify
from holdfast.notify.models import Attempt
from holdfast.notify.rules import Channel
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page
from holdfast.oncall.queries import running
from holdfast.oncall.rules import Answer
from holdfast.people.models import Client, Staff


@dataclass(frozen=True)
class Past:
    """One crisis of the past. `ignored`: turns that nobody answered; `then`: what went otherwise than hoped."""

    client: str
    days_ago: float  # on that day, at that hour of theirs; with 0 days, so many hours ago
    hour: float
    cause: str  # thoughts | screen | unsure | unsafe | help | stranger
    via: str = "board"
    ignored: int = 0
    answer_within_s: int = 95
    then: str = ""  # cannot | silent | given_back | again
    tries: tuple[Result, ...] = (Result.REACHED,)
    ended: Disposition = Disposition.SAFE_WITH_PLAN
    next_days: float = 1.0
    risk: str = "moderate"
    hand_over: tuple[str, ...] = ()  # by name, once they have talked, to the first of these who has it not
    lands_today: bool = False  # the next contact is later today, so the crisis is still landing
    words: str = "We spoke for half an hour. The urge has passed; a friend is there tonight. Plan looked at together."


def crisis_of(world: World, past: Past) -> Story:
    """The whole life of one crisis: raised, asked, answered, reached, settled, closed."""
    client, person = world.clients[past.client], world.people[past.client]
    at = _began(world, past, person)
    yield at
    episode = yield from _raise(world, past, client, person, at)
    if past.cause in ("thoughts", "screen"):
        at += 90 * SECOND
    staff, at = yield from _seek(world, past, episode, max(at, episode.signal_at))
    if past.then in ("silent", "given_back"):
        staff, at = yield from _lost_and_found(world, past, episode, staff, at)
    at += timedelta(seconds=world.some(25, 70))
    yield at
    crisis.opened(Episode.objects.get(id=episode.id), staff, at)
    if past.cause == "stranger":
        at += 2 * MINUTE
        yield at
        crisis.match(episode.id, client, staff, at)
    at = yield from _reach(world, past, episode, staff, at)
    if past.then == "again":
        at = yield from _pressed_again(episode, client, staff, at)
    to = next((there for name in past.hand_over if (there := world.staff[name]).id != staff.id), None)
    if to is not None:
        staff, at = yield from _handed_over(world, episode, staff, to, at)
    at = yield from _through_the_steps(world, past, episode, staff, at)
    yield from _land(world, past, episode, staff, world.staff[person.therapist], at)


def _began(world: World, past: Past, person: Person) -> datetime:
    if not past.days_ago:
        return world.now - past.hour * HOUR
    today = world.now.astimezone(ZoneInfo(person.timezone)).date()
    return local_time(today - timedelta(days=past.days_ago), past.hour, person.timezone)


def _reach(
    world: World, past: Past, episode: Episode, staff: Staff, at: datetime
) -> Generator[datetime, None, datetime]:
    """One minute to look, then try after try until they have talked."""
    at += timedelta(seconds=world.some(15, 40))
    yield at
    line = _step_now(episode)
    while line is not None and line.step.act is None and line.step.id == "prepare":
        guide.answer_step(episode.id, staff, line.step.id, Ending.DONE, "", None, at)
        line = _step_now(episode)
    failed = 0
    for result in past.tries:
        at += timedelta(seconds=world.some(60, 170))
        yield at
        crisis.log_try(episode.id, staff, result, "phone", TRY_WORDS[result], None, at)
        deliver(at)
        failed += result is Result.NO_ANSWER
        if failed == 2 and result is Result.NO_ANSWER:
            at = yield from _cannot_reach(episode, staff, at)
        at += timedelta(seconds=world.some(60, 120))
    return at


def _cannot_reach(episode: Episode, staff: Staff, at: datetime) -> Generator[datetime, None, datetime]:
    """Two tries have failed: a second person says yes, and the owner decides what comes next."""
    at += 45 * SECOND
    yield at
    page = _asked(episode, "second")[0]
    oncall.answer(page.id, Answer.HAVE, "sms", at)
    deliver(at)
    at += 40 * SECOND
    yield at
    words = "The text asks them to pick up; it says nothing about why."
    reach.decide(episode.id, staff, Choice.TEXT, words, None, at)
    return at


def _pressed_again(episode: Episode, client: Client, staff: Staff, at: datetime) -> Generator[datetime, None, datetime]:
    """The client pressed the button once more while they spoke."""
    yield at
    assessment.ask_for_help(client, "session", at)
    deliver(at)
    at += MINUTE
    yield at
    words = "Pressed the button while we spoke, to see whether it works."
    crisis.log_try(episode.id, staff, Result.REACHED, "phone", words, None, at)
    return at


def _handed_over(
    world: World, episode: Episode, staff: Staff, to: Staff, at: datetime
) -> Generator[datetime, None, tuple[Staff, datetime]]:
    """The owner asks by name; it stays theirs until the other says yes."""
    at += timedelta(seconds=world.some(80, 160))
    yield at
    why = "You know each other. We have talked; the place is confirmed. They would rather go on with you."
    asked = handing.ask(episode.id, staff, Asked.HAND_OVER, to, why, at)
    deliver(at)
    at += timedelta(seconds=world.some(40, 110))
    yield at
    handing.accept(asked.uid, to, at)
    deliver(at)
    return to, at


def _step_now(episode: Episode) -> Line | None:
    now = Episode.objects.get(id=episode.id)
    return guide.line_now(now)


def _through_the_steps(
    world: World, past: Past, episode: Episode, staff: Staff, at: datetime
) -> Generator[datetime, None, datetime]:
    """Step by step as far as settling; the risk judged again and the plan gone through on the way."""
    pressed = iter(STEP_WORDS)
    while (line := _step_now(episode)) is not None and line.step.act not in ("settle", "close"):
        at += timedelta(minutes=world.some(1.2, 4.6))
        yield at
        match line.step.act:
            case "reassess":
                _judge(past, episode, staff, at)
            case "plan":
                guide.plan_reviewed(episode.id, staff, "", None, at)
            case None:
                guide.answer_step(episode.id, staff, line.step.id, Ending.DONE, next(pressed, ""), None, at)
            case _:
                break
    at += timedelta(minutes=world.some(1, 3))
    yield at
    here = Episode.objects.get(id=episode.id)
    if not here.risk_level:
        _judge(past, episode, staff, at)
    if here.plan_reviewed_at is None:
        guide.plan_reviewed(episode.id, staff, "", None, at)
    return at


def _judge(past: Past, episode: Episode, staff: Staff, at: datetime) -> None:
    because, follows = JUDGED[past.risk]
    judging.formulate(
        episode.id,
        staff,
        level=past.risk,
        asked="Whether there are thoughts of suicide now, how strong, and what keeps them from acting.",
        risk_factors="Poor sleep. The last days were lonely.",
        protective_factors="Picked up, talked openly, names people who help.",
        rationale=because,
        plan=follows,
        raise_urgency=False,
        once=None,
        now=at,
    )


def _land(world: World, past: Past, episode: Episode, staff: Staff, primary: Staff, at: datetime) -> Story:
    """Settled with a next contact; made as agreed, then closed."""
    at += timedelta(minutes=world.some(2, 6))
    yield at
    zone = ZoneInfo(world.people[past.client].timezone)
    next_at = _later_today(world.now, zone) if past.lands_today else at + timedelta(days=past.next_days)
    landing.settle(
        episode.id,
        staff,
        disposition=past.ended,
        next_contact_at=next_at,
        next_contact_by=primary.id,
        words=past.words,
        now=at,
    )
    at = next_at - timedelta(minutes=world.some(30, 200)) * (not past.lands_today)
    yield at
    words = "Next contact as agreed. Better than yesterday."
    crisis.log_try(episode.id, primary, Result.REACHED, "phone", words, None, at)
    at += 15 * MINUTE
    yield at
    landing.close(episode.id, primary, risk_level=None, plan_reviewed=True, waivers={}, now=at)


def _later_today(now: datetime, zone: ZoneInfo) -> datetime:
    """An hour at which one calls, some hours from now: later today, late in the evening tomorrow."""
    today = now.astimezone(zone).date()
    hours = [local_time(today + days * DAY, hour, zone.key) for days in (0, 1) for hour in (10, 13, 16, 18.5)]
    return next(at for at in hours if at > now + 4 * HOUR)


STEP_WORDS: Final = (
    "At home, in the bedroom. A sister is in the house and knows.",
    "Listened. Thoughts since this afternoon, weaker now. No intent tonight.",
    "Stays at home; we agreed whom to call first if it comes back.",
)
JUDGED: Final = {
    "low": ("Thoughts have passed, no intent, and the evening is planned.", "The usual sessions; a call tomorrow."),
    "moderate": (
        "Thoughts come and go, no intent; people are near and the plan is at hand.",
        "A call tomorrow, and the plan looked at again in the next session.",
    ),
    "high": (
        "Strong thoughts tonight and little sleep; agrees that somebody stays.",
        "Somebody stays tonight; seen tomorrow; the team knows.",
    ),
}
TRY_WORDS: Final = {
    Result.REACHED: "Reached. Safe to talk.",
    Result.NO_ANSWER: "No answer. Left the neutral message.",
    Result.REFUSED: "Picked up, did not want to talk now.",
    Result.WRONG_NUMBER: "Somebody else has this number now.",
}


def _raise(
    world: World, past: Past, client: Client, person: Person, at: datetime
) -> Generator[datetime, None, Episode]:
    """What the client did or said."""
    total = min(19, max(person.phq))
    match past.cause:
        case "thoughts":
            _, screen = fill(world, client, "phq-9", phq9(world, total, thoughts=2), at)
            if screen:
                yield at + 80 * SECOND
                answer(world, screen, {"1": "1", "2": "0", "3": "1", "4": "0", "5": "0"}, at + 80 * SECOND)
        case "screen":
            _, screen = fill(world, client, "phq-9", phq9(world, total, thoughts=1), at)
            if screen:
                yield at + 80 * SECOND
                answer(world, screen, {"1": "1", "2": "1", "3": "1", "4": "0", "5": "0"}, at + 80 * SECOND)
        case "unsure" | "unsafe":
            check_in(world, client, person, at, safe=1 if past.cause == "unsure" else 2, used=0)
        case "help":
            assessment.ask_for_help(client, "session", at)
        case "stranger":
            concern = assessment.receive_concern(
                world.program.id,
                name=person.name.split()[0],
                phone=person.phone,
                words="I cannot settle and I am alone.",
                place="At home",
                now=at,
            )
            return Episode.objects.get(concern=concern)
    return Episode.objects.filter(client=client).exclude(state=State.CLOSED).get()


def _seek(
    world: World, past: Past, episode: Episode, at: datetime
) -> Generator[datetime, None, tuple[Staff, datetime]]:
    """Somebody is sought, turn by turn, until one says "I have this". Returns who, and when."""
    deliver(at)
    for _ in range(past.ignored):
        paging = running("crisis", episode.id)
        if paging is None or paging.look_again_at is None:
            raise ValueError("a crisis that nobody has must have a paging that runs")
        at = max(paging.look_again_at, at)
        yield at
        oncall.take_turn(paging.id, at)
        deliver(at)
    if past.then == "cannot":
        at += 40 * SECOND
        yield at
        oncall.answer(_asked(episode)[0].id, Answer.CANNOT, "sms", at)
        deliver(at)
    at += timedelta(seconds=world.some(18, past.answer_within_s))
    yield at
    page = _asked(episode)[0]
    oncall.answer(page.id, Answer.HAVE, past.via, at)
    if past.via == "voice":
        for attempt in Attempt.objects.filter(for_what="page", for_id=page.id, channel=Channel.VOICE).order_by("-id")[
            :1
        ]:
            notify.call_receipt(attempt.uid, attempt.provider_id, "completed", at)
    deliver(at)
    return world.staff[page.staff.first_name], at


def _asked(episode: Episode, what: str = "crisis") -> list[Page]:
    """The open pages of the latest turn."""
    pages = Page.objects.filter(paging__what=what, paging__what_id=episode.id, paging__stopped_at=None, answer=None)
    return list(pages.select_related("staff").order_by("-turn", "id"))


def _lost_and_found(
    world: World, past: Past, episode: Episode, staff: Staff, at: datetime
) -> Generator[datetime, None, tuple[Staff, datetime]]:
    """The first owner goes silent or gives it back; somebody else is found."""
    if past.then == "given_back":
        at += 3 * MINUTE
        yield at
        crisis.give_back(episode.id, staff, "My connection keeps breaking; somebody with a phone line is better.", at)
    else:
        at = (Episode.objects.get(id=episode.id).look_again_at or at) + SECOND
        yield at
        crisis.look(episode.id, at)
    deliver(at)
    paging = running("crisis", episode.id)
    if paging is not None and all(page.staff_id == staff.id for page in _asked(episode)):
        at = max(paging.look_again_at or at, at)
        yield at
        oncall.take_turn(paging.id, at)
        deliver(at)
    at += 35 * SECOND
    yield at
    page = next((page for page in _asked(episode) if page.staff_id != staff.id), _asked(episode)[0])
    oncall.answer(page.id, Answer.HAVE, "board", at)
    deliver(at)
    return world.staff[page.staff.first_name], at
