"""What `people` holds about a client."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from holdfast.consent.queries import born
from holdfast.people.models import (
    BoundarySignature,
    CareTeamMember,
    ChartOpening,
    Device,
    FactorReset,
    Reaching,
    ReminderWish,
    RiskRating,
    Supporter,
)
from holdfast.records.offering import (
    Chapter,
    Entry,
    Whose,
    clean,
    key,
    lines,
    person,
    plain,
    resource,
    said,
    text,
    word,
    wrote,
)


def about(whose: Whose) -> Iterator[Chapter]:
    """Who they are, who cares for them, how to reach them, whom they named, what they signed."""
    yield Chapter(_("About you"), [_client(whose)])
    yield Chapter(_("Your care team"), _team(whose))
    yield Chapter(_("How to reach you"), _reaching(whose))
    yield Chapter(_("People you named"), _supporters(whose))
    yield Chapter(_("Reminders and phones"), _ways(whose))
    yield Chapter(_("What you signed"), _signed(whose))


def risk(whose: Whose) -> Iterator[Chapter]:
    """How clinicians judged the risk."""
    yield Chapter(_("How your clinicians judged the danger"), _ratings(whose))


def opened_with_a_reason(whose: Whose) -> Iterator[Chapter]:
    """Whoever opened the record without being in their care, and what came of the review."""
    yield Chapter(_("Who opened your record with a reason"), _openings(whose))


def _client(whose: Whose) -> Entry:
    client = whose.client
    phones = [said(client, "phone"), said(client, "other_phone")]
    pairs = lines(
        (_("Name"), said(client, "name")),
        (_("What we call you"), said(client, "preferred_name")),
        (_("Pronouns"), client.pronouns),
        (_("Born"), whose.when(day) if (day := born(client)) else said(client, "born")),
        (_("Language"), word(client.language)),
        (_("Time zone"), client.timezone),
        (_("State"), client.state),
        (_("Phone"), phones[0]),
        (_("Other phone"), phones[1]),
        (_("E-mail for signing in"), client.user.email if client.user else ""),
        (_("Your wishes"), said(client, "wishes")),
        (_("Where you stand with us"), word(client.standing)),
        (_("Since"), whose.when(client.standing_since)),
        (_("Your break ends"), whose.when(client.pause_ends_at)),
        (_("Why the break"), said(client, "pause_why")),
    )
    found = resource(
        "Patient",
        client,
        active=client.standing in ("invited", "active", "paused"),
        name=[{"text": said(client, "name")}, {"use": "usual", "text": said(client, "preferred_name")}],
        telecom=[
            *({"system": "phone", "value": number} for number in phones if number),
            *([{"system": "email", "value": client.user.email}] if client.user else []),
        ],
        birthDate=said(client, "born"),
        address=[{"state": client.state}],
        communication=[{"language": text(client.language), "preferred": True}],
    )
    more = plain(whose, client, _("About you"), client.standing_since, pairs)
    return Entry("", None, pairs, (found, {**more, "id": f"about-{client.uid}"}))


def _team(whose: Whose) -> Iterator[Entry]:
    rows = list(CareTeamMember.objects.filter(client=whose.client).select_related("staff").order_by("since", "id"))
    if not rows:
        return
    participants = [
        clean(
            {
                "id": key(row),
                "role": [text(row.part)],
                "member": person(row.staff),
                "period": {"start": whose.iso(row.since), "end": whose.iso(row.until)},
            }
        )
        for row in rows
    ]
    team = {
        "resourceType": "CareTeam",
        "id": f"team-{whose.client.uid}",
        "subject": whose.patient,
        "participant": participants,
    }
    for number, row in enumerate(rows):
        pairs = lines(
            (_("Part"), word(row.part)), (_("From"), whose.when(row.since)), (_("Until"), whose.when(row.until))
        )
        yield Entry(row.staff.name, None, pairs, (team,) if number == 0 else ())


def _reaching(whose: Whose) -> Iterator[Entry]:
    for row in Reaching.objects.filter(client=whose.client).select_related("written_by").order_by("at", "id"):
        unsafe = f"{whose.when(row.not_safe_from)} – {whose.when(row.not_safe_until)}" if row.not_safe_from else ""
        pairs = lines(
            (_("Way"), word(row.way)),
            (_("Interpreter into"), row.interpreter),
            (_("Hours when a call is not safe"), unsafe),
            (_("Safe words"), said(row, "safe_words")),
            (_("What a caller may say"), said(row, "caller_says")),
            (_("Written down by"), row.written_by.name if row.written_by else ""),
        )
        yield Entry(_("How to reach you"), row.at, pairs, (plain(whose, row, _("How to reach you"), row.at, pairs),))


def _supporters(whose: Whose) -> Iterator[Entry]:
    for row in Supporter.objects.filter(client=whose.client).select_related("written_by").order_by("rank", "id"):
        name, phone = said(row, "name"), said(row, "phone")
        pairs = lines(
            (_("Relation"), row.relation),
            (_("Part"), word(row.part) if row.part else ""),
            (_("Phone"), phone),
            (_("Written down by"), row.written_by.name if row.written_by else ""),
            (_("Taken off"), whose.when(row.ended_at)),
        )
        found = resource(
            "RelatedPerson",
            row,
            active=row.ended_at is None,
            patient=whose.patient,
            relationship=[text(row.relation)] if row.relation else [],
            name=[{"text": name}],
            telecom=[{"system": "phone", "value": phone}] if phone else [],
            period={"start": whose.iso(row.at), "end": whose.iso(row.ended_at)},
        )
        yield Entry(name, row.at, pairs, (found,))


def _ways(whose: Whose) -> Iterator[Entry]:
    for wish in ReminderWish.objects.filter(client=whose.client).select_related("recorded_by").order_by("since", "id"):
        pairs = lines(
            (_("By"), word(wish.by)),
            (_("To"), said(wish, "address")),
            (_("Written down by"), wish.recorded_by.name if wish.recorded_by else ""),
            (_("Ended"), whose.when(wish.ended_at)),
            (_("Why it ended"), wish.ended_why),
        )
        title = _("You wanted to be reminded")
        yield Entry(title, wish.since, pairs, (plain(whose, wish, title, wish.since, pairs),))
    for device in Device.objects.filter(client=whose.client).order_by("created_at", "id"):
        pairs = lines((_("Phone or computer"), device.label), (_("Stopped"), whose.when(device.revoked_at)))
        title = _("A phone that keeps the help button")
        yield Entry(title, device.created_at, pairs, (plain(whose, device, title, device.created_at, pairs),))

    for reset in FactorReset.objects.filter(client=whose.client).select_related("by").order_by("at", "id"):
        pairs = lines((_("By"), reset.by.name if reset.by else ""), (_("Why"), said(reset, "reason")))
        title = _("Your second step for signing in was reset")
        yield Entry(title, reset.at, pairs, (plain(whose, reset, title, reset.at, pairs),))


def _signed(whose: Whose) -> Iterator[Entry]:
    for row in BoundarySignature.objects.filter(client=whose.client).select_related("witness").order_by("at", "id"):
        pairs = lines(
            (_("Version"), row.version),
            (_("Language"), word(row.language)),
            (_("How"), word(row.how)),
            (_("Witness"), row.witness.name if row.witness else ""),
        )
        title = _("You read that we are not an emergency service")
        yield Entry(title, row.at, pairs, (plain(whose, row, title, row.at, pairs),))


def _ratings(whose: Whose) -> Iterator[Entry]:
    for row in RiskRating.objects.filter(client=whose.client).select_related("by").order_by("at", "id").iterator():
        words = said(row, "words")
        pairs = lines((_("Judged"), word(row.level)), (_("By"), row.by.name), (wrote(row.by), words))
        found = resource(
            "RiskAssessment",
            row,
            status="final",
            subject=whose.patient,
            occurrenceDateTime=whose.iso(row.at),
            performer=person(row.by),
            prediction=[{"qualitativeRisk": text(row.level)}],
            note=[{"text": words}] if words else [],
        )
        yield Entry(_("Danger, as judged"), row.at, pairs, (found,))


def _openings(whose: Whose) -> Iterator[Entry]:
    rows = ChartOpening.objects.filter(client=whose.client).select_related("by", "told", "reviewed_by")
    for row in rows.order_by("at", "id"):
        pairs = lines(
            (_("Until"), whose.when(row.ends_at)),
            (_("Who was told of it"), row.told.name if row.told else ""),
            (_("What the review found"), word(row.verdict) if row.verdict else _("not yet")),
            (_("Reviewed by"), row.reviewed_by.name if row.reviewed_by else ""),
            (_("Reviewed"), whose.when(row.reviewed_at)),
        )
        title = _("Your record was opened with a reason")
        yield Entry(row.by.name, row.at, pairs, (plain(whose, row, title, row.at, pairs),))
