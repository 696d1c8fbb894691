"""An administrator at the admin, and the course that is looked at."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.pages.course import Course, make_course


@pytest.fixture
def course(db: None) -> Course:
    return make_course()


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    user = get_user_model().objects.create_superuser("root", "root@example.edu", "a-long-sample-password")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
