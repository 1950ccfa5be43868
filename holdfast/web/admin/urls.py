"""Addresses of the pages for whoever runs the program."""

from django.urls import path

from holdfast.web.admin import (
    changes,
    clients,
    content,
    content_copies,
    director,
    index,
    order,
    program,
    retention,
    staff,
    tables,
    testing,
)

urlpatterns = [
    path("", index.index, name="program"),
    path("content/", content.content, name="content"),
    path("content/journal/", content.journal, name="content_journal"),
    path("content/unit/<path:path>", content.unit, name="content_unit"),
    path("content/copies/<slug:protocol>/new", content_copies.begin, name="content_copy_new"),
    path("content/copies/<slug:protocol>/<int:number>/", content_copies.copy, name="content_copy"),
    path("content/copies/<slug:protocol>/<int:number>/<slug:step>/", content_copies.step, name="content_step"),
    path("figures/", director.figures, name="figures"),
    path("figures.csv", director.figures_csv, name="figures_csv"),
    path("figures.pdf", director.figures_pdf, name="figures_pdf"),
    path("figures/<slug:measure>", director.figure_rows, name="figure_rows"),
    path("figures/<slug:measure>.csv", director.figure_rows_csv, name="figure_rows_csv"),
    path("names", program.program, name="program_names"),
    path("staff/", staff.staff, name="program_staff"),
    path("staff/<uuid:uid>", staff.one, name="program_staff_one"),
    path("clients/", clients.clients, name="program_clients"),
    path("clients/<uuid:uid>", clients.one, name="program_client"),
    path("order", order.order, name="program_order"),
    path("changes", changes.changes, name="program_changes"),
    path("retention", retention.retention_page, name="program_retention"),
    path("test", testing.everyone, name="program_test"),
    path("files/<slug:kind>/", tables.upload, name="program_upload"),
    path("files/<slug:kind>/all.csv", tables.whole_file, name="program_table_whole"),
    path("files/<slug:kind>/empty.csv", tables.empty_file, name="program_table_empty"),
    path("file/<uuid:uid>", tables.table, name="program_table"),
    path("file/<uuid:uid>/refused.csv", tables.refused_file, name="program_table_refused"),
]
