"""Addresses open to everyone, and of signing in."""

from allauth.account import views as account
from django.urls import include, path, re_path

from holdfast.web.public import views
from holdfast.web.signin import views as signin

urlpatterns = [
    path("", views.front, name="front"),
    path("numbers", views.numbers, name="numbers"),
    path("calm", views.calm, name="calm"),
    path("language/<str:code>", views.language, name="language"),
    path("theme/<str:name>", views.theme, name="theme"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("sw.js", views.service_worker, name="service_worker"),
    path("sign-in/", signin.sign_in, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("sign-up/", account.signup, name="account_signup"),
    path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("", include("holdfast.web.signin.urls")),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    # The first hyphen parts the two: the key has a hyphen of its own, and the address must not be cut there.
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        signin.from_link,
        name="account_reset_password_from_key",
    ),
]
