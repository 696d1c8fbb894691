"""What was done about a person goes with the person. Nothing changes in the database."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lti_bridge", "0060_provider_tests")]

    operations = [
        migrations.AlterField(
            model_name="provideract",
            name="learner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="acts_about",
                to="lti_bridge.learner",
            ),
        ),
    ]
