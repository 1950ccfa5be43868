"""The people of the demo. All of them are made up; numbers and addresses belong to nobody."""

from dataclasses import dataclass
from typing import Final

from holdfast.people.rules import Discipline, Role, Standing


@dataclass(frozen=True)
class Colleague:
    """One member of staff. `licences`: state and number."""

    name: str
    role: Role
    discipline: Discipline
    credential: str
    phone: str
    licences: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = ("en",)
    years: int = 2

    @property
    def first(self) -> str:
        return self.name.split()[0]

    @property
    def email(self) -> str:
        return f"{_plain(self.first)}@example.org"


@dataclass(frozen=True)
class Person:
    """One client: who they are, and how the last weeks went. `phq`: the total at the start and now."""

    name: str
    pronouns: str
    state: str
    timezone: str
    phone: str
    weeks: float
    phq: tuple[int, int]
    therapist: str
    language: str = "en"
    preferred: str = ""
    drinks: bool = False
    standing: Standing = Standing.ACTIVE
    keeps: float = 0.64  # how many of the check-ins they do


def _plain(word: str) -> str:
    return word.lower().translate(str.maketrans("áéíóúñ", "aeioun"))


C, S = Role.CLINICIAN, Role.SUPERVISOR
TH, RX, RN = Discipline.THERAPIST, Discipline.PRESCRIBER, Discipline.NURSE

STAFF: Final = (
    Colleague(
        "Dia Okafor",
        Role.DIRECTOR,
        TH,
        "PsyD",
        "+1 520 555 0110",
        (("AZ", "PSY-004817"), ("NV", "PY0962"), ("ID", "PSY-203311"), ("NM", "PSY1540")),
        years=6,
    ),
    Colleague("Bea Lindqvist", C, TH, "LCSW", "+1 520 555 0112", (("AZ", "LCSW-17354"), ("NV", "9127-C")), years=4),
    Colleague(
        "Cal Reyes",
        C,
        RN,
        "RN",
        "+1 520 555 0118",
        (("AZ", "RN218844"), ("NM", "RN-78120"), ("ID", "N-51904"), ("NV", "RN104417")),
        ("en", "es"),
        years=3,
    ),
    Colleague(
        "Maya Chen",
        S,
        TH,
        "LCSW",
        "+1 602 555 0121",
        (("AZ", "LCSW-15902"), ("NV", "8830-C"), ("ID", "LCSW-38274"), ("NM", "C-09911")),
        years=5,
    ),
    Colleague(
        "Luis Ortega",
        S,
        TH,
        "LCSW",
        "+1 505 555 0123",
        (("AZ", "LCSW-18820"), ("NM", "C-10478"), ("NV", "9344-C"), ("ID", "LCSW-40156")),
        ("en", "es"),
        years=4,
    ),
    Colleague(
        "Tomás Herrera",
        C,
        TH,
        "LPC",
        "+1 480 555 0126",
        (("AZ", "LPC-19033"), ("NM", "CCMH0205511")),
        ("en", "es"),
        years=3,
    ),
    Colleague("Hannah Yazzie", C, TH, "LMFT", "+1 928 555 0128", (("AZ", "LMFT-15447"), ("NM", "MFT0118221")), years=2),
    Colleague(
        "Sam Kowalski",
        C,
        TH,
        "LPC",
        "+1 208 555 0131",
        (("ID", "LCPC-7719"), ("NV", "CP5240"), ("AZ", "LPC-20418")),
        years=3,
    ),
    Colleague(
        "Grace Abara",
        C,
        RN,
        "RN",
        "+1 702 555 0133",
        (("NV", "RN098213"), ("AZ", "RN231790"), ("ID", "N-60338"), ("NM", "RN-81254")),
        ("en", "fr"),
        years=5,
    ),
    Colleague(
        "Priya Raman",
        C,
        RX,
        "MD",
        "+1 602 555 0136",
        (("AZ", "61284"), ("NV", "21877"), ("ID", "M-17602"), ("NM", "MD2021-0443")),
        ("en", "hi"),
        years=4,
    ),
    Colleague("Jonah Whitfield", C, RX, "PMHNP", "+1 208 555 0139", (("ID", "NP-63127"), ("AZ", "AP11873")), years=2),
    Colleague(
        "Noor Haddad", Role.CARE_STAFF, Discipline.CASE_MANAGER, "", "+1 602 555 0142", (), ("en", "ar"), years=2
    ),
    Colleague("Dee Thompson", Role.CARE_STAFF, Discipline.PEER, "CPSS", "+1 520 555 0145", (), years=1),
    Colleague("Rosa Delgado", Role.ADMINISTRATOR, Discipline.OFFICE, "", "+1 520 555 0148", (), ("en", "es"), years=5),
)

OTHER_STAFF: Final = (
    Colleague(
        "Eve Sorensen", Role.DIRECTOR, TH, "LCSW", "+1 208 555 0171", (("ID", "LCSW-41220"), ("NV", "9506-C")), years=3
    ),
    Colleague("Owen Tso", C, RN, "RN", "+1 208 555 0173", (("ID", "N-63811"), ("NV", "RN118520")), years=2),
    Colleague("Lena Fischer", S, TH, "LPC", "+1 208 555 0176", (("ID", "LCPC-8120"), ("NV", "CP6011")), years=2),
)

PHX, DEN, BOI, LA = "America/Phoenix", "America/Denver", "America/Boise", "America/Los_Angeles"
SHE, HE, THEY = "she/her", "he/him", "they/them"

# Ana first: the client of the tour.
CLIENTS: Final = (
    Person("Ana Morales", SHE, "AZ", PHX, "+1 520 555 0150", 6, (14, 9), "Bea", keeps=0.85),
    Person("Marcus Bell", HE, "AZ", PHX, "+1 602 555 0151", 8, (17, 8), "Bea", drinks=True),
    Person("Lucía Fernández", SHE, "AZ", PHX, "+1 480 555 0152", 7, (16, 11), "Tomás", language="es"),
    Person("Teo Castillo", HE, "NM", DEN, "+1 505 555 0153", 8, (18, 10), "Tomás", language="es", drinks=True),
    Person("Jamie Whitehorse", THEY, "AZ", DEN, "+1 928 555 0154", 5, (13, 9), "Hannah"),
    Person("Olivia Grant", SHE, "NV", LA, "+1 702 555 0155", 8, (15, 5), "Bea", drinks=True),
    Person("Devon Price", HE, "ID", BOI, "+1 208 555 0156", 4, (12, 10), "Sam", drinks=True, keeps=0.45),
    Person("Ngozi Eze", SHE, "AZ", PHX, "+1 623 555 0157", 3, (19, 16), "Hannah"),
    Person(
        "Rafael Soto",
        HE,
        "AZ",
        PHX,
        "+1 520 555 0158",
        6,
        (11, 7),
        "Tomás",
        language="es",
        preferred="Rafa",
        drinks=True,
    ),
    Person("Harper Lin", THEY, "NV", LA, "+1 775 555 0159", 7, (18, 12), "Sam"),
    Person("Kayla Benally", SHE, "NM", DEN, "+1 505 555 0160", 5, (10, 6), "Hannah"),
    Person("Ethan Brooks", HE, "ID", BOI, "+1 208 555 0161", 8, (14, 6), "Sam", drinks=True),
    Person("Marisol Vega", SHE, "NM", DEN, "+1 575 555 0162", 2, (17, 16), "Luis", language="es"),
    Person("Theodore Walsh", HE, "AZ", PHX, "+1 480 555 0163", 8, (9, 4), "Bea", preferred="Ted", drinks=True),
    Person("Aisha Rahman", SHE, "AZ", PHX, "+1 602 555 0164", 6, (16, 9), "Hannah"),
    Person("Quinn Abbott", THEY, "ID", BOI, "+1 208 555 0165", 6, (15, 13), "Sam", keeps=0.5),
    Person("Diego Ramírez", HE, "AZ", PHX, "+1 928 555 0166", 7, (12, 8), "Tomás", language="es", drinks=True),
    Person("Sophie Laurent", SHE, "NV", LA, "+1 702 555 0167", 4, (18, 15), "Bea"),
    Person("Caleb Nez", HE, "AZ", DEN, "+1 928 555 0168", 8, (13, 5), "Hannah", drinks=True),
    Person("Mina Park", SHE, "NV", LA, "+1 702 555 0169", 1.5, (15, 14), "Sam"),
    Person("Isaiah Carter", HE, "AZ", PHX, "+1 602 555 0170", 5, (14, 10), "Bea", drinks=True),
    Person("Valeria Núñez", SHE, "NM", DEN, "+1 505 555 0172", 6, (19, 12), "Luis", language="es"),
    Person("Robin Castellanos", THEY, "AZ", PHX, "+1 520 555 0174", 3, (11, 9), "Hannah"),
    Person("Greta Nilsson", SHE, "ID", BOI, "+1 208 555 0175", 8, (16, 7), "Sam"),
    Person("Andre Fontaine", HE, "NV", LA, "+1 775 555 0177", 7, (10, 6), "Bea", drinks=True),
    Person("Yuki Tanaka", SHE, "AZ", PHX, "+1 480 555 0178", 2.5, (17, 15), "Hannah"),
    Person("Pablo Ibarra", HE, "NM", DEN, "+1 575 555 0179", 8, (15, 9), "Luis", language="es", drinks=True),
    Person("Rosalind Kerr", SHE, "ID", LA, "+1 208 555 0180", 5, (12, 7), "Sam"),
    Person("Malik Johnson", HE, "AZ", PHX, "+1 623 555 0181", 6, (13, 11), "Tomás", drinks=True, keeps=0.5),
    Person("Elena Petrova", SHE, "NV", LA, "+1 702 555 0182", 8, (18, 6), "Bea"),
    Person("Wes Holloway", HE, "ID", BOI, "+1 208 555 0183", 3.5, (16, 14), "Sam", drinks=True, keeps=0.5),
    Person("Camila Rojas", SHE, "AZ", PHX, "+1 520 555 0184", 7, (14, 7), "Tomás", language="es"),
    Person("Sasha Green", THEY, "NM", DEN, "+1 505 555 0185", 6, (17, 13), "Luis"),
    Person("Bernard Ochoa", HE, "AZ", PHX, "+1 602 555 0186", 8, (8, 3), "Tomás", drinks=True),
    Person("Tamsin Doyle", SHE, "NV", LA, "+1 775 555 0187", 5, (15, 8), "Sam", standing=Standing.PAUSED),
    Person(
        "Ignacio Luna",
        HE,
        "NM",
        DEN,
        "+1 505 555 0188",
        8,
        (12, 4),
        "Luis",
        language="es",
        drinks=True,
        standing=Standing.DISCHARGED,
    ),
    Person("Florence Adeyemi", SHE, "AZ", PHX, "+1 480 555 0189", 4, (13, 8), "Hannah"),
    Person(
        "Hugo Salazar",
        HE,
        "AZ",
        PHX,
        "+1 623 555 0190",
        7,
        (16, 12),
        "Tomás",
        drinks=True,
        standing=Standing.OTHER_CARE,
    ),
    Person("Nadia Haines", SHE, "ID", BOI, "+1 208 555 0191", 0.4, (15, 15), "Sam"),
    Person("Peter Lindgren", HE, "AZ", PHX, "+1 602 555 0192", 0, (0, 0), "Bea", standing=Standing.INVITED),
)

OTHER_CLIENTS: Final = (
    Person("Ruth Caldwell", SHE, "ID", BOI, "+1 208 555 0193", 3, (13, 9), "Eve"),
    Person("Jorge Medina", HE, "ID", BOI, "+1 208 555 0194", 4, (15, 11), "Lena", language="es", drinks=True),
    Person("Alex Thorne", THEY, "NV", LA, "+1 775 555 0195", 2, (11, 9), "Eve"),
    Person("Molly Hagan", SHE, "ID", BOI, "+1 208 555 0196", 4, (16, 10), "Lena"),
)
