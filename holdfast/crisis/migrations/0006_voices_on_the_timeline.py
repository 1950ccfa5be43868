"""What a client said stands on the timeline like everything else."""

from django.db import migrations, models

KINDS = [
    "ask", "cannot_reach", "choice", "late_step", "late_try", "note", "protocol", "risk_level", "second_answer",
    "standing", "step", "urgency", "voice", "waiver",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("crisis", "0005_voices")]
    operations = [
        migrations.RemoveConstraint("entry", "entry_kind"),
        migrations.AddConstraint(
            "entry", models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="entry_kind")
        ),
    ]
