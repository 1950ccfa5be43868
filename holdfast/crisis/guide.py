"""The protocol of a crisis as a live checklist: steps done, left out, late, and a change of protocol midway.

Every action needs the open transaction of a scope. The version is pinned: what changes on disk changes nothing here.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from holdfast.approval.queries import protocol_kept, protocol_now
from holdfast.content.load import protocol_names
from holdfast.content.shapes import ContentError, Protocol
from holdfast.crisis import actions, clocks
from holdfast.crisis.course import (
    PREPARE,
    Asked,
    Ending,
    EntryKind,
    Given,
    Line,
    Timer,
    checklist,
    current,
    why_not_answer,
    why_not_change_protocol,
)
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import (
    ClientReached,
    EpisodeClosed,
    EpisodeHandedOver,
    EpisodeSettled,
    EpisodeTaken,
    ProtocolChanged,
    StepAnswered,
    StepLate,
)
from holdfast.crisis.models import Ask, Entry, Episode, StepAnswer
from holdfast.crisis.models import Move as MoveRow
from holdfast.crisis.rules import HAS_OWNER, NotAllowed, State
from holdfast.crisis.trying import first_try_due
from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.ledger.wake import ring as wake
from holdfast.notify import actions as notify
from holdfast.oncall import actions as oncall
from holdfast.oncall.queries import on_duty
from holdfast.oncall.rules import Level
from holdfast.people.models import Staff
from holdfast.people.queries import current_staff
from holdfast.people.rules import Role
from holdfast.plans import actions as plans


def pinned(episode: Episode) -> Protocol | None:
    """The protocol in the version this crisis follows; None where that version is not on this machine."""
    try:
        return protocol_kept(episode.protocol, episode.protocol_version) if episode.protocol_version else None
    except ContentError:
        return None


def round_of(episode_id: int) -> int:
    """1, and one more each time the crisis came back after it was settled: then its steps begin anew."""
    return 1 + MoveRow.objects.filter(episode_id=episode_id, before=State.SETTLED, after=State.RAISED).count()


def answers_of(episode: Episode) -> list[StepAnswer]:
    """What was answered of the protocol it follows now, in this round."""
    return list(
        StepAnswer.objects.filter(
            episode=episode,
            round=round_of(episode.id),
            protocol=episode.protocol,
            version=episode.protocol_version,
        ).select_related("by")
    )


def lines_of(
    episode: Episode, answers: list[StepAnswer], changed_at: datetime | None, try_by: datetime | None
) -> tuple[Line, ...]:
    """The checklist of a crisis; empty where its version is missing. `try_by`: until when the first try is to be made.

    While it is settled no step has a clock: the next contact has its own.
    """
    book = pinned(episode)
    if book is None:
        return ()
    ticks = episode.state in HAS_OWNER and episode.state != State.SETTLED
    began = max((t for t in (episode.owned_at, changed_at) if t), default=None) if ticks else None
    given = [Given(a.step, Ending(a.ending), a.by.name if a.by else "", readable(a, "words"), a.at) for a in answers]
    return checklist(book, given, began, try_by)


def line_now(episode: Episode) -> Line | None:
    """The step that is now, read from the database."""
    waits = episode.state == State.OWNED and not episode.first_try_at
    try_by = first_try_due(episode, episode.owned_at) if waits else None
    return current(lines_of(episode, answers_of(episode), changed_at(episode), try_by))


def is_in_it(episode: Episode, staff: Staff) -> bool:
    """Whether this person has it, was called in, or makes the next contact."""
    return (
        staff.id in (episode.owner_id, episode.next_contact_by_id)
        or helpers(episode).filter(answered_by=staff).exists()
    )


def helpers(episode: Episode) -> QuerySet[Ask]:
    """Who said yes to helping since somebody was last sought: handing over keeps them, giving back does not."""
    raised = MoveRow.objects.filter(episode_id=OuterRef("episode_id"), after=State.RAISED)
    accepted = Ask.objects.filter(episode=episode, kind=Asked.SECOND, answer="accepted")
    return accepted.filter(~Exists(raised.filter(at__gt=OuterRef("answered_at"))))


def answer_step(
    episode_id: int, staff: Staff, step_id: str, ending: Ending, words: str, once: UUID | None, now: datetime
) -> Episode:
    """A step was done, or is left out for a reason. Answered twice it is one."""
    episode = actions.lock(episode_id)
    book = pinned(episode)
    step = next((s for s in book.steps if s.id == step_id), None) if book else None
    if no := why_not_answer(State(episode.state), step, ending, words, is_in_it(episode, staff)):
        raise NotAllowed(no)
    _write_answer(episode, step_id, ending, "press", staff, words, now)
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
        episode.save(update_fields=["owner_acted_at", "look_again_at"])
    actions.show(episode)
    return episode


def _write_answer(
    episode: Episode, step: str, ending: Ending, act: str, by: Staff | None, words: str, now: datetime
) -> None:
    """One answer a step and round; the next step's clock begins."""
    answer, fresh = StepAnswer.objects.get_or_create(
        program_id=episode.program_id,
        episode=episode,
        round=round_of(episode.id),
        protocol=episode.protocol,
        version=episode.protocol_version,
        step=step,
        defaults={"ending": ending, "act": act, "by": by, "words": words.strip() or None, "at": now},
    )
    if fresh:
        write_down(episode, EntryKind.STEP, now, by=by, leads_to=answer)
        record(
            StepAnswered(
                program=episode.program_id, episode=episode.id, step=step, ending=ending, by=by.id if by else None
            ),
            now,
        )
        set_clock(episode, now)


def done_by(episode: Episode, act: str, by: Staff | None, now: datetime) -> None:
    """An act was done: the steps that it does are done."""
    book = pinned(episode)
    for step in book.steps if book else ():
        if step.act == act:
            _write_answer(episode, step.id, Ending.DONE, act, by, "", now)


def plan_reviewed(episode_id: int, staff: Staff, words: str, once: UUID | None, now: datetime) -> Episode:
    """The safety plan was gone through with the client."""
    episode = actions.lock(episode_id)
    if episode.state not in HAS_OWNER or not is_in_it(episode, staff):
        raise NotAllowed("Only the person who has this, or who was called in, reviews the plan.")
    episode.plan_reviewed_at = now
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
    episode.save(update_fields=["plan_reviewed_at", "owner_acted_at", "look_again_at"])
    if episode.client is not None:
        plans.reviewed(episode.client, now)
    if words.strip():
        write_down(episode, EntryKind.NOTE, now, what="plan", by=staff, words=words, once=once)
    done_by(episode, "plan", staff, now)
    actions.show(episode)
    return episode


def note(episode_id: int, staff: Staff, words: str, once: UUID | None, now: datetime) -> Episode:
    """A note on the timeline, by anybody who may see the crisis. It is added, never changed."""
    episode = actions.lock(episode_id)
    if not words.strip():
        raise NotAllowed("Write something first.")
    write_down(episode, EntryKind.NOTE, now, by=staff, words=words, once=once)
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
        episode.save(update_fields=["owner_acted_at", "look_again_at"])
    actions.show(episode)
    return episode


def change_protocol(episode_id: int, staff: Staff, name: str, why: str, once: UUID | None, now: datetime) -> Episode:
    """Another protocol fits better. What was done stays done, and is done in the new one where it is the same step."""
    episode = actions.lock(episode_id)
    if once and Entry.objects.filter(episode=episode, once=once).exists():
        return episode
    known = name in protocol_names()
    if no := why_not_change_protocol(
        State(episode.state), name == episode.protocol, known, why, is_in_it(episode, staff)
    ):
        raise NotAllowed(no)
    (book, version), before, done = protocol_now(name, now), pinned(episode), answers_of(episode)
    acts = {step.id: step.act for step in before.steps if step.act} if before else {}
    write_down(
        episode,
        EntryKind.PROTOCOL,
        now,
        what=f"{episode.protocol} {episode.protocol_version}",
        by=staff,
        words=why,
        once=once,
    )
    episode.protocol, episode.protocol_version = name, version
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
    episode.save(update_fields=["protocol", "protocol_version", "owner_acted_at", "look_again_at"])
    by_step = {answer.step: answer for answer in done}
    by_act = {acts[answer.step]: answer for answer in done if answer.step in acts and answer.ending == Ending.DONE}
    for step in book.steps:
        kept = by_act.get(step.act) if step.act else by_step.get(step.id)
        if step.id == PREPARE:
            kept = kept or by_act.get("reach")  # they have talked: nobody prepares for that any more
        if kept:
            # Back to a protocol that it followed before: what was answered then still stands.
            copied, new = StepAnswer.objects.get_or_create(
                program_id=episode.program_id,
                episode=episode,
                round=kept.round,
                protocol=name,
                version=version,
                step=step.id,
                defaults={
                    "ending": kept.ending,
                    "act": kept.act,
                    "by": kept.by,
                    "words": kept.words,
                    "at": kept.at,
                },
            )
            if new:
                write_down(episode, EntryKind.STEP, now, by=kept.by, leads_to=copied)
    record(
        ProtocolChanged(
            program=episode.program_id,
            episode=episode.id,
            protocol=name,
            version=episode.protocol_version,
            by=staff.id,
        ),
        now,
    )
    set_clock(episode, now)
    actions.show(episode)
    return episode


# --- clocks of steps ---------------------------------------------------------------------------


def changed_at(episode: Episode) -> datetime | None:
    """When its protocol was last changed."""
    return (
        Entry.objects.filter(episode=episode, kind=EntryKind.PROTOCOL)
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )


def set_clock(episode: Episode, now: datetime) -> None:
    """Let the clock of the step that is now run, and no other."""
    line = line_now(episode)
    running = clocks.runs(episode.id, Timer.GIVE_BACK)
    if running and (line is None or line.due_at is None or running.what != line.step.id):
        clocks.stop(episode.id, Timer.GIVE_BACK)
    _let_run(episode, line, now)


def tried(episode: Episode, now: datetime) -> None:
    """A first try was made, or its time is another: the clock of the step that is now follows."""
    _let_run(episode, line_now(episode), now)


def _let_run(episode: Episode, line: Line | None, now: datetime) -> None:
    if line is None or line.due_at is None or _said_to_be_late(episode, line):
        clocks.stop(episode.id, Timer.STEP)
    else:
        clocks.start(episode, Timer.STEP, max(line.due_at, now), now, line.step.id)


def _said_to_be_late(episode: Episode, line: Line) -> bool:
    """Whether this step, since it is now, was said to be late already: it is said once."""
    said = Entry.objects.filter(episode=episode, kind=EntryKind.LATE_STEP, what=line.step.id)
    return line.since is not None and said.filter(at__gte=line.since).exists()


def step_is_late(episode: Episode, step_id: str, now: datetime) -> None:
    """The time of a step is up: it is written down, and the protocol says who hears of it."""
    book = pinned(episode)
    step = next((s for s in book.steps if s.id == step_id), None) if book else None
    if step is None or episode.state == State.SETTLED:
        return
    write_down(episode, EntryKind.LATE_STEP, now, what=step_id)
    record(StepLate(program=episode.program_id, episode=episode.id, step=step_id, then=step.when_late), now)
    if step.when_late == "tell the supervisor":
        for person in supervisors(episode, now):
            tell(episode, person, "late_for", now, name=episode.owner.first_name if episode.owner else "")
    if step.when_late != "nothing, the step may be left out" and episode.owner_id:
        tell(episode, episode.owner_id, "late_step", now)
    if step.when_late == "give back to paging" and not _tried(episode, step.act):
        # Reminded first. Who does not even try within the time of silence loses it.
        silent = actions.waits(episode.urgency).owner_silent
        clocks.start(episode, Timer.GIVE_BACK, now + silent, now, step_id)
    actions.show(episode)


def act_of(episode: Episode, step_id: str) -> str | None:
    """The act that does a step of its protocol; None where a press does it."""
    book = pinned(episode)
    return next((step.act for step in book.steps if step.id == step_id), None) if book else None


def _tried(episode: Episode, act: str | None) -> bool:
    return act == "reach" and episode.first_try_at is not None


def goes_back(episode: Episode, step_id: str, now: datetime) -> None:
    """Reminded of a late step that must not wait, and still nothing: somebody else is sought."""
    if episode.state == State.SETTLED:
        return
    book = pinned(episode)
    title = next((str(s.title) for s in book.steps if s.id == step_id), step_id) if book else step_id
    actions.give_back_by_clock(episode, f"the step “{title}” stayed undone after a reminder"[:200], now)


def supervisors(episode: Episode, now: datetime) -> list[int]:
    """Who hears of a late step: the supervisor on duty, else all supervisors, else the directors. Never its owner."""
    owner = episode.owner_id or 0
    people = set(on_duty(now)[Level.SUPERVISOR]) - {owner}
    for role in (Role.SUPERVISOR, Role.DIRECTOR):
        people = people or set(current_staff(now).filter(role=role).exclude(id=owner).values_list("id", flat=True))
    return sorted(people)


def tell(episode: Episode, staff_id: int, words: str, now: datetime, name: str = "") -> None:
    """Tell one person of the staff, in fixed words, as loudly as the crisis is urgent."""
    rank = oncall.RANK[episode.urgency]
    notify.tell(
        episode.program_id, staff_id, words, for_what="episode", for_id=episode.id, rank=rank, now=now, name=name
    )
    wake("send")


clocks.RINGS[Timer.STEP] = step_is_late
clocks.RINGS[Timer.GIVE_BACK] = goes_back


# --- what other acts do to steps ---------------------------------------------------------------


def owner_began(fact: EpisodeTaken | EpisodeHandedOver, now: datetime) -> None:
    """Somebody has it from now on: the clock of the step that is now begins, and no clock of the owner before goes on."""
    clocks.stop(fact.episode, Timer.GIVE_BACK)
    set_clock(Episode.objects.get(id=fact.episode), now)


def reached(fact: ClientReached, now: datetime) -> None:
    """They have talked: the step of reaching them is done."""
    done_by(Episode.objects.get(id=fact.episode), "reach", Staff.objects.get(id=fact.by), now)


def settled(fact: EpisodeSettled, now: datetime) -> None:
    """How it ended is written down: so is its step, and no other step is late any more."""
    episode = Episode.objects.select_related("owner").get(id=fact.episode)
    done_by(episode, "settle", episode.owner, now)
    set_clock(episode, now)


def closed(fact: EpisodeClosed, now: datetime) -> None:
    """Followed up: the last step is done. A crisis that was joined, or whose client died, was not followed up."""
    episode = Episode.objects.get(id=fact.episode)
    last = MoveRow.objects.filter(episode=episode).select_related("by").order_by("-number").first()
    if last is not None and last.move == "close":
        done_by(episode, "close", last.by, now)
