"""The cast, always the same, made through actions like real people.

Ana is a client, Bea her therapist, Cal on call, Dia the director, Eve a clinician of another program
(she must see nothing), Frank Ana's relative without consent (he must get nothing).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password

from holdfast.ledger import keys
from holdfast.ledger.models import Program
from holdfast.ledger.scope import enter
from holdfast.oncall import actions as oncall
from holdfast.oncall.rules import Level
from holdfast.people import actions
from holdfast.people.models import Client, Staff, User
from holdfast.people.rules import ContactKind, Discipline, Role

LONG_AGO, FAR_AHEAD = date(2020, 1, 1), date(2099, 12, 31)
PASSWORD = "tea with honey at nine"
FRANKS_NUMBER = "+1 520 555 0199"


@dataclass
class Cast:
    program: Program
    other: Program
    ana: Client
    bea: Staff
    cal: Staff
    priya: Staff
    dia: Staff
    eve: Staff
    adam: Staff
    now: datetime

    def on_shift(self, *people: tuple[Staff, Level], hours: int = 24) -> None:
        """Put these on the rota around now."""
        for staff, level in people:
            oncall.add_shift(
                staff.program_id, staff, level, self.now - timedelta(hours=1), self.now + timedelta(hours=hours)
            )

    def night_shift(self) -> None:
        """Cal first, Priya behind him."""
        self.on_shift((self.cal, Level.FIRST), (self.priya, Level.BACKUP))


@cache
def _hashed() -> str:
    """Hashing is slow on purpose; once is enough for a test run."""
    return make_password(PASSWORD)


def _user(email: str) -> User:
    return User.objects.create(email=email, password=_hashed())


def _staff(
    program: Program,
    name: str,
    role: Role,
    discipline: Discipline,
    number: str,
    now: datetime,
    *,
    state: str | None = "AZ",
) -> Staff:
    first = name.split(maxsplit=1)[0].lower()
    user = _user(f"{first}@{program.slug}.example")
    staff = actions.hire(program.id, name=name, role=role, discipline=discipline, since=LONG_AGO, user=user)
    if state:
        actions.license_in(staff, state, number=f"{state}-{first}", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
    actions.add_contact(staff, ContactKind.PHONE, number, label="mobile", tested_at=now)
    actions.add_contact(staff, ContactKind.EMAIL, f"{first}@desk.example", label="work", tested_at=now)
    return staff


def make_cast(slug: str = "juniper", phones: str = "0") -> Cast:
    """The cast in a fresh program, and Eve in another. Leaves the scope in the first program.

    `phones` is the digit that keeps the numbers of several casts apart.
    """
    program = Program.objects.create(slug=slug, name="Juniper Path", neutral_name="JP Desk", state="AZ", made_up=True)
    other = Program.objects.create(
        slug=f"{slug}-other", name="Harbor Oak", neutral_name="HO Desk", state="AZ", made_up=True
    )
    now = enter(other.id)
    keys.make_first(other.id, now)
    eve = _staff(other, "Eve Stone", Role.CLINICIAN, Discipline.THERAPIST, f"+1520555{phones}190", now)
    now = enter(program.id)
    keys.make_first(program.id, now)
    bea = _staff(program, "Bea Lindqvist", Role.CLINICIAN, Discipline.THERAPIST, f"+1520555{phones}101", now)
    cal = _staff(program, "Cal Reyes", Role.CLINICIAN, Discipline.NURSE, f"+1520555{phones}102", now)
    priya = _staff(program, "Priya Nair", Role.CLINICIAN, Discipline.THERAPIST, f"+1520555{phones}103", now)
    dia = _staff(program, "Dia Okafor", Role.DIRECTOR, Discipline.PRESCRIBER, f"+1520555{phones}104", now)
    adam = _staff(program, "Adam Frey", Role.ADMINISTRATOR, Discipline.OFFICE, f"+1520555{phones}105", now, state=None)
    ana = actions.enrol(
        program.id,
        name="Ana Morales",
        state="AZ",
        timezone="America/Phoenix",
        now=now,
        pronouns="she/her",
        phone=f"+1520555{phones}118",
        user=_user(f"ana@{slug}.example"),
    )
    actions.join_care_team(ana, bea, "primary", LONG_AGO)
    return Cast(program, other, ana, bea, cal, priya, dia, eve, adam, now)
