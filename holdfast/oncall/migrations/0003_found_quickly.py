"""Pagings about one crisis, and the latest page that was taken, are found without looking at all there ever were.

Built beside the running release: paging must not wait for an index.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("oncall", "0002_walls")]
    operations = [
        AddIndexConcurrently("paging", models.Index(fields=["program", "what", "what_id"], name="pagings_about")),
        AddIndexConcurrently(
            "page",
            models.Index(fields=["program", "-answered_at"], condition=models.Q(answer="have"), name="page_taken"),
        ),
    ]
