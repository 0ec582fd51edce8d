"""One recipe makes every id: a hash of length-prefixed parts, written as UUID text.

The recipe stands here in Python and in ``macros.py`` in SQL; a test holds the two equal. It never
changes without a crosswalk. Rule source: olids rules 2, ADR 0005.
"""

from hashlib import md5
from uuid import UUID

#: Numbers that mean "no number": PDS answers them for no match and for several matches.
_SENTINELS = frozenset(digit * 10 for digit in "0123456789")


def identifier(*parts: str | int | None) -> str | None:
    """Return the id made of the parts, or None when the last part (the key) is missing.

    Parts are length-prefixed so that ``("ab", "c")`` and ``("a", "bc")`` differ; a missing part
    before the key counts as empty.
    """
    if parts[-1] is None:
        return None
    text = "".join(f"{len(part)}:{part}" for part in ("" if p is None else str(p) for p in parts))
    return str(UUID(md5(text.encode(), usedforsecurity=False).hexdigest()))


def record_id(
    dataset: str, entity: str, publisher: str | None, *key: str | int | None
) -> str | None:
    """Return the id of a supplier's record: dataset, entity, publisher and its own key."""
    return identifier(dataset, entity, publisher, *key)


def organisation_id(ods_code: str | None) -> str | None:
    """Return the id of an organisation; all suppliers share it."""
    return identifier("organisation", ods_code.strip().upper() if ods_code else None)


def concept_id(system: str, code: str | int | None) -> str | None:
    """Return the id of a concept, a code in a code system."""
    return identifier("concept", system, code)


def nhs_number(text: str | None) -> str | None:
    """Return the ten digits of a valid NHS number, else None.

    Spaces and dashes are accepted only as 3-3-4. Repeated-digit strings pass the check digit and
    are refused all the same: two of them are PDS sentinels.
    """
    if text is None:
        return None
    stripped = text.strip()
    if len(stripped) == 12 and stripped[3] == stripped[7] and stripped[3] in " -":
        stripped = stripped[:3] + stripped[4:7] + stripped[8:]
    if len(stripped) != 10 or not (stripped.isascii() and stripped.isdigit()):
        return None
    if stripped in _SENTINELS:
        return None
    weighted = sum(int(digit) * (10 - place) for place, digit in enumerate(stripped[:9]))
    return stripped if (11 - weighted % 11) % 11 == int(stripped[9]) else None


def person_id(number: str | None, patient_id: str) -> str | None:
    """Return the id of the person behind a patient: by valid NHS number, else by the patient.

    The one place that makes person ids. Rule source: olids rules 2 (order of the PERSON key).
    """
    valid = nhs_number(number)
    if valid is not None:
        return identifier("person", "nhs_number", valid)
    return identifier("person", "patient", patient_id)
