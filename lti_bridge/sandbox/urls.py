"""Every address of the sandbox. Each party answers on its own host."""

from django.urls import path

from lti_bridge.sandbox import control
from lti_bridge.sandbox.campfire import api as campfire_api
from lti_bridge.sandbox.campfire import views as campfire
from lti_bridge.sandbox.inspera import api as inspera_api
from lti_bridge.sandbox.inspera import views as inspera
from lti_bridge.sandbox.isograd import api as isograd_api
from lti_bridge.sandbox.isograd import views as isograd
from lti_bridge.sandbox.lms import service_view
from lti_bridge.sandbox.lms import views as lms
from lti_bridge.sandbox.lms.lti13 import pages as lms13_pages
from lti_bridge.sandbox.lms.lti13 import service_views as lms13_services
from lti_bridge.sandbox.lms.lti13 import views as lms13
from lti_bridge.sandbox.originality import api as originality_api
from lti_bridge.sandbox.originality import storage as originality_storage
from lti_bridge.sandbox.originality import views as originality

#: As Moodle's; a tool has to put ``/scores`` before the query.
_LINE_ITEM = "lms/services/<str:context>/lineitems/<int:pk>/lineitem"

urlpatterns = [
    path("faults", control.faults, name="sandbox-faults"),
    path("faults.json", control.faults_json, name="sandbox-faults-json"),
    # the pretend LMS
    path("lms/", lms.front, name="sandbox-lms"),
    path("lms/enter/<slug:username>", lms.enter, name="sandbox-lms-enter"),
    path("lms/course", lms.course, name="sandbox-lms-course"),
    path("lms/links/<int:pk>", lms.link, name="sandbox-lms-link"),
    path("lms/links/<int:pk>/framed", lms.framed, name="sandbox-lms-framed"),
    path("lms/links/<int:pk>/launch", lms.launch, name="sandbox-lms-launch"),
    path("lms/links/<int:pk>/return", lms.returned, name="sandbox-lms-return"),
    path("lms/select", lms.select, name="sandbox-lms-select"),
    path("lms/selected", lms.selected, name="sandbox-lms-selected"),
    path("lms/selected/here", lms.selected_here, name="sandbox-lms-selected-here"),
    path("lms/gradebook", lms.gradebook, name="sandbox-lms-gradebook"),
    path("lms/gradebook.json", lms.gradebook_json, name="sandbox-lms-gradebook-json"),
    path("lms/gradebook/<int:pk>/<slug:username>", lms.override, name="sandbox-lms-override"),
    path("lms/outcomes", service_view.outcomes, name="sandbox-lms-outcomes"),
    # the pretend LMS by LTI 1.3
    path("lms/links/<int:pk>/review/<slug:username>", lms13_pages.review, name="sandbox-lms13-review"),
    path("lms/tools", lms13_pages.tools, name="sandbox-lms13-tools"),
    path("lms/tools/<int:pk>/select", lms13_pages.select, name="sandbox-lms13-select"),
    path("lms/tools/<int:pk>/privacy/<slug:username>", lms13_pages.privacy, name="sandbox-lms13-privacy"),
    path("lms/lti13/selected", lms13_pages.selected, name="sandbox-lms13-selected"),
    path("lms/lti13/auth", lms13.auth, name="sandbox-lms13-auth"),
    path("lms/lti13/certs", lms13.keys, name="sandbox-lms13-keys"),
    path("lms/lti13/token", lms13.token, name="sandbox-lms13-token"),
    path("lms/lti13/openid-configuration", lms13.configuration, name="sandbox-lms13-configuration"),
    path("lms/lti13/register", lms13.register, name="sandbox-lms13-register"),
    path("lms/services/<str:context>/lineitems", lms13_services.line_items, name="sandbox-lms13-line-items"),
    path(_LINE_ITEM, lms13_services.line_item, name="sandbox-lms13-line-item"),
    path(f"{_LINE_ITEM}/scores", lms13_services.take_score, name="sandbox-lms13-scores"),
    path(f"{_LINE_ITEM}/results", lms13_services.read_results, name="sandbox-lms13-results"),
    path(
        "lms/services/CourseSection/<str:context>/bindings/<int:tool_id>/memberships",
        lms13_services.read_members,
        name="sandbox-lms13-members",
    ),
    # the pretend Isograd
    path("isograd/", isograd.desk, name="sandbox-isograd"),
    path("isograd/public/lti.php", isograd.lti, name="sandbox-isograd-lti"),
    path("isograd/public/jwks.php", isograd.keys, name="sandbox-isograd-keys"),
    path("isograd/public/test/<slug:key>", isograd.test, name="sandbox-isograd-test"),
    path("isograd/public/test/<slug:key>/feedback", isograd.feedback, name="sandbox-isograd-feedback"),
    path("isograd/public/report/<slug:key>", isograd.report, name="sandbox-isograd-report"),
    path("isograd/public/candidate/<slug:key>", isograd.candidate_space, name="sandbox-isograd-candidate"),
    path("isograd/public/report/<slug:key>.pdf", isograd.report_pdf, name="sandbox-isograd-pdf"),
    path("isograd/marking/<slug:key>", isograd.mark, name="sandbox-isograd-mark"),
    path("isograd/oauth2/token", isograd_api.token, name="sandbox-isograd-token"),
    path("isograd/api/usage", isograd_api.usage, name="sandbox-isograd-api"),
    path("isograd/public/administration", isograd.administration, name="sandbox-isograd-administration"),
    # the pretend Inspera
    path("inspera/", inspera.desk, name="sandbox-inspera"),
    path("inspera/ltiprovider/launch", inspera.launch, name="sandbox-inspera-launch"),
    path("inspera/ltiprovider/keys", inspera.keys, name="sandbox-inspera-keys"),
    path("inspera/player/<slug:key>", inspera.player, name="sandbox-inspera-player"),
    path("inspera/player/<slug:key>/done", inspera.done, name="sandbox-inspera-done"),
    path("inspera/api/authenticate/token/", inspera_api.token, name="sandbox-inspera-token"),
    path("inspera/api/v1/<path:path>", inspera_api.call, name="sandbox-inspera-api"),
    path("inspera/storage/<slug:key>", inspera_api.stored, name="sandbox-inspera-storage"),
    # the pretend Campfire
    path("campfire/", campfire.desk, name="sandbox-campfire"),
    path("campfire/lti/launch/assessment-player", campfire.launch, name="sandbox-campfire-launch"),
    path("campfire/player/<slug:key>", campfire.player, name="sandbox-campfire-player"),
    path("campfire/player/<slug:key>/done", campfire.done, name="sandbox-campfire-done"),
    path("campfire/api/exam-sessions", campfire_api.list_sessions, name="sandbox-campfire-sessions"),
    path("campfire/api/exam-session/<uuid:session_id>", campfire_api.session, name="sandbox-campfire-session"),
    path("campfire/api/exam-session/<uuid:session_id>/results", campfire_api.results, name="sandbox-campfire-results"),
    path(
        "campfire/api/exam-session/<uuid:session_id>/responses",
        campfire_api.responses,
        name="sandbox-campfire-responses",
    ),
    path(
        "campfire/api/exam-session/<uuid:session_id>/<slug:what>", campfire_api.change, name="sandbox-campfire-change"
    ),
    path("campfire/api/exam-config/<slug:exam_config_id>", campfire_api.config, name="sandbox-campfire-config"),
    path(
        "campfire/api/exam-config/<slug:exam_config_id>/exam-session",
        campfire_api.create,
        name="sandbox-campfire-create",
    ),
    path("campfire/api/exam/<slug:exam_id>/exam-configs", campfire_api.configs, name="sandbox-campfire-configs"),
    # the pretend Originality; what it stores lies elsewhere
    path("originality/", originality.desk, name="sandbox-originality"),
    path("originality/documents.json", originality.documents_json, name="sandbox-originality-documents"),
    path("originality/reports/<slug:key>", originality.report, name="sandbox-originality-report"),
    path(
        "originality/current/<path:path>", originality_api.call, {"profile": "current"}, "sandbox-originality-current"
    ),
    path("originality/legacy/<path:path>", originality_api.call, {"profile": "legacy"}, "sandbox-originality-legacy"),
    path("bucket/<uuid:document_id>", originality_storage.stored, name="sandbox-originality-storage"),
]
