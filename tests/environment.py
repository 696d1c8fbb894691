"""What the settings need in tests, given by importing this module; what the environment already says is kept.

pytest imports it first (``-p`` in pyproject.toml). For another command that reads the settings:
``python -m tests.environment COMMAND…``
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = {
    "SECRET_KEY": "a-sample-key-for-tests-and-for-nothing-else-0123456789",
    "FIELD_KEYS": "YSBzYW1wbGUga2V5IGZvciB0aGUgdGVzdHMgb25seSE=",
    "SANDBOX": "true",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    # Playwright runs an event loop in the thread of the test, and Django would refuse it the database.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

for _name, _value in SAMPLES.items():
    os.environ.setdefault(_name, _value)

if "DATA_DIR" not in os.environ:
    # Child processes, pytest-xdist's too, find it set and share the folder; only its maker removes it.
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="lti-bridge-data-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
    # WhiteNoise warns when nobody has collected static files.
    Path(os.environ["DATA_DIR"], "static").mkdir()


if __name__ == "__main__":
    sys.exit(subprocess.call(sys.argv[1:]))
