"""deploy/env.example and config/settings.py name the same variables."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
LINE = re.compile(r"#?([A-Z][A-Z0-9_]*)=(.*)")


def read_by_settings() -> set[str]:
    tree = ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_exactly_the_variables_that_the_settings_read_are_listed() -> None:
    listed = [found[1] for line in EXAMPLE.splitlines() if (found := LINE.fullmatch(line))]
    assert len(listed) == len(set(listed))
    assert set(listed) == read_by_settings()


def test_each_variable_has_a_line_of_words_above_it() -> None:
    lines = EXAMPLE.splitlines()
    for above, line in zip(lines, lines[1:], strict=False):
        if LINE.fullmatch(line):
            assert re.fullmatch(r"# [A-Z].*\.", above) or above.startswith("# text for people"), line


def start_with_the_samples(**more: str) -> subprocess.CompletedProcess[str]:
    samples = {found[1]: found[2] for line in EXAMPLE.splitlines() if (found := LINE.fullmatch(line))}
    environment = {"PATH": os.environ["PATH"], **{name: value for name, value in samples.items() if value}, **more}
    command = [sys.executable, "-c", "import config.settings"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_settings_accept_every_sample() -> None:
    done = start_with_the_samples(FIELD_KEYS=Fernet.generate_key().decode())
    assert done.returncode == 0, done.stderr


def test_nobody_can_take_the_sample_key_for_a_key() -> None:
    done = start_with_the_samples()
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("FIELD_KEYS: must be Fernet keys (32 bytes in URL-safe base64)")


def test_no_secret_is_set_by_the_example() -> None:
    for name in ("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL"):
        assert f"\n#{name}=" in EXAMPLE
