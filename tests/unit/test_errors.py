"""A fault is told by what happens next, whatever its class is called inside."""

from lds_assets.commands.console import fault_as_json
from lds_assets.errors import Held, Refused, Retry
from lds_assets.gate.files import FileRefused


def test_a_narrower_class_is_told_as_what_happens_next() -> None:
    told = FileRefused("a file breaks 1 rule(s)", where="x.csv")
    assert str(told).splitlines() == ["Refused: a file breaks 1 rule(s)", "  where: x.csv"]
    assert fault_as_json(told)["fault"] == "refused"
    assert [each("x").kind for each in (Refused, Held, Retry)] == ["Refused", "Held", "Retry"]
