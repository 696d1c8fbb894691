"""Unique indexes on columns that 0002 made, and that are empty still: no row can be in their way."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lti_bridge", "0002_lti13")]

    operations = [
        migrations.AddConstraint(
            model_name="launchrecord",
            constraint=models.UniqueConstraint(fields=("lti13", "nonce"), name="an_lti13_nonce_is_used_once"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("relay_client_id",), name="one_account_per_relay_client"),
        ),
    ]
