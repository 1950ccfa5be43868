"""Cookies, sessions, signed addresses, webhooks, hosts and ways back: forged, old, stolen, replayed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.test import Client as Browser
from twilio.request_validator import RequestValidator

from holdfast.people.tests.cast import PASSWORD
from holdfast.web import signed
from holdfast.web.client.answers import SALT, address
from holdfast.web.live import topic_of_client, what_rings
from tests.attack.forms import words_of
from tests.attack.pages import PAGES, url_name
from tests.attack.pages import address as address_of
from tests.attack.world import World

SESSION: Final = settings.SESSION_COOKIE_NAME
NAMES: Final = ("table", "program_table", "program_table_whole")


# ---------------------------------------------------------------- cookies and sessions


@pytest.mark.parametrize("key", ["", "x", "a" * 32, "A" * 5000, "../../x", "' or 1=1 --", "1", "\xe2\x80\xae"])
def test_a_made_up_session_is_nobodys(world: World, key: str) -> None:
    browser = Browser()
    browser.cookies[SESSION] = key
    for page in ("/team/", "/today", "/program/"):
        assert browser.get(page).headers["Location"].startswith("/sign-in/")
    assert browser.get("/help").status_code == 200


def test_a_session_whose_rows_were_changed_is_nobodys(world: World) -> None:
    """Every row of a session is signed: whoever can write into the table makes nobody the director."""
    store = SessionStore(world.keys["Ana"])
    forged = store.model.objects.get(session_key=world.keys["Ana"])
    forged.session_data = forged.session_data[:-6] + "AAAAAA"
    forged.save()
    assert world.browser("Ana").get("/today").status_code == 302


def test_the_key_of_a_session_changes_when_somebody_signs_in_and_ends_when_they_sign_out(world: World) -> None:
    """H-174: session fixation."""
    planted = SessionStore()
    planted["theirs"] = "yes"
    planted.create()
    browser = Browser()
    browser.cookies[SESSION] = planted.session_key
    email = world.cast.bea.user.email
    answer = browser.post("/sign-in/", {"login": email, "password": PASSWORD})
    if answer.status_code != 302 or browser.cookies[SESSION].value == planted.session_key:
        pytest.fail("signing in kept the session that was there before")
    fresh = browser.cookies[SESSION].value
    thief = Browser()
    thief.cookies[SESSION] = planted.session_key
    assert thief.get("/team/").status_code == 302
    out = browser.post("/sign-out/")
    assert out.headers["Clear-Site-Data"] == '"cache"'
    again = Browser()
    again.cookies[SESSION] = fresh
    assert again.get("/team/").status_code == 302


def test_whoever_left_or_has_another_password_is_let_in_no_more(world: World) -> None:
    from django.contrib.auth.hashers import make_password

    from holdfast.people.models import Staff, User

    User.objects.filter(id=world.cast.priya.user_id).update(password=make_password("another one, quite long"))
    assert world.browser("not on the team").get("/team/").status_code == 302
    world.in_program()
    Staff.objects.filter(id=world.cast.bea.id).update(until=world.cast.now.date() - timedelta(days=3))
    assert world.browser("on the team").get("/team/").status_code == 403
    User.objects.filter(id=world.cast.dia.user_id).update(is_active=False)
    assert world.browser("director").get("/team/").status_code == 302


def test_cookies_are_not_for_scripts_and_not_for_other_sites(world: World) -> None:
    browser = Browser()
    answer = browser.post("/sign-in/", {"login": world.cast.ana.user.email, "password": PASSWORD})
    kept = [answer.cookies[SESSION]]
    kept.append(world.browser("Ana").post("/settings/devices", {"do": "keep"}).cookies[settings.HOLDFAST_DEVICE_COOKIE])
    kept.append(Browser().get("/sign-in/").cookies[settings.CSRF_COOKIE_NAME])
    for cookie in kept:
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


@pytest.mark.parametrize(
    "cookie", ["", ".", "1.", "1.x", "2.{key}", "999999999999999999999.x", "-1.x", "1.{key}x", "x.{key}"]
)
def test_a_forged_help_button_rings_for_nobody(world: World, cookie: str) -> None:
    key = world.device.partition(".")[2]
    browser = Browser()
    browser.cookies[settings.HOLDFAST_DEVICE_COOKIE] = (
        cookie.replace("{key}", key).replace("1.", f"{world.cast.program.id}.")
        if "{key}x" in cookie
        else cookie.replace("{key}", key).replace("2.", f"{world.cast.other.id}.")
    )
    answer = browser.post("/help/now", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert "Ana" not in words_of(answer)


def test_an_invented_help_button_of_the_demo_is_told_apart_from_a_true_one(world: World) -> None:
    """So that the test above cannot pass for another reason."""
    browser = Browser()
    browser.cookies[settings.HOLDFAST_DEVICE_COOKIE] = world.device
    assert browser.post("/help/now", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302


# ---------------------------------------------------------------- signed addresses


def forged(token: str) -> list[str]:
    """The same address, with any one of its parts another."""
    program, client, what, given, mark = token.split(".", 4)
    other = uuid4().hex
    changed = [
        (f"{int(program, 16) + 1:x}", client, what, given),
        (program, f"{int(client, 16) + 1:x}", what, given),
        (program, "0", what, given),
        (program, client, other, given),
        (program, client, what, "ffffffff"),
    ]
    return [
        *(".".join((*parts, mark)) for parts in changed),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token + "A",
        token.upper(),
        f"{program}.{client}.{what}.{given}",
        f"{program}.{client}.{what}.{given}.",
        signing.Signer(key="another secret, just as long as ours", salt="holdfast.answer")
        .sign(f"{program}.{client}.{what}.{given}")
        .replace(":", "."),
    ]


@pytest.mark.parametrize(
    ("kind", "path"), [("answer", "/answer/{}/"), ("answer", "/answer/{}/sent"), ("help", "/help/call/{}")]
)
def test_an_address_that_was_changed_opens_nothing_and_takes_nothing(world: World, kind: str, path: str) -> None:
    from holdfast.assessment.models import Answer

    for token in forged(world.ids[kind]):
        for method in ("get", "post"):
            answer = getattr(Browser(), method)(
                path.format(token), {"asked": "6", "item-6": "2"} if method == "post" else {}
            )
            assert answer.status_code in (200, 302, 400, 404), token
            assert "marker-of-ana" not in words_of(answer)
            assert "Ana" not in words_of(answer)
    world.in_program()
    assert not Answer.objects.filter(item="6").exists()


def test_an_address_of_one_kind_is_none_of_another(world: World) -> None:
    """The salt keeps them apart: an answer's address is no call for help."""
    assert Browser().get(f"/help/call/{world.ids['answer']}").status_code == 302
    assert "not" in words_of(Browser().get(f"/answer/{world.ids['help']}/")).lower()
    with pytest.raises(signed.BadToken):
        signed.read("help", world.ids["answer"])
    with pytest.raises(signed.BadToken):
        signed.read(SALT, topic_of_client(world.episode.uid))


def test_an_address_of_yesterday_takes_nothing(world: World) -> None:
    from holdfast.assessment.models import Answer, Response

    world.in_program()
    form = Response.objects.filter(client=world.cast.ana).latest("id")
    old = address(world.cast.program.id, world.cast.ana.id, form.uid, world.cast.now - timedelta(hours=25))
    for here in (old, old + "sent"):
        answer = Browser().post(here, {"asked": "6", "item-6": "2"})
        assert answer.status_code in (302, 400, 410, 200)
        assert "marker-of-ana" not in words_of(answer)
    world.in_program()
    assert not Answer.objects.filter(item="6").exists()


# ---------------------------------------------------------------- the carrier

CARRIER: Final = "the carrier's token of the tests"


def hook(world: World, form: dict[str, str], kind: str = "sms", token: str = CARRIER, program: Any = None) -> Any:
    path = f"/hooks/{program or world.cast.program.uid}/twilio/{kind}"
    mark = RequestValidator(token).compute_signature(settings.HOLDFAST_PUBLIC_URL + path, form)
    return Browser().post(path, form, headers={"X-Twilio-Signature": mark})


def test_a_webhook_is_believed_once_and_by_its_own_signature_alone(world: World, settings: Any) -> None:
    """H-175: what was signed for one address, program or text fits no other; the same again changes nothing."""
    from holdfast.crisis.models import Episode
    from holdfast.ledger.models import Fact
    from holdfast.oncall.models import Page

    settings.HOLDFAST_TWILIO_TOKEN = CARRIER
    world.in_program()
    said = {
        "From": "+15205550102",
        "Body": Page.objects.filter(staff=world.cast.cal).latest("id").code,
        "MessageSid": "SM1",
    }
    assert hook(world, said, token="another token, as long as ours").status_code == 403
    settings.HOLDFAST_TWILIO_TOKEN = ""
    assert hook(world, said, token="").status_code == 403
    settings.HOLDFAST_TWILIO_TOKEN = CARRIER
    there = f"/hooks/{world.cast.program.uid}/twilio/sms"
    mark = RequestValidator(CARRIER).compute_signature(settings.HOLDFAST_PUBLIC_URL + there, said)
    elsewhere = f"/hooks/{world.cast.other.uid}/twilio/sms"
    for here, form in (
        (elsewhere, said),
        (there, {**said, "Body": "STOP"}),
        (there + "?n=1", said),
        (there, {**said, "To": "x"}),
    ):
        assert Browser().post(here, form, headers={"X-Twilio-Signature": mark}).status_code == 403
    assert Browser().post(there, said, headers={"X-Twilio-Signature": mark}).status_code == 200
    world.in_program()
    before, last = Episode.objects.get(id=world.episode.id), Fact.objects.latest("id").id
    for _ in range(3):
        assert Browser().post(there, said, headers={"X-Twilio-Signature": mark}).status_code == 200
    world.in_program()
    after = Episode.objects.get(id=world.episode.id)
    for column in ("owner_id", "state", "owner_acted_at", "look_again_at", "owned_at"):
        assert getattr(after, column) == getattr(before, column), column
    # that it was said again stands in the record, and nothing follows from it
    assert set(Fact.objects.filter(id__gt=last).values_list("kind", flat=True)) == {"PageAnswered"}


# ---------------------------------------------------------------- ways back, hosts


@pytest.mark.parametrize(
    "there",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "https:elsewhere.example",
     "javascript:alert(1)", "\t//elsewhere.example", "/\t/elsewhere.example", "http://testserver@elsewhere.example/",
     "///elsewhere.example", "https://testserver.elsewhere.example"],
)  # fmt: skip
def test_no_way_back_leads_to_another_site(world: World, there: str) -> None:
    for who, page in (
        ("nobody", "/theme/dark"),
        ("nobody", "/language/es"),
        ("Ana", "/sign-in/"),
        ("Ana", "/sign-out/"),
    ):
        answer = world.browser(who).get(page, {"next": there})
        assert "elsewhere" not in answer.headers.get("Location", "").partition("?")[0], page
        assert "javascript" not in answer.headers.get("Location", ""), page
    form = {"login": world.cast.bea.user.email, "password": PASSWORD, "next": there}
    for answer in (Browser().post("/sign-in/", form), world.browser("Ana").post("/sign-out/", {"next": there})):
        assert "elsewhere" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "testserver.elsewhere.example", "testserver@elsewhere.example", "a b", "x" * 300]
)
def test_another_host_name_is_refused_and_stands_nowhere(world: World, host: str) -> None:
    """Nothing that we write takes its address from a request."""
    for page in ("/", "/sign-in/", "/password/reset/", "/help"):
        answer = Browser(raise_request_exception=False).get(page, headers={"Host": host})
        assert answer.status_code in (200, 400), page
        assert "elsewhere" not in words_of(answer)
        assert "elsewhere" not in answer.headers.get("Content-Security-Policy", "") or answer.status_code == 400
    forwarded = Browser().get("/sign-in/", headers={"X-Forwarded-Host": "elsewhere.example"})
    assert "elsewhere" not in words_of(forwarded) + str(forwarded.headers)


def test_the_link_of_a_forgotten_password_leads_to_our_own_address(
    world: World, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.HOLDFAST_SMTP_URL = "smtp://127.0.0.1:25"
    browser = Browser(raise_request_exception=False)
    browser.post(
        "/password/reset/", {"email": world.cast.bea.user.email}, headers={"X-Forwarded-Host": "elsewhere.example"}
    )
    assert mailoutbox
    for mail in mailoutbox:
        links = re.findall(r"https?://[^\s/]+", mail.body)
        assert links
        assert all("elsewhere" not in link for link in links)


def test_signing_in_says_the_same_of_a_wrong_password_and_of_nobody(world: World) -> None:
    """Whether somebody is a client here is itself health information."""
    there = Browser().post("/sign-in/", {"login": world.cast.ana.user.email, "password": "wrong, quite wrong"})
    nobody = Browser().post("/sign-in/", {"login": "nobody@clients.example", "password": "wrong, quite wrong"})
    clean = re.compile(r'value="[^"]*"')
    assert there.status_code == nobody.status_code
    assert clean.sub("", words_of(there)) == clean.sub("", words_of(nobody))
    asked = Browser().post("/password/reset/", {"email": world.cast.ana.user.email})
    unknown = Browser().post("/password/reset/", {"email": "nobody@clients.example"})
    assert (asked.status_code, asked.headers.get("Location")) == (unknown.status_code, unknown.headers.get("Location"))


# ---------------------------------------------------------------- bells


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of the test stays: what it did is not committed."""
    monkeypatch.setattr("holdfast.web.live.close_old_connections", lambda: None)


def test_a_bell_rings_only_for_whoever_may_see_its_page(world: World) -> None:
    """H-176: when something happens to somebody is itself something known of them."""
    board, other_board = f"board:{world.cast.program.id}", f"board:{world.cast.other.id}"
    crisis, closed, theirs = (f"episode:{e.uid}" for e in (world.episode, world.closed, world.others_episode))
    hears = {
        who: {topic for topic in (board, other_board, crisis, closed, theirs) if what_rings(key, topic)}
        for who, key in world.keys.items()
    }
    assert hears["on the team"] == {board, crisis, closed}
    assert hears["not on the team"] == {board, crisis}
    assert hears["care staff"] == {board, crisis}
    assert hears["supervisor"] == hears["director"] == {board, crisis, closed}
    assert hears["administrator"] == {board}
    assert hears["Ana"] == hears["another client"] == set()
    assert hears["Eve"] == {other_board, theirs}
    marked = topic_of_client(world.episode.uid)
    assert what_rings("", marked) == crisis
    for topic in (
        crisis,
        board,
        "",
        "episode:",
        "board:",
        "episode:x",
        f"{crisis}:",
        f"{crisis}:AAAA",
        marked[:-1],
        marked.replace(str(world.episode.uid), str(world.others_episode.uid)),
        f"live:{board}",
        "send",
        "*",
        "board:1 or 1=1",
    ):
        assert what_rings("", topic) is None, topic
    assert what_rings("a" * 32, board) is None


def test_a_bell_is_silent_for_whoever_left_or_has_another_password(world: World) -> None:
    from holdfast.people.models import Staff, User

    board = f"board:{world.cast.program.id}"
    world.in_program()
    Staff.objects.filter(id=world.cast.bea.id).update(until=world.cast.now.date() - timedelta(days=3))
    User.objects.filter(id=world.cast.priya.user_id).update(password="another")
    assert what_rings(world.keys["on the team"], board) is None
    assert what_rings(world.keys["not on the team"], board) is None
    assert what_rings(world.keys["director"], board) == board


@pytest.mark.parametrize(
    ("origin", "demo", "allowed"),
    [("https://care.example.org", False, True), ("https://elsewhere.example", False, False), ("", False, False),
     ("null", False, False), ("https://care.example.org.elsewhere.example", False, False),
     ("http://127.0.0.1:8000", False, False), ("http://127.0.0.1:8000", True, True), ("https://elsewhere.example", True, False)],
)  # fmt: skip
def test_the_live_connection_is_for_our_own_pages(settings: Any, origin: str, demo: bool, allowed: bool) -> None:
    from holdfast.entry.realtime import _same_origin

    settings.HOLDFAST_PUBLIC_URL, settings.HOLDFAST_DEMO = "https://care.example.org", demo
    scope = {"headers": [(b"host", b"127.0.0.1:8000"), *([(b"origin", origin.encode())] if origin else [])]}
    assert _same_origin(scope) is allowed


# ---------------------------------------------------------------- headers of every page


@pytest.mark.parametrize("key", sorted(PAGES))
def test_every_page_says_that_it_is_not_to_be_kept_framed_or_guessed_at(world: World, key: str) -> None:
    """H-177: nothing clinical stays in a browser, a proxy or a search engine."""
    public = {"manifest", "service_worker"}
    for who in ("on the team", "director", "Ana", "nobody"):
        answer = world.browser(who).get(address_of(key, world))
        headers = answer.headers
        if url_name(key) not in public:
            assert "no-store" in headers["Cache-Control"], who
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        inline = policy.replace("style-src-attr 'unsafe-inline'", "") if url_name(key) == "rota" else policy
        assert "unsafe-inline" not in inline
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "noindex" in headers["X-Robots-Tag"]
        assert all(
            f"{feature}=()" in headers["Permissions-Policy"] for feature in ("camera", "microphone", "geolocation")
        )
        assert "Server" not in headers
        assert "X-Powered-By" not in headers


def test_no_page_lets_htmx_run_words_or_keep_pages(world: World) -> None:
    """H-177: its history would keep a chart in the browser, its conditions would be scripts out of attributes."""
    import json

    found = 0
    for key in sorted(PAGES):
        words = words_of(world.browser("director").get(address_of(key, world)))
        if "htmx" not in words:
            continue
        (config,) = re.findall(r"<meta name=\"htmx-config\" content='([^']*)'", words)
        said = json.loads(config)
        assert said["historyCacheSize"] == 0
        for off in ("allowEval", "allowScriptTags", "historyEnabled", "includeIndicatorStyles"):
            assert said[off] is False, (key, off)
        assert said["selfRequestsOnly"] is True
        assert not re.search(r"\shx-(on|vals=\"js:|headers=\"js:|push-url|history)", words), key
        found += 1
    assert found > 10


def test_https_is_asked_for_for_a_year(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    answer = Browser().get("/numbers", secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_no_title_and_no_address_names_anybody(world: World) -> None:
    """What a browser keeps in its history, its tabs and its Referer."""
    names = re.compile(r"ana\b|morales|ben\b|ortiz|marker-of-ana|rosa|suicid|crisis of", re.IGNORECASE)
    for key in sorted(PAGES):
        assert not names.search(address_of(key, world)), key
        for who in ("on the team", "director", "Ana"):
            title = re.search(
                r"<title>(.*?)</title>", words_of(world.browser(who).get(address_of(key, world))), re.DOTALL
            )
            assert title is None or not names.search(title[1]), (key, who, title[1])


# ---------------------------------------------------------------- files in and out


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("x.csv", b"PK\x03\x04" + b"\x00" * 2000, "application/zip"),
        ("../../etc/cron.d/x.csv", b"name\n", "text/csv"),
        ("x.csv", b"name,state\n" + b"a" * 2_100_000, "text/csv"),
        ("x.html", b"<script>alert(1)</script>", "text/html"),
        ("x.csv", b"\x00\x01\x02", "text/csv"),
        ("x.csv", b"", "text/csv"),
        ("x.csv", b'name,"state\n' * 10, "text/csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words_and_kept_nowhere(
    world: World, name: str, body: bytes, kind: str
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from holdfast.people.models import TableBrought

    world.in_program()
    before = TableBrought.objects.count()
    answer = world.browser("administrator").post(
        "/program/files/clients/", {"file": SimpleUploadedFile(name, body, kind)}
    )
    assert answer.status_code == 400
    assert "<script>alert" not in words_of(answer)
    world.in_program()
    assert TableBrought.objects.count() == before


def test_more_than_can_be_taken_is_refused_before_it_is_read(world: World) -> None:
    """H-178: neither memory nor a temporary folder fills up, whoever sends it."""
    from io import BytesIO

    class Unread(BytesIO):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("it was read")

    for length in ("9000001", "99999999999999", "-1", "1e9", "0x10", "٣"):
        for page in ("/help/stranger", "/program/files/clients/", f"/answer/{world.ids['answer']}/"):
            answer = Browser().post(page, headers={"X": "y"}, CONTENT_LENGTH=length, **{"wsgi.input": Unread()})
            assert answer.status_code == 413, (length, page)
    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.MemoryFileUploadHandler"]


FORMULAS: Final = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("https://elsewhere.example")')


def test_no_cell_of_a_file_that_leaves_is_taken_for_a_formula(world: World) -> None:
    import csv
    import io

    from holdfast.people.models import Client, Staff

    world.in_program()
    for number, formula in enumerate(FORMULAS):
        target = Client.objects.get(id=(world.cast.ana.id, world.ben.id)[number % 2])
        target.name = target.preferred_name = formula
        target.save(update_fields=["name", "preferred_name"])
        Staff.objects.filter(id=world.cast.bea.id).update(name=formula)
        assert (
            world.browser("on the team").get(f"/team/client/{world.cast.ana.uid}").status_code == 200
        )  # a look of Bea's
        for who, page in (
            ("director", "/program/files/clients/all.csv"),
            ("director", "/program/files/staff/all.csv"),
            ("director", "/program/figures/open.csv"),
            ("director", "/program/figures.csv"),
            ("Ana", "/record/looked.csv"),
        ):
            answer = world.browser(who).get(page)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith("text/csv")
            assert answer.headers["Content-Disposition"].startswith("attachment")
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
            assert who != "Ana" or any(formula in cell for row in rows for cell in row)
            for row in rows:
                assert not [
                    cell
                    for cell in row
                    if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
                    and not re.fullmatch(r"-?\d+(\.\d+)?", cell)
                ], page
        world.in_program()


@pytest.mark.parametrize("name", ["JP Desk\r\nBcc: all@elsewhere.example", "JP\nDesk", "JP Desk\x00", "=?utf-8?q?x?="])
def test_a_name_never_becomes_a_header_of_a_mail(world: World, settings: Any, mailoutbox: list[Any], name: str) -> None:
    """The program's own name stands in subject and sender: a line break in it would stop every mail."""
    from holdfast.ledger.models import Program
    from holdfast.web.admin.invites import invite

    form = {"do": "names", "name": "Juniper Path", "neutral_name": name, "state": "AZ", "timezone": "America/Phoenix"}
    fields = world.browser("director").get("/program/names")
    assert fields.status_code == 200
    world.browser("director").post("/program/names", form)
    world.in_program()
    kept = Program.objects.get(id=world.cast.program.id)
    assert "\n" not in kept.neutral_name
    assert "\r" not in kept.neutral_name
    settings.HOLDFAST_SMTP_URL = "smtp://127.0.0.1:25"
    invite(world.cast.bea.user, kept, world.cast.bea, world.cast.dia, world.cast.now)
    sent = mailoutbox[-1]
    assert sent.to == [world.cast.bea.user.email]
    assert not sent.bcc
    assert "elsewhere" not in str(sent.message()["Bcc"])
