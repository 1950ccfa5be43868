"""What `consent` holds about a client: what they agreed to, and who outside was told what."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from holdfast.consent.for_clients import HOWS, TO_CLIENTS, WHOM_TO_CLIENTS, WHY_TO_CLIENTS
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.queries import Known, known_of
from holdfast.consent.signatures import replaced_at, waits_for_guardian
from holdfast.content.consents import ConsentText, consent_text
from holdfast.content.shapes import ContentError
from holdfast.people.models import Supporter
from holdfast.records.offering import (
    Chapter,
    Entry,
    Resource,
    Whose,
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


def agreed(whose: Whose) -> Iterator[Chapter]:
    """Each consent with the title of its text, and each disclosure."""
    yield Chapter(_("What you agreed to"), _consents(whose))
    yield Chapter(_("Who was told about you"), _told(whose))


def _consents(whose: Whose) -> Iterator[Entry]:
    people = {one.id: one for one in Supporter.objects.filter(client=whose.client)}
    known = known_of(whose.client, whose.now, tuple(people.values()), every=True)
    for row in reversed(known.consents):
        about = people.get(row.supporter_id) if row.supporter_id else None
        yield _consent(whose, row, about, known)


def _consent(whose: Whose, row: Consent, about: Supporter | None, known: Known) -> Entry:
    """One consent, and what ended it, if something did: a newer one, a word or a press, its day, or the list of people."""
    signed = known.signed(row)
    replaced = replaced_at(signed, known.given)
    title, ticks = _words_of(row, whose.language)
    off_list = about.ended_at if about else None
    ended = min((at for at in (replaced, off_list, row.revoked_at, row.expires_at) if at is not None), default=None)
    over = ended is not None and ended <= whose.now
    waits = not over and waits_for_guardian(signed, known.signs)
    pairs = lines(
        (_("About"), said(about, "name") if about else ""),
        (_("Ticked"), ", ".join(words for _id, words in ticks)),
        (
            _("Which text"),
            _("version %(version)s, in %(language)s") % {"version": row.version, "language": word(row.language)},
        ),
        (_("How"), _(HOWS[row.how])),
        (_("Signed by"), said(row, "signature")),
        (
            _("Guardian"),
            said(row, "guardian") or (_("has not signed yet, so this does not count yet") if waits else ""),
        ),
        (_("Witness"), row.witness.name if row.witness else ""),
        (_("Written down by"), row.by.name if row.by else ""),
        (_("Replaced by a newer one"), whose.when(replaced)),
        (_("They were taken off your list"), whose.when(off_list)),
        (_("Ends"), "" if replaced else whose.when(row.expires_at)),
        (_("Taken back"), whose.when(row.revoked_at)),
        (_("Taken back, written down by"), row.revoked_by.name if row.revoked_by else ""),
        (_("Why it ended"), said(row, "revoked_why")),
    )
    found = resource(
        "Consent",
        row,
        status="inactive" if over else "proposed" if waits else "active",
        scope=text("patient-privacy"),
        category=[text(row.kind)],
        patient=whose.patient,
        dateTime=whose.iso(row.at),
        policyRule=text(f"{row.kind}, version {row.version}"),
        provision={
            "period": {"start": whose.iso(row.at), "end": whose.iso(ended)},
            "actor": [_actor(about)] if about else [],
            "code": [_tick(row, *one) for one in ticks],
        },
    )
    more = plain(whose, row, title, row.at, pairs)
    return Entry(title, row.at, pairs, (found, {**more, "id": f"words-{row.uid}"}))


def _actor(about: Supporter) -> Resource:
    """The person whom it is about: the same as in the list of people."""
    reference = {"reference": f"RelatedPerson/{key(about)}", "display": said(about, "name")}
    return {"role": text("may be told"), "reference": reference}


def _tick(row: Consent, name: str, words: str) -> Resource:
    """One tick, in codes of our own: each kind of text has its list, in versions."""
    coding = {"system": f"urn:holdfast:consent:{row.kind}", "version": row.version, "code": name, "display": words}
    return {"coding": [coding], "text": words}


def _words_of(row: Consent, language: str) -> tuple[str, list[tuple[str, str]]]:
    """The title of the text that was signed, and what was ticked, as the text calls it."""
    try:
        signed: ConsentText = consent_text(row.kind, row.version)
    except ContentError:  # a version that is not on this machine
        return row.kind, [(name, name) for name in row.scopes]
    ticked = [(name, one.title.say(language) if (one := signed.scope(name)) else name) for name in row.scopes]
    return signed.title.say(language), ticked


def _told(whose: Whose) -> Iterator[Entry]:
    rows = Disclosure.objects.filter(client=whose.client).select_related("by").order_by("at", "id")
    for row in rows.iterator():
        name, where = said(row, "name"), said(row, "affiliation")
        pairs = lines(
            (_("Who"), _(WHOM_TO_CLIENTS.get(row.recipient, row.recipient))),
            (_("Where they work"), where),
            (_("About"), ", ".join(_(TO_CLIENTS.get(one, one)) for one in row.information)),
            (wrote(row.by), said(row, "words")),
            (_("Why they could"), _(WHY_TO_CLIENTS.get(row.ground, row.ground))),
            (_("What the emergency was"), said(row, "nature")),
            (_("What danger was believed"), said(row, "belief")),
            (_("What it rested on"), said(row, "facts")),
            (_("Told by"), row.by.name),
            (_("Written down"), whose.when(row.written_at)),
        )
        found = resource(
            "AuditEvent",
            row,
            type={"display": "Told to somebody outside"},
            action="R",
            recorded=whose.iso(row.at),
            purposeOfEvent=[text(row.ground)],
            agent=[{"requestor": False, "who": {"display": name}}, {"requestor": True, "who": person(row.by)}],
            source={"observer": {"display": "Holdfast"}},
            entity=[{"what": whose.patient, "description": ", ".join(row.information)}],
        )
        more = plain(whose, row, _("Somebody was told"), row.at, pairs)
        yield Entry(name, row.at, pairs, (found, {**more, "id": f"words-{row.uid}"}))
