"""Sample data: a course at the pretend LMS, and the bridge's side of the agreements with both parties."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import OperationalError, ProgrammingError, transaction
from django.utils.crypto import get_random_string

from lti_bridge import invitations
from lti_bridge.models import (
    Account,
    Activity,
    Deployment,
    Family,
    Invitation,
    Lti11Registration,
    Lti13Registration,
    Platform,
    Release,
)
from lti_bridge.sandbox.addresses import bridge_url, lms_url, origins, provider_url, storage_url
from lti_bridge.sandbox.campfire.exams import CONFIGS
from lti_bridge.sandbox.inspera.api import CLIENT_ID
from lti_bridge.sandbox.keys import (
    CAMPFIRE_KEY,
    INSPERA_CODE,
    INSPERA_WEBHOOKS,
    ISOGRAD_API_CLIENT_ID,
    ISOGRAD_KEY,
    LMS_KEY,
    ORIGINALITY_CLIENT_ID,
    ORIGINALITY_EMAIL,
    shared_secret,
)
from lti_bridge.sandbox.lms.launches import launch_address
from lti_bridge.sandbox.lms.lti13.advantage.columns import own_column
from lti_bridge.sandbox.lms.lti13.agreement import issuer, make_tool, token_url
from lti_bridge.sandbox.lms.people import PEOPLE
from lti_bridge.sandbox.models import CourseLink, InsperaRecord, Lti13Tool, OriginalityRecord
from lti_bridge.sandbox.models.course import Target
from lti_bridge.sandbox.originality.webhooks import INSTITUTION_ID
from lti_bridge.sandbox.originality.webhooks import KIND as WEBHOOK
from lti_bridge.sandbox.tool13.registration import INSPERA, ISOGRAD, Tool

PLATFORM = "greendale"
SAVING, FRACTIONS = CONFIGS


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
    #: Whether the LMS launches it by LTI 1.3.
    lti13: bool = False


ISOGRAD_ACTIVITIES = (
    SampleActivity("excel-basic", "Excel, basic", "take_test", {"tst_frm_id": 482}),
    SampleActivity("word-expert", "Word, expert", "take_test", {"tst_frm_id": 363}, max_attempts=2),
    SampleActivity(
        "powerpoint-held", "PowerPoint, operational", "take_test", {"tst_frm_id": 519}, release=Release.MANUAL
    ),
    SampleActivity("excel-report", "My Excel report", "view_report_pdf", {"tst_frm_id": 482}),
    SampleActivity("isograd-space", "My tests at Isograd", "candidate_space", {}),
    SampleActivity("access-basic", "Access, basic", "take_test", {"tst_frm_id": 602}),
)
#: At the account that is reached by LTI 1.3.
ISOGRAD_13_ACTIVITIES = (
    SampleActivity("outlook-basic", "Outlook, basic", "take_test", {"tst_frm_id": 601}),
    SampleActivity("python-basic", "Python, basic", "take_test", {"tst_frm_id": 603}),
)
#: At the account that is reached by the API.
ISOGRAD_API_ACTIVITIES = (
    SampleActivity("excel-expert", "Excel, expert", "take_test", {"tst_frm_id": 701}),
    SampleActivity("word-basic", "Word, basic", "take_test", {"tst_frm_id": 702}),
    SampleActivity("english-written", "English, written", "take_test", {"tst_frm_id": 703}),
    SampleActivity("excel-results", "My Excel results", "view_results", {"tst_frm_id": 701}),
    SampleActivity("excel-confirmation", "Excel, confirmation", "confirmation_test", {"tst_frm_id": 701}),
    SampleActivity("isograd-administration", "Isograd, administration", "admin_space", {}),
)
#: Their tests are made from a template at the first opening.
INSPERA_ACTIVITIES = (
    SampleActivity("history-exam", "History, final exam", "take_test", {"sourceTemplateId": "1", "duration": 60}),
    SampleActivity("geography-exam", "Geography, final exam", "take_test", {"sourceTemplateId": "2", "activate": True}),
    SampleActivity("exam-results", "My exam results", "view_results", {}),
)
CAMPFIRE_ACTIVITIES = (
    SampleActivity("saving-exam", "Saving, exam", "take_exam", {"exam_config_id": SAVING}),
    SampleActivity("saving-results", "My results in Saving", "view_results", {"exam_config_id": SAVING}),
    SampleActivity("saving-class", "Saving, results of the course", "class_results", {"exam_config_id": SAVING}),
    SampleActivity("fractions-exam", "Fractions, exam", "take_exam", {"exam_config_id": FRACTIONS}),
)
ESSAY = {"documentLanguage": "en", "translatedLanguage": ["de", "es"], "enableAIDetection": True}
ORIGINALITY_ACTIVITIES = (
    SampleActivity("history-essay", "History, essay", "submit_document", ESSAY),
    SampleActivity(
        "geography-essay",
        "Geography, essay",
        "submit_document",
        ESSAY | {"report_release": "automatic"},
        max_attempts=3,
    ),
)
#: At the account that is reached by the first generation of its API.
ORIGINALITY_LEGACY_ACTIVITIES = (
    SampleActivity(
        "philosophy-essay", "Philosophy, essay", "submit_document", {"documentLanguage": "en", "minLimit": 5}
    ),
)
LINKS = (
    SampleLink("Excel, basic", path="excel-basic", target=Target.FRAME),
    SampleLink("Word, expert", custom={"activity": "word-expert"}),
    SampleLink("PowerPoint (the teacher releases the grades)", path="powerpoint-held"),
    SampleLink("My Excel report", path="excel-report", graded=False),
    SampleLink("My tests at Isograd", path="isograd-space", graded=False),
    SampleLink("A test the teacher has not chosen yet"),
    # One for each way through both versions; which version is the provider's, the activity says.
    SampleLink("Outlook, basic", path="outlook-basic"),
    SampleLink("Access, basic", custom={"activity": "access-basic"}, lti13=True),
    SampleLink("Python, basic", custom={"activity": "python-basic"}, target=Target.FRAME, lti13=True),
    SampleLink("History, final exam", custom={"activity": "history-exam"}, lti13=True),
    SampleLink("Geography, final exam", path="geography-exam"),
    SampleLink("My exam results", path="exam-results", graded=False),
    # At the provider by its API: one link for each version of the LMS's side, and what else the API opens.
    SampleLink("Excel, expert", path="excel-expert"),
    SampleLink("Word, basic", custom={"activity": "word-basic"}, lti13=True),
    SampleLink("English, written", path="english-written"),
    SampleLink("My results in Excel", path="excel-results", graded=False),
    SampleLink("Excel, confirmation", path="excel-confirmation"),
    SampleLink("Isograd, administration", path="isograd-administration", graded=False),
    SampleLink("Saving, exam", path="saving-exam"),
    SampleLink("My results in Saving", path="saving-results", graded=False),
    SampleLink("Saving, results of the course", path="saving-class", graded=False),
    SampleLink("Fractions, exam", custom={"activity": "fractions-exam"}, lti13=True),
    SampleLink("History, essay", path="history-essay"),
    SampleLink("Geography, essay", custom={"activity": "geography-essay"}, lti13=True),
    SampleLink("Philosophy, essay", path="philosophy-essay"),
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
    tool = make_tool()
    _register(platform, tool)
    for account, activities in _accounts().items():
        for sample in activities:
            _make_activity(account, sample)
    for link in LINKS:
        _make_link(link, tool if link.lti13 else None)


def invite() -> str:
    """Invite the pretend LMS to register the bridge by itself, once more; gives the link. Earlier ones end."""
    Invitation.objects.filter(platform_name=PLATFORM, used_at=None).delete()
    _row, secret = invitations.make(PLATFORM, Family.MOODLE)
    return invitations.address_of(secret)


def make_admin() -> str:
    """Make the administrator ``admin``. Gives the password, or nothing when there was one already."""
    users = get_user_model().objects
    if users.filter(username="admin").exists():
        return ""
    password = get_random_string(16)
    User.objects.create_superuser("admin", "admin@greendale.example.edu", password)
    return password


def _register(platform: Platform, tool: Lti13Tool) -> None:
    """The bridge's side of the agreements with the pretend LMS."""
    lms = [urlsplit(origins().lms).hostname]
    Lti11Registration.objects.update_or_create(
        consumer_key=LMS_KEY,
        defaults={
            "platform": platform,
            "secrets": {"shared_secret": shared_secret(LMS_KEY)},
            "service_hosts": lms,
        },
    )
    # By the client alone: the issuer is an address, and so may be another one today.
    registration, _made = Lti13Registration.objects.update_or_create(
        client_id=tool.client_id,
        defaults={
            "platform": platform,
            "issuer": issuer(),
            "authorization_endpoint": lms_url("sandbox-lms13-auth"),
            "token_endpoint": token_url(),
            "jwks_uri": lms_url("sandbox-lms13-keys"),
            "service_hosts": lms,
        },
    )
    Deployment.objects.get_or_create(
        registration=registration,
        deployment_id=tool.deployment_id,
        defaults={"platform": platform, "approved": True},
    )


def _accounts() -> dict[Account, tuple[SampleActivity, ...]]:
    """The accounts at the pretend providers, and what is to be opened there."""
    isograd = _make_account(
        "isograd-demo",
        {"connection": "lti11", "lti_url": provider_url("sandbox-isograd-lti")},
        {"consumer_key": ISOGRAD_KEY, "shared_secret": shared_secret(ISOGRAD_KEY)},
    )
    isograd_api = _make_account(
        "isograd-demo-api",
        {
            "connection": "api",
            "api_url": provider_url("sandbox-isograd-api"),
            "token_url": provider_url("sandbox-isograd-token"),
            "administrators": [
                {"platform": PLATFORM, "user_id": person.user_id, "email": person.email}
                for person in PEOPLE.values()
                if person.teaches
            ],
        },
        {"client_id": ISOGRAD_API_CLIENT_ID, "client_secret": shared_secret(ISOGRAD_API_CLIENT_ID)},
    )
    # Whether its results come by Assignment and Grade Services or Basic Outcomes, a fault switch says.
    settings_13 = _tool_settings(ISOGRAD, "sandbox-isograd-keys") | {"outcomes": True}
    isograd_13 = _make_account("isograd-demo-13", settings_13, {})
    inspera = _make_account("inspera-demo", _inspera_settings(), _inspera_secrets(), provider="inspera_assessment")
    campfire = _make_account(
        "campfire-demo",
        {"base_url": provider_url("sandbox-campfire").rstrip("/")},
        {"app_key": CAMPFIRE_KEY, "app_secret": shared_secret(CAMPFIRE_KEY)},
        provider="campfire",
    )
    return {
        isograd: ISOGRAD_ACTIVITIES,
        isograd_13: ISOGRAD_13_ACTIVITIES,
        isograd_api: ISOGRAD_API_ACTIVITIES,
        inspera: INSPERA_ACTIVITIES,
        campfire: CAMPFIRE_ACTIVITIES,
        _originality("originality-demo", "current"): ORIGINALITY_ACTIVITIES,
        _originality("originality-demo-legacy", "legacy"): ORIGINALITY_LEGACY_ACTIVITIES,
    }


def _make_account(
    name: str, settings: dict[str, object], secrets: dict[str, str], *, provider: str = "isograd"
) -> Account:
    account, _made = Account.objects.update_or_create(
        name=name, defaults={"provider": provider, "settings": settings, "secrets": secrets}
    )
    return account


def _originality(name: str, profile: str) -> Account:
    """An account there by one generation of the API, and where webhooks about it go."""
    settings: dict[str, object] = {
        "profile": profile,
        "base_url": provider_url(f"sandbox-originality-{profile}", "-").removesuffix("/-"),
        "institution_id": INSTITUTION_ID,
        "email": ORIGINALITY_EMAIL,
        "upload_hosts": _as_hosts(storage_url("sandbox-originality-storage", uuid.UUID(int=0))),
        "creates_users": True,
    }
    token = shared_secret(f"{ORIGINALITY_CLIENT_ID} webhooks")[:40]
    secrets = {
        "client_id": shared_secret(ORIGINALITY_CLIENT_ID),
        "password": shared_secret(ORIGINALITY_EMAIL),
        "webhook_token": token,
    }
    account = _make_account(name, settings, secrets, provider="inspera_originality")
    address = bridge_url("webhook-with-token", "inspera_originality", name, token)
    OriginalityRecord.objects.update_or_create(kind=WEBHOOK, key=address, defaults={"data": {"profile": profile}})
    return account


def _as_hosts(origin: str) -> list[str]:
    """The host of an origin, as settings that list hosts have it."""
    told = urlsplit(origin)
    return [f"http://{told.netloc}"] if told.scheme == "http" else [str(told.hostname)]


def _inspera_settings() -> dict[str, object]:
    return {
        "base_url": provider_url("sandbox-inspera").rstrip("/"),
        "client_id": CLIENT_ID,
        "entry": "lti13",
        "lti13_client_id": INSPERA.client_id,
        "deployment_id": INSPERA.deployment_id,
        "jwks_uri": provider_url("sandbox-inspera-keys"),
        "webhook_events": ["confirm_final_grades"],
        "export_hosts": _as_hosts(origins().provider),
    }


def _inspera_secrets() -> dict[str, str]:
    # The subscription is there from the first: the sample is ready to be tried.
    secret = shared_secret(INSPERA_WEBHOOKS)
    url = bridge_url("webhook", "inspera_assessment", "inspera-demo")
    InsperaRecord.objects.update_or_create(
        kind="subscription",
        key="confirm_final_grades of the sample",
        defaults={"data": {"url": url, "event": "confirm_final_grades", "secret": secret}},
    )
    return {"code": shared_secret(INSPERA_CODE), "webhook_secret": secret}


def _tool_settings(tool: Tool, keys: str) -> dict[str, object]:
    return {
        "connection": "lti13",
        "login_url": tool.url,
        "redirect_uris": [tool.url],
        "jwks_uri": provider_url(keys),
        "client_id": tool.client_id,
        "deployment_id": tool.deployment_id,
        "lti_url": tool.url,
    }


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


def _make_link(sample: SampleLink, tool: Lti13Tool | None) -> None:
    link, _made = CourseLink.objects.update_or_create(
        title=sample.title,
        chosen=False,
        defaults={
            "url": tool.target_link_uri if tool else launch_address(sample.path),
            "custom": dict(sample.custom),
            "target": sample.target,
            "graded": sample.graded,
            "tool": tool,
        },
    )
    if tool and link.graded:
        own_column(link)
