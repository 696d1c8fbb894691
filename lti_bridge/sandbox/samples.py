"""Sample data: a course at the pretend LMS, and the bridge's side of the agreements with both parties."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import OperationalError, ProgrammingError, transaction
from django.utils.crypto import get_random_string

from lti_bridge.models import Account, Activity, Family, Lti11Registration, Platform, Release
from lti_bridge.sandbox.addresses import origins, provider_url
from lti_bridge.sandbox.keys import ISOGRAD_KEY, LMS_KEY, shared_secret
from lti_bridge.sandbox.lms.launches import launch_address
from lti_bridge.sandbox.models import CourseLink
from lti_bridge.sandbox.models.course import Target

PLATFORM = "greendale"


@dataclass(frozen=True, slots=True)
class SampleActivity:
    """One activity at an account."""

    slug: str
    title: str
    action: str
    parameters: Mapping[str, object]
    release: Release = Release.AUTOMATIC
    max_attempts: int = 0


@dataclass(frozen=True, slots=True)
class SampleLink:
    """One link in the course. How it names its activity differs on purpose: by path, by custom parameter, or not."""

    title: str
    path: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    target: Target = Target.WINDOW
    graded: bool = True


ISOGRAD_ACTIVITIES = (
    SampleActivity("excel-basic", "Excel, basic", "take_test", {"tst_frm_id": 482}),
    SampleActivity("word-expert", "Word, expert", "take_test", {"tst_frm_id": 363}, max_attempts=2),
    SampleActivity(
        "powerpoint-held", "PowerPoint, operational", "take_test", {"tst_frm_id": 519}, release=Release.MANUAL
    ),
    SampleActivity("excel-report", "My Excel report", "view_report_pdf", {"tst_frm_id": 482}),
    SampleActivity("isograd-space", "My tests at Isograd", "candidate_space", {}),
)
LINKS = (
    SampleLink("Excel, basic", path="excel-basic", target=Target.FRAME),
    SampleLink("Word, expert", custom={"activity": "word-expert"}),
    SampleLink("PowerPoint (the teacher releases the grades)", path="powerpoint-held"),
    SampleLink("My Excel report", path="excel-report", graded=False),
    SampleLink("My tests at Isograd", path="isograd-space", graded=False),
    SampleLink("A test the teacher has not chosen yet"),
)


def is_foreign() -> bool:
    """Whether the database holds somebody's platforms, and none of ours: no place for samples."""
    try:
        return Platform.objects.exists() and not Platform.objects.filter(name=PLATFORM).exists()
    except (OperationalError, ProgrammingError):
        return False  # no tables yet


@transaction.atomic
def make() -> None:
    """Make what is missing and renew what the address decides. What people changed otherwise stays."""
    platform, _made = Platform.objects.get_or_create(name=PLATFORM, defaults={"family": Family.MOODLE})
    Lti11Registration.objects.update_or_create(
        consumer_key=LMS_KEY,
        defaults={
            "platform": platform,
            "secrets": {"shared_secret": shared_secret(LMS_KEY)},
            "service_hosts": [urlsplit(origins().lms).hostname],
        },
    )
    account, _made = Account.objects.update_or_create(
        name="isograd-demo",
        defaults={
            "provider": "isograd",
            "settings": {"connection": "lti11", "lti_url": provider_url("sandbox-isograd-lti")},
            "secrets": {"consumer_key": ISOGRAD_KEY, "shared_secret": shared_secret(ISOGRAD_KEY)},
        },
    )
    for sample in ISOGRAD_ACTIVITIES:
        _make_activity(account, sample)
    for link in LINKS:
        _make_link(link)


def make_admin() -> str:
    """Make the administrator ``admin``. Gives the password, or nothing when there was one already."""
    users = get_user_model().objects
    if users.filter(username="admin").exists():
        return ""
    password = get_random_string(16)
    User.objects.create_superuser("admin", "admin@greendale.example.edu", password)
    return password


def _make_activity(account: Account, sample: SampleActivity) -> None:
    Activity.objects.get_or_create(
        slug=sample.slug,
        defaults={
            "account": account,
            "title": sample.title,
            "action": sample.action,
            "parameters": dict(sample.parameters),
            "release": sample.release,
            "max_attempts": sample.max_attempts,
        },
    )


def _make_link(sample: SampleLink) -> None:
    CourseLink.objects.update_or_create(
        title=sample.title,
        chosen=False,
        defaults={
            "url": launch_address(sample.path),
            "custom": dict(sample.custom),
            "target": sample.target,
            "graded": sample.graded,
        },
    )
