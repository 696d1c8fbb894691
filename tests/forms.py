"""The form of a page, as a browser would send it."""

from html.parser import HTMLParser


class Form(HTMLParser):
    """The one form of a page: where it goes and what it carries."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.action = values["action"]
        if tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")


def html_form(page: str) -> Form:
    """The form of a page."""
    form = Form()
    form.feed(page)
    return form
