from django.db import migrations, models

import lti_bridge.sandbox.models.isograd


class Migration(migrations.Migration):
    dependencies = [
        ("sandbox", "0003_inspera_api"),
    ]

    operations = [
        migrations.CreateModel(
            name="IsogradCredits",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[("TOSA test", "TOSA test"), ("Proctoring", "Proctoring")],
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("amount", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="IsogradSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("description", models.CharField(max_length=250)),
                ("begins", models.CharField(max_length=16)),
                ("ends", models.CharField(max_length=16)),
            ],
        ),
        migrations.CreateModel(
            name="IsogradToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(default=lti_bridge.sandbox.models.isograd.random_key, max_length=40, unique=True),
                ),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="isogradtest",
            name="proctored",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="isogradtest",
            name="status",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "not started"), (2, "started"), (3, "completed"), (4, "marking pending")], default=1
            ),
        ),
    ]
