"""Addresses of the pages for whoever runs the program."""

from django.urls import path

from holdfast.web.admin import index

urlpatterns = [
    path("", index.index, name="program"),
]
