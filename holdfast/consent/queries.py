"""The only reads of consent. The client's row comes from a read that is scoped to whoever asks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.papers import glance
from holdfast.consent.phrases import RECIPIENTS, told_words
from holdfast.consent.rules import may_tell
from holdfast.consent.signatures import in_force, newest, sign_again, signs_alone, waits_for_guardian
from holdfast.consent.words import Age, Answer, Given, Glance, How, Kind, Now, Say, Signs
from holdfast.content.states import StateLaw, state_law
from holdfast.ledger.packed import packed, unpacked
from holdfast.ledger.sealed import readable
from holdfast.people.access import Actor
from holdfast.people.models import CareTeamMember, Client, Supporter
from holdfast.people.queries import ReachCard, clients_visible_to, how_to_reach
from holdfast.people.rules import LEADS, Standing, may_be_today, zone

MOST_TOLD = 200


@dataclass(frozen=True)
class Known:
    """All that "may I tell" needs of one client: their consents, whom they named, and what their signature opens."""

    client: Client
    at: datetime
    consents: tuple[Consent, ...]
    given: tuple[Given, ...]
    supporters: tuple[Supporter, ...]
    signs: Signs
    law: StateLaw

    def may_tell(self, recipient: str, info: str, now: Collection[Now], person: int | None = None) -> Answer:
        return may_tell(recipient, info, now, self.given, self.at, self.signs, person)

    def when(self, moment: datetime) -> "Known":
        """The same client as of another moment: needs `every` consent, and is judged by those that held then."""
        return replace(self, at=moment, signs=_signs(self.client, moment, self.law))

    def glances(self) -> tuple[tuple[Supporter, Glance], ...]:
        return tuple(
            (one, glance(one.id, self.given, self.at, self.signs, guardian=one.part == "guardian"))
            for one in self.supporters
        )

    def newest(self, kind: Kind, person: int | None = None) -> Consent | None:
        """The consent that counts, or the last that did."""
        fit = (one for one in self.consents if one.kind == kind and one.supporter_id == person)
        return max(fit, key=lambda one: (one.at, one.id), default=None)

    def sign_again(self, kind: Kind, person: int | None = None) -> bool:
        """Whether it holds but counts for nothing: signed under age and alone, by somebody who is of age now."""
        counts = in_force(newest(self.given, kind, person), self.at)
        return counts is not None and sign_again(counts, self.signs)

    def signed(self, row: Consent) -> Given:
        """One of these as the rules read it."""
        return next(one for one in self.given if one.id == row.id)

    def waits_for_guardian(self, kind: Kind, person: int | None = None) -> bool:
        """Whether it holds but counts for nothing yet: signed under age and alone, by somebody who is under age still."""
        counts = in_force(newest(self.given, kind, person), self.at)
        return counts is not None and waits_for_guardian(counts, self.signs)

    @property
    def waiting(self) -> tuple[Consent, ...]:
        """Those that wait for a guardian."""
        about = ((one, Kind(one.kind), one.supporter_id) for one in self.consents)
        return tuple(
            one
            for one, kind, person in about
            if one is self.newest(kind, person) and self.waits_for_guardian(kind, person)
        )

    @property
    def died(self) -> bool:
        """Whether the client had died by then, as far as it is recorded."""
        return self.signs.died

    @property
    def age_not_known(self) -> bool:
        return self.signs.age is Age.NOT_KNOWN

    @property
    def under_age(self) -> bool:
        return self.signs.age is Age.UNDER_AGE


def known_of(
    client: Client, at: datetime, supporters: Sequence[Supporter] | None = None, *, every: bool = False
) -> Known:
    """Two queries, or one where those whom the client named were read already.

    Only the newest of each kind and person counts, so only that is read; `every`: those before it too, for lists.
    """
    rows = _newest(Consent.objects.filter(client=client))
    if every:
        rows = (
            Consent.objects.filter(client=client).select_related("witness", "by", "revoked_by").order_by("-at", "-id")
        )
    named = (
        tuple(Supporter.objects.filter(client=client, ended_at=None).order_by("rank", "id"))
        if supporters is None
        else supporters
    )
    return _known(client, at, tuple(rows), named)


@dataclass(frozen=True)
class Waits:
    """One client under age who signed alone what counts only once a guardian signs too."""

    client: Client
    consents: tuple[Consent, ...]


def waiting_for_guardians(actor: Actor, at: datetime) -> tuple[Waits, ...]:
    """Of the clients in whose care team this person is. One query, and one more where somebody there is under age.

    The birth date is sealed, so it is read here and not in the database.
    """
    mine = clients_visible_to(actor).filter(Exists(_in_care_team(actor, at))).exclude(born=None)
    here = mine.exclude(standing__in=(Standing.DISCHARGED, Standing.DIED)).order_by("id")
    children = [one for one in here if _signs(one, at, state_law(one.state)).age is Age.UNDER_AGE]
    if not children:
        return ()
    listed = Q(supporter=None) | Q(supporter__ended_at=None)
    rows = Consent.objects.filter(listed, client__in=children).select_related("supporter")
    newest_of_each = rows.order_by("client_id", "kind", "supporter_id", "-at", "-id").distinct(
        "client_id", "kind", "supporter_id"
    )
    signed: dict[int, list[Consent]] = {one.id: [] for one in children}
    for row in newest_of_each:
        signed[row.client_id].append(row)
    found = (Waits(one, _known(one, at, tuple(signed[one.id]), ()).waiting) for one in children)
    return tuple(one for one in found if one.consents)


def _in_care_team(actor: Actor, at: datetime) -> "QuerySet[CareTeamMember]":
    first, last = may_be_today(at)
    stays = Q(until=None) | Q(until__gte=first)
    return CareTeamMember.objects.filter(stays, client=OuterRef("id"), staff_id=actor.id, since__lte=last)


def _newest(rows: "QuerySet[Consent]") -> "QuerySet[Consent]":
    return rows.order_by("kind", "supporter_id", "-at", "-id").distinct("kind", "supporter_id")


_CARRIED: Final = (
    *("id", "uid", "kind", "supporter_id", "scopes", "version", "language", "how"),
    *("guardian", "at", "expires_at", "revoked_at"),
)


def reach_and_known(client: Client, at: datetime, *more: Combinable) -> tuple[ReachCard, Known]:
    """How to reach them and what they agreed to, in one query: for the page of a crisis. `more` stands last in the card."""
    rows = _newest(Consent.objects.filter(client=OuterRef("id")))
    signed = ArraySubquery(rows.values(row=JSONObject(**packed(Consent, *_CARRIED))))
    card = how_to_reach(client, at, signed, *more)
    carried = tuple(unpacked(Consent, row, program_id=client.program_id, client=client) for row in card.more[0])
    return card, _known(client, at, carried, card.supporters)


def _known(client: Client, at: datetime, rows: tuple[Consent, ...], named: Iterable[Supporter]) -> Known:
    law = state_law(client.state)
    signed = tuple(given(row, _signs(client, row.at, law)) for row in rows)
    return Known(client, at, rows, signed, tuple(named), _signs(client, at, law), law)


def _signs(client: Client, moment: datetime, law: StateLaw) -> Signs:
    """What the client's own signature opened at that moment."""
    signs = signs_alone(born(client), moment.astimezone(zone(client.timezone)).date(), law)
    died = client.standing == Standing.DIED and client.standing_since <= moment
    return replace(signs, died=True) if died else signs


def stand_of(row: Consent | None) -> str:
    """How it stands, as a form carries it: which is the newest, and whether it was taken back. Empty where none was signed."""
    if row is None:
        return ""
    return str(row.uid) if row.revoked_at is None else f"{row.uid}.over"


def given(row: Consent, signs: Signs | None = None) -> Given:
    """A row as the rules read it. `signs`: what the client's signature opened on its day; to ask only whether it holds, none."""
    return Given(
        row.id,
        row.kind,
        row.supporter_id,
        frozenset(row.scopes),
        row.at,
        row.expires_at,
        row.revoked_at,
        # Whether there is a name, not which: so one that will not open on this machine still counts.
        written=row.how != How.BY_WORD,
        guardian=row.__dict__.get("guardian") is not None,
        signs=signs,
    )


def born(client: Client) -> date | None:
    """Their birth date, where it is known and can be read. What cannot be read counts as not known."""
    try:
        return date.fromisoformat(readable(client, "born"))
    except ValueError:
        return None


def told_about(client: Client) -> "QuerySet[Disclosure]":
    """Who was told about this client, the newest first."""
    found = Disclosure.objects.filter(client=client).select_related("by", "supporter", "consent", "seen_by")
    return found.order_by("-at", "-id")[:MOST_TOLD]


@dataclass(frozen=True)
class ToldThen:
    """One telling for the timeline of a crisis. `signed_at`: when the consent was given on which it rests."""

    row: Disclosure
    by: str
    relation: str
    signed_at: datetime | None

    def words(self, place: tzinfo) -> str:
        relation = self.relation or RECIPIENTS.get(self.row.recipient, self.row.recipient).lower()
        signed = self.signed_at.astimezone(place).date() if self.signed_at else None
        return told_words(readable(self.row, "name"), relation, self.row.information, self.row.ground, signed)


_TOLD: Final = ("uid", "recipient", "name", "information", "answer", "ground", "at")


def told_between(since: datetime, until: datetime | None) -> ArraySubquery:
    """Who was told in this time about the client of the outer read, as a part of it; `told_in` reads it."""
    found = Disclosure.objects.filter(client=OuterRef("id"), at__gte=since)
    found = found if until is None else found.filter(at__lte=until)
    beside = {"by": F("by__name"), "relation": F("supporter__relation"), "signed_at": F("consent__at")}
    return ArraySubquery(
        found.order_by("-at", "-id").values(row=JSONObject(**beside, **packed(Disclosure, *_TOLD)))[:MOST_TOLD]
    )


def told_in(found: Iterable[dict[str, Any]], program: int) -> Iterator[ToldThen]:
    for row in found:
        by, relation, signed_at = (row.pop(name) for name in ("by", "relation", "signed_at"))
        signed = datetime.fromisoformat(signed_at) if signed_at else None
        yield ToldThen(unpacked(Disclosure, row, program_id=program), by, relation or "", signed)


def against_a_no(*, seen: bool = False) -> "QuerySet[Disclosure]":
    """What was told although the rules said no: for those who lead. Nobody's whose client they may not see: all are theirs."""
    found = Disclosure.objects.filter(answer=Say.NO, seen_at__isnull=not seen)
    return found.select_related("client", "by", "seen_by").order_by("-at", "-id")[:MOST_TOLD]


def told_to_see(actor: Actor) -> "QuerySet[Disclosure]":
    """What waits for the eyes of this person: of whoever leads, everything others told against a no."""
    if not actor.is_staff or actor.role not in LEADS:
        return Disclosure.objects.none()
    return Disclosure.objects.filter(answer=Say.NO, seen_at=None).exclude(by_id=actor.id)


def may_message(client_id: int, way: str) -> bool:
    """Whether one may write to them this way. Their newest word on messages counts; whoever never said one, yes."""
    last = Consent.objects.filter(client_id=client_id, kind=Kind.MESSAGES).order_by("-at", "-id").first()
    return last is None or (last.revoked_at is None and way in last.scopes)


def supporter_of(client: Client, uid: UUID) -> Supporter | None:
    """One person on this client's list."""
    return Supporter.objects.filter(client=client, uid=uid, ended_at=None).first()


def consent_of(client: Client, uid: UUID) -> Consent | None:
    """One consent of this client."""
    return (
        Consent.objects.filter(client=client, uid=uid)
        .select_related("witness", "by", "revoked_by", "supporter")
        .first()
    )
