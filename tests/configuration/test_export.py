"""``export``: from rows to a file, and back without a change."""

import os
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from lti_bridge.configuration.export import EnvNames, export
from lti_bridge.configuration.plan import Plan, apply
from lti_bridge.configuration.reading import read
from lti_bridge.jose import ALGORITHMS
from lti_bridge.models import Account, Activity, Deployment, Lti11Registration, Lti13Registration, Platform
from lti_bridge.providers import PROVIDERS
from tests.configuration.conftest import Apply, PretendProvider
from tests.configuration.samples import WHOLE


def stored_by_variable() -> dict[str, str]:
    """What an operator would set: for each placeholder of the export, the secret it stands for."""
    document = tomllib.loads(export()[0])
    values: dict[str, str] = {}
    for platform in document.get("platforms", []):
        for told in platform.get("lti11", []):
            secrets = Lti11Registration.objects.get(consumer_key=told["consumer_key"]).secrets
            values |= {told[name].removeprefix("env:"): secrets[name] for name in secrets if secrets[name]}
    for told in document.get("accounts", []):
        secrets = Account.objects.get(name=told["name"]).secrets
        values |= {told["secrets"][name].removeprefix("env:"): value for name, value in secrets.items()}
    return values


def apply_export(folder: Path) -> Plan:
    file = folder / "export.toml"
    file.write_text(export()[0], encoding="utf-8")
    with patch.dict(os.environ, stored_by_variable()):
        configuration, problems = read(file)
    return apply(configuration, problems)


@pytest.mark.django_db
def test_an_export_holds_everything_but_the_secrets(apply_text: Apply) -> None:
    apply_text(WHOLE)

    text, variables = export()

    assert "sample" not in text
    document = tomllib.loads(text)
    assert document["platforms"][0] == {
        "name": "campus-moodle",
        "family": "moodle",
        "parallel_sends": 4,
        "lti11": [{"consumer_key": "moodle", "shared_secret": "env:CAMPUS_MOODLE_LTI11_MOODLE_SHARED_SECRET"}],
    }
    assert document["activities"][0]["grading"] == {"attempts": "best", "release": "manual", "max_attempts": 2}
    assert variables == [
        "CAMPUS_MOODLE_LTI11_MOODLE_SHARED_SECRET",
        "PRETEND_TEST_CONSUMER_KEY",
        "PRETEND_TEST_SHARED_SECRET",
    ]


@pytest.mark.django_db
def test_an_export_builds_the_same_in_an_empty_database(apply_text: Apply, tmp_path: Path) -> None:
    apply_text(WHOLE)
    Platform.objects.update(delivery_paused=True)
    Activity.objects.update(enabled=False)
    text, values = export()[0], stored_by_variable()
    for model in (Activity, Account, Platform):
        model.objects.all().delete()
    with patch.dict(os.environ, values):
        apply_text(text)
    assert export()[0] == text


@pytest.mark.django_db
def test_an_empty_database_exports_an_empty_file() -> None:
    assert export() == ("", [])


def test_two_secrets_never_share_a_variable() -> None:
    names = EnvNames()
    assert [names.name("a-b", "c"), names.name("a_b", "c"), names.name("9é", "c")] == ["A_B_C", "A_B_C_2", "_9_C"]


slugs = st.from_regex(r"[a-zA-Z0-9_-]{1,12}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


class RoundTrip(TestCase):
    """Whatever is in the database: applying its export changes nothing."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def test_applying_an_export_changes_nothing(self, data: st.DataObject) -> None:
        fill_database(data)
        with patch.dict(PROVIDERS, {"pretend": PretendProvider()}), TemporaryDirectory() as folder:
            assert apply_export(Path(folder)).changes == []


def fill_database(data: st.DataObject) -> None:
    platforms = [
        Platform.objects.create(
            name=name,
            family=data.draw(st.sampled_from(["moodle", "other"])),
            parallel_sends=data.draw(st.integers(1, 9)),
            delivery_paused=data.draw(st.booleans()),
            sends_progress=data.draw(st.booleans()),
        )
        for name in data.draw(st.lists(slugs, unique=True, max_size=3))
    ]
    for platform in platforms:
        for key in data.draw(st.lists(texts.map(str.strip).filter(bool), unique=True, max_size=2)):
            if Lti11Registration.objects.filter(consumer_key=key).exists():
                continue
            secrets = {"shared_secret": data.draw(texts)}
            if data.draw(st.booleans()):
                secrets["previous_shared_secret"] = data.draw(texts)
            Lti11Registration.objects.create(
                platform=platform,
                consumer_key=key,
                secrets=secrets,
                signature_method=data.draw(st.sampled_from(Lti11Registration.SignatureMethod)),
                service_hosts=data.draw(st.lists(texts, max_size=2)),
                enabled=data.draw(st.booleans()),
            )
    for platform in platforms:
        fill_by_lti13(data, platform, platforms)
    account = Account.objects.create(
        name=data.draw(slugs),
        provider="pretend",
        settings={"mode": "hard", "more": data.draw(json_values)},
        secrets=data.draw(st.dictionaries(texts, texts, max_size=2)),
        enabled=data.draw(st.booleans()),
    )
    for slug in data.draw(st.lists(slugs, unique=True, max_size=2)):
        activity = Activity.objects.create(
            slug=slug,
            title=data.draw(texts.map(str.strip).filter(bool)),
            description=data.draw(st.just("") | texts),
            account=account,
            action="take_test",
            parameters={"test": 1, "level": "B2", **data.draw(st.dictionaries(texts, json_values, max_size=2))},
            attempt_rule=data.draw(st.sampled_from(["first", "last", "best"])),
            release=data.draw(st.sampled_from(["automatic", "manual"])),
            max_attempts=data.draw(st.integers(0, 5)),
            enabled=data.draw(st.booleans()),
        )
        activity.platforms.set(data.draw(st.lists(st.sampled_from(platforms), unique=True)) if platforms else [])


hosts = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z]{1,5}){0,2}", fullmatch=True)
addresses = st.builds("https://{}/{}".format, hosts, slugs)


def fill_by_lti13(data: st.DataObject, platform: Platform, platforms: list[Platform]) -> None:
    for issuer in data.draw(st.lists(addresses, unique=True, max_size=2)):
        client_id = data.draw(texts.map(str.strip).filter(bool))
        if Lti13Registration.objects.filter(issuer=issuer, client_id=client_id).exists():
            continue
        registration = Lti13Registration.objects.create(
            platform=platform,
            issuer=issuer,
            client_id=client_id,
            authorization_endpoint=data.draw(addresses),
            token_endpoint=data.draw(st.just("") | addresses),
            jwks_uri=data.draw(addresses),
            token_audience=data.draw(st.just("") | addresses),
            algorithms=data.draw(st.lists(st.sampled_from(ALGORITHMS), unique=True, min_size=1)),
            approve_deployments=data.draw(st.booleans()),
            service_hosts=data.draw(st.lists(hosts, max_size=2)),
            enabled=data.draw(st.booleans()),
            awaits_approval=data.draw(st.booleans()),
        )
        for deployment_id in data.draw(st.lists(texts.map(str.strip).filter(bool), unique=True, max_size=3)):
            Deployment.objects.create(
                registration=registration,
                platform=data.draw(st.sampled_from(platforms)),
                deployment_id=deployment_id,
                approved=data.draw(st.booleans()),
            )
