"""Who is asking. Passed to every read; there is no hidden current user."""

from dataclasses import dataclass
from enum import StrEnum

from holdfast.people.rules import Role


class Kind(StrEnum):
    STAFF = "staff"
    CLIENT = "client"
    DEVICE = "device"  # an installed phone: may raise, and read back its own call
    TOKEN = "token"  # a form given to a client: may answer it, and read back what became of it
    NOBODY = "nobody"
    SYSTEM = "system"  # the worker


@dataclass(frozen=True)
class Actor:
    """Who asks, in which program. `id` is the staff or client id; for a device or token, the client's."""

    kind: Kind
    program: int | None = None
    id: int = 0  # no row has this id
    role: Role | None = None
    name: str = ""

    @property
    def is_staff(self) -> bool:
        return self.kind is Kind.STAFF

    @property
    def client(self) -> int | None:
        return self.id if self.kind in (Kind.CLIENT, Kind.DEVICE, Kind.TOKEN) else None

    @property
    def works_with_clients(self) -> bool:
        return self.is_staff and self.role is not Role.ADMINISTRATOR


NOBODY = Actor(Kind.NOBODY)


def system(program: int) -> Actor:
    return Actor(Kind.SYSTEM, program)
