"""Dockerfile and compose.yaml, read; nothing is built or started here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
INSTRUCTIONS = {"CMD", "COPY", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_dockerfile_holds_only_known_instructions(dockerfile: list[tuple[str, str]]) -> None:
    assert {word for word, _ in dockerfile} <= INSTRUCTIONS
    assert dockerfile[0][0] == "FROM"


def test_the_last_stage_runs_as_nobody_special_and_has_a_health_check(dockerfile: list[tuple[str, str]]) -> None:
    last = max(place for place, (word, _) in enumerate(dockerfile) if word == "FROM")
    stage = dict(dockerfile[last:])
    assert stage["USER"] not in ("root", "0")
    assert "/healthz" in stage["HEALTHCHECK"]
    assert stage["STOPSIGNAL"] == "SIGTERM"


def test_whatever_is_fetched_for_the_image_has_a_hash_and_no_index_is_named(dockerfile: list[tuple[str, str]]) -> None:
    for word, rest in dockerfile:
        if word == "RUN" and re.search(r"pip (install|wheel)", rest):
            assert all("--require-hashes" in part or "--no-index" in part for part in rest.split("&&"))
    assert not re.search(r"index-url|find-links|://(?!127\.0\.0\.1)", str(dockerfile))


def test_whatever_the_image_copies_is_there(dockerfile: list[tuple[str, str]]) -> None:
    for word, rest in dockerfile:
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (DEPLOY.parent / source).exists(), source


def test_every_service_starts_again_and_is_checked(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"migrate", "web", "worker", "beat", "postgres", "redis"}
    for name, service in compose["services"].items():
        assert service["restart"], name
        if name != "web":  # its image has the check
            assert "healthcheck" in service, name


def test_secrets_are_files_and_never_variables(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        for variable, value in service.get("environment", {}).items():
            if re.search("SECRET|KEY|PASSWORD|DATABASE_URL", variable):
                assert variable.endswith("_FILE"), variable
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_nothing_starts_before_the_migrations_are_done(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        assert compose["services"][name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_web_server_is_reachable_and_only_from_the_host(compose: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_docker_itself_accepts_compose_yaml() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no docker compose here")
    command = [docker, "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "BASE_URL": "https://bridge.example.edu"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
