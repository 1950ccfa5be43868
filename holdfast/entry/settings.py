"""Django's settings, all taken from the environment. Nothing here is secret."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from holdfast.entry.environment import Environment, read, seal_key

_env = Environment()
_unsafe = _env.unsafe()
if _unsafe:
    sys.exit("\n".join(f"Holdfast does not start: {u.what}. Mend it: {u.mend}." for u in _unsafe))

PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = _env.secret
HOLDFAST_SEAL_KEY = seal_key(_env.seal)
HOLDFAST_DEMO = _env.demo
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
    "holdfast.ledger",
    "holdfast.people",
    "holdfast.approval",
    "holdfast.notify",
    "holdfast.oncall",
    "holdfast.assessment",
    "holdfast.care",
    "holdfast.plans",
    "holdfast.crisis",
    "holdfast.records",
    "holdfast.web",
    "holdfast.entry",
]

MIDDLEWARE = [
    "holdfast.entry.metrics.Durations",
    "holdfast.web.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
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
]
ACCOUNT_ADAPTER = "holdfast.web.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
# allauth's own limits; its lock-out by address is off so that nobody can lock a client out of the page.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip"}
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

ALLOWED_HOSTS = [urlsplit(_env.public_url).hostname or "localhost", "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [_env.public_url]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _env.public_url.startswith("https://")
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
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
