"""A believed LTI 1.3 message in our words: people, courses, links, and what a choice of content wants."""

from urllib.parse import unquote

from lti_bridge.launch import parameters
from lti_bridge.launch.addresses import web_address
from lti_bridge.launch.launch import Course, Link, Person, Selection
from lti_bridge.launch.vocabulary import DEEP_LINKING_SETTINGS, LTI, Claims, member, text, texts


def read_person(claims: Claims) -> Person:
    """Who launched. Names are cut to what a row holds; half an e-mail address would be another one, so it is none."""
    email = text(claims, "email").strip()
    return Person(
        user_id=text(claims, "sub"),
        given_name=text(claims, "given_name")[:300],
        family_name=text(claims, "family_name")[:300],
        full_name=text(claims, "name")[:600],
        email=email if len(email) <= 320 else "",
    )


def read_course(claims: Claims) -> Course:
    """The course of the launch."""
    told = member(claims, f"{LTI}context")
    return Course(text(told, "id"), title=text(told, "title")[:500], label=text(told, "label")[:500])


def read_link(claims: Claims) -> Link | None:
    """The resource link of the launch, where there is one, and the links it was copied from."""
    told = member(claims, f"{LTI}resource_link")
    link_id = text(told, "id")
    if not link_id:
        return None
    custom = read_custom(claims)
    parts = (part for name in parameters.CUSTOM_HISTORIES for part in custom.get(name, "").split(","))
    # ``ResourceLink.id.history`` is a list of ids with commas between, and so each id is escaped (LTI 1.3 §B.5).
    ids = (each for part in parts if "\x00" not in (each := unquote(part)))
    return Link(link_id, text(told, "title")[:500], parameters.ancestors(ids, link_id))


def read_custom(claims: Claims) -> dict[str, str]:
    """Custom parameters. Values of other types than text are none."""
    return {name: value for name, value in member(claims, f"{LTI}custom").items() if isinstance(value, str)}


def read_selection(claims: Claims) -> Selection:
    """What the LMS wants when an instructor chooses content, from a message that there is no complaint about."""
    told = member(claims, DEEP_LINKING_SETTINGS)
    accepts_line_item = told.get("accept_lineitem")
    return Selection(
        return_url=text(told, "deep_link_return_url").strip(),
        data=told["data"] if isinstance(told.get("data"), str) else "",
        accepts_multiple=told.get("accept_multiple") in (True, "true"),
        accepts_line_item=accepts_line_item if isinstance(accepts_line_item, bool) else None,
        document_targets=tuple(texts(told, "accept_presentation_document_targets")),
    )


def read_locale(claims: Claims) -> str:
    """The language of the launch, else the person's, as a language tag."""
    told = text(member(claims, f"{LTI}launch_presentation"), "locale")
    return parameters.language_tag(told) or parameters.language_tag(text(claims, "locale"))


def read_target(claims: Claims) -> str:
    """What the launch opened in: ``iframe``, ``window``, …; empty when the LMS does not say."""
    return parameters.document_target(text(member(claims, f"{LTI}launch_presentation"), "document_target"))


def read_return_url(claims: Claims) -> str:
    """Where the LMS wants the browser back; empty when that is no web address."""
    return web_address(text(member(claims, f"{LTI}launch_presentation"), "return_url"))


def read_about(claims: Claims) -> str:
    """The user id of the person that a review or a data privacy launch is about."""
    return text(member(claims, f"{LTI}for_user"), "user_id")
