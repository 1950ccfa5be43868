"""Addresses of the team's pages. They hold random numbers, never a name or a reason."""

from django.urls import path

from holdfast.web.team import board, crisis, me, page, reviews, rota, tasks

urlpatterns = [
    path("", board.board, name="board"),
    path("crisis/<uuid:uid>", crisis.crisis, name="crisis"),
    path("page/<uuid:uid>", page.page, name="page"),
    path("rota/", rota.rota, name="rota"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("me/", me.me, name="me"),
    path("reviews/", reviews.reviews, name="reviews"),
]
