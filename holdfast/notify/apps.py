from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "holdfast.notify"
    default_auto_field = "django.db.models.BigAutoField"
