"""Turns come even after the host's clock was set back."""

from django.db import migrations

from holdfast.oncall.sql import DUE_PAGINGS


class Migration(migrations.Migration):
    dependencies = [("oncall", "0002_walls")]
    operations = [migrations.RunSQL(DUE_PAGINGS)]
