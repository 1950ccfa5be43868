"""Addresses of signing in beyond the password, of the lock, and of what protects an account."""

from allauth.account import views as account
from django.urls import path

from holdfast.web.signin import views

urlpatterns = [
    path("sign-in/code/", views.ask_code, name="account_request_login_code"),
    path("sign-in/code/sent/", account.confirm_login_code, name="account_confirm_login_code"),
    path("sign-in/second/", views.second_step, name="mfa_authenticate"),
    path("sign-in/passkey/", views.by_passkey, name="mfa_login_webauthn"),
    path("sign-in/lock/", views.lock, name="lock"),
    path("sign-in/unlock/", views.unlock, name="unlock"),
    path("sign-in/awake/", views.awake, name="awake"),
    path("sign-in/passkey/again/", views.passkey_options, name="passkey_options"),
    path("password/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("security/", views.index, name="mfa_index"),
    path("security/app/", views.add_app, name="mfa_activate_totp"),
    path("security/app/off/", views.app_off, name="mfa_deactivate_totp"),
    path("security/passkeys/", views.passkeys, name="mfa_list_webauthn"),
    path("security/passkeys/new/", views.add_passkey, name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/off/", views.passkey_off, name="mfa_remove_webauthn"),
    path("security/codes/", views.codes, name="mfa_view_recovery_codes"),
    path("security/codes/new/", views.new_codes, name="mfa_generate_recovery_codes"),
    path("security/devices/", views.devices, name="usersessions_list"),
]
