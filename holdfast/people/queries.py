"""The only reads of people that other modules and pages use."""

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import DateField, DateTimeField, Exists, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from holdfast.ledger.digest import digest
from holdfast.ledger.models import Program
from holdfast.ledger.packed import packed, unpacked
from holdfast.ledger.sealed import readable
from holdfast.people.access import NOBODY, Actor, Kind
from holdfast.people.models import (
    NO_DIGEST_YET,
    BoundarySignature,
    CareTeamMember,
    ChartOpening,
    Client,
    Contact,
    Device,
    Holiday,
    Licence,
    OfficeHours,
    Reaching,
    ReminderWish,
    RiskRating,
    Staff,
    Supporter,
    User,
)
from holdfast.people.rules import (
    LEADS,
    ContactKind,
    Role,
    Standing,
    Way,
    fingerprint,
    holders,
    may_be_today,
    not_safe_now,
    plain_number,
    zone,
)

NOW = Func(function="holdfast_now", output_field=DateTimeField())


def today_in(program: int | None) -> Func:
    """Which day it is where this program is: care relationships begin and end by its calendar, not by UTC."""
    once = "(select %(function)s(%(expressions)s))"  # asked once, not for every row
    return Func(Value(program), function="holdfast_today", template=once, output_field=DateField())


@dataclass(frozen=True)
class Membership:
    """Where a signed-in user belongs."""

    program: int
    kind: str
    id: int


def memberships(user_id: int) -> list[Membership]:
    """Every program a user belongs to. Looks across programs through one narrow function."""
    with connection.cursor() as cursor:
        cursor.execute("select program_id, kind, id from holdfast_memberships(%s)", [user_id])
        return [Membership(*row) for row in cursor.fetchall()]


def staff_places(user_id: int) -> list[Membership]:
    """Every program whose staff somebody belongs to."""
    return [one for one in memberships(user_id) if one.kind == "staff"]


def home_place(user_id: int) -> Membership | None:
    """Where somebody belongs before all: as staff, else as a client."""
    places = memberships(user_id)
    return next((one for one in places if one.kind == "staff"), None) or next(iter(places), None)


def actor_for(member: Membership, now: datetime) -> Actor:
    """The actor of a membership, or nobody when the person has left. Inside the program's scope."""
    if member.kind == "staff":
        staff = current_staff(now).filter(id=member.id).first()
        return Actor(Kind.STAFF, member.program, staff.id, Role(staff.role), staff.name) if staff else NOBODY
    client = Client.objects.filter(id=member.id).first()
    return Actor(Kind.CLIENT, member.program, client.id, None, client.preferred_name) if client else NOBODY


def clients_visible_to(actor: Actor) -> "QuerySet[Client]":
    """The clients this person may open: themselves, their care team's, all for those who lead, and those whose chart
    they opened themselves with a reason, while its hour lasts."""
    clients = Client.objects.all()
    if actor.client is not None or not actor.works_with_clients or actor.role in LEADS:
        return clients_cared_for_by(actor)
    opened = ChartOpening.objects.filter(by_id=actor.id, at__lte=NOW, ends_at__gt=NOW).values("client_id")
    return clients.filter(id__in=_care_teams_of(actor).union(opened, all=True))


def clients_cared_for_by(actor: Actor) -> "QuerySet[Client]":
    """The same, without charts that were opened with a reason: whose account and record this person may do something about."""
    clients = Client.objects.all()
    if actor.client is not None:
        return clients.filter(id=actor.client) if actor.kind is Kind.CLIENT else clients.none()
    if actor.kind is Kind.SYSTEM or (actor.is_staff and actor.role in LEADS):
        return clients
    return clients.filter(id__in=_care_teams_of(actor)) if actor.works_with_clients else clients.none()


def _care_teams_of(actor: Actor) -> "QuerySet[CareTeamMember, int]":
    today = today_in(actor.program)
    mine = CareTeamMember.objects.filter(Q(until=None) | Q(until__gte=today), staff_id=actor.id, since__lte=today)
    return mine.values_list("client_id", flat=True)


def device_by_key(program: int, key: str) -> Device | None:
    """The device that holds this key, unless it was revoked. Inside the program's scope."""
    return Device.objects.filter(key_hash=fingerprint(settings.SECRET_KEY, key), revoked_at=None).first()


def current_staff(now: datetime) -> "QuerySet[Staff]":
    """Staff who are here today. A last day lasts to its end wherever the program is, whatever day it is in UTC."""
    first, last = may_be_today(now)
    return Staff.objects.filter(since__lte=last).exclude(until__lt=first)


def here_or_coming(now: datetime) -> "QuerySet[Staff]":
    """Staff who have not left: also those whose first day is still to come. A set-up names them before it."""
    first, _ = may_be_today(now)
    return Staff.objects.exclude(until__lt=first)


def accounts_of_directors(now: datetime) -> list[User]:
    """Whom letters to the directors go to."""
    found = current_staff(now).filter(role=Role.DIRECTOR).exclude(user=None).select_related("user")
    return [one.user for one in found if one.user is not None]


def is_directed(now: datetime) -> bool:
    """Whether the program has a director, or will have."""
    return here_or_coming(now).filter(role=Role.DIRECTOR).exists()


def working_contacts(staff_ids: "list[int] | None" = None) -> "QuerySet[Contact]":
    """Contacts that can be tried: not ended, not known to be broken."""
    contacts = Contact.objects.filter(ended_at=None, unreachable_since=None)
    return contacts if staff_ids is None else contacts.filter(staff_id__in=staff_ids)


def licensed_staff(state: str | None, now: datetime, timezone: str) -> frozenset[int]:
    """Staff with a licence for this state today, in the program's own day."""
    today = now.astimezone(zone(timezone)).date()
    rows = Licence.objects.filter(valid_from__lte=today, valid_until__gte=today)
    return holders(rows.values_list("staff_id", "state", "valid_from", "valid_until"), state, today)


def care_team(client_id: int, now: datetime) -> "QuerySet[CareTeamMember]":
    """Who cares for this client today. Whoever has left the program is in no care team, whatever stands there."""
    first, last = may_be_today(now)
    return (
        CareTeamMember.objects.filter(Q(until=None) | Q(until__gte=first), client_id=client_id, since__lte=last)
        .exclude(staff__until__lt=first)
        .select_related("staff")
    )


def clients_left_behind(staff: Staff) -> int:
    """For how many clients' care teams somebody else must be named once they have left."""
    if staff.until is None:
        return 0
    stays = Q(until=None) | Q(until__gt=staff.until)
    return CareTeamMember.objects.filter(stays, staff=staff).values("client_id").distinct().count()


def primary_of(client_id: int, now: datetime) -> int | None:
    """The staff id of the client's primary clinician."""
    return care_team(client_id, now).filter(part="primary").values_list("staff_id", flat=True).first()


def phone_contact(number: str) -> Contact | None:
    """The staff contact with this phone number, in this program."""
    wanted = fingerprint(settings.SECRET_KEY, plain_number(number))
    return (
        Contact.objects.filter(address_hash=wanted, kind=ContactKind.PHONE, ended_at=None)
        .select_related("staff")
        .first()
    )


SHORTEST_NUMBER: Final = 8  # of +digits; less than that is nobody's own


def clients_with_number(program: int, number: str) -> list[Client]:
    """The clients whose number this is, as +digits.

    Numbers are sealed. Their digests find the few that may be it, and those are opened; so is what has no digest yet.
    """
    if len(number) < SHORTEST_NUMBER:
        return []
    wanted = digest(program, number)
    fit = list(Client.objects.filter(Q(phone_digest=wanted) | Q(other_phone_digest=wanted)))
    not_yet = Client.objects.filter(NO_DIGEST_YET).iterator()
    found = {one.id: one for one in chain(fit, not_yet) if number in _numbers(one)}
    return [found[one] for one in sorted(found)]


def _numbers(client: Client) -> tuple[str, str]:
    return readable(client, "phone"), readable(client, "other_phone")


def client_with_number(program: int, number: str) -> Client | None:
    """The one client whose number this is. Where it is two people's, or nobody's, nobody."""
    found = [one for one in clients_with_number(program, number) if one.standing != Standing.DIED]
    return found[0] if len(found) == 1 else None


def contacts_of(actor: Actor) -> "QuerySet[Contact]":
    """One's own ways to be reached, broken ones too."""
    contacts = Contact.objects.filter(ended_at=None).order_by("id")
    return contacts.filter(staff_id=actor.id) if actor.is_staff else contacts.none()


def may_make_contact(now: datetime) -> "QuerySet[Staff]":
    """Who can be named for a client's next contact: everyone here now who works with clients."""
    return current_staff(now).exclude(role=Role.ADMINISTRATOR).order_by("name")


def client_to_match(actor: Actor, uid: UUID) -> Client | None:
    """A client whose name this person may know: whoever works with clients may be worried about any, match a caller with
    any, and open any chart with a reason."""
    return Client.objects.filter(uid=uid).first() if actor.works_with_clients else None


def colleagues(client_id: int | None, state: str | None, now: datetime, timezone: str) -> "QuerySet[Staff]":
    """Everyone who works with clients, with `may_treat` (a licence for this state today) and `part` in this client's care."""
    today = now.astimezone(zone(timezone)).date()
    first, last = may_be_today(now)
    held = Licence.objects.filter(staff_id=OuterRef("id"), valid_from__lte=today, valid_until__gte=today)
    member = CareTeamMember.objects.filter(
        Q(until=None) | Q(until__gte=first), staff_id=OuterRef("id"), client_id=client_id or 0, since__lte=last
    ).order_by("id")
    return may_make_contact(now).annotate(
        may_treat=Exists(held.filter(state=state) if state else held), part=Subquery(member.values("part")[:1])
    )


def actor_of(staff: Staff | None) -> Actor:
    """The actor of a member of staff who is here today, or nobody."""
    return Actor(Kind.STAFF, staff.program_id, staff.id, Role(staff.role), staff.name) if staff else NOBODY


def risk_of(client_id: int) -> RiskRating | None:
    """The risk level that holds: the newest judgement. None: no clinician has judged it yet, which is not low."""
    return RiskRating.objects.filter(client_id=client_id).select_related("by").order_by("-at", "-id").first()


def ratings_of(client_id: int, most: int = 30) -> "QuerySet[RiskRating]":
    """How the risk was judged so far, the newest first."""
    return RiskRating.objects.filter(client_id=client_id).select_related("by").order_by("-at", "-id")[:most]


def risk_levels_of(client_ids: "list[int]") -> dict[int, RiskRating]:
    """The risk levels that hold, of several clients in one read."""
    newest = RiskRating.objects.filter(client_id__in=client_ids).select_related("by")
    return {rating.client_id: rating for rating in newest.order_by("client_id", "-at", "-id").distinct("client_id")}


def reminder_wish(client_id: int) -> ReminderWish | None:
    """How this client wants to be reminded, where they said so."""
    return ReminderWish.objects.filter(client_id=client_id, ended_at=None).first()


@dataclass(frozen=True)
class ReachCard:
    """How to reach one client now, and whom they named. What each of them may be told is answered by `consent`.

    `written_by`: the name of whoever of the team wrote the wishes down; empty when the client did. `more`: what
    else came along.
    """

    client: Client
    wishes: Reaching | None
    written_by: str
    supporters: tuple[Supporter, ...]
    not_safe_now: bool
    more: tuple[Any, ...] = ()

    @property
    def text_only(self) -> bool:
        return self.wishes is not None and self.wishes.way == Way.TEXT_ONLY

    @property
    def signing(self) -> bool:
        return self.wishes is not None and self.wishes.way == Way.SIGNING


_WISHES = (
    *("uid", "way", "interpreter", "not_safe_from", "not_safe_until"),
    *("safe_words", "caller_says", "written_by_id", "at"),
)
_SUPPORTER = ("id", "uid", "name", "relation", "part", "phone", "rank", "at")


def how_to_reach(client: Client, now: datetime, *more: Combinable) -> ReachCard:
    """One query. For a page that may show this client already: the row comes from a scoped read.

    `more`: what a module above wants to know of the same client, of `OuterRef("id")`, in the same query.
    """
    written = Reaching.objects.filter(client=OuterRef("id")).order_by("-at", "-id")
    named = Supporter.objects.filter(client=OuterRef("id"), ended_at=None).order_by("rank", "id")
    newest, people, *others = Client.objects.filter(id=client.id).values_list(
        ArraySubquery(written.values(row=JSONObject(by="written_by__name", **packed(Reaching, *_WISHES)))[:1]),
        ArraySubquery(named.values(row=JSONObject(**packed(Supporter, *_SUPPORTER)))),
        *more,
    )[0]
    known = {"program_id": client.program_id, "client": client}
    by = newest[0].pop("by") if newest else None
    wishes = unpacked(Reaching, newest[0], **known) if newest else None
    unsafe = wishes is not None and not_safe_now(wishes.not_safe_from, wishes.not_safe_until, client.timezone, now)
    named_now = tuple(unpacked(Supporter, row, **known) for row in people)
    return ReachCard(client, wishes, by or "", named_now, unsafe, tuple(others))


def signed_boundary(client: Client) -> BoundarySignature | None:
    """The newest signature under what we are not."""
    return BoundarySignature.objects.filter(client=client).select_related("witness").order_by("-at").first()


def holidays(program: int, since: date) -> frozenset[date]:
    """The days from this one on when the office is closed."""
    return frozenset(Holiday.objects.filter(program_id=program, on__gte=since).values_list("on", flat=True))


def office_hours(program: int) -> OfficeHours | None:
    """When the office works, where somebody wrote that down."""
    return OfficeHours.objects.filter(program_id=program).first()


def states_served(program: Program) -> tuple[str, ...]:
    """The program's home state, and those that somebody wrote down."""
    hours = office_hours(program.id)
    return tuple(sorted({program.state, *(hours.states if hours else ())}))


def office_is_open(program: int, timezone: str, now: datetime) -> bool:
    """Whether the office works now: by its hours, else Monday to Friday from 8 to 18, and on no holiday."""
    here = now.astimezone(zone(timezone))
    if Holiday.objects.filter(program_id=program, on=here.date()).exists():
        return False
    hours = office_hours(program)
    days, opens, closes = (hours.days, hours.opens, hours.closes) if hours else (range(5), time(8), time(18))
    return here.weekday() in days and opens <= here.time() < closes
