"""Tables of the ground. Only `Program`, `ClockOffset` and `Vouch` stand outside any program."""

from typing import Any

from django.db import models

from holdfast.ledger.ids import new_uid


class Within(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key that stays inside the program.

    The constraint itself is composite (program, id) and is made by `Isolate`, because foreign key
    checks ignore row-level security.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)


class Program(models.Model):
    """A virtual intensive outpatient program: the wall that data never crosses."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    neutral_name = models.CharField(max_length=60, help_text="the sender's name on texts and calls; gives nothing away")
    timezone = models.CharField(max_length=60, default="America/Phoenix")
    state = models.CharField(max_length=2, help_text="home state, two letters")
    phone = models.CharField(max_length=30, blank=True, help_text="the number that clients may ring")
    made_up = models.BooleanField(default=False, help_text="its people are made up: demo and tests only")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__regex="^[A-Z]{2}$"), name="program_state_two_letters")
        ]

    def __str__(self) -> str:
        return self.slug


class ProgramModel(models.Model):
    """Every table that belongs to a program. Its migration must name it in `Isolate`."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Fact(ProgramModel):
    """Append-only: what happened. Web and worker may add and read, never change."""

    kind = models.CharField(max_length=60)
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "kind", "at"], name="fact_kind")]


class ChartRead(ProgramModel):
    """Append-only: who saw whose chart, on which page, by which right. Ids and fixed words, nothing of the chart.

    Plain numbers, no foreign keys: the ground knows nothing of staff and clients. No staff: Holdfast itself, for a
    sheet on paper. No client: a crisis of somebody whom nobody knows yet.
    """

    staff = models.BigIntegerField(null=True)
    client = models.BigIntegerField(null=True)
    crisis = models.BigIntegerField(null=True)
    page = models.CharField(max_length=60)
    by_right = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "client", "at"], name="chart_reads_of")]


class Seal(ProgramModel):
    """Append-only: one link of a program's chain, over one fact or one chart read (ledger/seals.py)."""

    seq = models.BigIntegerField()
    what = models.CharField(max_length=10)
    row_id = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "seq"], name="seal_once_a_place"),
            models.UniqueConstraint(fields=["program", "what", "row_id"], name="seal_once_a_row"),
            models.CheckConstraint(condition=models.Q(what__in=("fact", "read")), name="seal_of_what"),
        ]


class Head(ProgramModel):
    """Append-only: on which day the head of the chain left this machine, and by which way."""

    day = models.DateField()
    way = models.CharField(max_length=80)
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    at = models.DateTimeField(help_text="true time, never the moved clock")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "day", "way"], name="head_once_a_day_and_way")]


class ProgramKey(ProgramModel):
    """One key of a program, wrapped by an envelope key that is not in the database (ledger/keys.py)."""

    what = models.CharField(max_length=10)
    number = models.IntegerField()
    wrapped = models.BinaryField()
    envelope = models.CharField(max_length=32, help_text="the name of the envelope key, which says nothing about it")
    made_at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True, help_text="when no text under another key was found any more")
    retired_at = models.DateTimeField(null=True, help_text="when no text under this key was found any more")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "what", "number"], name="key_once_a_number"),
            models.CheckConstraint(condition=models.Q(what__in=("text", "digest")), name="key_of_what"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="key_number_from_one"),
        ]


class ClockOffset(models.Model):
    """Moves the clock in tests and in the demo. Anywhere else its presence stops the start."""

    only = models.SmallIntegerField(primary_key=True, default=1)
    ahead = models.DurationField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=1), name="one_clock_offset")]


class Vouch(models.Model):
    """The latest word of each watcher: when it last looked and which promises it could not vouch for."""

    who = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField(help_text="true time, never the moved clock")
    promises = models.JSONField(default=dict)
