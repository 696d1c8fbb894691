"""The file by itself: TOML, types, secrets."""

from pathlib import Path

import pytest

from lti_bridge.configuration.reading import read

ACTIVITY = '[[activities]]\nslug = "a"\ntitle = "A"\naccount = "x"\naction = "y"\n'


def problems_of(tmp_path: Path, content: str | bytes) -> list[str]:
    file = tmp_path / "bridge.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(file)[1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[[platforms", "is not TOML"),
        (b"name = '\xff'", "is not in UTF-8"),
        ("platforms = 3", "platforms must be a list of tables"),
        ("[platforms]", "platforms must be a list of tables"),
        ("[[platfroms]]", 'key "platfroms" is not known (did you mean "platforms"?)'),
        ("[[platforms]]\nname = 3", "platforms[1]: name must be a text"),
        ("[[platforms]]", "platforms[1]: name is missing"),
        ('[[platforms]]\nname = "a"\nparallel_sends = true', "parallel_sends must be a whole number"),
        ('[[platforms]]\nname = "a"\ndelivery_paused = 1', "delivery_paused must be true or false"),
        ('[[platforms]]\nname = "a\\u0000"', "name holds a NUL character"),
        ('[[platforms]]\nname = "a"\n[[platforms]]\nname = "a"', 'name is already used by platforms[1] "a"'),
        ('[[accounts]]\nname = "a"\nprovider = "p"\nsettings = {since = 2026-01-01}', "settings holds a date or time"),
        ('[[accounts]]\nname = "a"\nprovider = "p"\nsettings = {rate = inf}', "settings holds a number that is not"),
        ('[[accounts]]\nname = "a"\nprovider = "p"\nsecrets = {key = ""}', "secrets: key must not be empty"),
        ('[[accounts]]\nname = "a"\nprovider = "p"\nsecrets = {key = 3}', "secrets: key must be a text"),
        ('[[platforms]]\nname = "a"\nlti11 = [{consumer_key = "k"}]', 'lti11[1] "k": shared_secret is missing'),
        (ACTIVITY + "max_attempts = 1\ngrading = {max_attempts = 2}", "max_attempts is given twice, with two values"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, content: str | bytes, problem: str) -> None:
    found = problems_of(tmp_path, content)
    assert len(found) == 1
    assert problem in found[0]


def test_a_file_that_is_not_there_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    assert "cannot be read" in read(tmp_path / "none.toml")[1][0]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert problems_of(tmp_path, b'\xef\xbb\xbf[[platforms]]\nname = "a"') == []


def secret_of(tmp_path: Path, text: str) -> str:
    file = tmp_path / "bridge.toml"
    file.write_text(f'[[platforms]]\nname = "a"\nlti11 = [{{consumer_key = "k", shared_secret = "{text}"}}]')
    configuration, problems = read(file)
    return problems[0] if problems else configuration.registrations[0].shared_secret


def test_a_secret_is_itself_a_variable_or_a_file_beside_the_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLE_SECRET", "from-the-environment")
    (tmp_path / "secret.txt").write_text("from-a-file\n")
    assert secret_of(tmp_path, "with:colon") == "with:colon"
    assert secret_of(tmp_path, "env:SAMPLE_SECRET") == "from-the-environment"
    assert secret_of(tmp_path, "file:secret.txt") == "from-a-file"
    assert secret_of(tmp_path, f"file:{tmp_path}/secret.txt") == "from-a-file"


def test_a_secret_that_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_SAMPLE", "")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "environment variable EMPTY_SAMPLE is not set or empty" in secret_of(tmp_path, "env:EMPTY_SAMPLE")
    assert "file empty.txt is empty" in secret_of(tmp_path, "file:empty.txt")
    assert "file binary cannot be read: it is not a text" in secret_of(tmp_path, "file:binary")


def test_a_configuration_never_shows_its_secrets(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text(
        '[[platforms]]\nname = "a"\nlti11 = [{consumer_key = "k", shared_secret = "hidden-1"}]\n'
        '[[accounts]]\nname = "b"\nprovider = "p"\nsecrets = {x = "hidden-2"}'
    )
    assert "hidden" not in repr(read(file))
