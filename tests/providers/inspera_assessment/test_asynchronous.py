"""Both of Inspera's ways of exports, and a token that runs out in the middle of one."""

import pytest

from lti_bridge import providers
from lti_bridge.errors import ProviderRefused
from lti_bridge.models import ProviderExport
from lti_bridge.providers.inspera_assessment.asynchronous import standing_of

SUBMISSIONS = "/api/v1/test/7/submissions"


def export(account):
    return providers.call(account, "export_submissions", {"test_id": "7"})


def test_a_token_that_runs_out_in_the_middle_of_an_export_is_renewed(account, server):
    def order():
        told = server.export({"all": "there"}, looks=3)
        server.good.clear()
        return told

    server.answer("GET", SUBMISSIONS, order)
    assert export(account) == {"all": "there"}
    assert server.tokens == 2
    assert ProviderExport.objects.get().orders == 1


def test_the_older_way_is_asked_with_the_number_of_the_job(account, server):
    server.answer(
        "GET",
        SUBMISSIONS,
        {"jobId": "abc"},
        {"status": "in_progress", "progress": 50},
        lambda: {"url": f"{server.url}/storage/{server.export({'older': 'way'})['jobId']}"},
    )
    assert export(account) == {"older": "way"}
    assert [each.query for each in server.calls(SUBMISSIONS)] == [{}, {"jobId": "abc"}, {"jobId": "abc"}]


def test_an_external_id_is_one_in_each_question(account, server):
    done = {"url": f"{server.url}/storage/{server.export({'of': 'ours'})['jobId']}"}
    server.answer("GET", SUBMISSIONS, {"jobId": "abc"}, done)
    providers.call(account, "export_submissions", {"test_id": "7", "isExternal": "true"})
    assert [each.query for each in server.calls(SUBMISSIONS)] == [
        {"isExternal": "true"},
        {"isExternal": "true", "jobId": "abc"},
    ]


def test_an_address_alone_is_an_answer_too(account, server):
    def order():
        return 200, server.export({"plain": "text"})["callbackUrl"].encode(), {}

    server.answer("GET", SUBMISSIONS, order)
    assert export(account) == {"plain": "text"}


def test_our_token_goes_to_no_address_elsewhere(account, server):
    server.answer("GET", SUBMISSIONS, {"callbackUrl": "http://127.0.0.1:1/steal"})
    with pytest.raises(ProviderRefused):
        export(account)
    assert len(server.calls()) == 1


def test_an_export_at_an_address_elsewhere_is_refused(account, server):
    server.answer("GET", SUBMISSIONS, server.export({}, host="http://127.0.0.1:1"))
    with pytest.raises(ProviderRefused) as refused:
        export(account)
    assert refused.value.code == "foreign_export_host"


@pytest.mark.parametrize(
    ("answer", "progress", "url", "failed"),
    [
        (
            {"status": "success", "progress": 100, "exportInfo": {"signedResponseUrl": "https://x"}},
            100,
            "https://x",
            "",
        ),
        ({"status": "SUCCESS", "exportInfo": {}}, 0, "", ""),
        ({"status": "running", "exportInfo": {"signedResponseUrl": "https://x"}}, 0, "", ""),
        ({"status": "Something new", "progress": "42%"}, 42, "", ""),
        ({"status": "failed", "message": "no rights"}, 0, "", "no rights"),
        ({"status": "Error"}, 0, "", "error"),
        ({"url": "https://x"}, 0, "https://x", ""),
        ("https://x", 100, "https://x", ""),
        ([], 0, "", ""),
        ({"progress": "soon"}, 0, "", ""),
    ],
)
def test_words_of_both_ways_are_read_alike(answer, progress, url, failed):
    standing = standing_of(answer)
    assert (standing.progress, standing.url, standing.failed) == (progress, url, failed)
