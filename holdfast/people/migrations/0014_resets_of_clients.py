"""A client's second factor can be taken away as well: a reset is of a member of staff or of a client."""

import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.models


class Migration(migrations.Migration):
    dependencies = [("people", "0013_born_and_guardians")]

    operations = [
        migrations.AddField(
            model_name="factorreset",
            name="client",
            field=holdfast.ledger.models.Within(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.client",
            ),
        ),
        migrations.AlterField(
            model_name="factorreset",
            name="staff",
            field=holdfast.ledger.models.Within(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.staff",
            ),
        ),
        migrations.RunSQL(
            "alter table people_factorreset add constraint people_factorreset_client_id_within "
            "foreign key (program_id, client_id) references people_client (program_id, id)",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="factorreset",
            constraint=models.CheckConstraint(
                condition=models.Q(("client", None), ("staff__isnull", False))
                | models.Q(("client__isnull", False), ("staff", None)),
                name="a_reset_is_of_one_person",
            ),
        ),
    ]
