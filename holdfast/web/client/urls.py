"""Addresses for clients, and of help for everyone. Nothing clinical stands in an address."""

from django.urls import include, path

from holdfast.web.client import agreed, answers, devices, plan, record, today
from holdfast.web.client import help as help_page

urlpatterns = [
    path("today", today.today, name="today"),
    path("check-in", today.check_in, name="check_in"),
    path("answer/<str:token>/", answers.answer, name="answer"),
    path("answer/<str:token>/sent", answers.sent, name="sent"),
    path("plan", plan.plan, name="plan"),
    path("plan/kept", plan.kept, name="plan_kept"),
    path("agreed", agreed.agreed, name="agreed"),
    path("agreed/paper/<uuid:uid>.<str:kind>", agreed.paper, name="agreed_paper"),
    path("agreed/person/<uuid:uid>", agreed.agreed_person, name="agreed_person"),
    path("agreed/<slug:kind>", agreed.agreed_one, name="agreed_one"),
    path("told", agreed.told, name="told"),
    path("told.pdf", agreed.told_paper, name="told_paper"),
    path("settings/devices", devices.devices, name="devices"),
    path("record", record.my_record, name="my_record"),
    path("record/looked", record.my_looks, name="my_looks"),
    path("record/looked.csv", record.my_looks_file, name="my_looks_file"),
    path("record/wrong", record.my_corrections, name="my_corrections"),
    path("record/close", record.my_closing, name="my_closing"),
    path("help", help_page.help_now, name="help"),
    path("help/now", help_page.call_me, name="help_now"),
    path("help/stranger", help_page.stranger, name="help_stranger"),
    path("help/saved", help_page.saved, name="help_saved"),
    path("help/unsent", help_page.unsent, name="help_unsent"),
    path("help/call/<str:token>", help_page.help_call, name="help_call"),
    path("help/<slug:slug>", help_page.help_now, name="help_of"),
    path("", include("holdfast.web.public.urls")),
]
