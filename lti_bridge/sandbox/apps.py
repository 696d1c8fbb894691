"""The sandbox as a Django app of its own."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Installed only while ``SANDBOX`` is on."""

    name = "lti_bridge.sandbox"
    label = "sandbox"
    verbose_name = "Sandbox"
    default_auto_field = "django.db.models.BigAutoField"
