"""Beside each sealed number of a client its keyed digest (docs/decisions/0011). `holdfast migrate` writes the old ones."""

from django.db import migrations

from holdfast.ledger.digest import DigestField


class Migration(migrations.Migration):
    dependencies = [("people", "0007_pauses")]
    operations = [
        migrations.AddField("client", "phone_digest", DigestField(of="phone")),
        migrations.AddField("client", "other_phone_digest", DigestField(of="other_phone")),
    ]
