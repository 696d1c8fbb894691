"""Django's admin: configuration, and all the rows that tell what happened.

One file per group. What only ever grows (launches, events, grades, tries) is shown and never changed. Secrets go in and
never come out.
"""

from django.apps import apps
from django.contrib import admin
from django.utils.translation import gettext_lazy

from lti_bridge.admin import (
    accounts,
    activities,
    acts,
    at_providers,
    attempts,
    cells,
    deployments,
    documents,
    invitations,
    keys,
    line_items,
    people,
    platforms,
    records,
    registrations11,
    registrations13,
)

__all__ = [
    "accounts",
    "activities",
    "acts",
    "at_providers",
    "attempts",
    "cells",
    "deployments",
    "documents",
    "invitations",
    "keys",
    "line_items",
    "people",
    "platforms",
    "records",
    "registrations11",
    "registrations13",
]

admin.site.site_header = admin.site.site_title = "LTI Bridge"
admin.site.index_title = gettext_lazy("Administration")
admin.site.site_url = None
# It would take a quarter of the screen away from the lists.
admin.site.enable_nav_sidebar = False
# Its own name says nothing to administrators.
apps.get_app_config("axes").verbose_name = gettext_lazy("Log-ins to this administration")
