"""Facts in the order of their transactions, for the sealer and the watch. Built beside the running release."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0003_seals")]
    operations = [
        # A build that was killed leaves an invalid index behind; it goes before the next try.
        migrations.RunSQL("drop index concurrently if exists fact_written"),
        migrations.RunSQL("create index concurrently fact_written on ledger_fact (program_id, written_in, id)"),
    ]
