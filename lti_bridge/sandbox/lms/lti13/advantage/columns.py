"""Columns of the gradebook: a link's own, made when it is first needed, and those that tools make."""

from django.db.models import QuerySet

from lti_bridge.sandbox.models import CourseLink, GradebookEntry, LineItem


def own_column(link: CourseLink) -> LineItem:
    """The column that the LMS made for a link. The link has a tool."""
    if link.tool is None:
        raise ValueError("this link is launched by LTI 1.1")
    item, _made = LineItem.objects.get_or_create(
        link=link, is_own=True, defaults={"tool": link.tool, "label": link.title}
    )
    return item


def entries(item: LineItem) -> QuerySet[GradebookEntry]:
    """The cells of a column."""
    return GradebookEntry.objects.filter(link=item.link) if item.is_own else item.entries.all()


def entry(item: LineItem, user_id: str) -> GradebookEntry:
    """One cell, made if need be; locked, so there has to be a transaction."""
    column = {"link": item.link} if item.is_own else {"line_item": item}
    made, _is_new = GradebookEntry.objects.get_or_create(**column, user_id=user_id)
    return GradebookEntry.objects.select_for_update().get(pk=made.pk)
