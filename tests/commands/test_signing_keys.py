"""``signing_keys``: what an operator sees of our keys, and does about them."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from lti_bridge import signing_keys
from lti_bridge.models import AccessToken, SigningKey
from tests.world import make_world
from tests.world13 import make_registration

pytestmark = pytest.mark.django_db

TOOL, PLATFORM = SigningKey.Side.TOOL, SigningKey.Side.PLATFORM


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("signing_keys", *arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture(autouse=True)
def no_key_of_another_test() -> None:
    signing_keys.forget_signers()


@pytest.fixture
def key() -> SigningKey:
    return signing_keys.make(TOOL, signs_from=timezone.now() - timedelta(days=3))


def published(side: SigningKey.Side) -> set[str]:
    return {jwk["kid"] for jwk in signing_keys.key_set(side)["keys"]}


def test_without_keys_there_is_a_sentence_for_each_side_and_none_is_made() -> None:
    assert run().splitlines() == [
        "tool: there is no key yet; the first use makes one.",
        "platform: there is no key yet; the first use makes one.",
    ]
    assert not SigningKey.objects.exists()


def test_each_key_has_a_line_and_no_private_half_is_shown(key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    follows = signing_keys.rotate(TOOL)
    retired = signing_keys.make(PLATFORM, signs_from=timezone.now())
    signing_keys.retire(retired.kid)
    shown, told = run(), json.loads(run("--json"))
    assert {(line["kid"], line["side"], line["standing"]) for line in told} == {
        (key.kid, "tool", "signs"),
        (follows.kid, "tool", "follows"),
        (retired.kid, "platform", "retired"),
    }
    assert f"tool: {follows.kid} takes over at {follows.signs_from:%Y-%m-%d}" in shown
    assert all(each.kid in shown for each in (key, follows, retired))
    assert "PRIVATE" not in shown + str(told) and str(key.public_jwk["n"])[:20] not in shown


def test_the_list_says_when_the_next_key_comes_or_should_have_come(key: SigningKey) -> None:
    assert "tool: the next key is made at" in run()
    SigningKey.objects.update(signs_from=timezone.now() - timedelta(days=91))
    assert "tool: the next key is due since" in run() and "--rotate tool" in run()


def test_the_next_key_is_published_before_it_signs(key: SigningKey) -> None:
    said = run("--rotate", "tool")
    follows = SigningKey.objects.exclude(pk=key.pk).get()
    assert f"Key {follows.kid} is published, and signs on side tool from" in said
    assert signing_keys.signer(TOOL).kid == key.kid
    assert published(TOOL) == {key.kid, follows.kid}


def test_a_key_at_once_retires_the_others_and_asks_for_tokens_anew(key: SigningKey) -> None:
    registration = make_registration(make_world().platform)
    AccessToken.objects.create(registration=registration, scopes="score", secret={"token": "sample"})
    other = signing_keys.make(PLATFORM, signs_from=timezone.now())
    said = run("--rotate", "tool", "--at-once")
    new = signing_keys.signer(TOOL)
    assert new.kid != key.kid and new.kid in said
    assert published(TOOL) == {key.kid, new.kid}
    assert SigningKey.objects.get(pk=other.pk).retired_at is None
    assert not AccessToken.objects.exists()


def test_a_retired_key_stays_published_and_a_new_one_signs(key: SigningKey) -> None:
    said = run(f"--retire={key.kid}")
    new = signing_keys.signer(TOOL)
    assert new.kid != key.kid and new.kid in said
    assert published(TOOL) == {key.kid, new.kid}


def test_a_key_that_leaked_is_out_of_the_key_set_at_once(key: SigningKey) -> None:
    new = signing_keys.rotate(TOOL, at_once=True)
    said = run(f"--withdraw={key.kid}")
    assert said == f"Key {key.kid} is out of our key set.\n"
    assert published(TOOL) == {new.kid}


def test_a_key_that_signs_is_withdrawn_and_another_one_signs(key: SigningKey) -> None:
    assert signing_keys.signer(TOOL).kid == key.kid
    run(f"--withdraw={key.kid}")
    assert published(TOOL) == {signing_keys.signer(TOOL).kid} != {key.kid}


@pytest.mark.parametrize("what", ["--retire=nothing", "--withdraw=nothing"])
def test_a_key_that_is_not_there_is_named(what: str) -> None:
    with pytest.raises(CommandError, match='There is no key "nothing"'):
        run(what)


def test_at_once_is_for_a_new_key() -> None:
    with pytest.raises(CommandError, match="belongs to --rotate"):
        run("--at-once")
