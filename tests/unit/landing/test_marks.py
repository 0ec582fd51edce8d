"""A delta needs the column that marks a deletion; a full file tells deletions by what it lacks."""

import pytest

from lds_assets.landing.header import Headers
from lds_assets.landing.states import Reason
from lds_assets.suppliers.registry import suppliers

CODE = ("RowIdentifier", "IDOrganisationVisibleTo", "IDPatient", "CTV3Code", "DateEvent")


def _headers(*further: str) -> Headers:
    return Headers(
        suppliers()["tpp"], {"SRMapping": ["RowIdentifier"], "SRCode": [*CODE, *further]}
    )


def test_a_delta_without_the_mark_cannot_say_that_a_record_went() -> None:
    fault = _headers().fault("SRCode", is_full=False)

    assert fault is not None
    assert fault.reason == Reason.DELETES_MISSING
    assert "RemovedData" in fault.detail


@pytest.mark.parametrize(("mark", "is_full"), [("RemovedData", False), ("removeddata", False)])
def test_a_delta_with_the_mark_is_read(mark: str, is_full: bool) -> None:
    assert _headers(mark).fault("SRCode", is_full) is None


def test_a_full_file_needs_no_mark() -> None:
    assert _headers().fault("SRCode", is_full=True) is None
