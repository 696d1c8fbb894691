"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from config.first_start import load_or_make

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
load_or_make(make=False)

application = get_wsgi_application()
