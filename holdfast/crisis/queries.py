"""The only reads of crises, for staff, and for the client whose crisis it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from holdfast.assessment.models import Concern, HelpCall, Response, RiskFinding
from holdfast.assessment.queries import unjudged
from holdfast.content.shapes import Urgency
from holdfast.crisis.coming import Coming, coming_in
from holdfast.crisis.course import Asked, Happening, Timer
from holdfast.crisis.glance import clock_of
from holdfast.crisis.heard import heard_in
from holdfast.crisis.known import Judged, Known, known_of
from holdfast.crisis.models import Ask, Clock, Entry, Episode, Move, Review, ReviewItem, Signal, Try
from holdfast.crisis.news import news_in, signals_of
from holdfast.crisis.rules import HAS_OWNER, News, Result, State
from holdfast.crisis.rules import Move as MoveName
from holdfast.crisis.story import Story, story
from holdfast.crisis.trying import first_try_due
from holdfast.ledger.packed import packed, unpacked
from holdfast.ledger.sealed import readable
from holdfast.notify.models import Attempt
from holdfast.oncall.models import Page
from holdfast.oncall.queries import being_asked, running
from holdfast.people.access import Actor, Kind
from holdfast.people.queries import clients_visible_to
from holdfast.people.rules import LEADS, zone


def visible_to(actor: Actor) -> "QuerySet[Episode]":
    """The crises a person may open: what is open, and a closed one for who may open the client, or took part in it."""
    if actor.kind is Kind.SYSTEM or actor.role in LEADS:
        return _episodes()
    if actor.works_with_clients:
        own = Q(client__in=clients_visible_to(actor).values("id"))
        return _episodes().filter(~Q(state=State.CLOSED) | own | _took_part(actor.id))
    return open_to(actor)


def in_a_crisis(client_id: int) -> bool:
    """Whether a crisis of this client is open: for whoever may open the client."""
    return Episode.objects.filter(client_id=client_id).exclude(state=State.CLOSED).exists()


def open_to(actor: Actor) -> "QuerySet[Episode]":
    """The open crises a person may open.

    Everyone who works with clients may help, whoever the client is. An administrator only sees one they were paged for.
    """
    open_ = _episodes().exclude(state=State.CLOSED)
    if actor.kind is Kind.SYSTEM or actor.works_with_clients:
        return open_
    if actor.is_staff:
        paged = Page.objects.filter(staff_id=actor.id, paging__what__in=("crisis", "second")).values("paging__what_id")
        return open_.filter(id__in=paged)
    return open_.none()


def _episodes() -> "QuerySet[Episode]":
    """With `try_by`: until when the first try is to be made, while that clock runs."""
    first_try = Clock.objects.filter(episode=OuterRef("id"), timer=Timer.FIRST_TRY).values("due_at")
    every = Episode.objects.select_related("client", "concern", "owner", "next_contact_by")
    return every.annotate(try_by=Subquery(first_try))


def in_the_hands_of(actor: Actor) -> "QuerySet[Episode]":
    """The open crises that this person has, or was called in to help with since somebody was last sought."""
    if not actor.works_with_clients:
        return _episodes().none()
    sought = Move.objects.filter(episode=OuterRef("episode"), after=State.RAISED, at__gt=OuterRef("answered_at"))
    helps = Ask.objects.filter(episode=OuterRef("id"), kind=Asked.SECOND, answer="accepted", answered_by=actor.id)
    return _episodes().filter(Q(owner_id=actor.id) | Q(Exists(helps.filter(~Exists(sought)))), state__in=HAS_OWNER)


def _took_part(staff_id: int) -> Q:
    """Whoever had it, moved it, tried, wrote a line, was called in, or makes the next contact."""
    here = {"episode": OuterRef("id")}
    return (
        Q(next_contact_by_id=staff_id)
        | Q(Exists(Move.objects.filter(**here, by=staff_id)))
        | Q(Exists(Try.objects.filter(**here, by=staff_id)))
        | Q(Exists(Entry.objects.filter(**here, by=staff_id)))
        | Q(Exists(Ask.objects.filter(**here, answered_by=staff_id)))
    )


def reviews_visible_to(actor: Actor) -> "QuerySet[Review]":
    """What follows a death, for everyone who works with clients."""
    reviews = Review.objects.select_related("client", "episode", "opened_by")
    return reviews if actor.works_with_clients else reviews.none()


def review_items(reviews: Iterable[Review]) -> list[ReviewItem]:
    """What was done of these."""
    return list(ReviewItem.objects.filter(review__in=[r.id for r in reviews]).select_related("by"))


@dataclass(frozen=True)
class Row:
    """One line of the board."""

    episode: Episode
    why: str
    signals: int
    asked: tuple[str, ...]
    no_cover: bool
    clock_at: datetime
    clock_word: str
    mine: bool
    my_page: UUID | None
    judged: Judged | None = None
    asked_of_me: str = ""

    @property
    def state(self) -> str:
        return self.episode.state


def reasons_of(episodes: Iterable[int]) -> dict[int, list[RiskFinding]]:
    found: dict[int, list[RiskFinding]] = {}
    for signal in signals_of(episodes):
        found.setdefault(signal.episode_id, []).append(signal.finding)
    return found


def row_of(episode: Episode, findings: list[RiskFinding], pages: list[Page], actor: Actor) -> Row:
    worst = max(findings, key=lambda f: Urgency(f.urgency).weight, default=None)
    latest = max((p.turn for p in pages), default=0)
    clock_at, word = clock_of(episode, pages[0].paging.look_again_at if pages else None)
    no_cover = bool(pages and pages[0].paging.no_cover_since)
    mine = [p.uid for p in pages if p.staff_id == actor.id and p.answer is None]
    return Row(
        episode=episode,
        why=worst.why if worst else "",
        signals=len(findings),
        asked=tuple(p.staff.name for p in pages if p.turn == latest),
        no_cover=no_cover,
        clock_at=clock_at,
        clock_word="until everyone is asked again" if no_cover else word,
        mine=episode.owner_id == actor.id and actor.is_staff,
        my_page=mine[0] if mine else None,
    )


@dataclass(frozen=True)
class Whole:
    """Everything the crisis page shows. `held`: how whoever has it, or had it last, came to it."""

    episode: Episode
    findings: tuple[RiskFinding, ...]
    tries: tuple[Try, ...]
    pages: tuple[Page, ...]
    timeline: tuple[Happening, ...]
    row: Row
    story: Story
    known: Known
    news: News
    held: Move | None


def whole(actor: Actor, uid: UUID, read: Episode | None = None) -> Whole | None:
    """One crisis with why, timeline, pages and tries; None when this person may not see it.

    `read`: its row, where `visible_to` gave it to this very person a moment ago.
    """
    episode = read or visible_to(actor).filter(uid=uid).first()
    if episode is None:
        return None
    signals = list(signals_of([episode.id]))
    findings = [signal.finding for signal in signals]
    tries = list(Try.objects.filter(episode=episode).select_related("by").order_by("-at"))
    sent = Attempt.objects.filter(for_what="page", for_id=OuterRef("id")).order_by("at", "id")
    sent_json = ArraySubquery(sent.values(row=JSONObject(**packed(Attempt, *_SENT))))
    asked = [page for page in pages_about(episode.id).annotate(sent=sent_json) if page.via != IN_IT]
    attempts = [(page, unpacked(Attempt, row)) for page in asked for row in page.sent]
    pages: list[Page] = list(asked)
    live = [p for p in pages if p.paging.what == "crisis" and p.paging.stopped_at is None and p.answer != "cannot"]
    moves = list(Move.objects.filter(episode=episode).select_related("by").order_by("number"))
    course = story(episode, tries, moves, findings)
    known = known_of(episode)
    lines = (
        *_timeline(episode, findings, tries, pages, moves),
        *_sendings(attempts),
        *course.timeline,
        *_tellings(episode, known),
    )
    return Whole(
        episode,
        tuple(findings),
        tuple(tries),
        tuple(pages),
        tuple(sorted(lines, key=lambda line: line.at, reverse=True)),
        row_of(episode, findings, live, actor),
        course,
        known,
        news_in(signals, max((t.at for t in tries if t.result == Result.REACHED), default=None), episode.risk_level),
        next((move for move in reversed(moves) if move.move in (MoveName.TAKE, MoveName.HAND_OVER)), None),
    )


MOVE_WORDS = {
    "take": "“I have this”",
    "give_back": "Given back to paging",
    "reach": "Reached the client",
    "settle": "Settled",
    "close": "Closed",
    "join": "Joined with another crisis",
    "hand_over": "Handed over",
    "died": "Ended: the client has died",
}
SENT_WORDS = {
    "queued": "Waiting to be sent",
    "accepted": "Accepted by the carrier. Not an answer.",
    "delivered": "Delivered to the device. Not an answer.",
    "failed_for_now": "Could not be sent, trying again",
    "failed_for_good": "Cannot be reached this way",
    "not_needed": "Not sent: somebody had it already",
}
SHOWN, ON_THE_BOARD = ("accepted", "delivered"), "Shown on the board. Not an answer."
CHANNEL_WORDS = {"sms": "Text", "voice": "Call", "push": "Push", "email": "E-mail", "in_app": "On the board"}


IN_IT = "in it"  # how a page was answered for whoever has the crisis, when a second person is sought


def pages_about(episode_id: int) -> "QuerySet[Page]":
    """Everybody who was asked to take it, or to help as a second person; newest first."""
    return (
        Page.objects.filter(paging__what__in=("crisis", "second"), paging__what_id=episode_id)
        .select_related("staff", "paging")
        .order_by("-paging_id", "-turn", "staff_id")
    )


def _timeline(
    episode: Episode, findings: list[RiskFinding], tries: list[Try], pages: list[Page], moves: list[Move]
) -> list[Happening]:
    """Who knew what when, newest first."""
    lines = [Happening(f.at, "signal", f.why, "", f"rule {f.rule}, version {f.rule_version}") for f in findings]
    lines += [
        Happening(f.at, "note", "In their words", "", readable(f.concern, "words")) for f in findings if f.concern
    ]
    for move in moves:
        if move.move == "new_signal":
            words = "Crisis raised" if move.number == 1 else "A new signal"
        else:
            words = MOVE_WORDS[move.move]
        lines.append(
            Happening(
                move.at,
                "move",
                words,
                move.by.name if move.by else "by the clock" if move.move == "give_back" else "",
                move.why or move.via,
            )
        )
    for page in pages:
        if page.answer == "cannot" and page.answered_at:
            lines.append(Happening(page.answered_at, "answer", "“I cannot”", page.staff.name, page.via))
        if not page.licensed:
            lines.append(Happening(page.at, "page", "Asked although not licensed there: no cover", page.staff.name))
    lines += [
        Happening(
            one.at,
            "try",
            f"Tried to reach the client: {one.result.replace('_', ' ')}",
            one.by.name,
            readable(one, "words"),
        )
        for one in tries
    ]
    return lines


def _tellings(episode: Episode, known: Known) -> Iterable[Happening]:
    """Who outside was told about the client, and on what ground."""
    place = zone(episode.client.timezone) if episode.client else UTC
    return (Happening(one.row.at, "told", one.words(place), one.by) for one in known.told)


_SENT = ("channel", "state", "due_at", "at", "began_at")


def _sendings(attempts: Iterable[tuple[Page, Attempt]]) -> Iterable[Happening]:
    """What was sent to whom, and what became of it."""
    for page, attempt in attempts:
        words = f"{CHANNEL_WORDS[attempt.channel]} to {page.staff.name}"
        yield Happening(attempt.began_at or attempt.at, "send", words, "", _sent(attempt))


def _sent(attempt: Attempt) -> str:
    """What is physically so about one try, in words."""
    if attempt.channel == "in_app" and attempt.state in SHOWN:
        return ON_THE_BOARD
    if attempt.state == "failed_for_now" and attempt.due_at is None:
        return "Rang, and was not picked up." if attempt.channel == "voice" else "Did not get through."
    return SENT_WORDS[attempt.state]


class Standing(StrEnum):
    """What is so, as the client is told. Never more than the database knows."""

    RECEIVED = "received"
    BEING_READ = "being_read"
    BEING_CALLED = "being_called"
    NOBODY_YET = "nobody_yet"
    TAKEN = "taken"
    REACHED = "reached"
    SETTLED = "settled"
    NOTHING_NEEDED = "nothing_needed"
    READ_BY_PERSON = "read_by_person"  # a stranger's concern that was matched to a client


@dataclass(frozen=True)
class WhatIsSo:
    """`people`: first names being called now; `call_by`: when the owner is to call; `episode`: the page's bell;
    `coming`: the next contact, once it is settled; `tried_at`: when the owner last tried to reach the client;
    `no_cover`: nobody is on duty, so everyone is being called; `calling`: whether anything has left for anybody, None
    while it is too early to say; `text`: they asked for a text; `has_number`: a caller whom nobody knows left one."""

    state: Standing
    since: datetime
    people: tuple[str, ...] = ()
    owner: str | None = None
    owner_discipline: str = ""
    call_by: datetime | None = None
    episode: UUID | None = None
    coming: Coming | None = None
    tried_at: datetime | None = None
    no_cover: bool = False
    calling: bool | None = True
    text: bool = False
    has_number: bool = True


BEGINS_WITHIN = timedelta(seconds=8)  # asked longer ago than this, and nothing has left for them: nobody is called


def what_became_of_response(response: Response, now: datetime) -> WhatIsSo:
    """For the page after a form: only what this client may know, and only what is true."""
    if unjudged(response.id):
        return WhatIsSo(Standing.BEING_READ, response.done_at or response.opened_at)
    return what_came_so_far(response, now)


def what_came_so_far(response: Response, now: datetime) -> WhatIsSo:
    """The same of the answers that are judged already, while others are still to come."""
    forms = [response.id, *([response.asked_by_id] if response.asked_by_id else [])]
    episode = _latest(Signal.objects.filter(finding__response_id__in=forms))
    if episode is None:
        # A calm form sent while somebody is being sought for this client: that is what is so.
        episode = (
            Episode.objects.filter(client_id=response.client_id, state__in=(State.RAISED, State.OWNED, State.REACHED))
            .select_related("owner")
            .first()
        )
    return _of_episode(episode, response.done_at or response.opened_at, now)


def what_became_of_call(call: HelpCall, now: datetime) -> WhatIsSo:
    return _of_episode(_latest(Signal.objects.filter(finding__help_call=call)), call.at, now)


def what_became_of_concern(concern: Concern, now: datetime) -> WhatIsSo:
    """For somebody we do not know: once matched to a client, it says that a person read it, and nothing of the client."""
    episode = Episode.objects.filter(concern=concern).select_related("owner").first()
    if episode is not None and episode.client_id is not None:
        return WhatIsSo(Standing.READ_BY_PERSON, concern.at)
    return _of_episode(episode, concern.at, now)


def _latest(signals: "QuerySet[Signal]") -> Episode | None:
    signal = signals.select_related("episode", "episode__owner").order_by("-id").first()
    return signal.episode if signal else None


def _of_episode(episode: Episode | None, since: datetime, now: datetime) -> WhatIsSo:
    if episode is None:
        return WhatIsSo(Standing.NOTHING_NEEDED, since)
    if episode.owner is None:
        if episode.state == State.CLOSED:
            return WhatIsSo(Standing.SETTLED, since, episode=episode.uid)
        paging = running("crisis", episode.id)
        asked = being_asked("crisis", [episode.id]).get(episode.id, [])
        names = tuple(dict.fromkeys(p.staff.first_name for p in asked))
        no_cover = bool(paging and paging.no_cover_since)
        nobody = no_cover or bool(paging and paging.round > 1)
        return WhatIsSo(
            Standing.NOBODY_YET if nobody else Standing.BEING_CALLED,
            since,
            people=names,
            episode=episode.uid,
            no_cover=no_cover,
            calling=_anything_leaves(asked, now),
            text=_wants_a_text(episode),
        )
    tried_at = _tried_at(episode)
    state = {State.OWNED: Standing.TAKEN, State.REACHED: Standing.REACHED, State.SETTLED: Standing.SETTLED}[
        State(episode.state)
    ]
    return WhatIsSo(
        state,
        since,
        owner=episode.owner.first_name,
        owner_discipline=episode.owner.discipline,
        call_by=first_try_due(episode, episode.owned_at, tried_at) if state is Standing.TAKEN else None,
        episode=episode.uid,
        coming=coming_in(episode, now),
        tried_at=tried_at,
        text=_wants_a_text(episode),
    )


def _wants_a_text(episode: Episode) -> bool:
    """Whether the client asked for a text, because they cannot talk."""
    return episode.client_id is not None and heard_in(episode.uid).text_since is not None


def _anything_leaves(asked: list[Page], now: datetime) -> bool | None:
    """Whether a text, call, push or mail has begun for anybody of these; None while it is too early to say."""
    sent = Attempt.objects.filter(for_what="page", for_id__in=[page.id for page in asked], began_at__isnull=False)
    if sent.exclude(channel="in_app").exists():
        return True
    return None if all(page.at > now - BEGINS_WITHIN for page in asked) else False


def _tried_at(episode: Episode) -> datetime | None:
    """When whoever has it now last tried to reach the client."""
    tries = Try.objects.filter(episode=episode, at__gte=episode.owned_at or episode.raised_at)
    return tries.order_by("-at").values_list("at", flat=True).first() if episode.state == State.OWNED else None
