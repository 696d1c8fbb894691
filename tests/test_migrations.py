"""The migrations are complete, and can be run while the release before still serves."""

import pytest
from django.core.management import call_command
from django_migration_linter import MigrationLinter


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True)


# SQLite's schema editor, which the linter asks for the statements, wants no transaction around it.
@pytest.mark.django_db(transaction=True)
def test_migrations_suit_a_release_without_downtime(capsys: pytest.CaptureFixture[str]) -> None:
    linter = MigrationLinter(include_apps=["lti_bridge"], ignore_initial_migrations=True)
    linter.lint_all_migrations()
    assert not linter.has_errors, capsys.readouterr().out
