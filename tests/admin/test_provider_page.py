"""Accounts at their provider, acts and troubles, and choices instead of numbers, in the administration."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lti_bridge import acting
from lti_bridge.models import AccountTrouble, Activity, Attempt, Candidate, ProviderAct
from tests import isograd_bench
from tests.isograd_bench import ALICE, Bench
from tests.isograd_server import Answer, refuse

pytestmark = pytest.mark.django_db

api, account, bench = isograd_bench.api, isograd_bench.account, isograd_bench.bench


def page_of(bench: Bench) -> str:
    return reverse("admin:lti_bridge_account_provider", args=[bench.account.pk])


def press(staff: Client, bench: Bench, act: str, **fields: str):
    return staff.post(page_of(bench), {"act": act, **fields}, follow=True)


# --- the account ----------------------------------------------------------------------------


def test_an_account_says_what_is_left_and_what_is_little(staff: Client, bench: Bench) -> None:
    bench.api.credits = 500
    bench.set(credits_warning=10)
    page = staff.get(page_of(bench)).content.decode()
    assert '<dt>TOSA</dt><dd><span class="chip good">500</span>' in page
    assert '<dt>Proctoring</dt><dd><span class="chip bad">3</span>' in page


def test_its_troubles_are_there_and_go_by_hand(staff: Client, bench: Bench) -> None:
    bench.api.answers["2"] = refuse(301)
    with pytest.raises(Exception, match="no_credits"):
        bench.open()
    assert "buy credits" in staff.get(page_of(bench)).content.decode()
    trouble = AccountTrouble.objects.get()
    staff.post(reverse("admin:lti_bridge_accounttrouble_delete", args=[trouble.pk]), {"post": "yes"})
    assert not AccountTrouble.objects.exists()


@pytest.mark.parametrize("answer", [Answer(500, b"oops"), refuse(103)])
def test_a_provider_that_does_not_answer_is_said_and_the_page_stands(staff: Client, bench: Bench, answer) -> None:
    bench.api.answers |= {"14": answer, "15": answer}
    response = staff.get(page_of(bench))
    assert (response.status_code, "Not known now" in response.content.decode()) == (200, True)


@pytest.mark.parametrize("credits", [[], {}, None, [5], [{"des": "x"}], [{"des": "x", "amount": "many"}]])
def test_odd_lists_of_credits_are_no_credits(staff: Client, bench: Bench, credits) -> None:
    bench.api.answers["15"] = {"success": True, "credits": credits}
    assert "The provider lists nothing." in staff.get(page_of(bench)).content.decode()


def test_credits_in_a_list_with_gaps_are_read(staff: Client, bench: Bench) -> None:
    """PHP writes a list whose numbering has gaps as an object."""
    bench.api.answers["15"] = {"success": True, "credits": {"1": {"des": "TOSA", "amount": "99"}}}
    assert '<span class="chip good">99</span>' in staff.get(page_of(bench)).content.decode()


def test_the_accounts_own_page_leads_there(staff: Client, bench: Bench) -> None:
    own = reverse("admin:lti_bridge_account_change", args=[bench.account.pk])
    assert page_of(bench) in staff.get(own).content.decode()
    bench.account.secrets = {}
    bench.account.save()
    assert page_of(bench) not in staff.get(own).content.decode()
    assert staff.get(page_of(bench)).status_code == 404


def test_who_may_only_look_does_not_get_there(client: Client, bench: Bench) -> None:
    user = get_user_model().objects.create_user("looker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_account"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page_of(bench)).status_code == 403
    assert client.post(page_of(bench), {"act": "create_session"}).status_code == 403
    assert bench.api.requests == []


def test_a_session_is_made_in_isograds_own_time(staff: Client, bench: Bench, settings) -> None:
    settings.TIME_ZONE = "UTC"
    times = {"sta_dat": "2026-07-01T08:00", "end_dat": "2026-07-31T18:00"}
    page = press(staff, bench, "create_session", des="July", psw="let me in", **times).content.decode()
    assert bench.api.asked("11") == [
        {
            "act_id": "11",
            "des": "July",
            "sta_dat": "2026-07-01 10:00",
            "end_dat": "2026-07-31 20:00",
            "psw": "let me in",
        }
    ]
    assert "its ses_id is 77" in page
    act = ProviderAct.objects.get()
    assert (act.staff, act.state, "let me in" in str(act.details)) == ("root", "done", False)
    assert LogEntry.objects.filter(object_id=str(bench.account.pk)).exists()


def test_a_time_that_is_none_is_said(staff: Client, bench: Bench) -> None:
    response = press(staff, bench, "create_session", des="July", sta_dat="soon", end_dat="later", psw="let me in")
    assert "A time must be a day and a time." in response.content.decode()
    assert "let me in" not in response.content.decode()
    assert bench.api.asked("11") == []


@pytest.mark.parametrize(("act", "act_id"), [("anonymize_candidate", "12"), ("delete_candidate", "24")])
def test_what_cannot_be_undone_is_typed_twice(staff: Client, bench: Bench, act: str, act_id: str) -> None:
    bench.open()
    for typed in ("", "alice"):
        response = press(staff, bench, act, ema=ALICE, typed=typed)
        assert (response.status_code, bench.api.asked(act_id)) == (400, [])
        assert "nothing was changed" in response.content.decode()
    press(staff, bench, act, ema=ALICE, typed=ALICE.upper())
    assert bench.api.asked(act_id) == [{"act_id": act_id, "ema": ALICE}]
    candidate = Candidate.objects.get(account=bench.account)
    assert (candidate.provider_candidate_id, candidate.known_as) == ("", "")
    row = ProviderAct.objects.get()
    assert (row.what, row.state, ALICE in str(row.details)) == (act, "done", False)


def test_a_refusal_is_said(staff: Client, bench: Bench) -> None:
    page = press(staff, bench, "anonymize_candidate", ema="nobody@example.edu", typed="nobody@example.edu")
    assert "does not know this person" in page.content.decode()
    assert ProviderAct.objects.get().state == "refused"


# --- activities -----------------------------------------------------------------------------


def add_page(staff: Client, bench: Bench, **more: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"account": bench.account.pk, **more}.items())
    return staff.get(f"{reverse('admin:lti_bridge_activity_add')}?{query}").content.decode()


def fields(bench: Bench, **more: str) -> dict[str, str]:
    told = {"title": "New", "slug": "new", "account": str(bench.account.pk), "action": "take_test", "parameters": "{}"}
    return told | {"attempt_rule": "last", "release": "automatic", "max_attempts": "0", "enabled": "on"} | more


def test_a_test_is_chosen_from_the_providers_list(staff: Client, bench: Bench) -> None:
    assert '<option value="tst_frm_id=482">482</option>' in add_page(staff, bench)
    staff.post(reverse("admin:lti_bridge_activity_add"), fields(bench, listed="tst_frm_id=363"))
    assert Activity.objects.get(slug="new").parameters == {"tst_frm_id": 363}


def test_the_accounts_page_leads_to_a_new_activity_with_a_test(staff: Client, bench: Bench) -> None:
    link = f"{reverse('admin:lti_bridge_activity_add')}?account={bench.account.pk}&amp;tst_frm_id=363"
    assert link in staff.get(page_of(bench)).content.decode()
    assert '<option value="tst_frm_id=363" selected>' in add_page(staff, bench, tst_frm_id=363)


def test_typing_still_works_when_the_provider_is_down(staff: Client, bench: Bench) -> None:
    bench.api.instead = Answer(503, b"down")
    assert "type it into the parameters below" in add_page(staff, bench)
    staff.post(reverse("admin:lti_bridge_activity_add"), fields(bench, parameters='{"tst_frm_id": 999}'))
    assert Activity.objects.get(slug="new").parameters == {"tst_frm_id": 999}


def test_what_is_not_on_the_list_is_not_chosen(staff: Client, bench: Bench) -> None:
    response = staff.post(reverse("admin:lti_bridge_activity_add"), fields(bench, listed="tst_frm_id=1"))
    assert response.status_code == 200
    assert not Activity.objects.filter(slug="new").exists()


# --- attempts -------------------------------------------------------------------------------


def choose(staff: Client, action: str, *attempts: Attempt, **more: str):
    chosen = {"action": action, "_selected_action": [each.pk for each in attempts], **more}
    return staff.post(reverse("admin:lti_bridge_attempt_changelist"), chosen, follow=True)


def test_attempts_are_acted_on_in_bulk_after_a_question(staff: Client, bench: Bench) -> None:
    bench.sat(status=1)
    asked = choose(staff, "act_add_proctoring", bench.attempt)
    assert "It costs a proctoring credit" in asked.content.decode()
    assert not ProviderAct.objects.exists()
    done = choose(staff, "act_add_proctoring", bench.attempt, sure="yes")
    assert "1 attempt is on its way" in done.content.decode()
    acting.carry_out_waiting(seconds=10)
    row = ProviderAct.objects.get()
    assert (row.state, row.staff, bench.api.tests[0].proctored) == ("done", "root", True)


def test_reports_of_the_chosen_attempts_come_in_one_archive(staff: Client, bench: Bench) -> None:
    bench.sat(800)
    bench.look()
    response = choose(staff, "act_report_pdf", bench.attempt)
    assert response["Content-Type"] == "application/zip"
    assert b"%PDF-1.7" in b"".join(response.streaming_content)
    row = ProviderAct.objects.get()
    assert (row.what, row.state, row.staff) == ("report_pdf", "done", "root")


def test_a_second_archive_of_the_same_waits_for_the_first(staff: Client, bench: Bench) -> None:
    bench.sat(800)
    bench.look()
    first = choose(staff, "act_report_pdf", bench.attempt)
    second = choose(staff, "act_report_pdf", bench.attempt)
    assert "Such an archive is being made at this moment." in second.content.decode()
    assert b"%PDF-1.7" in b"".join(first.streaming_content)


def test_what_is_needed_is_asked_for(staff: Client, bench: Bench) -> None:
    bench.sat(status=1)
    response = choose(staff, "act_send_registration_email", bench.attempt, sure="yes")
    assert "Template is missing." in response.content.decode()
    choose(staff, "act_send_registration_email", bench.attempt, sure="yes", mai_tem_id="3")
    assert ProviderAct.objects.get().details == {"mai_tem_id": "3"}


def test_those_that_do_not_suit_are_counted_apart(staff: Client, bench: Bench) -> None:
    response = choose(staff, "act_remove_proctoring", bench.attempt)
    assert "1 attempt does not suit." in response.content.decode()


def test_who_may_only_look_has_no_such_actions(client: Client, bench: Bench) -> None:
    bench.sat(status=1)
    user = get_user_model().objects.create_user("looker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_attempt"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "act_delete_test" not in client.get(reverse("admin:lti_bridge_attempt_changelist")).content.decode()
    choose(client, "act_delete_test", bench.attempt, sure="yes")
    assert not ProviderAct.objects.exists()
