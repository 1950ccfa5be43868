"""The check-in is begun by a tap on one of our own pages, also through the service worker; never by a link elsewhere."""

import re

from tests.browser.visitor import PHONE, Chromium
from tests.flows.night import Night

BEGUN = "select count(*) from assessment_response where client_id = %s"
ELSEWHERE = "https://elsewhere.example/"


def test_a_link_elsewhere_leads_to_today_and_the_menu_begins_the_check_in(night: Night, chromium: Chromium) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=PHONE)
    ana.goes_to("/today")
    ana.page.wait_for_function("navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    ana.goes_to("/today")
    begun = night.stack.one(BEGUN, night.cast["ana"]["id"])
    link = f'<a href="{night.stack.url}/check-in">A prize</a>'
    ana.context.route(ELSEWHERE, lambda route: route.fulfill(body=link, content_type="text/html"))
    ana.page.goto(ELSEWHERE)
    ana.follows("A prize")
    ana.page.wait_for_url(re.compile("/today$"))
    assert night.stack.one(BEGUN, night.cast["ana"]["id"]) == begun
    ana.follows("Check-in")
    ana.page.wait_for_url(re.compile("/answer/"))
    assert night.stack.one(BEGUN, night.cast["ana"]["id"]) == begun + 1
    ana.troubles.clear()  # that other page itself
