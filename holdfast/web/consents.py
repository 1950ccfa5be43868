"""Consents and disclosures in words, for clients and for staff: the same text on a page, in a file and on paper."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.consent.for_clients import HOWS, TO_CLIENTS, WHOM_TO_CLIENTS, WHY_TO_CLIENTS
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.papers import ends_soon
from holdfast.consent.phrases import GROUNDS, INFO, RECIPIENTS
from holdfast.consent.queries import Known, given, stand_of
from holdfast.consent.signatures import in_force, replaced_at, waits_for_guardian
from holdfast.consent.words import Kept, Kind, Say
from holdfast.content.consents import ConsentText, consent_text, newest_version
from holdfast.content.shapes import ContentError
from holdfast.ledger.models import Program
from holdfast.people.models import Client, Supporter
from holdfast.web import languages
from holdfast.web.files import as_file
from holdfast.web.pdf import Paper
from holdfast.web.sealed import opened
from holdfast.web.templatetags.holdfast import clock_time, full_date
from holdfast.web.templatetags.team import language_word

KEPT: Final[dict[str, str]] = {
    Kept.PROGRAM: gettext_noop("the name of our program, or that they are a client here"),
    Kept.SUBSTANCES: gettext_noop("alcohol, drugs, or care for them"),
    Kept.EARLIER: gettext_noop("earlier use of alcohol or drugs, and care for it"),
    Kept.DIAGNOSIS: gettext_noop("any diagnosis or treatment"),
    Kept.TELLING_MEDICINE: gettext_noop("any medicine that gives a treatment away"),
    Kept.TAKEN: gettext_noop("what was taken"),
    Kept.MORE: gettext_noop("more than is needed to pay"),
}
ALONE: Final = (Kind.EMERGENCY, Kind.TELEHEALTH, Kind.PART_2, Kind.MESSAGES, Kind.RECORDING)


@dataclass(frozen=True)
class Paragraph:
    title: str
    text: str


@dataclass(frozen=True)
class Tick:
    id: str
    title: str
    ticked: bool


@dataclass(frozen=True)
class Sheet:
    """One text as one client reads it, with what they said of it. `state`: none, holds, soon, ended, replaced or taken_back.

    `again`: signed under age and alone, so it counts only once they sign it again. `not_asked`: why nobody signs it now.
    `waits`: signed under age and alone, so it counts only once a guardian signs too. `replaced`: when a newer one took its place.
    """

    kind: str
    person: Supporter | None
    who: str
    title: str
    short: str
    taken_back: str
    paragraphs: tuple[Paragraph, ...]
    ticks: tuple[Tick, ...]
    row: Consent | None
    state: str
    older: bool
    version: str
    again: bool = False
    waits: bool = False
    not_asked: str = ""
    replaced: datetime | None = None

    @property
    def path(self) -> str:
        """Where this text lies."""
        return f"consents/{self.kind}/{self.version}"

    @property
    def version_now(self) -> str:
        """The version that is signed now, whichever was signed before."""
        return newest_version(self.kind)

    @property
    def ticks_now(self) -> tuple[Tick, ...]:
        """What can be ticked in that one."""
        speaks = languages.short()
        return tuple(Tick(one.id, one.title.say(speaks), False) for one in consent_text(self.kind).scopes)

    @property
    def stands(self) -> str:
        """How it stands, for the form to carry."""
        return stand_of(self.row)

    @property
    def holds(self) -> bool:
        return self.state in ("holds", "soon")

    @property
    def counts(self) -> bool:
        """Whether it holds, and nobody's signature is missing."""
        return self.holds and not self.again and not self.waits

    @property
    def ticked(self) -> tuple[Tick, ...]:
        return tuple(one for one in self.ticks if one.ticked)

    @property
    def said(self) -> str:
        """One sentence: how it stands."""
        row = self.row
        if row is None and self.not_asked:
            return self.not_asked
        if row is None:
            return _("Not agreed to.")
        day = full_date(row.at)
        if row.revoked_at is not None or self.state == "ended":
            return how_it_ended(row, None)
        if self.waits:
            return _("Signed on %(day)s.") % {"day": day}
        if row.expires_at:
            return _("Agreed to on %(day)s. It ends on %(end)s.") % {"day": day, "end": full_date(row.expires_at)}
        return _("Agreed to on %(day)s.") % {"day": day}


def title_of(kind: str, person: Supporter | None) -> str:
    """What a consent is called, and for whom."""
    title = consent_text(kind).title.say(languages.short())
    return f"{opened(person, 'name', '—')}: {title}" if person else title


def sheet(known: Known, program: Program, kind: Kind, person: Supporter | None = None) -> Sheet:
    """A text with the consent that counts: in the version that was signed while that holds, else the newest."""
    about = person.id if person else None
    row = known.newest(kind, about)
    holds = row is not None and in_force(given(row), known.at) is not None
    found = drawn(known.client, program, kind, person, row, known.at, signed=holds)
    return replace(found, again=known.sign_again(kind, about), waits=known.waits_for_guardian(kind, about))


def kept_paper(known: Known, program: Program, row: Consent) -> Sheet:
    """One consent to take home, also one that has ended: in the text and the language that were signed."""
    kind, person = Kind(row.kind), row.supporter
    found = drawn(known.client, program, kind, person, row, known.at, signed=True, language=row.language)
    signed = known.signed(row)
    replaced = replaced_at(signed, known.given)
    waits = found.holds and not replaced and waits_for_guardian(signed, known.signs)
    return replace(found, replaced=replaced, waits=waits, state="replaced" if replaced else found.state)


def drawn(
    client: Client,
    program: Program,
    kind: Kind,
    person: Supporter | None,
    row: Consent | None,
    at: datetime,
    *,
    signed: bool,
    language: str | None = None,
) -> Sheet:
    """The text in the version of this row, or the newest; in this language, or the reader's."""
    text = _text(kind, row.version if row and signed else None)
    speaks = language or languages.short()
    who = str(opened(person, "name", "—")) if person else ""
    names = {"{client}": opened(client, "name") or "—", "{program}": program.name, "{person}": who}
    scopes = frozenset(row.scopes) if row else frozenset()
    title = text.title.say(speaks)
    return Sheet(
        kind=kind,
        person=person,
        who=who,
        title=f"{who}: {title}" if who else title,
        short=text.short.say(speaks),
        taken_back=text.taken_back.say(speaks),
        paragraphs=tuple(
            Paragraph(part.title.say(speaks), _named(part.text.say(speaks), names)) for part in text.parts
        ),
        ticks=tuple(Tick(one.id, one.title.say(speaks), one.id in scopes) for one in text.scopes),
        row=row,
        state=_state(row, at),
        older=row is not None and row.version != newest_version(kind),
        version=str(text.version),
        not_asked=asked.say(speaks) if (asked := consent_text(kind).not_asked) else "",
    )


def _text(kind: Kind, version: str | None) -> ConsentText:
    try:
        return consent_text(kind, version)
    except ContentError:  # a version that is not on this machine
        return consent_text(kind)


def _named(text: str, names: dict[str, str]) -> str:
    for mark, name in names.items():
        text = text.replace(mark, name)
    return text


def _state(row: Consent | None, at: datetime) -> str:
    if row is None:
        return "none"
    if row.revoked_at is not None:
        return "taken_back"
    if in_force(given(row), at) is None:
        return "ended"
    return "soon" if ends_soon(given(row), at) else "holds"


@dataclass(frozen=True)
class Earlier:
    """One before the newest, and what ended it."""

    row: Consent
    said: str


def earlier(known: Known, kind: Kind, person: Supporter | None) -> list[Earlier]:
    """Those that a newer one of this kind and person replaced, or that ended before it."""
    about, newest = person.id if person else None, known.newest(kind, person.id if person else None)
    rows = (one for one in known.consents if one.kind == kind and one.supporter_id == about and one is not newest)
    return [Earlier(row, how_it_ended(row, replaced_at(given(row), known.given))) for row in rows]


def how_it_ended(row: Consent, replaced: datetime | None) -> str:
    """One sentence on one that is over; empty where nothing ended it but its day."""
    if replaced is not None:
        return _("Replaced by a newer one on %(day)s.") % {"day": full_date(replaced)}
    if row.ended_with_treatment:
        return _("It ended on %(day)s, when treatment here ended.") % {"day": full_date(row.revoked_at)}
    if row.revoked_at is not None:
        return _("Taken back on %(day)s.") % {"day": full_date(row.revoked_at)}
    return _("It ended on %(day)s.") % {"day": full_date(row.expires_at)} if row.expires_at else ""


# --- on paper -----------------------------------------------------------------------------------


def signature_lines(paper: Sheet) -> list[tuple[str, str]]:
    """Who signed what, when, how, until when; and how it ended."""
    row = paper.row
    if row is None:
        return []
    lines = [
        (_("Signed by"), opened(row, "signature") or "—"),
        (_("How"), _(HOWS[row.how])),
        (_("When"), f"{full_date(row.at)}, {clock_time(row.at)}"),
        (
            _("Which text"),
            _("version %(version)s, in %(language)s")
            % {"version": row.version, "language": language_word(row.language)},
        ),
        (_("Replaced by a newer one"), full_date(paper.replaced))
        if paper.replaced
        else (_("Ends"), full_date(row.expires_at) if row.expires_at else _("as the text says")),
    ]
    if row.supporter is not None and row.supporter.ended_at is not None:
        lines.append((_("They were taken off your list"), full_date(row.supporter.ended_at)))
    if row.guardian is not None:
        lines.insert(1, (_("Guardian"), opened(row, "guardian") or "—"))
    elif paper.waits:
        lines.insert(1, (_("Guardian"), _("has not signed yet, so this does not count yet")))
    if row.witness is not None:
        lines.append((_("Witness"), row.witness.name))
    if row.by is not None:
        lines.append((_("Written down by"), row.by.name))
    if row.revoked_at is not None:
        how = _("Ended with treatment") if row.ended_with_treatment else _("Taken back")
        lines.append((how, f"{full_date(row.revoked_at)}, {clock_time(row.revoked_at)}"))
    return lines


def paper_pdf(paper: Sheet, program: Program) -> HttpResponse:
    """One consent as a PDF."""
    file = Paper(paper.title, program.name)
    for part in paper.paragraphs:
        file.heading(part.title)
        file.line(part.text)
    if paper.ticks:
        file.heading(_("Ticked"))
        for one in paper.ticked:
            file.line(f"- {one.title}")
    file.rule()
    file.pairs(signature_lines(paper))
    return as_file(file.drawn(), "application/pdf", "agreed.pdf")


def paper_html(paper: Sheet, program: Program) -> HttpResponse:
    """The same as a page that needs nothing else."""
    said = {"paper": paper, "program": program, "lines": signature_lines(paper), "lang": languages.short()}
    page = render_to_string("client/agreed_paper.html", said)
    return as_file(page.encode(), "text/html; charset=utf-8", "agreed.html")


# --- who was told ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToldLine:
    """One disclosure in words."""

    row: Disclosure
    name: str
    whom: str
    about: str
    ground: str
    words: str
    against: bool


def told_line(row: Disclosure, *, to_client: bool = False) -> ToldLine:
    """In the words of the team, or in those for the client."""
    info, whom, why = (TO_CLIENTS, WHOM_TO_CLIENTS, WHY_TO_CLIENTS) if to_client else (INFO, RECIPIENTS, GROUNDS)
    where = opened(row, "affiliation") or ""
    name = opened(row, "name", _("A name that cannot be read"))
    return ToldLine(
        row,
        f"{name}, {where}" if where else name,
        _(whom.get(row.recipient, row.recipient)),
        ", ".join(_(info.get(one, one)) for one in row.information),
        _(why.get(row.ground, row.ground)),
        opened(row, "words", _("Words that cannot be read.")),
        row.answer == Say.NO,
    )


def told_pdf(lines: Iterable[ToldLine], client: Client, program: Program) -> HttpResponse:
    """Everybody who was told, as a PDF."""
    file = Paper(_("Who was told about me"), program.name)
    file.line(opened(client, "name") or "—", bold=True)
    empty = True
    for line in lines:
        empty = False
        file.heading(f"{full_date(line.row.at)}, {clock_time(line.row.at)}")
        file.pairs(
            [
                (_("Who was told"), f"{line.name} ({line.whom})"),
                (_("About"), line.about),
                (_("Words"), line.words),
                (_("Why"), line.ground),
                (_("Who told"), line.row.by.name),
            ]
        )
    if empty:
        file.line(_("Nobody was told anything."))
    return as_file(file.drawn(), "application/pdf", "told.pdf")


def info_words(information: Iterable[str]) -> str:
    return ", ".join(_(INFO.get(one, one)) for one in information)


def kept_words(kept: Iterable[str]) -> str:
    return ", ".join(_(KEPT[one]) for one in kept)
