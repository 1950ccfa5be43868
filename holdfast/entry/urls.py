"""Every address. A view without a declared access does not start (tests/house, web/access.py)."""

from django.conf import settings
from django.urls import include, path

from holdfast.entry.metrics import metrics
from holdfast.web.hooks.views import healthz

urlpatterns = [
    path("healthz", healthz),
    path("metrics", metrics),
    path("team/", include("holdfast.web.team.urls")),
    path("program/", include("holdfast.web.admin.urls")),
    path("hooks/", include("holdfast.web.hooks.urls")),
    path("", include("holdfast.web.client.urls")),
]
if settings.HOLDFAST_DEMO:
    urlpatterns.append(path("demo/", include("holdfast.web.demo.urls")))

handler400 = "holdfast.web.errors.bad_request"
handler403 = "holdfast.web.errors.forbidden"
handler404 = "holdfast.web.errors.not_found"
handler500 = "holdfast.web.errors.server_error"
