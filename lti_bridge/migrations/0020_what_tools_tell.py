"""What providers' LTI 1.3 tools tell: which link a line item of theirs belongs to, who scored, and chosen content."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lti_bridge", "0010_tell")]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="content",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalactivity",
            name="content",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="providerlineitem",
            name="link_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="providerscore",
            name="scoring_user_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
    ]
