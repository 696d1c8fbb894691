"""One pretend provider for all tests of the configuration file, so that none depends on a real one's rules."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from lti_bridge.configuration.plan import Plan, apply
from lti_bridge.configuration.reading import read
from lti_bridge.models import Account
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.actions import Action
from lti_bridge.providers.base import ActionKind, Opening, Provider
from lti_bridge.providers.reports import GradeReport, Message


class PretendProvider(Provider):
    """Wants a setting ``mode`` and, for tests, a parameter ``test``."""

    name = "pretend"
    label = "Pretend"
    actions = {"take_test": ActionKind("take", True), "view_results": ActionKind("view", False)}

    def check_account(self, settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        return [] if settings.get("mode") in ("easy", "hard") else ['settings.mode must be "easy" or "hard"']

    def check_activity(self, account: Account, action: str, parameters: Mapping[str, Any]) -> list[str]:
        wanted = {"level", "test"} if account.settings.get("mode") == "hard" else {"test"}
        missing = wanted - set(parameters) if action == "take_test" else set()
        return [f"parameters.{name} is missing" for name in sorted(missing)]

    def open(self, opening: Opening) -> Action:
        raise NotImplementedError

    def read(self, message: Message) -> list[GradeReport]:
        raise NotImplementedError


Apply = Callable[..., Plan]


@pytest.fixture(autouse=True)
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "pretend", PretendProvider())


@pytest.fixture
def apply_text(tmp_path: Path) -> Apply:
    """Apply a configuration given as text."""

    def apply_text(text: str, *, dry_run: bool = False) -> Plan:
        file = tmp_path / "bridge.toml"
        file.write_text(text, encoding="utf-8")
        configuration, problems = read(file)
        return apply(configuration, problems, dry_run=dry_run)

    return apply_text
