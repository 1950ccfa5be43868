from django.apps import AppConfig


class OnCallConfig(AppConfig):
    name = "holdfast.oncall"
    default_auto_field = "django.db.models.BigAutoField"
