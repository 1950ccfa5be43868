"""Phones that keep the help button: a key that can only raise a call for help, and read that call back."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from holdfast.people.actions import install_device, revoke_device
from holdfast.people.models import Device
from holdfast.people.queries import device_by_key
from holdfast.web import marks
from holdfast.web.access import PageRequest, client_page
from holdfast.web.phones import name_of_phone

YEAR = 365 * 24 * 60 * 60


def key_of(request: HttpRequest) -> tuple[int, str] | None:
    """The program and the key that this phone carries, if any."""
    program, _dot, key = request.COOKIES.get(settings.HOLDFAST_DEVICE_COOKIE, "").partition(".")
    return (int(program), key) if program.isascii() and program.isdigit() and len(program) < 19 and key else None


@client_page
def devices(request: PageRequest) -> HttpResponse:
    """The list, with this phone first; keep the button here, or take it away from any of them."""
    if request.method == "POST":
        return _change(request)
    held = key_of(request)
    this = device_by_key(*held) if held and held[0] == request.program.id else None
    listed = Device.objects.filter(client=request.client, revoked_at=None).order_by("-created_at")
    context = {
        "nav": "settings",
        "devices": listed,
        "this": this if this and this.client_id == request.client.id else None,
        "pauses": [(minutes, minutes // 60) for minutes in marks.PAUSES],
        "pause": int(marks.pause_of(request).total_seconds() // 60),
    }
    return render(request, "client/devices.html", context)


def _change(request: PageRequest) -> HttpResponse:
    answer = redirect("devices")
    if request.POST.get("do") == "keep":
        device, key = install_device(
            request.client.id, request.program.id, name_of_phone(request.headers.get("User-Agent", "")), request.now
        )
        answer.set_cookie(
            settings.HOLDFAST_DEVICE_COOKIE,
            f"{device.program_id}.{key}",
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    elif request.POST.get("do") == "pause" and request.POST.get("minutes", "") in map(str, marks.PAUSES):
        marks.keep_cookie(answer, marks.PAUSE, request.POST["minutes"], YEAR)
    elif request.POST.get("do") == "stop":
        held = Device.objects.filter(client=request.client, revoked_at=None)
        named = next((device for device in held if str(device.uid) == request.POST.get("device")), None)
        if named:
            revoke_device(named, request.now)
    return answer
