"""Tables of reaching staff: attempts, and troubles of whole channels."""

from django.db import models
from django.db.models import Q

from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.notify.rules import Channel, State
from holdfast.people.models import Contact, ReminderWish, Staff, one_of


class Attempt(ProgramModel):
    """One try to reach one person by one channel about one thing. What it is about stays a plain id."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    staff = Within(Staff, null=True)
    contact = Within(Contact, null=True)
    wish = Within(ReminderWish, null=True, help_text="a client who wants to be reminded, instead of a contact of staff")
    handset = models.CharField(
        max_length=80, help_text="keyed hash of the address: what rings together, whoever owns it"
    )
    channel = models.CharField(max_length=8, choices=[(x.value, x.value) for x in Channel])
    for_what = models.CharField(max_length=20)
    for_id = models.BigIntegerField()
    words = models.CharField(max_length=30, help_text="name of fixed neutral words")
    args = models.JSONField(default=dict, help_text="count, code, digits, a first name of staff; nothing clinical")
    urgency_rank = models.SmallIntegerField()
    state = models.CharField(max_length=16, choices=[(x.value, x.value) for x in State], default=State.QUEUED)
    due_at = models.DateTimeField(null=True, help_text="null: nothing to do")
    tries = models.SmallIntegerField(default=0)
    at = models.DateTimeField()
    began_at = models.DateTimeField(
        null=True, help_text="when the latest send began, read with whether it is still wanted"
    )
    done_at = models.DateTimeField(null=True)
    line_until = models.DateTimeField(null=True, help_text="a call holds the handset's line until then at most")
    provider_id = models.CharField(max_length=80, blank=True)
    provider_state = models.CharField(max_length=30, blank=True)
    last_error = models.CharField(max_length=120, blank=True)
    together_with = models.UUIDField(null=True, help_text="the attempt in whose text or call this one was told")

    class Meta:
        constraints = [
            one_of("channel", Channel, "attempt_channel"),
            one_of("state", State, "attempt_state"),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(state__in=["queued", "failed_for_now"]),
                name="attempt_due_only_while_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(state="queued") | Q(due_at__isnull=False), name="attempt_queued_is_due"
            ),
            models.CheckConstraint(
                condition=Q(channel="in_app") | Q(contact__isnull=False) | Q(wish__isnull=False),
                name="attempt_has_an_address",
            ),
            models.CheckConstraint(condition=Q(line_until=None) | Q(channel="voice"), name="attempt_line_is_voice"),
            models.CheckConstraint(condition=Q(tries__gte=0), name="attempt_tries_count"),
        ]
        indexes = [
            models.Index(
                fields=["channel", "urgency_rank", "due_at"],
                condition=Q(state__in=["queued", "failed_for_now"], due_at__isnull=False),
                name="attempt_due",
            ),
            models.Index(fields=["handset"], condition=Q(line_until__isnull=False), name="attempt_line"),
            models.Index(fields=["program", "for_what", "for_id"], name="attempt_about"),
            models.Index(fields=["program", "handset", "at"], name="attempt_of_handset"),
            models.Index(fields=["together_with"], condition=Q(together_with__isnull=False), name="attempt_together"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="attempt_of_provider"),
        ]


class Trouble(ProgramModel):
    """A channel of this program that does not do its work, until it was seen working again."""

    channel = models.CharField(max_length=8, choices=[(x.value, x.value) for x in Channel])
    why = models.CharField(max_length=40)
    since = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.IntegerField(default=1)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("channel", Channel, "trouble_channel"),
            models.UniqueConstraint(
                fields=["program", "channel", "why"], condition=Q(until=None), name="one_open_trouble"
            ),
        ]
