"""Who signs in tests: names with their roles, in office since long ago."""

from pathlib import Path

from lds_assets.gate.formats import file_forms
from lds_assets.gate.officers import OFFICER_FILE
from lds_assets.synthetic.generate import GenerationReport
from lds_assets.synthetic.governance import write_demo_register

IN_OFFICE = {
    "officer": ["IG_OFFICER"],
    "another": ["IG_OFFICER"],
    "iris": ["IG_OFFICER"],
    "Bert": ["IG_OFFICER"],
    "Ann": ["OPS", "DELIVERY_LEAD", "PRACTICE_LIAISON"],
    "otto": ["OPS"],
    "ops": ["OPS"],
    "liaison": ["PRACTICE_LIAISON"],
    "lead": ["DELIVERY_LEAD", "TECH_LEAD"],
    "builder": ["DELIVERY_LEAD"],
    "owner": ["PRODUCT_OWNER"],
    "programme": ["PRODUCT_OWNER"],
    "sponsor": ["ICB_SPONSOR"],
    "secretary": ["BOARD_SECRETARY"],
    "clinician": ["CLINICAL_SAFETY"],
    "guardian": ["CALDICOTT"],
    "carl": ["CALDICOTT"],
    "operator": ["OPS"],
    **{
        f"approver of {code}": ["PARTNER_APPROVER"]
        for code in ("QKK", "QMF", "QMJ", "QNEW", "QRV", "QWE", "Z9B2Z")
    },
}
#: Whom they act for, where it is one board; everybody else is of the platform.
OF_A_BOARD = {"sponsor": "QMJ"} | {
    name: name.removeprefix("approver of ") for name in IN_OFFICE if name.startswith("approver of ")
}


def officer(person: str, role: str, **cells: str) -> dict[str, str]:
    """Return a row of the officers' file."""
    named = {
        "person": person,
        "role": role,
        "organisation": OF_A_BOARD.get(person, "PLATFORM"),
        "valid_from": "2000-01-01",
        "evidence_ref": "TEST:APPOINTMENT",
    }
    return named | cells


def rows() -> list[dict[str, str]]:
    """Return everybody of ``IN_OFFICE``."""
    return [officer(person, role) for person, roles in IN_OFFICE.items() for role in roles]


def add_officers(folder: Path, *more: dict[str, str]) -> None:
    """Add everybody to the officers of a governance folder, whether or not it has any."""
    path = folder / OFFICER_FILE
    folder.mkdir(parents=True, exist_ok=True)
    names = file_forms()[OFFICER_FILE].names
    text = path.read_text(encoding="utf-8") if path.exists() else ",".join(names) + "\n"
    there = {tuple(line.split(",")[:2]) for line in text.splitlines()}
    for row in (*rows(), *more):
        if (row["person"], row["role"]) not in there:
            text += ",".join(row.get(name, "") for name in names) + "\n"
    path.write_text(text, encoding="utf-8")


def write_register(report: GenerationReport, folder: Path) -> None:
    """Write the demo register of a run with the tests' own officers."""
    write_demo_register(report, folder)
    add_officers(folder)
