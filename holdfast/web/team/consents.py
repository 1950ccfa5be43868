"""What one client agreed to, written down by the team; and who was told. What may be told is asked in `telling`."""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.approval.queries import approved_among
from holdfast.consent import actions
from holdfast.consent.actions import NotComplete, OtherName, StandsOtherwise, TextChanged
from holdfast.consent.queries import consent_of, known_of, supporter_of, told_about
from holdfast.consent.words import How, Kind, Now
from holdfast.people.models import Client, Supporter
from holdfast.people.queries import may_make_contact
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.consents import (
    ALONE,
    kept_paper,
    paper_pdf,
    sheet,
    told_line,
)
from holdfast.web.proved import hands_out, proved, proved_to_change
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.may_call import of_known
from holdfast.web.team.opening import or_open_it
from holdfast.web.team.person import client_of, frame_of
from holdfast.web.team.reading import NotRead, Typed, typed, words
from holdfast.web.team.reading import uid as read_uid


@staff_page("work with clients")
@or_open_it
@proved_to_change
def consents(request: PageRequest, uid: UUID) -> HttpResponse:
    """Everything they agreed to, what is missing, and who was told."""
    client = client_of(request, uid)
    if request.method != "POST":
        return _show(request, client)
    form, scopes = typed(request.POST), tuple(request.POST.getlist("scope"))
    try:
        with transaction.atomic():
            if form.get("do") == "agree":
                _agree(request, client, form, scopes)
            elif form.get("do") == "take_back":
                _take_back(request, client, form)
            else:
                raise NotRead("", _("We could not tell which button that was. Please press it again."))
    except NotRead as wrong:
        return _show(request, client, form, scopes, refused=str(wrong))
    except OtherName:
        refused = _(
            "This is not the name on record: %(name)s. Is it signed so all the same? Then press “They agreed” once more."
        ) % {"name": opened(client, "name", "—")}
        return _show(request, client, form, scopes, refused=refused, asked_if_sure=True)
    except StandsOtherwise as no:
        seen = Typed({name: value for name, value in form.values.items() if name != "stands"})
        return _show(request, client, seen, scopes, refused=_(str(no)), status=409)
    except NotComplete as no:
        return _show(
            request, client, form, scopes, refused=_(str(no)), status=409 if isinstance(no, TextChanged) else 400
        )
    return redirect(reverse("client_consents", args=[client.uid]) + "?said=kept")


def _agree(request: PageRequest, client: Client, form: Typed, scopes: tuple[str, ...]) -> None:
    kind, person = _which(client, form)
    if form.get("how") not in (How.ON_PAPER, How.BY_WORD):
        raise NotRead("how", _("Say how they agreed."))
    chosen = read_uid(form, "witness")
    witness = may_make_contact(request.now).filter(uid=chosen).first() if chosen else None
    if witness is None:
        raise NotRead("witness", _("Say who saw or heard it."))
    actions.agree(
        client,
        kind,
        scopes=scopes,
        signature=form.get("signature"),
        how=How(form.get("how")),
        language=client.language if client.language in ("en", "es") else "en",
        now=request.now,
        supporter=person,
        witness=witness,
        by=me(request),
        guardian=form.get("guardian"),
        read=form.get("version"),
        sure=form.get("sure"),
        stood=form.get("stands"),
    )


def _which(client: Client, form: Typed) -> tuple[Kind, Supporter | None]:
    if form.get("kind") in ALONE:
        return Kind(form.get("kind")), None
    named = read_uid(form, "person")
    person = supporter_of(client, named) if named else None
    if form.get("kind") != Kind.SUPPORTER or person is None:
        raise NotRead("kind", _("That person is not on the list any more."))
    return Kind.SUPPORTER, person


def _take_back(request: PageRequest, client: Client, form: Typed) -> None:
    which = read_uid(form, "consent")
    row = consent_of(client, which) if which else None
    if row is None:
        raise NotRead("consent", _("We do not know that line. Load the page again."))
    if not words(form, "why"):
        raise NotRead("why", _("Say how they told you, or why."))
    actions.take_back(row, me(request), words(form, "why"), request.now)


def _show(
    request: PageRequest,
    client: Client,
    form: Typed | None = None,
    scopes: tuple[str, ...] = (),
    *,
    refused: str = "",
    status: int = 400,
    asked_if_sure: bool = False,
) -> HttpResponse:
    known = known_of(client, request.now, every=True)
    sheets = [sheet(known, request.program, kind) for kind in ALONE]
    sheets += [sheet(known, request.program, Kind.SUPPORTER, one) for one in known.supporters]
    paths = {one.path for one in sheets}
    context = {
        **frame_of(request, client, "consents"),
        "may": of_known(known, (), lists_for=(Now.DANGER,)),
        "sheets": sheets,
        "approved": approved_among(paths, request.now),
        "told": [told_line(row) for row in told_about(client)],
        "hows": [(How.ON_PAPER.value, _("On paper")), (How.BY_WORD.value, _("Said aloud, to a witness"))],
        "people": list(may_make_contact(request.now)),
        "me_uid": me(request).uid,
        "refused": refused,
        "asked_if_sure": asked_if_sure,
        "kept": dict(form.values) if form else {},
        "kept_scopes": scopes,
        "under_age": known.under_age,
    }
    return draw(request, "team/consents.html", context, nav="clients", status=status if refused else 200)


@staff_page("work with clients")
@or_open_it
@proved
@hands_out
def paper(request: PageRequest, uid: UUID, which: UUID) -> HttpResponse:
    """One consent as it was signed: the copy that goes along with what is told."""
    client = client_of(request, uid)
    row = consent_of(client, which)
    if row is None:
        raise Http404
    known = known_of(client, request.now, every=True)
    return paper_pdf(kept_paper(known, request.program, row), request.program)
