"""Every address of the sandbox. Each party answers on its own host."""

from django.urls import path

from lti_bridge.sandbox import control
from lti_bridge.sandbox.isograd import views as isograd
from lti_bridge.sandbox.lms import service_view
from lti_bridge.sandbox.lms import views as lms

urlpatterns = [
    path("faults", control.faults, name="sandbox-faults"),
    path("faults.json", control.faults_json, name="sandbox-faults-json"),
    # the pretend LMS
    path("lms/", lms.front, name="sandbox-lms"),
    path("lms/enter/<slug:username>", lms.enter, name="sandbox-lms-enter"),
    path("lms/course", lms.course, name="sandbox-lms-course"),
    path("lms/links/<int:pk>", lms.link, name="sandbox-lms-link"),
    path("lms/links/<int:pk>/launch", lms.launch, name="sandbox-lms-launch"),
    path("lms/links/<int:pk>/return", lms.returned, name="sandbox-lms-return"),
    path("lms/select", lms.select, name="sandbox-lms-select"),
    path("lms/selected", lms.selected, name="sandbox-lms-selected"),
    path("lms/selected/here", lms.selected_here, name="sandbox-lms-selected-here"),
    path("lms/gradebook", lms.gradebook, name="sandbox-lms-gradebook"),
    path("lms/gradebook.json", lms.gradebook_json, name="sandbox-lms-gradebook-json"),
    path("lms/gradebook/<int:pk>/<slug:username>", lms.override, name="sandbox-lms-override"),
    path("lms/outcomes", service_view.outcomes, name="sandbox-lms-outcomes"),
    # the pretend Isograd
    path("isograd/", isograd.desk, name="sandbox-isograd"),
    path("isograd/public/lti.php", isograd.lti, name="sandbox-isograd-lti"),
    path("isograd/public/test/<slug:key>", isograd.test, name="sandbox-isograd-test"),
    path("isograd/public/test/<slug:key>/feedback", isograd.feedback, name="sandbox-isograd-feedback"),
    path("isograd/public/report/<slug:key>", isograd.report, name="sandbox-isograd-report"),
    path("isograd/public/candidate/<slug:key>", isograd.candidate_space, name="sandbox-isograd-candidate"),
    path("isograd/public/administration", isograd.administration, name="sandbox-isograd-administration"),
]
