"""Cookies that a browser keeps also where an LMS shows us in a frame."""

from django.http import HttpResponse


def set_cookie(response: HttpResponse, name: str, value: str, *, seconds: int, path: str) -> None:
    """Give the browser a cookie that no script reads and that no other site's frame sees; 0 seconds takes it away."""
    response.set_cookie(name, value, max_age=seconds, path=path, secure=True, httponly=True, samesite="None")
    # In a frame a browser keeps only partitioned cookies; neither Django nor http.cookies knows the word yet.
    response.cookies[name]["samesite"] = "None; Partitioned"
