"""What the team writes when they look back at a death that no crisis came before."""

import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.models


def within(to: str) -> holdfast.ledger.models.Within:
    return holdfast.ledger.models.Within(
        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )


class Migration(migrations.Migration):
    dependencies = [("crisis", "0008_watched")]
    operations = [
        migrations.AlterField(model_name="aftertext", name="episode", field=within("crisis.episode")),
        migrations.AddField(model_name="aftertext", name="review", field=within("crisis.review")),
        migrations.RunSQL(
            "alter table crisis_aftertext add constraint crisis_aftertext_review_id_within foreign key (program_id, review_id) references crisis_review (program_id, id)",
            "alter table crisis_aftertext drop constraint crisis_aftertext_review_id_within",
        ),
        migrations.AddConstraint(
            model_name="aftertext",
            constraint=models.UniqueConstraint(
                fields=("program", "review", "number"), name="one_text_of_a_death_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="aftertext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("episode", None), ("review__isnull", False)),
                    models.Q(("episode__isnull", False), ("review", None)),
                    _connector="OR",
                ),
                name="text_is_about_one_thing",
            ),
        ),
    ]
