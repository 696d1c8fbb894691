"""Settings of accounts whose tool is launched by LTI 1.3, whichever provider's."""

import pytest

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account
from lti_bridge.providers.lti13_settings import NAMES, Defaults, is_tool_address, problems_of, read_tool

URL = "https://provider.example.net/lti"
WHOLE = {"login_url": URL, "redirect_uris": [URL], "jwks_uri": f"{URL}/keys"}
IDS = "a text of at most 255 visible ASCII characters, without blanks"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        *[({name: value}, f"{name} must be {IDS}") for name in ("client_id", "deployment_id") for value in
          ("", " ", "a b", "é", 7, None, ["x"], "x" * 256, "a\n")],
        *[({name: value}, f"{name} must be a full https address") for name in ("login_url", "jwks_uri") for value in
          ("", "provider.example.net", "ftp://x", "javascript:alert(1)", "https://", "https://a@b/", "https://x/#f",
           "https://x/\\y", "https://x/ y", "https://[::1]/", 7, None, f"https://x/{'y' * 2000}")],
        *[({"redirect_uris": value}, "redirect_uris must be a list of full https addresses") for value in
          ([], URL, [URL, 7], [URL, "x"], {"a": URL}, None, [[URL]])],
        *[({"login_method": value}, "login_method must be post or get") for value in ("POST", "", 7, None, ["get"])],
        *[({name: value}, f"{name} must be true or false")
          for name in ("share_name", "share_email", "line_items", "outcomes", "link_per_attempt")
          for value in (1, "true", None)],
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence(settings, said):
    assert problems_of(WHOLE | settings, Defaults()) == [said]


def test_what_has_no_default_must_be_told():
    assert problems_of({}, Defaults()) == [
        "login_url is missing",
        "redirect_uris is missing",
        "jwks_uri is missing",
    ]
    assert problems_of({}, Defaults(URL, (URL,), URL)) == []
    assert problems_of(WHOLE, Defaults()) == []


def test_every_setting_is_read():
    told = WHOLE | {
        "connection": "lti13",
        "lti_url": f"{URL}/start",
        "client_id": "bridge",
        "deployment_id": "d-7",
        "login_method": "get",
        "share_name": False,
        "share_email": False,
        "line_items": False,
        "outcomes": True,
        "link_per_attempt": False,
    }
    tool = read_tool(Account(name="a", settings=told), Defaults())
    assert (tool.client_id, tool.deployment_id, tool.login_method) == ("bridge", "d-7", "get")
    assert (tool.login_url, tool.redirect_uris, tool.jwks_uri, tool.launch_url) == (
        *(URL, (URL,), f"{URL}/keys"),
        f"{URL}/start",
    )
    assert (tool.shares_name, tool.shares_email, tool.line_items, tool.link_per_attempt) == (False,) * 4
    assert tool.outcomes is True
    assert {*told} - {"connection", "lti_url"} <= {*NAMES}


def test_beside_an_api_the_client_id_is_the_apis():
    told = WHOLE | {"entry": "lti13", "client_id": "of-the-api"}
    assert read_tool(Account(name="a", settings=told), Defaults()).client_id == "a"
    told["lti13_client_id"] = "ours"
    assert read_tool(Account(name="a", settings=told), Defaults()).client_id == "ours"
    assert read_tool(Account(name="a", settings=WHOLE | {"connection": "api"}), Defaults()) is None


def test_what_is_not_complete_opens_nothing_and_says_what_lacks():
    with pytest.raises(CannotOpen) as refused:
        read_tool(Account(name="a", settings={"connection": "lti13", "login_url": 7}), Defaults())
    assert "login_url must be" in refused.value.detail and "jwks_uri is missing" in refused.value.detail
    assert refused.value.sentence and refused.value.advice


def test_http_is_for_trials_only(settings):
    assert is_tool_address("http://127.0.0.3:8000/lti")
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    settings.ALLOWED_PRIVATE_HOSTS = ["tool.campus.example", "other.example:8080"]
    assert is_tool_address("https://provider.example.net/lti?x=1")
    assert not is_tool_address("http://provider.example.net/lti")
    assert is_tool_address("http://tool.campus.example/lti")
    assert is_tool_address("http://other.example:8080/lti")
    assert not is_tool_address("http://other.example/lti")
