"""Tables of people. Names of staff are plain; what identifies a client beyond the name is sealed."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce

from holdfast.ledger.digest import DigestField
from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.rules import ContactKind, Discipline, ReminderBy, RiskLevel, Role, Signed, Standing, Verdict, Way
from holdfast.people.sheets import Kind


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def one_of(field: str, words: Any, name: str) -> models.CheckConstraint:
    """The database refuses any other word."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": sorted(word.value for word in words)}), name=name
    )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None) -> "User":
        user = self.model(email=self.normalize_email(email).lower())
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who can sign in. Belongs to no program by itself."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    links = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how many links to a password were made void or sent anew"
    )
    link_sent_at = models.DateTimeField(null=True)
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return str(self.pk)


class Staff(ProgramModel):
    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=120)
    credential = models.CharField(max_length=40, blank=True, help_text="as on the licence: RN, LCSW, MD")
    role = models.CharField(max_length=20, choices=_choices(Role))
    discipline = models.CharField(max_length=20, choices=_choices(Discipline))
    languages = ArrayField(models.CharField(max_length=8), default=list)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [one_of("role", Role, "staff_role"), one_of("discipline", Discipline, "staff_discipline")]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


class Licence(ProgramModel):
    """Leave to treat in one state, both days included."""

    staff = Within(Staff)
    state = models.CharField(max_length=2)
    number = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_until = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("valid_from")), name="licence_dates_in_order"
            ),
            models.UniqueConstraint(fields=["program", "staff", "state", "number"], name="one_licence_row"),
        ]


class Contact(ProgramModel):
    """One way to reach a member of staff. Tested by an answer, never by a delivery."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    staff = Within(Staff)
    kind = models.CharField(max_length=10, choices=_choices(ContactKind))
    label = models.CharField(max_length=60, blank=True)
    address = SealedTextField()
    address_hash = models.CharField(max_length=64)
    tested_at = models.DateTimeField(null=True)
    unreachable_since = models.DateTimeField(null=True)
    unreachable_why = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kind", ContactKind, "contact_kind"),
            models.UniqueConstraint(fields=["program", "staff", "address_hash"], name="one_contact_row"),
        ]
        indexes = [models.Index(fields=["program", "address_hash"], name="contact_by_hash")]


# Written by a release that knew no digests: as good as no rows at all.
NO_DIGEST_YET = models.Q(phone__isnull=False, phone_digest=None) | models.Q(
    other_phone__isnull=False, other_phone_digest=None
)


class Client(ProgramModel):
    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="+")
    name = SealedTextField()
    preferred_name = SealedTextField()
    pronouns = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=8, default="en")
    timezone = models.CharField(max_length=60)
    state = models.CharField(max_length=2, help_text="where the client is, two letters")
    phone = SealedTextField(null=True)
    other_phone = SealedTextField(null=True)
    phone_digest = DigestField(of="phone")
    other_phone_digest = DigestField(of="other_phone")
    phone_changed_at = models.DateTimeField(
        null=True, help_text="when staff last wrote another phone down; empty: never since they are here"
    )
    wishes = SealedTextField(null=True)
    born = SealedTextField(null=True, help_text="birth date, 2009-04-30; empty: not known, which is not of age")
    standing = models.CharField(max_length=12, choices=_choices(Standing), default=Standing.INVITED)
    standing_since = models.DateTimeField()
    pause_ends_at = models.DateTimeField(
        null=True, help_text="when a pause is over; empty unless paused, and for a pause of an older release"
    )
    pause_why = SealedTextField(null=True)
    silence_look_at = models.DateTimeField(
        null=True, help_text="when somebody looks whether they have gone quiet; empty means at once"
    )

    class Meta:
        constraints = [one_of("standing", Standing, "client_standing")]
        indexes = [
            models.Index(
                Coalesce("silence_look_at", "standing_since"),
                condition=models.Q(standing__in=["active", "paused"]),
                name="client_silence",
            ),
            models.Index(
                fields=["silence_look_at"],
                condition=models.Q(standing__in=["active", "paused"]),
                name="client_silence_late",
            ),
            models.Index(fields=["pause_ends_at"], condition=models.Q(standing="paused"), name="client_paused"),
            models.Index(fields=["program", "phone_digest"], name="client_by_phone"),
            models.Index(fields=["program", "other_phone_digest"], name="client_by_other_phone"),
            models.Index(fields=["program"], condition=NO_DIGEST_YET, name="client_no_digest_yet"),
        ]


class CareTeamMember(ProgramModel):
    """A dated care relationship: why this person may see this chart."""

    client = Within(Client)
    staff = Within(Staff)
    part = models.CharField(
        max_length=20,
        choices=[
            ("primary", "primary"),
            ("prescriber", "prescriber"),
            ("case_manager", "case_manager"),
            ("peer", "peer"),
        ],
    )
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "client", "part"], condition=models.Q(until=None), name="one_current_part"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "client"], name="team_of_client"),
            models.Index(fields=["program", "staff"], name="clients_of_staff"),
        ]


class Device(ProgramModel):
    """A phone that may raise a call for help for its client, read that call back, and nothing else."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    key_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class RiskRating(ProgramModel):
    """A clinician's judgement of a client's risk: which, whose, when. The newest holds; none is ever changed."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    level = models.CharField(max_length=10, choices=_choices(RiskLevel))
    by = Within(Staff)
    words = SealedTextField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [one_of("level", RiskLevel, "risk_rating_level")]
        indexes = [models.Index(fields=["program", "client", "-at"], name="ratings_of_client")]


class ReminderWish(ProgramModel):
    """That a client wants to be reminded, and how. Without a row that has not ended, nobody is."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    by = models.CharField(max_length=8, choices=_choices(ReminderBy))
    address = SealedTextField()
    address_hash = models.CharField(max_length=64)
    since = models.DateTimeField()
    recorded_by = Within(Staff, null=True, help_text="empty where the client said so themselves")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            one_of("by", ReminderBy, "reminder_by"),
            models.UniqueConstraint(
                fields=["program", "client"], condition=models.Q(ended_at=None), name="one_reminder_wish"
            ),
        ]
        indexes = [models.Index(fields=["program", "address_hash"], name="reminder_by_hash")]


class Reaching(ProgramModel):
    """How a client wants to be reached, as it was written down. The newest counts; older ones are kept."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    way = models.CharField(max_length=10, choices=_choices(Way))
    interpreter = models.CharField(
        max_length=60, blank=True, help_text="into which language; empty when none is needed"
    )
    not_safe_from = models.TimeField(null=True, help_text="in the client's own time zone")
    not_safe_until = models.TimeField(null=True)
    safe_words = SealedTextField(null=True)
    caller_says = SealedTextField(null=True)
    written_by = Within(Staff, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("way", Way, "reaching_way"),
            models.CheckConstraint(
                condition=models.Q(not_safe_from=None, not_safe_until=None)
                | models.Q(not_safe_from__isnull=False, not_safe_until__isnull=False),
                name="unsafe_hours_have_two_ends",
            ),
        ]
        indexes = [models.Index(fields=["program", "client", "-at"], name="reaching_of_client")]


class Supporter(ProgramModel):
    """Somebody the client named. What they may be told is in `consent`; without one, nothing."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    name = SealedTextField()
    relation = models.CharField(max_length=60, blank=True)
    part = models.CharField(
        max_length=10, blank=True, db_default="", help_text="guardian: by law, of a client under age; else empty"
    )
    phone = SealedTextField(null=True)
    rank = models.SmallIntegerField()
    written_by = Within(Staff, null=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["program", "client", "rank"], condition=models.Q(ended_at=None), name="supporters_of_client"
            )
        ]


class BoundarySignature(ProgramModel):
    """A client read, or heard, that we are not an emergency service, in this version of the text."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    version = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    how = models.CharField(max_length=10, choices=_choices(Signed))
    witness = Within(Staff, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("how", Signed, "boundary_how"),
            models.UniqueConstraint(fields=["program", "client", "version"], name="one_signature_a_version"),
        ]


class TableBrought(ProgramModel):
    """A table that somebody brought as a file. Nothing of it counts before it was confirmed; it is the once-token
    of that press. The text is forgotten once it was brought in, or after a day."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=_choices(Kind))
    text = SealedTextField(null=True, help_text="the file as text, until it was brought in")
    refused = SealedTextField(null=True, help_text="the lines that were refused and why, as JSON")
    by = Within(Staff)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    brought = models.IntegerField(null=True)
    left_out = models.IntegerField(null=True)

    class Meta:
        constraints = [
            one_of("kind", Kind, "table_kind"),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(text=None), name="a_table_is_brought_in_once"
            ),
        ]
        indexes = [models.Index(fields=["program", "-at"], name="tables_of_program")]


class OfficeHours(ProgramModel):
    """When the office works, and which states the program serves. Help is sought at every hour all the same."""

    opens = models.TimeField()
    closes = models.TimeField()
    days = ArrayField(models.SmallIntegerField(), help_text="0 is Monday")
    states = ArrayField(models.CharField(max_length=2), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program"], name="one_office_hours"),
            models.CheckConstraint(condition=models.Q(closes__gt=models.F("opens")), name="office_hours_in_order"),
        ]


class Holiday(ProgramModel):
    """A day on which the office is closed: no working day when the time for routine work is counted."""

    on = models.DateField()
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "on"], name="one_holiday_a_day")]


class SignInTry(models.Model):
    """How often something was tried lately, for every web process. Belongs to no program; the key is a keyed hash."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField()


class FactorReset(ProgramModel):
    """Append-only: somebody's second factor was taken away, so that they can set up another."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    staff = Within(Staff, null=True)
    client = Within(Client, null=True)
    by = Within(Staff, null=True, help_text="none: whoever runs the machine")
    reason = SealedTextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(staff__isnull=False, client=None) | models.Q(staff=None, client__isnull=False),
                name="a_reset_is_of_one_person",
            )
        ]


class ChartOpening(ProgramModel):
    """A chart that somebody opened themselves, with a reason: until when, who was told, what the review found."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    by = Within(Staff)
    why = SealedTextField()
    at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="an hour later by the clock; sooner where they closed it themselves")
    told = Within(Staff, null=True, help_text="the second person; empty while nobody else leads here")
    review_by = models.DateTimeField()
    look_at = models.DateTimeField(null=True, help_text="when somebody is told, or told again; empty once reviewed")
    reviewed_by = Within(Staff, null=True)
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=_choices(Verdict), blank=True)
    review = SealedTextField(null=True)
    read_at = models.DateTimeField(null=True, help_text="when whoever opened it read what the review found")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("at"), ends_at__lte=models.F("at") + timedelta(hours=1)),
                name="an_opened_chart_closes_within_the_hour",
            ),
            models.CheckConstraint(
                condition=~models.Q(told=models.F("by")) & ~models.Q(reviewed_by=models.F("by")),
                name="an_opened_chart_has_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(look_at__isnull=False, verdict="", reviewed_by=None, reviewed_at=None)
                | models.Q(look_at=None, verdict__in=sorted(one.value for one in Verdict), reviewed_at__isnull=False),
                name="an_opened_chart_is_looked_at_until_reviewed",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "by", "-ends_at"], name="charts_opened_by"),
            models.Index(fields=["look_at"], condition=models.Q(look_at__isnull=False), name="openings_to_look_at"),
        ]


class SetUpSeen(ProgramModel):
    """Append-only: a director has seen every change of who may see charts, up to this fact."""

    by = Within(Staff)
    up_to = models.BigIntegerField(help_text="the newest fact that stood before them")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "by", "-up_to"], name="set_up_seen_by")]
