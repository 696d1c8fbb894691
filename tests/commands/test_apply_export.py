"""``apply`` and ``export`` as an operator types them."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lti_bridge.models import Activity, Platform

pytestmark = pytest.mark.django_db

FILE = """
[[platforms]]
name = "campus-moodle"
family = "moodle"
lti11 = [{consumer_key = "moodle", shared_secret = "file:secret.txt"}]

[[accounts]]
name = "isograd-test"
provider = "isograd"
settings = {connection = "lti11", environment = "testing"}
secrets = {consumer_key = "bridge", shared_secret = "sample"}

[[activities]]
slug = "excel-basic"
title = "Excel, basic"
account = "isograd-test"
action = "take_test"
parameters = {tst_frm_id = 482}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("a-sample-secret\n")
    path = tmp_path / "bridge.toml"
    path.write_text(FILE)
    return path


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_apply_prints_its_plan_and_a_second_one_has_nothing_to_change(file: Path) -> None:
    expected = "+ platform campus-moodle\n+ lti11 moodle\n+ account isograd-test\n+ activity excel-basic\n"
    assert run("apply", str(file), "--dry-run") == expected + "Nothing was changed: this was a dry run.\n"
    assert not Platform.objects.exists()
    assert run("apply", str(file)) == expected
    assert run("apply", str(file)) == "= 4 unchanged\nNothing to change.\n"


def test_apply_says_every_problem_and_changes_nothing(file: Path) -> None:
    file.write_text(FILE.replace('"moodle"', '"moodel"', 1).replace("take_test", "take_tset"))
    with pytest.raises(CommandError) as error:
        run("apply", str(file))
    assert str(error.value).splitlines() == [
        "2 problems; nothing was changed.",
        '  platforms[1] "campus-moodle": family "moodel" is not known (did you mean "moodle"?)',
        '  activities[1] "excel-basic": action "take_tset" is not known (did you mean "take_test"?)',
    ]
    assert not Platform.objects.exists()


def test_an_export_can_be_applied_once_its_secrets_are_set(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("apply", str(file))
    exported = tmp_path / "exported.toml"

    said = run("export", "--output", str(exported))

    assert "CAMPUS_MOODLE_LTI11_MOODLE_SHARED_SECRET" in said
    assert run("export") == exported.read_text()
    assert "sample" not in exported.read_text()
    with pytest.raises(CommandError, match="ISOGRAD_TEST_CONSUMER_KEY is not set"):
        run("apply", str(exported))
    monkeypatch.setenv("CAMPUS_MOODLE_LTI11_MOODLE_SHARED_SECRET", "a-sample-secret")
    monkeypatch.setenv("ISOGRAD_TEST_CONSUMER_KEY", "bridge")
    monkeypatch.setenv("ISOGRAD_TEST_SHARED_SECRET", "sample")
    assert "Nothing to change." in run("apply", str(exported))
    Activity.objects.all().delete()
    assert "+ activity excel-basic" in run("apply", str(exported))


def test_an_export_to_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run("export", "--output", str(tmp_path / "no-such-folder" / "file.toml"))
