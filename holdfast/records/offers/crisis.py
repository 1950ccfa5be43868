"""What `crisis` and `oncall` hold about a client: each hard time from its first signal to its end."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from holdfast.content.load import protocol
from holdfast.content.shapes import ContentError
from holdfast.crisis.models import (
    Ask,
    Episode,
    Formulation,
    Move,
    StepAnswer,
    Try,
    UrgencyChange,
    Voice,
)
from holdfast.crisis.models import (
    Entry as TimelineEntry,
)
from holdfast.oncall.models import Page, Paging
from holdfast.records.offering import (
    Chapter,
    Entry,
    Line,
    Resource,
    Whose,
    clean,
    key,
    lines,
    message,
    person,
    resource,
    said,
    text,
    word,
    wrote,
)


def crises(whose: Whose) -> Iterator[Chapter]:
    """One chapter for each, then what belongs to none."""
    for episode in (
        Episode.objects.filter(client=whose.client).select_related("owner", "next_contact_by").order_by("id")
    ):
        title = _("A hard time on %(day)s") % {"day": whose.when(episode.raised_at.astimezone(whose.zone).date())}
        yield Chapter(title, _course(whose, episode))
    yield Chapter(_("What you told us by a press"), _voices(whose))
    yield Chapter(_("Other times when people were asked to help you"), _pages(whose, None))
    yield Chapter(_("Judgements outside of a hard time"), _formulations(whose, None))


def _course(whose: Whose, episode: Episode) -> Iterator[Entry]:
    yield _whole(whose, episode)
    yield from _pages(whose, episode)
    for row in Try.objects.filter(episode=episode).select_related("by").order_by("at", "id"):
        pairs = lines(
            (_("Who"), row.by.name),
            (_("How"), word(row.how)),
            (_("What came of it"), word(row.result)),
            (wrote(row.by), said(row, "words")),
        )
        title = _("Somebody tried to reach you")
        tried = [row.how, row.result, said(row, "words")]
        yield Entry(
            title, row.at, pairs, (message(whose, row, title, row.at, tried, sender=person(row.by), **_of(episode)),)
        )
    yield from _formulations(whose, episode)
    yield from _changes(whose, episode)
    yield from _steps(whose, episode)
    for note in TimelineEntry.objects.filter(episode=episode).select_related("by").order_by("at", "id"):
        words = said(note, "words")
        pairs = lines(
            (_("About"), " ".join(filter(None, (word(note.kind), note.what.replace("_", " "))))),
            (_("Who"), note.by.name if note.by else ""),
            (wrote(note.by), words),
        )
        found = message(whose, note, note.kind, note.at, [note.what, words], sender=person(note.by), **_of(episode))
        yield Entry(_("Noted"), note.at, pairs, (found,))


def _of(episode: Episode) -> Resource:
    return {"about": [{"reference": f"EpisodeOfCare/{episode.uid}"}]}


def _lines(whose: Whose, episode: Episode, moves: list[Move]) -> tuple[Line, ...]:
    waived = ", ".join(word(name) for name in episode.waivers)
    return lines(
        (_("What it was about"), _protocol(episode, whose)),
        (_("How soon a person was needed"), word(episode.urgency)),
        (_("Where it stands"), word(episode.state)),
        (_("Who has it"), episode.owner.name if episode.owner else ""),
        (_("First try"), whose.when(episode.first_try_at)),
        (_("We talked"), whose.when(episode.reached_at)),
        (_("Settled"), whose.when(episode.settled_at)),
        (_("Over"), whose.when(episode.closed_at)),
        (_("How it ended"), word(episode.disposition) if episode.disposition else ""),
        (_("Danger, as judged"), word(episode.risk_level) if episode.risk_level else ""),
        (_("Plan looked at again"), whose.when(episode.plan_reviewed_at)),
        (_("Next contact"), whose.when(episode.next_contact_at)),
        (_("Next contact by"), episode.next_contact_by.name if episode.next_contact_by else ""),
        (_("Left out on closing"), waived),
        (wrote(None), said(episode, "words")),
        (
            _("Somebody told us they were worried about you"),
            whose.when(episode.raised_at) if episode.concern_id else "",
        ),
        *(
            (
                whose.when(move.at),
                " · ".join(filter(None, (word(move.move), move.by.name if move.by else "", move.why))),
            )
            for move in moves
        ),
    )


def _whole(whose: Whose, episode: Episode) -> Entry:
    moves = list(Move.objects.filter(episode=episode).select_related("by").order_by("number"))
    over = episode.closed_at is not None
    period = {"start": whose.iso(episode.raised_at), "end": whose.iso(episode.closed_at)}
    history = [
        clean(
            {
                "id": key(move),
                "status": "finished" if move.after == "closed" else "active",
                "period": {"start": whose.iso(move.at)},
            }
        )
        for move in moves
    ]
    care = resource(
        "EpisodeOfCare",
        episode,
        status="finished" if over else "active",
        statusHistory=history,
        type=[text(episode.protocol)],
        patient=whose.patient,
        period=period,
        careManager=person(episode.owner),
    )
    flag = {
        "resourceType": "Flag",
        "id": f"flag-{episode.uid}",
        "status": "inactive" if over else "active",
        "code": text("active safety episode"),
        "subject": whose.patient,
        "period": clean(period),
    }
    ended = message(
        whose,
        episode,
        "how it ended",
        episode.settled_at,
        [episode.disposition, said(episode, "words")],
        **_of(episode),
    )
    pairs = _lines(whose, episode, moves)
    return Entry(_("The whole of it"), episode.raised_at, pairs, (care, flag, {**ended, "id": f"end-{episode.uid}"}))


def _protocol(episode: Episode, whose: Whose) -> str:
    try:
        return protocol(episode.protocol).title.say(whose.language)
    except ContentError:
        return episode.protocol.replace("-", " ")


def _pages(whose: Whose, episode: Episode | None) -> Iterator[Entry]:
    ours = Paging.objects.filter(client_id=whose.client.id)
    of_crisis = Q(what__in=("crisis", "second"))
    pagings = Paging.objects.filter(of_crisis, what_id=episode.id) if episode is not None else ours.exclude(of_crisis)
    rows = Page.objects.filter(paging__in=pagings).select_related("staff").order_by("at", "id")
    for row in rows:
        pairs = lines(
            (_("Who"), row.staff.name),
            (_("Answer"), word(row.answer) if row.answer else ""),
            (_("Answered"), whose.when(row.answered_at)),
        )
        title = _("Somebody was asked to help you")
        more = _of(episode) if episode is not None else {}
        found = message(whose, row, title, row.at, [row.answer or ""], recipient=[person(row.staff)], **more)
        yield Entry(title, row.at, pairs, (found,))


def _formulations(whose: Whose, episode: Episode | None) -> Iterator[Entry]:
    rows = (
        Formulation.objects.filter(client=whose.client)
        if episode is None
        else Formulation.objects.filter(episode=episode)
    )
    if episode is None:
        rows = rows.exclude(episode__client=whose.client)
    for row in rows.select_related("by").order_by("at", "id"):
        pairs = lines(
            (_("Judged"), word(row.level)),
            (_("By"), row.by.name),
            (_("What was asked"), said(row, "asked")),
            (_("What weighs"), said(row, "risk_factors")),
            (_("What protects"), said(row, "protective_factors")),
            (_("Why"), said(row, "rationale")),
            (_("What is planned"), said(row, "plan")),
        )
        found = resource(
            "RiskAssessment",
            row,
            status="final",
            subject=whose.patient,
            occurrenceDateTime=whose.iso(row.at),
            performer=person(row.by),
            prediction=[{"qualitativeRisk": text(row.level), "rationale": said(row, "rationale")}],
            mitigation=said(row, "plan"),
            note=[{"text": f"{name}: {words}"} for name, words in pairs],
        )
        yield Entry(_("A clinician judged the danger"), row.at, pairs, (found,))


def _changes(whose: Whose, episode: Episode) -> Iterator[Entry]:
    for row in UrgencyChange.objects.filter(episode=episode).select_related("by").order_by("at", "id"):
        why = said(row, "why")
        pairs = lines(
            (_("Before"), word(row.before)), (_("After"), word(row.after)), (_("Who"), row.by.name), (_("Why"), why)
        )
        found = message(
            whose, row, "urgency", row.at, [row.before, row.after, why], sender=person(row.by), **_of(episode)
        )
        yield Entry(_("How soon a person was needed was changed"), row.at, pairs, (found,))
    for ask in Ask.objects.filter(episode=episode).select_related("by", "to").order_by("at", "id"):
        why = said(ask, "why")
        pairs = lines(
            (_("For what"), word(ask.kind)),
            (_("Who asked"), ask.by.name if ask.by else ""),
            (_("Who was asked"), ask.to.name if ask.to else _("whoever was on call")),
            (_("Answer"), word(ask.answer) if ask.answer else ""),
            (_("Why"), why),
        )
        asked = message(whose, ask, ask.kind, ask.at, [ask.answer, why], sender=person(ask.by), **_of(episode))
        yield Entry(_("A colleague was asked"), ask.at, pairs, (asked,))


def _steps(whose: Whose, episode: Episode) -> Iterator[Entry]:
    for row in StepAnswer.objects.filter(episode=episode).select_related("by").order_by("at", "id"):
        words = said(row, "words")
        pairs = lines(
            (_("Step"), row.step.replace("-", " ").replace("_", " ")),
            (_("How it ended"), word(row.ending)),
            (_("Who"), row.by.name if row.by else ""),
            (wrote(row.by), words),
            (_("Version"), f"{row.protocol} {row.version}"),
        )
        found = message(whose, row, row.step, row.at, [row.ending, words], sender=person(row.by), **_of(episode))
        yield Entry(_("A step of the guide"), row.at, pairs, (found,))


def _voices(whose: Whose) -> Iterator[Entry]:
    rows = Voice.objects.filter(Q(client=whose.client) | Q(episode__client=whose.client))
    for row in rows.order_by("at", "id"):
        title = _("You told us")
        found = message(whose, row, title, row.at, [row.said], sender=whose.patient)
        yield Entry(title, row.at, lines((_("What"), word(row.said))), (found,))
