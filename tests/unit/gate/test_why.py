"""How the gate's answer is told."""

from dataclasses import replace

from lds_assets.gate.why import NOT_ASKED, Link


def test_a_question_that_was_not_asked_is_not_answered_yes() -> None:
    asked = Link("Do the agreements stand?", "IN_FORCE")
    assert asked.answer == "yes"
    assert replace(asked, reasons=("A_DSA_NONE",)).answer == "NO"
    assert replace(asked, state=NOT_ASKED, is_moot=True).answer == "-"
