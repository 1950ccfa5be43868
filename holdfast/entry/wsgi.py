"""The web application, with the flow in place."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.entry.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
