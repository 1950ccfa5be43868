"""Signing in: a second factor for staff, codes, the lock, devices, wrong tries, and what is recorded of it."""

import re
import threading
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.usersessions.models import UserSession
from cryptography.exceptions import InvalidTag
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail as outbox
from django.core import signing
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client as Browser
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.consent.models import Consent
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people import signing_in as actions
from holdfast.people.models import ChartOpening, Client, FactorReset, SignInTry, Staff
from holdfast.people.tests.cast import PASSWORD, Cast, make_cast
from holdfast.web import marks
from holdfast.web.demo.cast import SECOND_FACTOR
from holdfast.web.signin import factors
from holdfast.web.signin.limits import ADDRESS_AND_ACCOUNT, MAILS, STRANGERS
from holdfast.web.signin.views import _FromLink as from_link
from holdfast.web.tests.signing_in import with_password_only

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MINUTE = 60


@pytest.fixture(autouse=True)
def mail_leaves(settings: Any) -> None:
    settings.HOLDFAST_SMTP_URL = "smtp://desk:word@localhost:25"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def real(settings: Any) -> None:
    """As on a real program's machine: no code is fixed."""
    settings.HOLDFAST_DEMO = False
    settings.HOLDFAST_DEMO_CODE = ""


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """True time goes on: later(minutes=16)."""
    clock = {"ahead": 0.0}
    true = signing.time.time

    class Clock:
        @staticmethod
        def time() -> float:
            return float(true() + clock["ahead"])

    monkeypatch.setattr(signing, "time", Clock)

    def pass_(minutes: float) -> None:
        clock["ahead"] += minutes * MINUTE

    return pass_


def as_(person: Staff | Client) -> Browser:
    browser = Browser()
    browser.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def has_app(person: Staff | Client) -> None:
    with factors.of(person.user):
        TOTP.activate(person.user, SECRET)


def code_now(steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1] + steps)))


def by_password(person: Staff | Client, browser: Browser | None = None, **headers: Any) -> tuple[Browser, Any]:
    browser = browser or Browser()
    return browser, browser.post("/sign-in/", {"login": person.user.email, "password": PASSWORD}, **headers)


def facts(*kinds: str) -> list[tuple[str, dict[str, Any]]]:
    return [(one.kind, one.data) for one in Fact.objects.filter(kind__in=kinds).order_by("id")]


# ---- the second factor -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/team/", "/team/people/", "/team/me/", "/program/staff/", "/program/figures/"])
def test_staff_set_up_a_second_factor_before_they_see_anything(cast: Cast, page: str) -> None:
    dia = with_password_only(Browser(), cast.dia.user)
    answer = dia.get(page)
    assert answer.url == "/security/"
    assert "Set up a second step" in dia.get("/security/").content.decode()


def test_help_and_the_public_part_never_ask(cast: Cast) -> None:
    dia = with_password_only(Browser(), cast.dia.user)
    for page in ("/help", "/numbers", "/calm", "/help/saved"):
        assert dia.get(page).status_code == 200


def test_signing_in_with_an_app_for_codes(cast: Cast) -> None:
    has_app(cast.bea)
    browser, answer = by_password(cast.bea)
    assert answer.url == "/sign-in/second/"
    assert browser.get("/team/").url.startswith("/sign-in/")  # the password alone is not enough
    wrong = browser.post("/sign-in/second/", {"code": "000000"})
    assert "That code is not right" in wrong.content.decode()
    right = browser.post("/sign-in/second/", {"code": code_now()})
    assert right.status_code == 302
    assert browser.get("/team/").status_code == 200
    enter(cast.program.id)
    said = {"kind": "staff", "whose": cast.bea.id}
    assert facts("SignInFailed", "SignedIn") == [
        ("SignInFailed", {**said, "how": "code"}),
        ("SignedIn", {**said, "how": "password", "second": "totp"}),
    ]


def test_a_code_works_once_also_in_another_process(cast: Cast) -> None:
    """allauth remembers used codes in one process; emptying its memory stands for the other one."""
    has_app(cast.bea)
    code = code_now()
    assert factors.code_fits(cast.bea.user, code)
    cache.clear()
    assert factors.code_fits(cast.bea.user, code) is None


def test_a_recovery_code_works_once(cast: Cast) -> None:
    has_app(cast.bea)
    with factors.of(cast.bea.user):
        code = RecoveryCodes.activate(cast.bea.user).get_unused_codes()[0]
    browser, _answer = by_password(cast.bea)
    assert browser.post("/sign-in/second/", {"code": code}).status_code == 302
    assert browser.get("/team/").status_code == 200
    again, _answer = by_password(cast.bea)
    assert "That code is not right" in again.post("/sign-in/second/", {"code": code}).content.decode()


def test_setting_up_an_app_leads_on_to_where_one_was_going(cast: Cast) -> None:
    bea = with_password_only(Browser(), cast.bea.user)
    assert bea.get("/team/people/").url == "/security/"
    page = bea.get("/security/app/").content.decode()
    secret = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert secret
    key = secret[1].replace(" ", "")
    wrong = bea.post("/security/app/", {"code": "000000"}).content.decode()
    assert "That is not the code" in wrong
    assert secret[1] in wrong  # the same key: the app need not be set up anew
    code = format_hotp_value(hotp_value(key, list(yield_hotp_counters_from_time())[1]))
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = bea.post("/security/app/", {"code": code})
    assert answer.url == "/security/codes/"
    shown = bea.get("/security/codes/").content.decode()
    assert len(re.findall(r"<code>\d{4} \d{4}</code>", shown)) == 10
    assert "****" in bea.get("/security/codes/").content.decode()  # shown once
    assert bea.get("/security/").url == "/team/people/"
    assert bea.get("/team/people/").status_code == 200
    assert key not in str(list(Authenticator.objects.values_list("data", flat=True)))
    enter(cast.program.id)
    assert facts("SignInChanged") == [("SignInChanged", {"kind": "staff", "whose": cast.bea.id, "what": "app"})]
    assert [one.subject for one in outbox.outbox] == ["Your sign-in was changed"]


def test_who_takes_off_the_last_second_factor_sets_up_another(cast: Cast) -> None:
    has_app(cast.bea)
    bea = as_(cast.bea)
    assert bea.get("/team/").status_code == 200
    assert bea.post("/security/app/off/").url == "/security/"
    assert bea.get("/team/").url == "/security/"


def test_a_secret_opens_for_its_owner_alone(cast: Cast) -> None:
    """H-121: a secret moved to another row, or read from a backup, is worth nothing."""
    has_app(cast.bea)
    row = Authenticator.objects.get(user=cast.bea.user)
    assert SECRET not in str(row.data)
    row.user = cast.dia.user
    row.save()
    assert factors.code_fits(cast.dia.user, code_now()) is None
    with factors.of(cast.dia.user), pytest.raises(InvalidTag):
        factors.Adapter().decrypt(row.data["secret"])


def test_secrets_hang_on_the_secret_key_and_not_on_the_keys_of_sealed_words(cast: Cast, settings: Any) -> None:
    """H-121: an installation names a file of envelope keys and leaves the old key empty."""
    settings.HOLDFAST_SEAL_KEY = b""
    has_app(cast.bea)
    with override_settings(SECRET_KEY="another secret key, of more than thirty-two characters"):
        assert factors.code_fits(cast.bea.user, code_now()) is None
    with override_settings(HOLDFAST_SEAL_KEY=bytes(32), HOLDFAST_SEAL_KEY_FILE="/nowhere/keys.txt"):
        assert factors.code_fits(cast.bea.user, code_now()) is not None


def test_the_fixed_code_of_the_demo_opens_nothing_elsewhere(cast: Cast, settings: Any) -> None:
    """H-122."""
    has_app(cast.bea)
    browser, _answer = by_password(cast.bea)
    browser.post("/sign-in/second/", {"code": SECOND_FACTOR})
    assert browser.get("/team/").url.startswith("/sign-in/")
    assert factors.code_fits(cast.bea.user, "") is None
    settings.HOLDFAST_DEMO_CODE = SECOND_FACTOR
    assert browser.post("/sign-in/second/", {"code": SECOND_FACTOR}).status_code == 302
    assert browser.get("/team/").status_code == 200


def test_a_session_from_before_proves_its_second_factor(cast: Cast) -> None:
    has_app(cast.bea)
    bea = with_password_only(Browser(), cast.bea.user)
    assert bea.get("/team/").url == "/security/"
    asked = bea.get("/security/")
    assert asked.status_code == 403
    assert "once_more_password" not in asked.content.decode()  # a password is no second factor
    refused = bea.post("/security/", {"once_more": "prove", "once_more_password": PASSWORD})
    assert refused.status_code == 403
    assert bea.post("/security/", {"once_more": "prove", "once_more_code": code_now()}).url == "/security/"
    assert bea.get("/security/").url == "/team/"


def test_a_press_in_a_session_from_before_is_kept_while_the_second_factor_is_shown(cast: Cast) -> None:
    """The night of the upgrade: a page that stood open is pressed, and the press arrives."""
    has_app(cast.bea)
    bea = with_password_only(Browser(), cast.bea.user)
    typed = {"do": "add", "kind": "phone", "address": "+1 520 555 0177", "label": "my own telephone"}
    asked = bea.post("/team/me/", typed)
    assert asked.status_code == 403
    page = asked.content.decode()
    assert "once_more_password" not in page
    assert "What you typed is kept" in page
    refused = bea.post(
        "/team/me/", {"once_more": "prove", "once_more_password": PASSWORD, "once_more_carried": _carried(page)}
    )
    assert refused.status_code == 403
    proof = {"once_more": "prove", "once_more_code": code_now(), "once_more_carried": _carried(page)}
    assert bea.post("/team/me/", proof).url == "/team/me/?said=added"
    assert "my own telephone" in bea.get("/team/me/").content.decode()


def test_a_press_before_there_is_a_second_factor_says_that_it_was_not_sent(cast: Cast) -> None:
    bea = with_password_only(Browser(), cast.bea.user)
    answer = bea.post("/team/me/", {"do": "end_shift"}, follow=True)
    assert answer.request["PATH_INFO"] == "/security/"
    said = "What you pressed was not sent."
    assert said in answer.content.decode()
    assert said not in bea.get("/team/", follow=True).content.decode()


def test_staff_without_their_second_step_read_how_a_page_is_answered_all_the_same(cast: Cast) -> None:
    """Two in the morning, and the phone with the codes is dead."""
    has_app(cast.cal)
    has_app(cast.ana)
    cal, _ = by_password(cast.cal)
    before = as_(cast.cal)
    session = before.session
    marks.no_second(session)
    session.save()
    for page in (cal.get("/sign-in/second/"), before.get("/security/")):
        said = page.content.decode()
        assert "press the key that the call names" in said
        assert "Ring a director or an administrator" in said
    ana, _ = by_password(cast.ana)
    hers = ana.get("/sign-in/second/").content.decode()
    assert "On call" not in hers
    assert "Call your program" in hers


# ---- clients choose ------------------------------------------------------------------------------------------


def test_a_client_signs_in_with_a_code_by_e_mail(cast: Cast) -> None:
    ana = Browser()
    asked = ana.post("/sign-in/code/", {"email": cast.ana.user.email})
    assert asked.url == "/sign-in/code/sent/"
    (letter,) = outbox.outbox
    assert letter.subject == "Your code"
    assert cast.program.name not in letter.subject + letter.body + letter.from_email
    assert cast.program.neutral_name in letter.from_email
    wrong = ana.post("/sign-in/code/sent/", {"code": "12"})
    assert "That is not the code" in wrong.content.decode()
    code = re.search(r"\b\d{6}\b", letter.body)
    assert code
    assert ana.post("/sign-in/code/sent/", {"code": code[0]}).status_code == 302
    assert ana.get("/today").status_code == 200
    enter(cast.program.id)
    assert facts("SignedIn") == [("SignedIn", {"kind": "client", "whose": cast.ana.id, "how": "code", "second": ""})]


def test_an_unknown_address_is_answered_like_a_known_one(cast: Cast) -> None:
    """H-123: neither the answer nor the work says who has an account."""
    pages = []
    for address in (cast.ana.user.email, "nobody@elsewhere.example"):
        browser = Browser()
        assert browser.post("/sign-in/code/", {"email": address}).url == "/sign-in/code/sent/"
        page = browser.get("/sign-in/code/sent/").content.decode().replace(address, "")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
        assert browser.post("/password/reset/", {"email": address}).url == "/password/reset/sent/"
    assert pages[0] == pages[1]
    assert len(outbox.outbox) == 4  # one letter for each, so that the time it takes says nothing
    wrong = [Browser().post("/sign-in/", {"login": a, "password": "no"}) for a in ("ana@x.example", "z@x.example")]
    said = [re.findall(r'role="alert">.*?</p>', one.content.decode(), re.DOTALL) for one in wrong]
    assert said[0] == said[1] != []


def _work_of(monkeypatch: pytest.MonkeyPatch, at: str, fields: dict[str, str], before: Browser | None = None) -> Any:
    """What a request costs: how often a password is hashed, and each statement without its values."""
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        hashed.append("once")
        return encode(self, *args, **kwargs)

    cache.clear()
    SignInTry.objects.all().delete()
    with monkeypatch.context() as patch, CaptureQueriesContext(connection) as asked:
        patch.setattr(PBKDF2PasswordHasher, "encode", counted)
        (before or Browser()).post(at, fields)
    said = [one["sql"].split()[:2] for one in asked.captured_queries]
    return hashed, [words for words in said if words[0] not in ("SAVEPOINT", "ROLLBACK", "RELEASE")]


@pytest.mark.parametrize("without_a_password", [False, True])
def test_a_wrong_password_is_the_same_work_for_an_address_that_nobody_has(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, without_a_password: bool
) -> None:
    """H-123: a hash and what is written down. Somebody without a password costs as much, too."""
    if without_a_password:
        cast.ana.user.set_unusable_password()
        cast.ana.user.save()
    wrong = [{"login": one, "password": "no"} for one in (cast.ana.user.email, "z@elsewhere.example")]
    (hashed, said), (nobodys_hashed, nobodys_said) = (_work_of(monkeypatch, "/sign-in/", one) for one in wrong)
    assert hashed == nobodys_hashed == ["once"]
    assert said == nobodys_said
    assert sum(words == ["insert", "into"] for words in nobodys_said) == 4  # three counts and the fact
    assert "could not be recorded" not in caplog.text
    enter(cast.program.id)
    assert len(facts("SignInFailed")) == 1


@pytest.mark.parametrize("at", ["/sign-in/code/", "/password/reset/"])
def test_asking_for_a_mail_is_the_same_work_for_an_address_that_nobody_has(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    costs = [_work_of(monkeypatch, at, {"email": one}) for one in (cast.ana.user.email, "z@elsewhere.example")]
    assert costs[0] == costs[1]


def test_a_link_in_a_mail_leads_to_our_own_address_whatever_the_request_says(cast: Cast, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    Browser().post("/password/reset/", {"email": cast.ana.user.email}, HTTP_HOST="elsewhere.example")
    (letter,) = outbox.outbox
    assert settings.HOLDFAST_PUBLIC_URL in letter.body
    assert "elsewhere" not in letter.body


# ---- wrong tries -----------------------------------------------------------------------------------------------


def test_a_strangers_wrong_tries_keep_nobody_else_out(cast: Cast) -> None:
    """H-120: neither a client nor whoever is on call can be locked out by somebody elsewhere."""
    known, answer = by_password(cast.ana, REMOTE_ADDR="203.0.113.7")
    assert answer.status_code == 302
    known.post("/sign-out/")
    stranger = Browser()
    most = ADDRESS_AND_ACCOUNT[0]
    for _ in range(most + 1):
        refused = stranger.post(
            "/sign-in/", {"login": cast.ana.user.email, "password": "guess"}, REMOTE_ADDR="198.51.100.9"
        )
    assert "Too many wrong tries from here" in refused.content.decode()  # type: ignore[possibly-undefined]
    _same_network, answer = by_password(cast.ana, REMOTE_ADDR="198.51.100.9")
    assert answer.status_code == 200  # the network of the stranger waits
    _elsewhere, answer = by_password(cast.ana, REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 302
    _device, answer = by_password(cast.ana, known, REMOTE_ADDR="198.51.100.9")
    assert answer.status_code == 302  # a device that she used before gets in from there too


class AnyPasskey:
    """Stands in for the mathematics of a passkey: its owner's is always right."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Staff | Client) -> None:
        self.one = Authenticator.objects.create(user=owner.user, type=Authenticator.Type.WEBAUTHN, data={})
        monkeypatch.setattr(webauthn, "parse_authentication_response", lambda response: response)
        monkeypatch.setattr(webauthn, "extract_user_from_response", lambda response: owner.user)
        monkeypatch.setattr(webauthn, "complete_authentication", lambda user, response: self.one)


def test_after_a_hundred_tries_the_password_rests_on_new_devices_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H-120: the one limit that is the account's leaves every other way open."""
    known, _ = by_password(cast.ana)
    known.post("/sign-out/")
    for n in range(STRANGERS[0]):
        Browser().post(
            "/sign-in/", {"login": cast.ana.user.email, "password": "guess"}, REMOTE_ADDR=f"198.51.100.{n + 1}"
        )
    _new, answer = by_password(cast.ana, REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 200
    assert "use a passkey or a code by e-mail" in answer.content.decode()

    assert by_password(cast.ana, known, REMOTE_ADDR="192.0.2.1")[1].status_code == 302
    mailed = Browser()
    mailed.post("/sign-in/code/", {"email": cast.ana.user.email})
    code = re.search(r"\b\d{6}\b", outbox.outbox[-1].body)
    assert code
    assert mailed.post("/sign-in/code/sent/", {"code": code[0]}).status_code == 302
    assert mailed.get("/today").status_code == 200
    AnyPasskey(monkeypatch, cast.ana)
    passkey = Browser()
    assert passkey.post("/sign-in/passkey/", {"credential": '{"id": 7}'}).status_code == 302
    assert passkey.get("/today").status_code == 200


def test_tries_are_counted_in_the_database_so_that_every_process_knows(cast: Cast) -> None:
    for _ in range(ADDRESS_AND_ACCOUNT[0]):
        Browser().post("/sign-in/", {"login": cast.ana.user.email, "password": "guess"})
        cache.clear()
    _browser, answer = by_password(cast.ana)
    assert "Too many wrong tries" in answer.content.decode()
    assert cast.ana.user.email not in str(list(SignInTry.objects.values_list("key", flat=True)))


def test_guessing_at_mailed_codes_ends_however_many_are_asked_for(cast: Cast) -> None:
    """H-120: each new code had five tries of its own, without end."""
    for _ in range(ADDRESS_AND_ACCOUNT[0] // 2):
        stranger = Browser()
        stranger.post("/sign-in/code/", {"email": cast.ana.user.email})
        for _ in range(2):
            said = stranger.post("/sign-in/code/sent/", {"code": "nothing"}).content.decode()
            assert "That is not the code" in said
    assert len(facts("SignInFailed")) == ADDRESS_AND_ACCOUNT[0]
    stranger = Browser()
    stranger.post("/sign-in/code/", {"email": cast.ana.user.email})
    code = re.search(r"\b\d{6}\b", outbox.outbox[-1].body)
    assert code
    said = stranger.post("/sign-in/code/sent/", {"code": code[0]}).content.decode()
    assert "Too many wrong tries from here" in said
    elsewhere = Browser(REMOTE_ADDR="192.0.2.1")
    elsewhere.post("/sign-in/code/", {"email": cast.ana.user.email})
    code = re.search(r"\b\d{6}\b", outbox.outbox[-1].body)
    assert code
    assert elsewhere.post("/sign-in/code/sent/", {"code": code[0]}).status_code == 302


def test_one_stranger_stops_no_codes_for_somebody_elsewhere(cast: Cast) -> None:
    """H-120."""
    for _ in range(MAILS[0] + 3):
        Browser().post("/sign-in/code/", {"email": cast.ana.user.email}, REMOTE_ADDR="198.51.100.9")
    assert len(outbox.outbox) == MAILS[0]
    Browser().post("/sign-in/code/", {"email": cast.ana.user.email}, REMOTE_ADDR="192.0.2.1")
    assert len(outbox.outbox) == MAILS[0] + 1


def test_strangers_fill_no_mailbox(cast: Cast) -> None:
    for _ in range(9):
        Browser().post("/sign-in/code/", {"email": cast.ana.user.email})
    assert len(outbox.outbox) == 6


# ---- the lock ----------------------------------------------------------------------------------------------------


def test_a_session_of_staff_locks_when_nothing_was_done_for_a_while(cast: Cast, later: Any) -> None:
    bea = as_(cast.bea)
    assert bea.get("/team/").status_code == 200
    later(minutes=14)
    assert bea.get("/team/people/").status_code == 200
    later(minutes=14)
    assert bea.get("/team/people/").status_code == 200  # it was used meanwhile
    later(minutes=16)
    locked = bea.get("/team/people/")
    assert locked.status_code == 403
    assert "Ana" not in locked.content.decode()
    assert "<title>Locked</title>" in locked.content.decode()


def test_a_page_that_refreshes_itself_is_not_activity(cast: Cast, later: Any) -> None:
    """A board on the wall locks, and still says that somebody is needed."""
    bea = as_(cast.bea)
    bea.get("/team/")
    for _ in range(4):
        later(minutes=5)
        last = bea.get("/team/", headers={"HX-Request": "true"})
    assert last.status_code == 423  # type: ignore[possibly-undefined]
    assert last.content == b""
    assert bea.get("/team/?fresh=1").status_code == 403  # without script it loads itself again
    needs = bea.get("/team/needs", headers={"HX-Request": "true"})
    assert needs.status_code == 200
    assert "data-emergencies" in needs.content.decode()
    assert "Ana" not in needs.content.decode()


def test_what_answers_through_the_lock_does_not_unlock(cast: Cast, later: Any) -> None:
    """H-124: whoever finds a desk that locked by itself opens the numbers by hand, and has opened nothing."""
    bea = as_(cast.bea)
    assert bea.get("/team/").status_code == 200
    later(minutes=16)
    assert bea.get("/team/needs").status_code == 200
    assert bea.get("/team/").status_code == 403


def test_what_is_hidden_is_given_to_nobody_else_at_the_same_desk(cast: Cast) -> None:
    """H-124: Bea's page is locked, and Cal signs in beside it in another tab."""
    desk = as_(cast.bea)
    page = desk.get("/team/me/").content.decode()
    whose = re.search(r'data-whose="(\w+)"', page)
    assert whose
    desk.post("/sign-in/lock/")
    desk.force_login(cast.cal.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert desk.post("/sign-in/unlock/", {"once_more_password": PASSWORD, "whose": whose[1]}).status_code == 409
    assert desk.post("/sign-in/awake/", {"still": "1", "whose": whose[1]}).status_code == 409
    his = re.search(r'data-whose="(\w+)"', desk.get("/team/me/").content.decode())
    assert his
    assert desk.post("/sign-in/unlock/", {"once_more_password": PASSWORD, "whose": his[1]}).status_code == 200


def test_a_page_whose_token_is_old_locks_all_the_same(cast: Cast) -> None:
    bea = Browser(enforce_csrf_checks=True)
    bea.force_login(cast.bea.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert bea.get("/team/").status_code == 200
    assert bea.post("/sign-in/lock/", headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 204
    assert bea.get("/team/").status_code == 403


def test_staff_show_who_they_are_with_no_code_from_the_mail_that_stands_open_beside(cast: Cast) -> None:
    bea = as_(cast.bea)
    bea.post("/sign-in/lock/")
    assert 'value="mail"' not in bea.get("/team/").content.decode()
    assert bea.post("/team/", {"once_more": "mail"}).status_code == 403
    assert outbox.outbox == []


def _carried(page: str) -> str:
    found = re.search(r'name="once_more_carried" value="([^"]+)"', page)
    assert found
    return found[1]


def test_what_was_typed_goes_through_the_lock_and_nobody_at_the_desk_reads_it(cast: Cast, later: Any) -> None:
    """H-124."""
    cal = as_(cast.cal)
    later(minutes=16)
    typed = {"do": "add", "kind": "phone", "address": "+1 520 555 0177", "label": "the words of a clinician"}
    locked = cal.post("/team/me/", typed)
    page = locked.content.decode()
    assert locked.status_code == 403
    assert "the words" not in page
    assert "0177" not in page
    assert "What you typed is kept" in page
    assert "the words" not in str(dict(cal.session))
    wrong = cal.post(
        "/team/me/", {"once_more": "prove", "once_more_password": "no", "once_more_carried": _carried(page)}
    )
    assert "That password is not right" in wrong.content.decode()
    sent = {"once_more": "prove", "once_more_password": PASSWORD, "once_more_carried": _carried(wrong.content.decode())}
    assert cal.post("/team/me/", sent).url == "/team/me/?said=added"
    assert "the words of a clinician" in cal.get("/team/me/").content.decode()


def test_what_is_carried_opens_nowhere_else(cast: Cast, later: Any) -> None:
    cal, bea = as_(cast.cal), as_(cast.bea)
    later(minutes=16)
    sealed = _carried(cal.post("/team/me/", {"do": "end_shift"}).content.decode())
    bea.get("/team/me/")
    answer = bea.post("/team/me/", {"once_more": "prove", "once_more_password": PASSWORD, "once_more_carried": sealed})
    assert answer.url == "/team/me/"  # the page, and nothing was done


def test_locking_by_hand_and_unlocking_in_place(cast: Cast) -> None:
    bea = as_(cast.bea)
    assert bea.post("/sign-in/lock/", headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 204
    assert bea.get("/team/").status_code == 403
    assert bea.post("/sign-in/awake/").status_code == 423  # typing does not open it
    assert bea.post("/sign-in/unlock/", {"once_more_password": "no"}).json() == {
        "refused": "That password is not right."
    }
    assert bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD}).status_code == 200
    assert bea.get("/team/").status_code == 200


def test_who_was_signed_out_meanwhile_is_told_and_unlocks_after_signing_in_again(cast: Cast) -> None:
    """What was typed on the page waits: its form's token is an old one by then."""
    bea = Browser(enforce_csrf_checks=True)
    said = bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD})
    assert said.status_code == 401
    assert "what you typed stays" in said.json()["refused"]
    bea.force_login(cast.bea.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD}).json()["token"]


def test_guessing_at_a_locked_desk_ends(cast: Cast) -> None:
    bea = as_(cast.bea)
    bea.post("/sign-in/lock/")
    said = [bea.post("/sign-in/unlock/", {"once_more_password": "no"}).json()["refused"] for _ in range(11)]
    assert said[-1].startswith("Too many tries")
    assert bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD}).status_code == 403


def test_a_passkey_unlocks_where_codes_were_guessed_at(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """H-120: there is nothing to guess about it, so whoever is needed gets in while the rest waits."""
    bea = as_(cast.bea)
    bea.post("/sign-in/lock/")
    for _ in range(11):
        bea.post("/sign-in/unlock/", {"once_more_password": "no"})
    AnyPasskey(monkeypatch, cast.bea)
    assert bea.post("/sign-in/unlock/", {"once_more_credential": '{"id": 7}'}).status_code == 200
    assert bea.get("/team/").status_code == 200
    bea.post("/sign-in/lock/")
    assert bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD}).status_code == 403  # and buys no guesses


def test_a_client_is_asked_again_later_and_help_never_asks(cast: Cast, later: Any) -> None:
    ana = as_(cast.ana)
    later(minutes=100)
    assert ana.get("/today").status_code == 200
    later(minutes=130)
    assert ana.get("/today").status_code == 403
    assert ana.get("/help").status_code == 200
    assert ana.post("/help/now", HTTP_SEC_FETCH_SITE="same-origin").status_code == 302


def test_a_client_chooses_after_how_long(cast: Cast, later: Any) -> None:
    ana = as_(cast.ana)
    assert ana.post("/settings/devices", {"do": "pause", "minutes": "30"}).url == "/settings/devices"
    later(minutes=31)
    assert ana.get("/today").status_code == 403


def test_a_client_without_a_password_unlocks_with_a_code_by_mail(cast: Cast, later: Any) -> None:
    cast.ana.user.set_unusable_password()
    cast.ana.user.save()
    ana = as_(cast.ana)
    later(minutes=130)
    assert ana.get("/today").status_code == 403
    asked = ana.post("/today", {"once_more": "mail"}).content.decode()
    assert "six digits from the mail" in asked
    code = re.search(r"\b\d{6}\b", outbox.outbox[-1].body)
    assert code
    assert ana.post("/today", {"once_more": "prove", "once_more_code": code[0]}).url == "/today"
    assert ana.get("/today").status_code == 200


# ---- once more before what matters --------------------------------------------------------------------------------


def test_an_export_asks_once_more_and_then_comes(cast: Cast, later: Any) -> None:
    dia = as_(cast.dia)
    for _ in range(3):
        later(minutes=8)
        dia.get("/program/")
    asked = dia.get("/program/files/clients/all.csv")
    assert asked.status_code == 403
    assert "text/html" in asked["Content-Type"]
    proof = {"once_more": "prove", "once_more_password": PASSWORD}
    assert "Here is your file" in dia.post("/program/files/clients/all.csv", proof).content.decode()
    assert "text/csv" in dia.get("/program/files/clients/all.csv")["Content-Type"]


def test_a_change_of_role_asks_once_more_and_keeps_what_was_chosen(cast: Cast, later: Any) -> None:
    dia = as_(cast.dia)
    for _ in range(3):
        later(minutes=8)
        dia.get("/program/")
    at = reverse("program_staff_one", args=[cast.bea.uid])
    assert dia.get(at).status_code == 200  # to look is not to change
    form = {"do": "change", "name": "Bea Lin", "role": "supervisor", "discipline": "therapist", "languages": "en"}
    asked = dia.post(at, form).content.decode()
    done = dia.post(at, {"once_more": "prove", "once_more_password": PASSWORD, "once_more_carried": _carried(asked)})
    assert done.status_code == 302
    enter(cast.program.id)
    assert Staff.objects.get(id=cast.bea.id).role == "supervisor"


def _works_for_a_while(browser: Browser, page: str, later: Any) -> None:
    """More than a quarter of an hour since they showed who they are, and never away."""
    for _ in range(3):
        later(minutes=8)
        assert browser.get(page).status_code == 200


def test_a_clients_contact_and_care_team_ask_once_more(cast: Cast, later: Any) -> None:
    dia = as_(cast.dia)
    at = reverse("program_client", args=[cast.ana.uid])
    _works_for_a_while(dia, at, later)  # to look is not to change
    asked = dia.post(at, {"do": "change"})
    assert asked.status_code == 403
    assert "Please show that it is you" in asked.content.decode()


def test_opening_a_chart_asks_once_more_and_keeps_the_reason(cast: Cast, later: Any) -> None:
    cal = as_(cast.cal)
    _works_for_a_while(cal, "/team/", later)
    at = reverse("open_chart", args=[cast.ana.uid])
    why = "She rang the desk and nobody of her team answers."
    asked = cal.post(at, {"why": why})
    assert asked.status_code == 403
    enter(cast.program.id)
    assert not ChartOpening.objects.exists()
    proof = {"once_more": "prove", "once_more_password": PASSWORD}
    opened = cal.post(at, {**proof, "once_more_carried": _carried(asked.content.decode())})
    assert opened.url == reverse("team_client", args=[cast.ana.uid])
    enter(cast.program.id)
    assert ChartOpening.objects.get().why == why


def test_a_consent_asks_once_more_and_keeps_the_signature(cast: Cast, later: Any) -> None:
    ana = as_(cast.ana)
    _works_for_a_while(ana, "/today", later)
    assert ana.get("/agreed/part2").status_code == 200  # to read is not to sign
    asked = ana.post("/agreed/part2", {"do": "agree", "version": "1", "signature": "Ana Morales"})
    assert asked.status_code == 403
    enter(cast.program.id)
    assert not Consent.objects.exists()
    proof = {"once_more": "prove", "once_more_password": PASSWORD}
    signed = ana.post("/agreed/part2", {**proof, "once_more_carried": _carried(asked.content.decode())})
    assert signed.status_code == 302
    enter(cast.program.id)
    assert Consent.objects.get().signature == "Ana Morales"


# ---- devices ----------------------------------------------------------------------------------------------------


def test_signing_out_another_device_from_afar(cast: Cast) -> None:
    phone, _ = by_password(cast.ana)
    desk, _ = by_password(cast.ana)
    page = desk.get("/security/devices/").content.decode()
    assert page.count('name="do" value="one"') == 1
    assert "this one" in page
    other = UserSession.objects.exclude(session_key=desk.session.session_key).get()
    desk.post("/security/devices/", {"do": "one", "device": str(other.pk)})
    assert phone.get("/today").url.startswith("/sign-in/")
    assert desk.get("/today").status_code == 200
    by_password(cast.ana, phone)
    desk.post("/security/devices/", {"do": "others"})
    assert phone.get("/today").url.startswith("/sign-in/")
    enter(cast.program.id)
    assert [said["how"] for _kind, said in facts("SignedOut")] == ["from another device"] * 2


@pytest.mark.parametrize("off", ["app/off/", "passkeys/{}/off/"])
def test_whoever_takes_their_last_second_factor_off_is_signed_out_everywhere_else(cast: Cast, off: str) -> None:
    """H-126: a session that was made with it would else read on as if it were still there."""
    has_app(cast.bea)
    desk, other = (by_password(cast.bea)[0] for _ in "ab")
    assert desk.post("/sign-in/second/", {"code": code_now()}).status_code == 302
    assert other.post("/sign-in/second/", {"code": code_now(1)}).status_code == 302
    if "passkeys" in off:
        Authenticator.objects.filter(user=cast.bea.user).delete()
        key = Authenticator.objects.create(user=cast.bea.user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
        off = off.format(key.pk)
    assert other.get("/team/").status_code == 200
    assert desk.post(f"/security/{off}").status_code == 302
    assert not Authenticator.objects.filter(user=cast.bea.user).exclude(type="recovery_codes").exists()
    assert other.get("/team/").url.startswith("/sign-in/")
    assert desk.get("/team/").url == "/security/"  # signed in still, and sets up another
    enter(cast.program.id)
    assert [said["how"] for _kind, said in facts("SignedOut")] == ["from another device"]


def test_whoever_keeps_another_second_factor_stays_signed_in_elsewhere(cast: Cast) -> None:
    has_app(cast.bea)
    Authenticator.objects.create(user=cast.bea.user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    desk, other = (by_password(cast.bea)[0] for _ in "ab")
    desk.post("/sign-in/second/", {"code": code_now()})
    other.post("/sign-in/second/", {"code": code_now(1)})
    desk.post("/security/app/off/")
    assert other.get("/team/").status_code == 200


def test_nobody_signs_out_somebody_else(cast: Cast) -> None:
    ana, _ = by_password(cast.ana)
    session = UserSession.objects.get()
    has_app(cast.bea)
    bea = as_(cast.bea)
    bea.post("/security/devices/", {"do": "one", "device": str(session.pk)})
    bea.post("/security/devices/", {"do": "one", "device": "²"})
    assert ana.get("/today").status_code == 200


def test_signing_out_is_recorded(cast: Cast) -> None:
    ana, _ = by_password(cast.ana)
    ana.post("/sign-out/")
    enter(cast.program.id)
    assert [kind for kind, _ in facts("SignedIn", "SignedOut")] == ["SignedIn", "SignedOut"]


# ---- links ------------------------------------------------------------------------------------------------------


def _link() -> str:
    found = re.search(r"http\S+(/password/reset/\S+)", outbox.outbox[-1].body)
    assert found
    return found[1]


def _set(link: str, word: str) -> bool:
    """Whether a link still sets a password."""
    browser = Browser()
    page = browser.get(link, follow=True)
    if 'name="password1"' not in page.content.decode():
        return False
    at = page.redirect_chain[-1][0]
    return bool(browser.post(at, {"password1": word, "password2": word}).status_code == 302)


@pytest.fixture
def invited(cast: Cast) -> Staff:
    cast.bea.user.set_unusable_password()
    cast.bea.user.save()
    return cast.bea


def test_ones_own_address_is_no_password(cast: Cast, invited: Staff) -> None:
    as_(cast.dia).post(f"/program/staff/{invited.uid}", {"do": "invite"})
    link = _link()
    assert not _set(link, invited.user.email)
    assert _set(link, "a long word of hers")


def test_an_invitation_works_once(cast: Cast, invited: Staff) -> None:
    """H-125."""
    as_(cast.dia).post(f"/program/staff/{invited.uid}", {"do": "invite"})
    link = _link()
    assert _set(link, "a long word of hers")
    assert not _set(link, "a long word of a thief")


def test_an_invitation_expires(cast: Cast, invited: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    as_(cast.dia).post(f"/program/staff/{invited.uid}", {"do": "invite"})
    later = PasswordResetTokenGenerator()._now() + timedelta(days=3, minutes=5)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert not _set(_link(), "a long word of hers")


def test_an_invitation_is_taken_back_or_sent_anew(cast: Cast, invited: Staff) -> None:
    dia, at = as_(cast.dia), f"/program/staff/{invited.uid}"
    dia.post(at, {"do": "invite"})
    first = _link()
    assert "A link was sent" in dia.get(at).content.decode()
    dia.post(at, {"do": "invite"})
    second = _link()
    assert not _set(first, "a long word of hers")
    assert dia.post(at, {"do": "take_back"}).url.endswith("said=taken-back")
    assert not _set(second, "a long word of hers")
    enter(cast.program.id)
    assert [kind for kind, _ in facts("LinkSent", "LinkTakenBack")] == ["LinkSent", "LinkSent", "LinkTakenBack"]


def test_a_forgotten_password_is_set_once(cast: Cast) -> None:
    Browser().post("/password/reset/", {"email": cast.ana.user.email})
    link = _link()
    assert _set(link, "another word of hers")
    assert not _set(link, "a long word of a thief")


@pytest.mark.role("web")
def test_a_link_that_two_use_at_the_same_moment_sets_one_password(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H-125: both have been told that the link is good before either has set a password."""
    with transaction.atomic():
        user = make_cast("link", phones="6").ana.user
    link = f"/password/reset/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"
    both_are_in, sets, answers = threading.Barrier(2), from_link._sets, []

    def together(page: Any, form: Any) -> Any:
        both_are_in.wait(20)
        return sets(page, form)

    def one(word: str) -> None:
        try:
            answers.append((_set(link, word), word))
        finally:
            connection.close()

    monkeypatch.setattr(from_link, "_sets", together)
    threads = [threading.Thread(target=one, args=(word,)) for word in ("a long word of hers", "a long word of a thief")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    user.refresh_from_db()
    assert sorted(was_set for was_set, _word in answers) == [False, True]
    assert all(user.check_password(word) is was_set for was_set, word in answers)


# ---- losing it ------------------------------------------------------------------------------------------------------


def test_a_lost_second_factor_is_reset_with_a_reason_and_everyone_hears_of_it(cast: Cast) -> None:
    """H-126."""
    has_app(cast.bea)
    held, _ = by_password(cast.bea)
    held.post("/sign-in/second/", {"code": code_now()})
    dia, at = as_(cast.dia), f"/program/staff/{cast.bea.uid}"
    assert "Say how you know" in dia.post(at, {"do": "reset_second", "reason": " "}).content.decode()
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert dia.post(at, {"do": "reset_second", "reason": "Her phone fell into the lake."}).status_code == 302
    assert not Authenticator.objects.filter(user=cast.bea.user).exists()
    assert held.get("/team/").url.startswith("/sign-in/")
    told = {one.to[0] for one in outbox.outbox}
    assert told == {cast.bea.user.email, cast.dia.user.email}
    assert all("lake" not in one.body for one in outbox.outbox)
    enter(cast.program.id)
    assert FactorReset.objects.get().reason == "Her phone fell into the lake."
    assert "second factor was reset" in dia.get("/program/changes").content.decode()


def test_a_directors_second_factor_is_reset_by_another_director_alone(cast: Cast) -> None:
    with pytest.raises(ValueError, match="Only another director"):
        actions.reset_second_factor(cast.dia, "Lost.", cast.adam, cast.now)
    with pytest.raises(ValueError, match="your own"):
        actions.reset_second_factor(cast.dia, "Lost.", cast.dia, cast.now)
    assert actions.reset_second_factor(cast.dia, "Lost.", None, cast.now).by is None


def test_whoever_runs_the_machine_resets_the_only_directors(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from holdfast.entry import second_factor_command as command

    monkeypatch.setattr(command, "become", lambda role: None)
    has_app(cast.dia)
    said = CliRunner().invoke(command.second_factor, ["reset", cast.dia.user.email, "--reason", "Rang her."])
    assert said.exit_code == 0, said.output
    assert not Authenticator.objects.filter(user=cast.dia.user).exists()
    assert [one.to for one in outbox.outbox] == [[cast.dia.user.email]]
    enter(cast.program.id)
    assert facts("SecondFactorReset")[0][1]["by"] is None
    assert "whoever runs the machine" in as_(cast.dia).get("/program/changes").content.decode()
    stranger = CliRunner().invoke(command.second_factor, ["reset", "nobody@elsewhere.example", "--reason", "x"])
    assert stranger.exit_code == 1
    assert "Nobody signs in" in stranger.output


@pytest.mark.parametrize(
    "credential",
    ["", "{", "[]", "null", '{"id": 7}', '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}'],
)
def test_a_forged_passkey_is_refused_in_a_sentence(cast: Cast, credential: str) -> None:
    browser = Browser()
    browser.get("/sign-in/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert browser.post("/sign-in/passkey/", {"credential": credential}).url == "/sign-in/"
    bea = as_(cast.bea)
    bea.get("/sign-in/passkey/again/")
    assert bea.post("/sign-in/unlock/", {"once_more_credential": credential}).status_code == 403


def test_signing_in_makes_a_new_session(cast: Cast) -> None:
    """A session that somebody planted before is worth nothing after."""
    browser = Browser()
    browser.get("/sign-in/")
    session = browser.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    browser.cookies["sessionid"] = planted
    by_password(cast.ana, browser)
    assert browser.session.session_key != planted


def test_marks_belong_to_one_person(cast: Cast) -> None:
    """What one person proved is worth nothing for the next who signs in with the same browser."""
    bea = as_(cast.bea)
    session = bea.session
    session["_auth_user_id"] = str(cast.dia.user.pk)
    assert marks.second(session) == ""
    assert not marks.proved_lately(session)
