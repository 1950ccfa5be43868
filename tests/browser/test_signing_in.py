"""Signing in, in a real browser: passkeys of a virtual authenticator, an app for codes, the lock, devices.

Passkeys know localhost and no bare address, so these visitors come by that name.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from holdfast.web.demo.cast import SECOND_FACTOR
from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night

MINUTES = 60_000
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def comes(night: Night, chromium: Chromium) -> Callable[..., Visitor]:
    """Somebody comes to the sign-in page by the name localhost, with a device that can keep passkeys."""

    def come(width: int = PHONE, script: bool = True) -> Visitor:
        visitor = chromium.person(night.stack, width=width, script=script)
        visitor.stack = by_name(night)
        cdp = visitor.context.new_cdp_session(visitor.page)
        cdp.send("WebAuthn.enable")
        cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return visitor

    return come


def by_name(night: Night):
    """The same programs, at the name of this machine."""
    stack = night.stack

    class Named:
        url = stack.url.replace("127.0.0.1", "localhost")

        def __getattr__(self, name: str) -> object:
            return getattr(stack, name)

    return Named()


def signs_in(visitor: Visitor, night: Night, name: str) -> None:
    visitor.goes_to("/sign-in/")
    who = night.cast["staff"].get(name) or night.cast[name]
    visitor.page.locator("input[name=login]").fill(who["email"])
    visitor.page.locator("input[name=password]").fill(night.cast["password"])
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()


@WIDTHS
def test_staff_add_a_passkey_and_sign_in_with_nothing_else(
    night: Night, comes: Callable[..., Visitor], width: int
) -> None:
    bea = comes(width)
    signs_in(bea, night, "bea")
    bea.title_is("Set up a second step")
    bea.looks_well("setting up a second step")
    bea.follows("Add a passkey")
    bea.title_is("Add a passkey")
    bea.looks_well("adding a passkey")
    bea.writes("What you call it", "My phone")
    bea.presses("Make a passkey")
    bea.title_is("Recovery codes")
    bea.looks_well("recovery codes")
    expect(bea.part(".codes li")).to_have_count(10)
    bea.follows("I have them. Go on")
    bea.title_is("Open crises")

    bea.part(".rail, .my-foot").get_by_role("button", name="Sign out").locator("visible=true").first.click()
    if "/sign-out/" in bea.page.url:
        bea.presses("Sign out")
    bea.goes_to("/sign-in/")
    bea.looks_well("signing in")
    bea.presses("Sign in with a passkey")
    bea.title_is("Open crises")
    bea.goes_to("/security/")
    bea.sees("My phone")
    bea.looks_well("what protects an account")


@WIDTHS
def test_a_client_adds_a_passkey_and_signs_in_with_it(night: Night, comes: Callable[..., Visitor], width: int) -> None:
    ana = comes(width)
    signs_in(ana, night, "ana")
    ana.page.wait_for_url(re.compile("/today"))
    ana.goes_to("/settings/devices")
    ana.looks_well("a client's settings")
    ana.follows("Passkeys, password and devices")
    ana.looks_well("a client's ways to sign in")
    ana.follows("Add a passkey")
    ana.presses("Make a passkey")
    ana.title_is("Recovery codes")
    ana.context.clear_cookies()
    ana.goes_to("/sign-in/")
    ana.presses("Sign in with a passkey")
    ana.page.wait_for_url(re.compile("/today"))
    ana.context.clear_cookies()
    signs_in(ana, night, "ana")  # the phone that keeps it is not at hand
    ana.page.wait_for_url(re.compile("/today"))


@WIDTHS
@pytest.mark.parametrize("script", [True, False])
def test_an_app_for_codes_with_and_without_script(
    night: Night, comes: Callable[..., Visitor], width: int, script: bool
) -> None:
    cal = comes(width, script)
    signs_in(cal, night, "cal")
    cal.follows("Set up an app")
    key = cal.part("code.key").inner_text().replace(" ", "")
    if script:
        cal.looks_well("setting up an app")
    cal.writes("The code that the app shows now", code_of(key))
    cal.presses("Keep it")
    cal.title_is("Recovery codes")
    recovery = cal.part(".codes li code").first.inner_text()
    cal.follows("I have them. Go on")
    cal.title_is("Open crises")

    cal.context.clear_cookies()
    signs_in(cal, night, "cal")
    cal.title_is("One more step")
    if script:
        cal.looks_well("one more step")
    cal.writes("Code", "000 000")
    cal.presses("Go on")
    cal.sees("That code is not right")
    cal.writes("Code", recovery)
    cal.presses("Go on")
    cal.title_is("Open crises")


def code_of(key: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(key, list(yield_hotp_counters_from_time())[1]))


def in_session(night: Night, chromium: Chromium, email: str, width: int) -> Visitor:
    """Somebody signed in with a second factor, whose page has a clock that the test moves."""
    night.stack.act("tests.acts:second_factor", email=email)
    visitor = chromium.person(night.stack, email, width=width)
    visitor.page.clock.install()
    return visitor


@WIDTHS
def test_the_lock_hides_everything_and_gives_back_what_was_typed(night: Night, chromium: Chromium, width: int) -> None:
    cal = in_session(night, chromium, night.cast["staff"]["cal"]["email"], width)
    cal.goes_to("/team/me/")
    cal.writes("Number or address", "+1 520 555 0177")
    cal.writes("What you call it", "the words of a clinician")
    cal.page.clock.fast_forward(16 * MINUTES)
    cal.title_is("Locked")
    cal.expected_status |= {401, 403, 423}
    expect(cal.page).to_have_title("Locked")
    assert "the words" not in cal.page.content()
    assert "Cal Reyes" not in cal.page.content()
    assert cal.page.evaluate("document.activeElement.textContent.trim()") == "Locked"
    cal.sees("Nothing was done here for a while")
    cal.looks_well("a locked page")
    the_server_holds_it_too(cal)

    cal.page.locator("#lock-password").fill("not this")
    cal.presses("Unlock")
    cal.sees("That password is not right.")
    cal.page.locator("#lock-password").fill("")
    cal.page.locator("#lock-code").fill(SECOND_FACTOR)
    cal.presses("Unlock")
    cal.title_is(re.compile("contacts", re.IGNORECASE))
    expect(cal.page.get_by_label("What you call it", exact=True)).to_have_value("the words of a clinician")
    assert cal.page.evaluate("document.activeElement.id") == "label"
    cal.page.get_by_role("button", name="Add", exact=True).click()
    cal.sees("the words of a clinician")


def the_server_holds_it_too(visitor: Visitor) -> None:
    page: Page = visitor.context.new_page()
    page.goto(visitor.stack.url + "/team/me/")
    expect(page).to_have_title("Locked")
    page.close()


@WIDTHS
def test_a_minute_before_it_locks_a_page_says_so_and_a_touch_keeps_it(
    night: Night, chromium: Chromium, width: int
) -> None:
    """H-128: somebody is on the telephone with a client, and reads from the page without touching it."""
    cal = in_session(night, chromium, night.cast["staff"]["cal"]["email"], width)
    cal.goes_to("/team/me/")
    bar = cal.part("[data-lock-soon]")
    cal.page.clock.fast_forward(13 * MINUTES)
    expect(bar).to_be_hidden()
    cal.page.clock.fast_forward(70_000)
    expect(bar).to_have_text("This page locks in a minute. Touch anything to keep it.")
    expect(bar).to_be_visible()
    cal.looks_well("a page that locks in a minute")
    cal.page.keyboard.press("Shift")
    expect(bar).to_be_hidden()
    cal.page.clock.fast_forward(13 * MINUTES)
    cal.sees("Cal Reyes")
    cal.page.clock.fast_forward(3 * MINUTES)
    cal.title_is("Locked")


def test_a_lock_that_the_server_did_not_hear_of_says_so(night: Night, chromium: Chromium) -> None:
    cal = in_session(night, chromium, night.cast["staff"]["cal"]["email"], DESK)
    cal.goes_to("/team/me/")
    cal.page.route("**/sign-in/lock/", lambda route: route.fulfill(status=403))
    cal.expected_status |= {403}
    cal.part("[data-lock-now]").first.click()
    cal.title_is("Locked")
    cal.sees("our server did not hear of it")
    cal.sees("You locked this page")
    expect(cal.part("[data-because=idle]")).to_have_count(0)


def test_what_staff_tick_is_large_enough_to_hit(night: Night, chromium: Chromium) -> None:
    """WCAG 2.5.8: 24 pixels."""
    email = night.cast["staff"]["bea"]["email"]
    night.stack.act("tests.acts:second_factor", email=email)
    bea = chromium.person(night.stack, email, width=DESK)
    bea.goes_to(f"/team/people/{night.cast['ana']['uid']}/consents")
    sizes = bea.page.evaluate(
        """() => [...document.querySelectorAll("input[type=radio], input[type=checkbox]")]
            .map((one) => one.getBoundingClientRect()).filter(({ width }) => width).map(({ width, height }) => Math.min(width, height))"""
    )
    assert sizes
    assert min(sizes) >= 24


def test_a_locked_board_still_sounds_and_names_nobody(night: Night, chromium: Chromium) -> None:
    """H-127: on the wall it hears of a new emergency, and shows no name."""
    cal = in_session(night, chromium, night.cast["staff"]["cal"]["email"], DESK)
    cal.goes_to("/team/")
    cal.presses("Turn sound on")
    cal.page.clock.fast_forward(16 * MINUTES)
    cal.title_is("Locked")
    cal.expected_status |= {423}
    night.ana.answers("6", "not safe")
    needs = cal.part("#needs > span")
    cal.page.clock.fast_forward(20_000)
    expect(needs).to_have_attribute("data-emergencies", "1")
    assert "Ana" not in cal.page.content()
    cal.page.locator("#lock-password").fill(night.cast["password"])
    cal.presses("Unlock")
    cal.title_is("Open crises")
    cal.sees("Ana")


def test_a_passkey_unlocks_in_place(night: Night, comes: Callable[..., Visitor]) -> None:
    bea = comes(DESK)
    signs_in(bea, night, "bea")
    bea.follows("Add a passkey")
    bea.presses("Make a passkey")
    bea.title_is("Recovery codes")
    bea.goes_to("/team/me/")
    bea.writes("What you call it", "kept")
    bea.part(".rail").get_by_role("button", name="Lock").click()
    bea.title_is("Locked")
    bea.presses("Use a passkey")
    expect(bea.page.get_by_label("What you call it", exact=True)).to_have_value("kept")


@pytest.mark.parametrize("script", [True, False])
def test_what_arrives_locked_is_kept_and_sent_on(night: Night, chromium: Chromium, script: bool) -> None:
    """The page was open while another one locked the session: the press is not lost, with or without script."""
    email = night.cast["staff"]["cal"]["email"]
    night.stack.act("tests.acts:second_factor", email=email)
    cal = chromium.person(night.stack, email, width=PHONE, script=script)
    cal.expected_status |= {403}
    cal.goes_to("/team/me/")
    cal.writes("Number or address", "+1 520 555 0177")
    cal.writes("What you call it", "the words of a clinician")
    night.stack.act("tests.acts:lock_sessions", email=email)
    cal.page.get_by_role("button", name="Add", exact=True).click()
    cal.title_is("Locked")
    cal.sees("What you typed is kept")
    assert "the words" not in cal.page.content()
    if script:
        cal.looks_well("a page that was asked for while locked")
    cal.page.locator("#once_more_code").fill(SECOND_FACTOR)
    cal.presses("Unlock")
    cal.sees("the words of a clinician")


@WIDTHS
def test_signing_out_another_device(night: Night, comes: Callable[..., Visitor], width: int) -> None:
    phone, desk = comes(PHONE), comes(width)
    for each in (phone, desk):
        signs_in(each, night, "ana")
        each.page.wait_for_url(re.compile("/today"))
    desk.goes_to("/security/devices/")
    desk.sees("this one")
    desk.looks_well("where one is signed in")
    desk.presses(re.compile("^Sign out Linux|^Sign out "))
    desk.sees("Nowhere else.")
    phone.page.goto(phone.stack.url + "/today")
    phone.title_is("Sign in")


def test_a_client_signs_in_with_a_code_by_e_mail(night: Night, comes: Callable[..., Visitor]) -> None:
    ana = comes(PHONE)
    ana.goes_to("/sign-in/")
    ana.follows("Send me a code")
    ana.looks_well("asking for a code")
    ana.page.locator("input[name=email]").fill(night.cast["ana"]["email"])
    ana.presses("Send it by e-mail")
    ana.title_is("Write the code")
    ana.looks_well("writing the code")
    letter = night.stack.company.log(channel="email", to=night.cast["ana"]["email"], wait=20)[-1]
    code = re.search(r"\b\d{6}\b", letter["text"])
    assert code
    ana.writes("Code", code[0])
    ana.page.get_by_role("button", name="Sign in", exact=True).click()
    ana.page.wait_for_url(re.compile("/today"))


def test_a_client_signs_in_with_a_code_by_text(night: Night, comes: Callable[..., Visitor]) -> None:
    ana = comes(PHONE)
    ana.goes_to("/sign-in/code/")
    ana.page.locator("input[name=email]").fill(night.cast["ana"]["email"])
    ana.presses("Text it to me")
    ana.title_is("Write the code")
    text = night.stack.company.log(channel="sms", text="is your code", wait=20)[-1]
    code = re.search(r"\b\d{6}\b", text["text"])
    assert code
    assert text["to"] == night.cast["ana"]["phone"]
    ana.writes("Code", code[0])
    ana.page.get_by_role("button", name="Sign in", exact=True).click()
    ana.page.wait_for_url(re.compile("/today"))
