"""Addresses of the pages for whoever runs the program."""

from django.urls import path

from holdfast.web.admin import director, index

urlpatterns = [
    path("", index.index, name="program"),
    path("figures/", director.figures, name="figures"),
    path("figures.csv", director.figures_csv, name="figures_csv"),
    path("figures.pdf", director.figures_pdf, name="figures_pdf"),
    path("figures/<slug:measure>", director.figure_rows, name="figure_rows"),
    path("figures/<slug:measure>.csv", director.figure_rows_csv, name="figure_rows_csv"),
]
