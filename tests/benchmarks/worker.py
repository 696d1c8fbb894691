"""What a worker process does, without a broker: deliver whatever is due."""

import time

import django

django.setup()

from lti_bridge.delivery import converge  # noqa: E402

while True:
    if not converge.deliver_due():
        time.sleep(0.05)
