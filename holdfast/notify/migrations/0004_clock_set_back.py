"""Due attempts are found even after the host's clock was set back."""

from django.db import migrations

from holdfast.notify.sql import DUE_ATTEMPT_FUNCTION


class Migration(migrations.Migration):
    dependencies = [("notify", "0003_due_troubles")]
    operations = [migrations.RunSQL(DUE_ATTEMPT_FUNCTION)]
