"""Addresses of the carrier's webhooks, below /hooks/."""

from django.urls import path

from holdfast.web.hooks import views

urlpatterns = [
    path("<uuid:program>/twilio/sms", views.sms, name="hook_sms"),
    path("<uuid:program>/twilio/sms-status/<uuid:attempt>", views.sms_status, name="hook_sms_status"),
    path("<uuid:program>/twilio/voice/<uuid:attempt>", views.voice, name="hook_voice"),
    path("<uuid:program>/twilio/voice-digits/<uuid:attempt>", views.voice_digits, name="hook_voice_digits"),
    path("<uuid:program>/twilio/call-status/<uuid:attempt>", views.call_status, name="hook_call_status"),
]
