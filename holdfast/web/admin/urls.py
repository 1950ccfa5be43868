"""Addresses of the pages for whoever runs the program."""

from django.urls import path

from holdfast.web.admin import clients, index, program, staff, tables, testing

urlpatterns = [
    path("", index.index, name="program"),
    path("names", program.program, name="program_names"),
    path("staff/", staff.staff, name="program_staff"),
    path("staff/<uuid:uid>", staff.one, name="program_staff_one"),
    path("clients/", clients.clients, name="program_clients"),
    path("clients/<uuid:uid>", clients.one, name="program_client"),
    path("test", testing.everyone, name="program_test"),
    path("files/<slug:kind>/", tables.upload, name="program_upload"),
    path("files/<slug:kind>/all.csv", tables.whole_file, name="program_table_whole"),
    path("files/<slug:kind>/empty.csv", tables.empty_file, name="program_table_empty"),
    path("file/<uuid:uid>", tables.table, name="program_table"),
    path("file/<uuid:uid>/refused.csv", tables.refused_file, name="program_table_refused"),
]
