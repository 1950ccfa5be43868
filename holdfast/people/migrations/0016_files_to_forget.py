"""Finds files whose day is over, so that their text is forgotten."""

from django.db import migrations

from holdfast.ledger.isolation import due_function

READ_ACROSS = """
create policy across on people_tablebrought for select to holdfast_across using (true);
grant select on people_tablebrought to holdfast_across;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0015_phone_changed_at")]
    operations = [
        migrations.RunSQL(READ_ACROSS),
        migrations.RunSQL(
            due_function(
                "holdfast_due_files",
                "people_tablebrought",
                "t.at + interval '1 day'",
                "t.text is not null or t.refused is not null",
            )
        ),
    ]
