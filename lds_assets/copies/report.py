"""The report of a migration: old supplier against new, for the people who accept it."""

from lds_assets.copies.comparison import Comparison, Figure
from lds_assets.gate.migration import MEANING, Migration


def markdown(migration: Migration, found: Comparison) -> str:
    """Return the report as Markdown; it holds counts and codes of organisations alone."""
    state = migration.state
    lines = [
        f"# {found.practice_code}: {migration.from_supplier} to {migration.to_supplier}",
        "",
        f"Migration `{migration.migration_id}`, **{state}**"
        + (f" ({MEANING[state]})" if state else "")
        + f". First day on the new system {found.moved_on:%-d %B %Y}; counted on "
        f"{found.as_of:%-d %B %Y}.",
        "",
        "## Outside tolerance",
        "",
        *([f"- {each}" for each in found.outside] or ["Nothing."]),
        "",
        "## Registrations and the move",
        "",
        f"- {found.begun_around:,} registrations begin within 14 days of the move; of them "
        f"{found.restarted:,} continue an earlier one, whose start is kept.",
        f"- {found.repeated_patients:,} patients of the new system have the NHS number of another.",
        "",
        "## By subject",
        "",
        *_table("subject", [(each.subject, each) for each in found.by_subject()]),
    ]
    for subject in dict.fromkeys(each.subject for each in found.figures):
        years = [each for each in found.figures if each.subject == subject]
        if len(years) > 1:
            named = [(str(each.year or "no date"), each) for each in years]
            lines += [
                "",
                f"## {subject.replace('_', ' ').capitalize()}",
                "",
                *_table("year", named),
            ]
    lines += ["", f"A reconciliation names this comparison by `{found.sha256}`."]
    return "\n".join(lines) + "\n"


def _table(heading: str, rows: list[tuple[str, Figure]]) -> list[str]:
    lines = [f"| {heading} | matched | changed | only old | only new |", "|---|--:|--:|--:|--:|"]
    for name, each in rows:
        cells = (each.matched, each.changed, each.only_old, each.only_new)
        lines.append(f"| {name} | " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    return lines
