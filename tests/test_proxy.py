"""Forwarding headers: believed from our proxies, and from nobody else."""

import pytest
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from lti_bridge.proxy import TrustedProxyMiddleware, client_address, was_forwarded


def passed(**meta: str) -> HttpRequest:
    request = RequestFactory().get("/", **meta)
    TrustedProxyMiddleware(lambda _: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "10.1.2.4,10.1.2.3", "10.1.2.4"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "6.6.6.6, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("", "203.0.113.9", "203.0.113.9"),
        ("", "", None),
        ("203.0.113.66", "6.6.6.6", "203.0.113.66"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy_of_ours(settings, peer, chain, client) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8"]
    assert client_address(passed(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=chain)) == client


def test_headers_of_strangers_are_removed_and_remembered_as_a_mark(settings) -> None:
    settings.TRUSTED_PROXIES = []
    for name in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_X_REAL_IP"):
        request = passed(**{name: "203.0.113.9"})
        assert name not in request.META
        assert was_forwarded(request)
    assert was_forwarded(passed(HTTP_VIA="1.1 somewhere"))
    assert not was_forwarded(passed())


def test_a_stranger_behind_the_proxy_locks_only_himself_out(client: Client, settings, django_user_model, db) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    django_user_model.objects.create_superuser("root", "root@example.edu", "correct horse battery")

    def log_in(password: str, address: str) -> int:
        form, headers = {"username": "root", "password": password}, {"X-Forwarded-For": address}
        return Client().post("/admin/login/?next=/admin/", form, headers=headers).status_code

    for number in range(6):
        answer = log_in(f"wrong {number}", f"6.6.6.{number}, 203.0.113.66")
    assert answer == 429
    assert log_in("correct horse battery", "203.0.113.66") == 429
    assert log_in("correct horse battery", "198.51.100.7") == 302
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"203.0.113.66"}


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "[::1]:8000", "unknown.example", "no host at all"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_whatever_the_host_and_without_https(client: Client, settings, db, path, host) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"), [("10.1.2.3:8000", 200), ("[::1]:8000", 200), ("10.1.2.3", 200), ("rebound.example", 400)]
)
def test_numbers_are_told_by_address_and_not_by_a_strangers_name(client: Client, db, host, status) -> None:
    assert client.get("/metrics", headers={"Host": host}).status_code == status


def test_other_pages_know_their_host(client: Client) -> None:
    assert client.get("/lti/1.1/config.xml", headers={"Host": "10.1.2.3"}).status_code == 400
