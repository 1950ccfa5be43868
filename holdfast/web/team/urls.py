"""Addresses of the team's pages. They hold random numbers, never a name or a reason."""

from django.urls import path

from holdfast.web.team import (
    after,
    board,
    client,
    crisis,
    lists,
    me,
    needs,
    page,
    person,
    reviews,
    rota,
    rota_swap,
    tasks,
    waivers,
    worried,
)

urlpatterns = [
    path("", board.board, name="board"),
    path("crisis/<uuid:uid>", crisis.crisis, name="crisis"),
    path("crisis/<uuid:uid>/course", crisis.course, name="crisis_course"),
    path("page/<uuid:uid>", page.page, name="page"),
    path("client/<uuid:uid>", client.client, name="team_client"),
    path("client/<uuid:uid>/worried", worried.worried, name="worried"),
    path("rota/", rota.rota, name="rota"),
    path("rota/swap/<uuid:uid>", rota_swap.swap, name="rota_swap"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("needs", needs.needs, name="needs"),
    path("people/", lists.caseload, name="caseload"),
    path("work/", lists.work, name="work"),
    path("work/<slug:view>", lists.work, name="work_view"),
    path("people/<uuid:uid>/plan", person.plan, name="client_plan"),
    path("people/<uuid:uid>/plan/change", person.change_plan, name="client_plan_change"),
    path("people/<uuid:uid>/reach", person.reach, name="client_reach"),
    path("me/", me.me, name="me"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("crisis/<uuid:uid>/after", after.after, name="after"),
    path("crisis/<uuid:uid>/after.pdf", after.paper, name="after_paper"),
    path("actions/<uuid:uid>", after.action, name="assigned_action"),
    path("waivers/", waivers.waivers, name="waivers"),
]
