from django.db import migrations

# What is written in a plan stays as it was written. When it is looked at again moves on as it is gone through.
GRANT = "grant update (review_at) on plans_safetyplan to holdfast_web, holdfast_worker"
REVOKE = "revoke update (review_at) on plans_safetyplan from holdfast_web, holdfast_worker"


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0002_walls"),
    ]

    operations = [
        migrations.RunSQL(GRANT, REVOKE),
    ]
