"""On a phone staff see who they are and get out again; beside the mark of the demo nothing of the rail is cut off."""

from __future__ import annotations

import re

from tests.browser.visitor import DESK, PHONE, Chromium
from tests.flows.night import Night


def test_staff_sign_out_on_a_phone_from_any_page(night: Night, chromium: Chromium) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=PHONE)
    for path in ("/team/", "/team/work/", "/team/rota/", "/team/me/", "/program/", "/program/content/"):
        dia.goes_to(path)
        out = dia.page.get_by_role("button", name="Sign out")
        assert out.count() == 1, path
        out.scroll_into_view_if_needed()
        assert out.is_visible(), path
        dia.sees("Not on duty")
        dia.looks_well(f"the foot of {path}")
    dia.presses("Sign out")
    dia.page.wait_for_url(re.compile(r"^(?!.*/program).*$"))
    dia.goes_to("/team/")
    assert "/sign-in/" in dia.page.url


def test_the_whole_rail_fits_on_a_desk_below_the_mark_of_the_demo(night: Night, chromium: Chromium) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=DESK)
    dia.goes_to("/team/")
    assert dia.page.locator(".demo-mark").count() == 1
    foot = dia.page.locator(".rail .me").bounding_box()
    assert foot is not None
    assert foot["y"] + foot["height"] <= 900
    assert dia.page.evaluate(
        "() => { const r = document.querySelector('.rail'); return r.scrollHeight <= r.clientHeight; }"
    )
