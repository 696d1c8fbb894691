"""Our launches of a provider's tool (section D of the conformance list), judged by oauthlib where signatures matter."""

import base64
import hmac
from urllib.parse import parse_qsl, urlsplit

import pytest
from oauthlib.oauth1.rfc5849 import signature as peer

import lti_bridge
from lti_bridge.errors import CannotOpen
from lti_bridge.providers.actions import FormPost, RelayLaunch
from lti_bridge.relay import lti11
from tests.relay.sitting import opening, sit
from tests.world import ALICE, KEY, RETURN_URL, SECRET, SERVICE_URL, make_world

pytestmark = pytest.mark.django_db

URL = "https://provider.example.net/lti/launch"


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def attempt(world):
    return sit(world)


def launch(attempt, /, url=URL, custom=None, **changes):
    return lti11.launch(opening(attempt, **changes), RelayLaunch(url, custom or {}))


def signature_holds(form: FormPost, secret="provider-secret", method="HMAC-SHA1"):
    pairs = [*form.fields.items(), *parse_qsl(urlsplit(form.url).query, keep_blank_values=True)]
    base = peer.signature_base_string(
        "POST",
        peer.base_string_uri(form.url),
        peer.normalize_parameters([pair for pair in pairs if pair[0] != "oauth_signature"]),
    )
    digest = hmac.digest(f"{secret}&".encode(), base.encode(), method.removeprefix("HMAC-"))
    return base64.b64encode(digest).decode() == form.fields["oauth_signature"]


REQUIRED = {
    "lti_message_type": "basic-lti-launch-request",
    "lti_version": "LTI-1p0",
    "oauth_consumer_key": "bridge-key",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_version": "1.0",
    "oauth_callback": "about:blank",
    "roles": "Learner",
    "launch_presentation_locale": "fr-FR",
    "launch_presentation_document_target": "window",
    "lis_person_name_given": "Alice",
    "lis_person_name_family": "Liddell",
    "lis_person_name_full": "Alice Liddell",
    "lis_person_contact_email_primary": "alice-1@example.edu",
    "tool_consumer_info_product_family_code": "lti-bridge",
    "tool_consumer_info_version": lti_bridge.__version__,
    "tool_consumer_instance_name": "LTI Bridge",
    "context_title": "History",
    "context_label": "HIS",
    "resource_link_title": "Excel test",
}


@pytest.mark.parametrize("name", REQUIRED)
def test_every_launch_has_what_is_required_and_recommended(attempt, name):
    """C11-2.1, C11-2.2, C11-2.4, C11-2.5"""
    assert launch(attempt).fields[name] == REQUIRED[name]


def test_a_launch_names_the_addresses_and_ids_of_ours(attempt, settings):
    fields = launch(attempt).fields
    assert fields["lis_outcome_service_url"] == f"{settings.BASE_URL}/relay/1.1/outcomes"
    assert fields["lis_result_sourcedid"] == attempt.key
    assert fields["launch_presentation_return_url"].endswith(f"{attempt.key}/return")
    assert fields["tool_consumer_instance_guid"] == urlsplit(settings.BASE_URL).hostname
    assert fields["user_id"] == attempt.learner.opaque_id
    assert fields["oauth_nonce"] and fields["oauth_timestamp"].isdigit()


def test_the_description_of_the_activity_is_sent(world, attempt):
    """C11-2.3"""
    assert "resource_link_description" not in launch(attempt).fields
    world.activity.description = "Twenty questions.\nNo aids."
    assert launch(attempt, activity=world.activity).fields["resource_link_description"] == (
        "Twenty questions.\r\nNo aids."
    )


def test_nothing_of_the_lms_reaches_the_provider(attempt):
    """SEC-O6: ids, keys, secrets, addresses and sourcedids of the LMS stay here."""
    sent = "\n".join(launch(attempt).fields.values())
    lms = ("alice-1\n", "course-history", "link-1", KEY, SECRET, SERVICE_URL, RETURN_URL, ALICE["lis_result_sourcedid"])
    for theirs in lms:
        assert theirs not in sent
    assert attempt.learner.user_id not in (
        launch(attempt).fields["user_id"],
        launch(attempt).fields["lis_result_sourcedid"],
    )


def test_the_same_link_has_the_same_id_and_another_link_another(world, attempt):
    again = sit(world, user_id="bob-2")
    link, course = launch(attempt).fields["resource_link_id"], launch(attempt).fields["context_id"]
    assert (launch(again).fields["resource_link_id"], launch(again).fields["context_id"]) == (link, course)
    other = attempt.resource_link.context.resource_links.create(resource_link_id="link-9")
    fields = launch(attempt, resource_link=other).fields
    assert fields["resource_link_id"] != link
    assert fields["context_id"] == course
    assert fields["resource_link_title"] == "Excel, basic"


def test_without_an_attempt_no_result_can_be_sent(attempt):
    fields = launch(attempt, attempt=None, return_url="", callback_url="").fields
    assert not {"lis_outcome_service_url", "lis_result_sourcedid", "launch_presentation_return_url"} & fields.keys()


def test_the_signature_holds_for_oauthlib(attempt):
    form = launch(attempt, custom={"tst_frm_id": "482"})
    assert signature_holds(form)
    assert not signature_holds(form, secret="other")


def test_each_launch_has_its_own_nonce(attempt):
    assert launch(attempt).fields["oauth_nonce"] != launch(attempt).fields["oauth_nonce"]


def test_the_account_chooses_the_signature_method(world, attempt):
    world.account.settings["signature_method"] = "HMAC-SHA256"
    form = launch(attempt, account=world.account)
    assert form.fields["oauth_signature_method"] == "HMAC-SHA256"
    assert signature_holds(form, method="HMAC-SHA256")


def test_a_query_stays_in_the_address_and_is_signed(attempt):
    """C11-21"""
    form = launch(attempt, url=f"{URL}?customer=a%20b&lang=")
    assert form.url == f"{URL}?customer=a%20b&lang="
    assert not {"customer", "lang"} & form.fields.keys()
    assert signature_holds(form)


@pytest.mark.parametrize(
    ("name", "normalised"),
    [("My-Key 1", "custom_my_key_1"), ("tst_frm_id", "custom_tst_frm_id"), ("Vér:sion", "custom_v_r_sion")],
)
def test_custom_names_are_normalised(attempt, name, normalised):
    """C11-22"""
    assert launch(attempt, custom={name: "x"}).fields[normalised] == "x"


@pytest.mark.parametrize("text", ["one\ntwo", "one\rtwo", "one\r\ntwo"])
def test_line_ends_are_signed_as_browsers_send_them(attempt, text):
    """C11-23"""
    form = launch(attempt, custom={"text": text})
    assert form.fields["custom_text"] == "one\r\ntwo"
    assert signature_holds(form)


def test_no_value_begins_or_ends_with_blanks_and_none_is_empty(attempt):
    attempt.learner.given_name = "  Alice "
    attempt.learner.email = " "
    fields = launch(attempt, custom={"empty": "", "blank": " x "}).fields
    assert all(value == value.strip() != "" for value in fields.values())
    assert fields["custom_blank"] == "x"
    assert not {"custom_empty", "lis_person_contact_email_primary"} & fields.keys()


@pytest.mark.parametrize("missing", ["consumer_key", "shared_secret"])
def test_an_account_without_its_secrets_opens_nothing(world, attempt, missing):
    del world.account.secrets[missing]
    with pytest.raises(CannotOpen) as refused:
        launch(attempt, account=world.account)
    assert refused.value.code == "account_incomplete"


def test_the_form_does_not_show_in_a_traceback(attempt):
    """C11-20, S11"""
    assert "Alice" not in repr(launch(attempt))
    assert "provider-secret" not in "".join(launch(attempt).fields.values())
