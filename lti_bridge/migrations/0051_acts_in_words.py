"""What came of an act at a provider, in words."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lti_bridge", "0050_provider_apis")]

    operations = [
        migrations.AddField(
            model_name="provideract",
            name="told",
            field=models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="in words"),
        ),
    ]
