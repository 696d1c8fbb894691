"""For all tests: marks by folder, and the browser that Debian ships."""

import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent
MARKED_FOLDERS = ("attacks", "browser", "faults", "interop", "journeys")
CHROMIUM = ("chromium", "chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in tests/browser/ is marked ``browser``, and so on."""
    for item in items:
        folder = item.path.relative_to(ROOT).parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium, never a fetched one; without its own sandbox, which it cannot have as root."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("Chromium is missing: scripts/services installs it")
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "args": ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    }
