"""The Django app."""

from django.apps import AppConfig


class LtiBridgeConfig(AppConfig):
    """Makes sure that tasks are published through this project's Celery application."""

    name = "lti_bridge"
    verbose_name = "LTI Bridge"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (its application becomes the current one)
