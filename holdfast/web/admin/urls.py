"""Addresses of the pages for whoever runs the program."""

from django.urls import path

from holdfast.web.admin import content, content_copies, director, index

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
]
