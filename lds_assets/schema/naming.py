"""One function turns a supplier's name into the lake's name."""

import re

_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD = re.compile(r"([a-z0-9])([A-Z])")


def snake_case(name: str) -> str:
    """Return the lake's name of a supplier's table or column.

    >>> snake_case("IDOrganisationVisibleTo"), snake_case("CareRecord_Observation")
    ('id_organisation_visible_to', 'care_record_observation')
    """
    return _WORD.sub(r"\1_\2", _ACRONYM.sub(r"\1_\2", name)).lower()
