"""The baselines: a Django project as `startproject` leaves it, with two plain views and nothing of Holdfast's.

`/answers` writes the same rows as a check-in in Holdfast: nine answers, the form's total and band, one fact. `/alarm`
writes one row, commits, and then sends one HTTP request. Served by the same gunicorn on the same database.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from typing import Any

import requests
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

URL = os.environ["BARE_DATABASE_URL"]
PHONE = os.environ.get("BARE_TELEPHONE_URL", "")
ACCOUNT = os.environ.get("BARE_ACCOUNT", "")
TOKEN = os.environ.get("BARE_TOKEN", "")


def _database() -> dict[str, Any]:
    from urllib.parse import urlsplit

    at = urlsplit(URL)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": at.path.lstrip("/"),
        "USER": at.username,
        "PASSWORD": at.password,
        "HOST": at.hostname,
        "PORT": at.port,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 12, "timeout": 5}},
    }


settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": _database()},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
application = get_wsgi_application()


class Response(models.Model):
    uid = models.UUIDField()
    program_id = models.BigIntegerField()
    total = models.IntegerField(null=True)
    band = models.CharField(max_length=40)

    class Meta:
        app_label = "bare"
        managed = False
        db_table = "assessment_response"


class Answer(models.Model):
    uid = models.UUIDField(default=uuid.uuid4)
    program_id = models.BigIntegerField()
    response_id = models.BigIntegerField()
    item = models.CharField(max_length=8)
    value = models.IntegerField(null=True)
    at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bare"
        managed = False
        db_table = "assessment_answer"


class Fact(models.Model):
    program_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "bare"
        managed = False
        db_table = "ledger_fact"


@csrf_exempt
def answers(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Nine answers of one form."""
    now = timezone.now()
    given = {name.removeprefix("item-"): int(value) for name, value in request.POST.items() if name.startswith("item-")}
    with transaction.atomic():
        response = Response.objects.get(uid=uid)
        Answer.objects.bulk_create(
            Answer(
                program_id=response.program_id, response_id=response.id, item=item, value=value, at=now, judged_at=now
            )
            for item, value in given.items()
        )
        response.total, response.band = sum(given.values()), "mild"
        response.save(update_fields=["total", "band"])
        Fact.objects.create(
            program_id=response.program_id, kind="CalmAnswersSaved", data={"response": response.id}, at=now
        )
    return HttpResponse(status=302, headers={"Location": "/sent"})


_session = requests.Session()
_signed = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@csrf_exempt
def alarm(request: HttpRequest) -> HttpResponse:
    """One row, committed, then one HTTP request."""
    with transaction.atomic():
        Fact.objects.create(program_id=int(request.POST["program"]), kind="Alarm", data={}, at=timezone.now())
    _session.post(
        f"{PHONE}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={"To": request.POST["to"], "From": "+15205550100", "Body": json.dumps({"alarm": request.POST["which"]})},
        headers={"Authorization": _signed},
        timeout=5,
    )
    return HttpResponse(status=302, headers={"Location": "/sent"})


urlpatterns = [path("answers/<uuid:uid>", answers), path("alarm", alarm)]
