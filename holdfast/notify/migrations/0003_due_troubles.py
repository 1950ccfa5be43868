"""Finding troubles that are over by time, across programs."""

from django.db import migrations

from holdfast.notify.sql import DUE_TROUBLE


class Migration(migrations.Migration):
    dependencies = [("notify", "0002_walls")]
    operations = [migrations.RunSQL(DUE_TROUBLE)]
