"""The front page."""

from django.test import Client


def test_the_front_page_says_what_this_is_and_where_to_go(client: Client) -> None:
    # No database fixture: it needs none.
    response = client.get("/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "go to your course" in page and 'href="/admin/"' in page
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_nothing_is_posted_to_the_front_page(client: Client) -> None:
    assert client.post("/").status_code == 405
