"""Attempts that are looked at, tokens of providers' APIs, troubles of accounts, and acts at providers."""

import django.db.models.deletion
from django.db import migrations, models

import lti_bridge.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("lti_bridge", "0040_refused_deployments"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=50)),
                ("secret", lti_bridge.models.fields.EncryptedJSONField(default=dict)),
                ("expires_at", models.DateTimeField(null=True, verbose_name="expires")),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AccountTrouble",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, verbose_name="code")),
                ("text", models.CharField(blank=True, default="", max_length=500, verbose_name="in words")),
                ("first_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
                ("last_at", models.DateTimeField(verbose_name="last")),
                ("times", models.PositiveIntegerField(default=1, verbose_name="times")),
                ("rests_until", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "trouble of an account",
                "verbose_name_plural": "troubles of accounts",
            },
        ),
        migrations.CreateModel(
            name="ProviderAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=60, verbose_name="what")),
                ("staff", models.CharField(blank=True, default="", max_length=150, verbose_name="administrator")),
                ("reference", models.CharField(blank=True, default="", max_length=40, verbose_name="reference")),
                ("details", models.JSONField(blank=True, default=dict)),
                ("batch", models.UUIDField(db_index=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits"),
                            ("under_way", "under way"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("unclear", "unclear"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="begun")),
                ("taken_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "act at a provider",
                "verbose_name_plural": "acts at providers",
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="look_at",
            field=models.DateTimeField(null=True, verbose_name="next look"),
        ),
        migrations.AddField(
            model_name="attempt",
            name="looks",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="looks"),
        ),
        migrations.AddField(
            model_name="attempt",
            name="provider_details",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="candidate",
            name="known_as",
            field=models.CharField(blank=True, db_default="", default="", max_length=320, verbose_name="known as"),
        ),
        migrations.AddField(
            model_name="candidate",
            name="lease",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="candidate",
            name="leased_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="providerevent",
            name="source",
            field=models.CharField(
                choices=[
                    ("outcome", "LTI outcome"),
                    ("score", "LTI score"),
                    ("callback", "call back"),
                    ("return", "return of the browser"),
                    ("poll", "answer when asked"),
                ],
                max_length=10,
                verbose_name="source",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("look_at__isnull", False)), fields=["look_at"], name="attempts_to_look_at"
            ),
        ),
        migrations.AddField(
            model_name="accounttoken",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="lti_bridge.account"
            ),
        ),
        migrations.AddField(
            model_name="accounttrouble",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="troubles", to="lti_bridge.account"
            ),
        ),
        migrations.AddField(
            model_name="provideract",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="acts", to="lti_bridge.account"
            ),
        ),
        migrations.AddField(
            model_name="provideract",
            name="attempt",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="acts", to="lti_bridge.attempt"
            ),
        ),
        migrations.AddField(
            model_name="provideract",
            name="learner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="acts_about",
                to="lti_bridge.learner",
            ),
        ),
        migrations.AddField(
            model_name="provideract",
            name="resource_link",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="acts",
                to="lti_bridge.resourcelink",
            ),
        ),
        migrations.AddField(
            model_name="provideract",
            name="teacher",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="acts_of_theirs",
                to="lti_bridge.learner",
            ),
        ),
        migrations.AddConstraint(
            model_name="accounttoken",
            constraint=models.UniqueConstraint(fields=("account", "purpose"), name="one_token_per_purpose"),
        ),
        migrations.AddConstraint(
            model_name="accounttrouble",
            constraint=models.UniqueConstraint(fields=("account", "code"), name="one_trouble_of_a_kind"),
        ),
        migrations.AddIndex(
            model_name="provideract",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "under_way"))),
                fields=["created_at"],
                name="acts_not_ended",
            ),
        ),
    ]
