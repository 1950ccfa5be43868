"""Django's settings, all taken from the environment. Nothing here is secret."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from holdfast.entry.environment import Environment, read, seal_key
from holdfast.web.demo.cast import SECOND_FACTOR

_env = Environment()
_unsafe = _env.unsafe()
if _unsafe:
    sys.exit("\n".join(f"Holdfast does not start: {u.what}. Mend it: {u.mend}." for u in _unsafe))

PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = _env.secret
HOLDFAST_SEAL_KEY = seal_key(_env.seal)
HOLDFAST_SEAL_KEY_FILE = _env.seal_file
HOLDFAST_DEMO = _env.demo
HOLDFAST_DEMO_CODE = SECOND_FACTOR if _env.demo else ""  # elsewhere no code is fixed
HOLDFAST_CLOCK_MAY_MOVE = _env.demo
HOLDFAST_PUBLIC_URL = _env.public_url
HOLDFAST_ROLE = _env.role
HOLDFAST_PROGRAM = read("HOLDFAST_PROGRAM")
HOLDFAST_TWILIO_SID = read("HOLDFAST_TWILIO_SID")
HOLDFAST_TWILIO_TOKEN = read("HOLDFAST_TWILIO_TOKEN")
HOLDFAST_TWILIO_FROM = read("HOLDFAST_TWILIO_FROM")
HOLDFAST_TWILIO_API = read("HOLDFAST_TWILIO_API").rstrip("/")
HOLDFAST_SMTP_URL = read("HOLDFAST_SMTP_URL")
HOLDFAST_MAIL_FROM = read("HOLDFAST_MAIL_FROM")
_mail = urlsplit(HOLDFAST_SMTP_URL)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_TLS = bool(_mail.username)
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = HOLDFAST_MAIL_FROM
HOLDFAST_VAPID_KEY = read("HOLDFAST_VAPID_KEY")
HOLDFAST_HEARTBEAT_URL = read("HOLDFAST_HEARTBEAT_URL")
HOLDFAST_DOWNTIME_FOLDER = read("HOLDFAST_DOWNTIME_FOLDER")
HOLDFAST_DOWNTIME_PASSWORD = read("HOLDFAST_DOWNTIME_PASSWORD")
HOLDFAST_LEDGER_FOLDER = read("HOLDFAST_LEDGER_FOLDER")
HOLDFAST_LEDGER_MAIL = [each.strip() for each in read("HOLDFAST_LEDGER_MAIL").split(",") if each.strip()]
HOLDFAST_LEDGER_ANCHORS = [each.strip() for each in read("HOLDFAST_LEDGER_ANCHORS").split(",") if each.strip()]
HOLDFAST_METRICS_TOKEN = read("HOLDFAST_METRICS_TOKEN")
HOLDFAST_TELEPHONE_URL = read("HOLDFAST_TELEPHONE_URL").rstrip("/")


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": parts.port or 5432,
        "CONN_MAX_AGE": 0,
        # A connection that died is never handed out: otherwise each one in the pool costs somebody a press for help
        # after the database has come back.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": 12, "timeout": 5},
            "application_name": f"holdfast {_env.role}",
            **({"server_side_binding": True, "prepare_threshold": 1} if _env.role in ("web", "worker") else {}),
            "connect_timeout": 3,
            # The primary, also while it takes nothing more (a full disk): what can still be read is still shown.
            "target_session_attrs": "primary",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            **dict(parse_qsl(parts.query)),
        },
    }


HOLDFAST_DATABASE_URL = _env.owner_url if _env.role == "owner" else _env.url_of(_env.role)
DATABASES = {"default": _database(HOLDFAST_DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "holdfast.ledger",
    "holdfast.people",
    "holdfast.consent",
    "holdfast.approval",
    "holdfast.notify",
    "holdfast.oncall",
    "holdfast.assessment",
    "holdfast.care",
    "holdfast.plans",
    "holdfast.notes",
    "holdfast.crisis",
    "holdfast.records",
    "holdfast.web",
    "holdfast.entry",
]

MIDDLEWARE = [
    "holdfast.entry.metrics.Durations",
    "holdfast.web.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "holdfast.web.middleware.Door",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "holdfast.web.sessions.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "holdfast.web.access.DefaultDeny",
]

ROOT_URLCONF = "holdfast.entry.urls"
WSGI_APPLICATION = "holdfast.entry.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "holdfast.web.context.page",
            ]
        },
    }
]

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email",)},
    },
]
ACCOUNT_ADAPTER = "holdfast.web.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "holdfast.web.signin.links.LinkTokens"  # noqa: S105 (a class)
ACCOUNT_FORMS = {
    "request_login_code": "holdfast.web.signin.forms.AskCode",
    "confirm_login_code": "holdfast.web.signin.forms.MailedCode",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
# allauth's own limits count in one process, some of them by account: a stranger could lock a client out. Ours stand in
# web/signin/limits.py; for somebody who is signed in, and changes their password, allauth's are good.
_UNCOUNTED = ("login", "login_failed", "reset_password", "reset_password_from_key", "request_login_code", "signup")
ACCOUNT_RATE_LIMITS = {**dict.fromkeys(_UNCOUNTED), "change_password": "5/m/user", "reauthenticate": "10/m/user"}
# In production one proxy stands before us, which names the address that asks (deploy/); in the demo none does.
ALLAUTH_TRUSTED_PROXY_COUNT = 0 if _env.demo else 1
MFA_ADAPTER = "holdfast.web.signin.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from the program, and a link went there
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": None}
MFA_FORMS = {
    "authenticate": "holdfast.web.signin.forms.SecondCode",
    "authenticate_webauthn": "holdfast.web.signin.forms.SecondPasskey",
    "login_webauthn": "holdfast.web.signin.forms.PasskeyAlone",
    "activate_totp": "holdfast.web.signin.forms.AddApp",
    "add_webauthn": "holdfast.web.signin.forms.AddPasskey",
}
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

ALLOWED_HOSTS = [urlsplit(_env.public_url).hostname or "localhost", "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [_env.public_url]
_https = _env.public_url.startswith("https://")
# A cookie named so is taken by a browser only from this very host and over https: no other name can set it.
_host = "__Host-" if _https else ""
SESSION_ENGINE = "holdfast.web.sessions"
SESSION_COOKIE_NAME = f"{_host}sessionid"
CSRF_COOKIE_NAME = f"{_host}csrftoken"
HOLDFAST_DEVICE_COOKIE = f"{_host}holdfast_device"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # no script of ours reads either
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Not "no-referrer": browsers then send "Origin: null" with our own forms, and nobody could tell them
# from another site's. Nothing is sent to other hosts either way.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if _env.demo else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    # The proxy leads from http to https (deploy/). Doing it here, too, would shut everybody out, help included,
    # behind a proxy that forgets X-Forwarded-Proto.
    "security.W008",
    # The browsers' own list is hard to leave, and the name belongs to the program.
    "security.W021",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 2
# Files stay in memory, below the size that the door lets in: nothing that was sent ever lies in a temporary folder.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 9_000_000
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = _env.data / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "holdfast.entry.logs.Line"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "django.db.backends": {"level": "WARNING"}},
}
