"""The three parties on their hosts, each seen through Django's test client."""

from collections.abc import Iterator
from itertools import cycle

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.test import Client
from pytest_django.fixtures import Settings

from lti_bridge.sandbox import samples, signed
from lti_bridge.sandbox.models import CourseLink

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loopback(settings: Settings) -> None:
    """The bridge on 127.0.0.1:8000, so the LMS on 127.0.0.2:8001 and the provider on 127.0.0.3:8002."""
    settings.PUBLIC_ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def new_keys() -> Iterator[RSAPrivateKey]:
    """Making a key takes long: these come round again, more of them than any test has parties."""
    return cycle([signed.new_key() for _ in range(4)])


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch, new_keys: Iterator[RSAPrivateKey]) -> None:
    monkeypatch.setattr(signed, "new_key", lambda: next(new_keys))


@pytest.fixture
def bridge() -> Client:
    return Client(HTTP_HOST="127.0.0.1:8000")


@pytest.fixture
def lms() -> Client:
    return Client(HTTP_HOST="127.0.0.2:8001")


@pytest.fixture
def provider() -> Client:
    return Client(HTTP_HOST="127.0.0.3:8002")


@pytest.fixture
def course(db: None) -> Iterator[CourseLink]:
    """The sample course; gives its first link."""
    samples.make()
    yield CourseLink.objects.get(title="Excel, basic")
