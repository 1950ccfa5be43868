"""The walls of on-call, and the sweep's narrow look across programs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function
from holdfast.oncall.sql import TOO_FAR_AHEAD

URGENT_FIRST = "case t.urgency when 'emergency' then 0 when 'urgent' then 1 else 2 end, t.look_again_at"


class Migration(migrations.Migration):
    dependencies = [("oncall", "0001_initial"), ("people", "0002_walls")]
    operations = [
        Isolate("Shift", watch=True),
        Isolate("Override", watch=True),
        Isolate("Policy"),
        Isolate("Paging", across=True, watch=True),
        Isolate("Page", watch=True),
        migrations.RunSQL(
            due_function(
                "holdfast_due_pagings",
                "oncall_paging",
                "t.look_again_at",
                "t.stopped_at is null",
                URGENT_FIRST,
                TOO_FAR_AHEAD,
            )
        ),
    ]
