"""What the pages with frames are told about keeping data for the tools in them (LTI Platform Storage)."""

from dataclasses import dataclass

from lti_bridge.sandbox.addresses import origins
from lti_bridge.sandbox.faults import Faults


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Whom a page answers: origins, with a blank between them. ``silent``: nobody at all."""

    origins: str
    silent: bool


def storage_settings() -> StorageSettings:
    """As the switches stand."""
    return StorageSettings(f"{origins().bridge} {origins().provider}", Faults().strikes("lms_storage_silent"))
