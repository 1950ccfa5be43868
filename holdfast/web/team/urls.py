"""Addresses of the team's pages. They hold random numbers, never a name or a reason."""

from django.urls import path

from holdfast.web.team import board, client, crisis, me, page, reviews, rota, tasks, worried

urlpatterns = [
    path("", board.board, name="board"),
    path("crisis/<uuid:uid>", crisis.crisis, name="crisis"),
    path("page/<uuid:uid>", page.page, name="page"),
    path("client/<uuid:uid>", client.client, name="team_client"),
    path("client/<uuid:uid>/worried", worried.worried, name="worried"),
    path("rota/", rota.rota, name="rota"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("me/", me.me, name="me"),
    path("reviews/", reviews.reviews, name="reviews"),
]
