"""Every address, on one screen."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from lti_bridge import operations
from lti_bridge.launch import our_tool_views as our_tool
from lti_bridge.launch import views as launch
from lti_bridge.launch.dynamic import views as dynamic
from lti_bridge.pages import files, front, instructor, learner, privacy, provider_acts, review, selection
from lti_bridge.providers import callbacks, webhooks
from lti_bridge.relay import advantage
from lti_bridge.relay import views as relay
from lti_bridge.relay import views13 as relay13

urlpatterns = [
    path("", front.show, name="front"),
    # LMS → us
    path("lti/1.1/launch", launch.lti11_launch, name="lti11-launch"),
    path("lti/1.1/launch/<slug:activity>", launch.lti11_launch, name="lti11-launch-activity"),
    path("lti/1.1/config.xml", launch.lti11_config, name="lti11-config"),
    path("lti/1.3/login", launch.lti13_login, name="lti13-login"),
    path("lti/1.3/launch", launch.lti13_launch, name="lti13-launch"),
    path("lti/1.3/jwks.json", launch.lti13_jwks, name="lti13-jwks"),
    path("lti/1.3/register", dynamic.lti13_register, name="lti13-register"),
    path("lti/1.3/config", our_tool.lti13_values, name="lti13-values"),
    path("lti/1.3/config.json", our_tool.lti13_config, name="lti13-config"),
    # Inside the LMS; <access> is the signed pass of one launch
    path("inside/<str:access>/learner", learner.show, name="learner"),
    path("inside/<str:access>/learner/open", learner.open_test, name="learner-open"),
    path("inside/<str:access>/roster", instructor.roster, name="roster"),
    path("inside/<str:access>/roster/read", instructor.read_roster, name="roster-read"),
    path("inside/<str:access>/roster/<int:cell>/<slug:what>", instructor.act, name="roster-act"),
    path(
        "inside/<str:access>/roster/<int:attempt>/at-provider/<slug:what>",
        provider_acts.act,
        name="roster-provider-act",
    ),
    path("inside/<str:access>/files", files.show, name="files"),
    path("inside/<str:access>/files/<int:attempt>/order/<slug:name>", files.order, name="file-order"),
    path("inside/<str:access>/files/<int:export>/take", files.take, name="file-take"),
    path("inside/<str:access>/teach", provider_acts.open_as_teacher, name="teacher-open"),
    path("inside/<str:access>/activity", instructor.choose_activity, name="choose-activity"),
    path("inside/<str:access>/selection", selection.choose, name="selection"),
    path("inside/<str:access>/review", review.show, name="review"),
    path("inside/<str:access>/privacy", privacy.show, name="privacy"),
    path("inside/<str:access>/privacy/export", privacy.export, name="privacy-export"),
    # us → provider, provider → us
    path("relay/1.1/outcomes", relay.outcomes, name="relay-outcomes"),
    path("relay/1.3/auth", relay13.auth, name="relay13-auth"),
    path("relay/1.3/token", relay13.token, name="relay13-token"),
    path("relay/1.3/jwks.json", relay13.jwks, name="relay13-jwks"),
    path("relay/1.3/content", relay13.content, name="relay13-content"),
    path("relay/1.3/contexts/<int:context>/line_items", advantage.line_items_of_course, name="relay13-line-items"),
    path("relay/1.3/contexts/<int:context>/line_items/<int:line_item>", advantage.line_item, name="relay13-line-item"),
    path("relay/1.3/contexts/<int:context>/line_items/<int:line_item>/scores", advantage.scores, name="relay13-scores"),
    path(
        "relay/1.3/contexts/<int:context>/line_items/<int:line_item>/results",
        advantage.results_of,
        name="relay13-results",
    ),
    path("relay/1.3/contexts/<int:context>/memberships", advantage.members, name="relay13-memberships"),
    path("callbacks/<slug:provider>/<slug:account>/", webhooks.receive, name="webhook"),
    path("callbacks/<slug:provider>/<slug:account>/<str:key>/done", callbacks.done, name="callback-done"),
    path("callbacks/<slug:provider>/<slug:account>/<str:key>/return", callbacks.came_back, name="callback-return"),
    # operations
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

if settings.SANDBOX:
    urlpatterns.append(path("sandbox/", include("lti_bridge.sandbox.urls")))

handler400 = "lti_bridge.pages.errors.bad_request"
handler403 = "lti_bridge.pages.errors.forbidden"
handler404 = "lti_bridge.pages.errors.not_found"
handler500 = "lti_bridge.pages.errors.server_error"
