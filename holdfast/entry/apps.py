from django.apps import AppConfig


class EntryConfig(AppConfig):
    name = "holdfast.entry"

    def ready(self) -> None:
        """Put the flow in place in every process."""
        from holdfast import wiring
        from holdfast.ledger import keys

        wiring.install()
        keys.remember()  # while their source is there
