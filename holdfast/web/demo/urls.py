"""Addresses of the tour, below /demo/. They exist in the demo only."""

from django.urls import path

from holdfast.web.demo import views

urlpatterns = [
    path("", views.tour, name="demo"),
    path("handsets", views.shown, name="demo_handsets"),
    path("handset", views.handset, name="demo_handset"),
    path("as", views.side, name="demo_side"),
    path("clock", views.move_clock, name="demo_clock"),
    path("cover", views.cover, name="demo_cover"),
]
