"""J4: "I need help now", at 02:00, from a session, from an installed device, and from somebody whom we do not know."""

from tests.flows.night import Night, words_of

OURS = {"Sec-Fetch-Site": "same-origin"}
UNKNOWN = "We do not know who you are, so nobody has been told yet"
FOUR_LINES = {
    "name": "Frank",
    "phone": "520 555 0199",
    "words": "My niece does not answer",
    "place": "Her flat, 5th St",
}


def test_from_a_session_it_is_an_emergency(night: Night) -> None:
    with night.ana.signed_in() as phone:
        page = words_of(phone.get("/help").text)
        assert "Someone is here until" in page
        assert "Cal" in page
        pressed = phone.post("/help/now", headers=OURS)
        assert pressed.status_code == 302
        there = pressed.headers["location"]
        night.wait_for(
            lambda: "We are calling Cal now" in words_of(phone.get(there).text), "the page says who is called"
        )
    assert night.crisis["urgency"] == "emergency"
    night.cal.replies(night.cal.code())
    assert "Cal has this" in night.ana.reads(pressed.headers["location"])


def test_a_second_press_joins_and_is_no_second_crisis(night: Night) -> None:
    with night.ana.signed_in() as phone:
        for _ in range(2):
            assert phone.post("/help/now", headers=OURS).status_code == 302
    assert len(night.crises) == 1
    assert night.stack.one("select count(*) from assessment_helpcall") == 2
    assert night.stack.one("select count(*) from oncall_page") == 1


def test_an_installed_phone_needs_no_session(night: Night) -> None:
    held = night.stack.act("tests.flows.deeds:device")
    with night.stack.browser() as phone:
        phone.cookies.set("holdfast_device", held["cookie"])
        pressed = phone.post("/help/now", headers=OURS)
        assert pressed.status_code == 302
        there = pressed.headers["location"]
        night.wait_for(
            lambda: "We are calling Cal now" in words_of(phone.get(there).text), "the page says who is called"
        )
        assert phone.get("/today").status_code == 302  # it can raise a call and read it back, and nothing else
        assert phone.get("/settings/devices").status_code == 302
    night.cal.text()


def test_a_phone_that_was_revoked_is_a_stranger(night: Night) -> None:
    held = night.stack.act("tests.flows.deeds:device")
    night.stack.act("tests.flows.deeds:revoke", uid=held["uid"])
    with night.stack.browser() as phone:
        phone.cookies.set("holdfast_device", held["cookie"])
        pressed = phone.post("/help/now", headers=OURS)
    assert pressed.status_code == 403
    assert UNKNOWN in words_of(pressed.text)
    assert not night.crises


def test_a_key_that_was_made_up_opens_nothing(night: Night) -> None:
    for cookie in (
        f"{night.cast['program']['id']}.guess",
        "x",
        "99999999999999999999.y",
        f"{night.cast['other']['program']}.z",
    ):
        with night.stack.browser() as phone:
            phone.cookies.set("holdfast_device", cookie)
            assert phone.post("/help/now", headers=OURS).status_code == 403, cookie
            assert UNKNOWN in words_of(phone.get("/help/juniper").text)
    assert not night.crises


def test_a_press_that_another_site_sends_tells_nobody_and_says_so(night: Night) -> None:
    with night.ana.signed_in() as phone:
        pressed = phone.post("/help/now", headers={"Sec-Fetch-Site": "cross-site"})
    assert pressed.status_code == 403
    assert "nobody has been told yet" in words_of(pressed.text)
    assert "988" in pressed.text
    assert not night.crises


def test_a_stranger_is_told_the_truth_and_pages_all_the_same(night: Night) -> None:
    with night.stack.browser() as phone:
        page = words_of(phone.get("/help/juniper").text)
        assert UNKNOWN in page
        assert "988" in page
        sent = phone.post("/help/stranger", data={**FOUR_LINES, "program": "juniper"})
        assert sent.status_code == 302
        assert not night.stack.one("select client_id from crisis_episode")
        told = words_of(phone.get(sent.headers["location"]).text)
    assert "If you gave us a number, that is the one we call" in told
    assert "Ana" not in told  # whoever asks learns nothing about anybody
    assert night.crisis["urgency"] == "urgent"
    night.cal.replies(night.cal.code())
    page = night.cal.opens(f"/team/crisis/{night.crisis['uid']}")
    assert "My niece does not answer" in page
    assert "(520) 555-0199" in page


def test_a_stranger_is_matched_to_a_client_and_two_crises_become_one(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    with night.stack.browser() as phone:
        phone.post("/help/stranger", data={**FOUR_LINES, "program": "juniper"})
    night.wait_for(lambda: len(night.crises) == 2, "the concern is a crisis of its own")
    concern = night.crises[1]
    matched = night.cal.posts(f"/team/crisis/{concern['uid']}", do="match", client=night.cast["ana"]["uid"])
    assert matched.status_code == 302
    first, second = night.crises
    assert (second["state"], second["disposition"]) == ("closed", "joined_another")
    assert first["state"] == "owned"
    assert not night.stack.rows("select 1 from oncall_paging where what_id = %s and stopped_at is null", second["id"])


def test_the_same_four_lines_twice_are_one_concern(night: Night) -> None:
    with night.stack.browser() as phone:
        for _ in range(2):
            assert phone.post("/help/stranger", data={**FOUR_LINES, "program": "juniper"}).status_code == 302
    assert len(night.crises) == 1


def test_an_empty_form_is_no_concern_and_says_that_nobody_was_told(night: Night) -> None:
    with night.stack.browser() as phone:
        sent = phone.post("/help/stranger", data={"program": "juniper", "name": "", "phone": " "})
    assert sent.status_code == 400
    assert "Nobody has been told yet" in words_of(sent.text)
    assert not night.crises


def test_no_page_says_that_somebody_was_told_while_the_database_is_away(night: Night) -> None:
    with night.ana.signed_in() as phone, night.database_away():
        pressed = phone.post("/help/now", headers=OURS, timeout=60)
        page = words_of(pressed.text)
        assert phone.get("/healthz", timeout=60).status_code == 503
    assert pressed.status_code == 503
    assert "Nobody has been told" in page
    assert "988" in page
    assert "911" in page
    night.wait_for(lambda: "Cal" in night.cal.opens("/team/"), "it comes back by itself")
    assert not night.crises
