"""Why grades have no way into the gradebook, and members none onto the roster: what a launch told of it, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.models import Cell, LaunchRecord, LineItem

_NO_COLUMN = "no_grade_column"
#: Codes in the place of a host, for teachers.
_CODES: dict[str, Promise] = {
    _NO_COLUMN: gettext_lazy(
        "The LMS gives this link no grade column. Results stay here; let the link accept grades, and open it once more."
    ),
    "too_long": gettext_lazy("The LMS sent a grade address that is too long. Tell the administrators."),
    "not_a_web_address": gettext_lazy("The LMS sent an address that is none of the web. Tell the administrators."),
    "cannot_be_signed": gettext_lazy("The LMS sent a grade address that cannot be used. Tell the administrators."),
    "not_xml": gettext_lazy("The LMS sent a grade address that cannot be used. Tell the administrators."),
}


def for_teachers(record: LaunchRecord) -> list[str]:
    """What keeps grades and members of a link from going where this launch says; nothing where another one told."""
    grades, roster = _told(record, "address_refused"), _told(record, "roster_refused")
    if grades == _NO_COLUMN and LineItem.objects.filter(resource_link=record.resource_link_id).exists():
        grades = ""
    sentences = []
    if grades:
        host = _("The LMS wants grades sent to %(host)s, which is not approved for it. Tell the administrators.")
        sentences.append(str(_CODES.get(grades) or host % {"host": grades}))
    if roster:
        host = _("The LMS lists its members at %(host)s, which is not approved for it. Tell the administrators.")
        sentences.append(str(_CODES.get(roster) or host % {"host": roster}))
    return list(dict.fromkeys(sentences))


def for_learners(record: LaunchRecord, cell: Cell | None) -> str:
    """Where a result goes that has no way into the gradebook; empty when it has one, or when nothing was told."""
    told = _told(record, "address_refused")
    if not told or (cell and cell.has_address):
        return ""
    if told == _NO_COLUMN:
        return _("Your course has no grade column for this link. Your result stays here, and your teacher sees it.")
    return _("Your result cannot go to the gradebook yet. It is kept here, and your teacher sees it.")


def _told(record: LaunchRecord, name: str) -> str:
    return str(record.details.get(name, ""))
