"""Consents and disclosures, and their walls. Of a row only its revocation, or that it was looked at, may be written."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.ids
import holdfast.ledger.models
import holdfast.ledger.sealed
from holdfast.ledger.isolation import Isolate

ONLY_ITS_OWN_END = """
grant update (revoked_at, revoked_by_id, revoked_why) on consent_consent to holdfast_web, holdfast_worker;
grant update (seen_at, seen_by_id) on consent_disclosure to holdfast_web, holdfast_worker;
"""
# What has ended does not come back, and what was seen stays seen: a new consent is a row of its own.
ENDS_STAY = """
create function holdfast_consent_ends_stay() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
    raise exception 'what has ended stays as it is';
end $$;
create trigger ends_stay before update on consent_consent for each row
    when (old.revoked_at is not null) execute function holdfast_consent_ends_stay();
create trigger ends_stay before update on consent_disclosure for each row
    when (old.seen_at is not null) execute function holdfast_consent_ends_stay();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0004_facts_found_by_transaction"),
        ("people", "0013_born_and_guardians"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=holdfast.ledger.ids.new_uid, editable=False, unique=True)),
                ("kind", models.CharField(max_length=12)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("version", models.CharField(max_length=10)),
                ("language", models.CharField(max_length=8)),
                ("how", models.CharField(max_length=10)),
                (
                    "signature",
                    holdfast.ledger.sealed.SealedTextField(
                        help_text="the name as it was typed; empty where it was said aloud", null=True
                    ),
                ),
                (
                    "guardian",
                    holdfast.ledger.sealed.SealedTextField(
                        help_text="the name of the guardian who agreed too", null=True
                    ),
                ),
                ("at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_why", holdfast.ledger.sealed.SealedTextField(null=True)),
                (
                    "client",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.client",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"
                    ),
                ),
                (
                    "revoked_by",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        help_text="who wrote it down; empty where the client pressed",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "supporter",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        help_text="about whom, of a consent for one person",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.supporter",
                    ),
                ),
                (
                    "witness",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        help_text="who saw or heard it; empty where the client signed in the app",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=holdfast.ledger.ids.new_uid, editable=False, unique=True)),
                ("recipient", models.CharField(max_length=20)),
                ("name", holdfast.ledger.sealed.SealedTextField(help_text="who was told")),
                ("affiliation", holdfast.ledger.sealed.SealedTextField(help_text="where they work", null=True)),
                (
                    "information",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=14), size=None),
                ),
                ("words", holdfast.ledger.sealed.SealedTextField(help_text="what was said")),
                ("answer", models.CharField(help_text="what the rules said of it", max_length=4)),
                ("ground", models.CharField(max_length=12)),
                (
                    "nature",
                    holdfast.ledger.sealed.SealedTextField(help_text="the nature of the emergency (2.51)", null=True),
                ),
                (
                    "belief",
                    holdfast.ledger.sealed.SealedTextField(
                        help_text="what danger was believed (164.512(j))", null=True
                    ),
                ),
                ("facts", holdfast.ledger.sealed.SealedTextField(help_text="the facts relied on", null=True)),
                ("notice", models.CharField(help_text="whether the notice of 2.32 went along", max_length=10)),
                ("at", models.DateTimeField(help_text="when it was told")),
                ("written_at", models.DateTimeField()),
                (
                    "seen_at",
                    models.DateTimeField(help_text="when somebody who leads looked at one against a no", null=True),
                ),
                (
                    "by",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "client",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.client",
                    ),
                ),
                (
                    "consent",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consent.consent",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"
                    ),
                ),
                (
                    "seen_by",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "supporter",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.supporter",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["program", "client", "-at"], name="consents_of_client"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["emergency", "messages", "part2", "recording", "supporter", "telehealth"])
                ),
                name="consent_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["by_word", "in_app", "on_paper"])), name="consent_how"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "supporter"), ("supporter__isnull", False)),
                    models.Q(models.Q(("kind", "supporter"), _negated=True), ("supporter", None)),
                    _connector="OR",
                ),
                name="consent_about_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("how", "in_app"), ("witness", None)),
                    models.Q(models.Q(("how", "in_app"), _negated=True), ("witness__isnull", False)),
                    _connector="OR",
                ),
                name="consent_has_a_witness",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("how", "by_word"), ("signature__isnull", False), _connector="OR"),
                name="consent_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_at__isnull", False),
                    models.Q(("revoked_by", None), ("revoked_why", None)),
                    _connector="OR",
                ),
                name="consent_revoked_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(fields=["program", "client", "-at"], name="disclosures_of_client"),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(
                condition=models.Q(("answer", "no"), ("seen_at", None)),
                fields=["program", "-at"],
                name="disclosures_to_see",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "recipient__in",
                        [
                            "court",
                            "emergency_medical",
                            "employer",
                            "guardian",
                            "other",
                            "payer",
                            "police",
                            "school",
                            "supporter",
                            "threatened",
                            "treating",
                            "uninvited",
                        ],
                    )
                ),
                name="disclosure_recipient",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["no", "part", "yes"])), name="disclosure_answer"
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ground__in", ["164.502(g)", "164.510(b)", "164.512(j)", "2.51", "consent", "nothing"])
                ),
                name="disclosure_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("notice__in", ["given", "not_given", "not_needed"])), name="disclosure_notice"
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", "no"), ("ground", "nothing")),
                    models.Q(models.Q(("answer", "no"), _negated=True), models.Q(("ground", "nothing"), _negated=True)),
                    _connector="OR",
                ),
                name="disclosure_has_a_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seen_at", None), ("seen_by", None)),
                    models.Q(("seen_at__isnull", False), ("seen_by__isnull", False)),
                    _connector="OR",
                ),
                name="disclosure_seen_by_somebody",
            ),
        ),
        Isolate("Consent", append_only=True),
        Isolate("Disclosure", append_only=True),
        migrations.RunSQL(ONLY_ITS_OWN_END, migrations.RunSQL.noop),
        migrations.RunSQL(ENDS_STAY, migrations.RunSQL.noop),
    ]
