"""Tests asked about as a whole, exports on their way, places for requests, and webhooks among the events."""

import django.db.models.deletion
from django.db import migrations, models

import lti_bridge.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("lti_bridge", "0051_acts_in_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="providerevent",
            name="source",
            field=models.CharField(
                choices=[
                    ("outcome", "LTI outcome"),
                    ("score", "LTI score"),
                    ("callback", "call back"),
                    ("return", "return of the browser"),
                    ("webhook", "webhook"),
                    ("poll", "answer when asked"),
                ],
                max_length=10,
                verbose_name="source",
            ),
        ),
        migrations.CreateModel(
            name="ProviderExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=60, verbose_name="what")),
                ("about", models.CharField(blank=True, default="", max_length=200, verbose_name="about")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ordered", "ordered"),
                            ("loading", "being fetched"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="ordered",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0, verbose_name="progress")),
                ("secret", lti_bridge.models.fields.EncryptedJSONField(default=dict)),
                ("looks", models.PositiveSmallIntegerField(default=0)),
                ("ordered_at", models.DateTimeField(null=True)),
                ("orders", models.PositiveSmallIntegerField(default=0, verbose_name="orders")),
                ("size", models.BigIntegerField(default=0, verbose_name="bytes")),
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="begun")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exports", to="lti_bridge.account"
                    ),
                ),
            ],
            options={
                "verbose_name": "export of a provider",
                "verbose_name_plural": "exports of providers",
            },
        ),
        migrations.CreateModel(
            name="AccountSlot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="lti_bridge.account"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account", "number"), name="one_slot_of_a_number")],
            },
        ),
        migrations.CreateModel(
            name="ProviderTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider_test_id", models.CharField(max_length=200, verbose_name="provider's id")),
                ("details", models.JSONField(blank=True, default=dict)),
                ("look_at", models.DateTimeField(null=True, verbose_name="next look")),
                ("looks", models.PositiveSmallIntegerField(default=0, verbose_name="looks")),
                ("heard_at", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True, verbose_name="last look")),
                ("trouble", models.CharField(blank=True, default="", max_length=300, verbose_name="trouble")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tests", to="lti_bridge.account"
                    ),
                ),
                (
                    "export",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="lti_bridge.providerexport",
                    ),
                ),
                (
                    "resource_link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tests",
                        to="lti_bridge.resourcelink",
                    ),
                ),
            ],
            options={
                "verbose_name": "test at a provider",
                "verbose_name_plural": "tests at providers",
                "indexes": [
                    models.Index(
                        condition=models.Q(("look_at__isnull", False)), fields=["look_at"], name="tests_to_look_at"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "provider_test_id"), name="one_row_per_provider_test")
                ],
            },
        ),
    ]
