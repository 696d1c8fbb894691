"""A kind of try more: to tell where an attempt stands. The table stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lti_bridge", "0004_refused_messages")]

    operations = [
        migrations.AlterField(
            model_name="try",
            name="kind",
            field=models.CharField(
                choices=[
                    ("send", "send the score"),
                    ("clear", "clear the grade"),
                    ("tell", "tell that it was handed in"),
                    ("read", "read back"),
                ],
                max_length=5,
                verbose_name="kind",
            ),
        ),
    ]
