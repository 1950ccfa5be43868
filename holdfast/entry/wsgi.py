"""The web application, with the flow in place."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.entry.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from holdfast.ledger.keys import at_start

at_start()  # before the processes fork: each has the keys in memory from its first page on
