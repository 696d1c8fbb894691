"""The desk that tests of documents are about."""

from collections.abc import Iterator

import pytest

from tests.documents.desk import Desk, make_desk
from tests.documents.pretend import Vendor, pretending


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    with pretending(monkeypatch) as vendor:
        yield vendor


@pytest.fixture
def desk(db: None, vendor: Vendor) -> Desk:
    return make_desk(vendor)
