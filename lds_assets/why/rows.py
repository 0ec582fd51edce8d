"""Verdicts and their chains as rows, for the marts."""

from collections.abc import Iterable, Sequence

from lds_assets.why.answers import Answer

PRACTICE_VERDICT = (
    "practice_code varchar, practice_name varchar, icb_code varchar, supplier_code varchar, "
    "list_size bigint, list_size_carried bigint, is_counted boolean, verdict varchar, "
    "reason varchar, next_action varchar, owner_role varchar, since date, shown_since date"
)
PRACTICE_VERDICT_LINK = (
    "practice_code varchar, link_number integer, question varchar, answer varchar, state varchar, "
    "since date, evidence varchar, reason varchar, next_action varchar, owner_role varchar"
)


def verdict_rows(answers: Iterable[Answer]) -> Iterable[Sequence[object]]:
    """Yield one row per practice, columns of ``PRACTICE_VERDICT``; what is empty is null."""
    for each in answers:
        yield (
            *(each.practice_code, each.name or None, each.board_code or None),
            *(each.supplier_code or None, each.list_size, each.list_carried, each.is_counted),
            *(str(each.verdict), each.reason or None),
            *(each.next_action or None, each.owner_role or None, each.since, each.shown_since),
        )


def link_rows(answers: Iterable[Answer]) -> Iterable[Sequence[object]]:
    """Yield one row per practice and question, columns of ``PRACTICE_VERDICT_LINK``."""
    for each in answers:
        for number, link in enumerate(each.links, start=1):
            yield (
                *(each.practice_code, number, link.question, link.answer, link.state, link.since),
                *(link.evidence or None, ", ".join(link.reasons) or None),
                *(link.next_action or None, link.owner_role or None),
            )
