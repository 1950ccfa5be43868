"""The walls of plans. A version is added and read, never changed."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial"), ("people", "0002_walls")]
    operations = [Isolate("SafetyPlan", append_only=True), Isolate("PlanPerson", append_only=True)]
