"""Promise 7: with no network at all the phone still shows the helplines, and never says that somebody was told."""

import re

from tests.browser.visitor import PHONE, Chromium
from tests.flows.night import Night

OFFLINE = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED")


def test_an_installed_phone_without_a_network(night: Night, chromium: Chromium) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=PHONE)
    ana.goes_to("/today")
    ana.page.wait_for_function("navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    ana.follows("I need help now")
    ana.title_is("We’re glad you reached out")
    ana.context.set_offline(True)
    ana.presses("I need help now: tell Cal")
    ana.title_is("This did not reach us")
    ana.sees("Nobody has been told.")
    ana.sees("Call 988")
    ana.looks_well("help, unsent")
    ana.page.goto(f"{night.stack.url}/help")
    ana.sees("We can’t see who is on right now. These numbers answer at any hour.")
    ana.sees("Call 911")
    ana.looks_well("help, without a network")
    ana.page.goto(f"{night.stack.url}/numbers")
    ana.sees("988")
    assert not night.crises
    ana.troubles = [trouble for trouble in ana.troubles if not OFFLINE.search(trouble)]

    # The network is back: the same button works, and the page says so only now.
    ana.context.set_offline(False)
    ana.goes_to("/help")
    ana.presses("I need help now: tell Cal")
    ana.sees("We are calling Cal now")
    assert len(night.crises) == 1
