"""The pack of a variation: what is asked, by whom it was decided, what is open. For boards."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from markdown_it import MarkdownIt

from lds_assets.gate.events import Event, london_day
from lds_assets.gate.variation import BOARD, Round, Variation
from lds_assets.gate.variation_desk import VariationDesk
from lds_assets.gate.variation_evidence import PLANS, Board, Evidence, Waiting

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "color:#212b32}h1,h2{line-height:1.2}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #d8dde0;padding:.4rem .6rem;text-align:left;"
    "vertical-align:top}code{background:#f0f4f5;padding:.1rem .3rem}"
)


def markdown(desk: VariationDesk, variation_id: str, today: date) -> str:
    """Return the pack of a variation as Markdown."""
    variation, content = desk.variation(variation_id), desk.content(variation_id)
    history = desk.history(variation_id)
    lines = [
        f"# {variation.title or variation_id}",
        "",
        f"Variation `{variation_id}`, revision {variation.revision}, "
        f"**{variation.state or 'no request made'}** on {today:%-d %B %Y}.",
        "",
        *_facts(variation, content),
        *_narrative(content),
        *_waiting(desk.evidence(variation_id), today),
        *_decisions(variation),
        *_conditions(variation),
        *_engagements(variation),
        "",
        "## History",
        "",
        *_table(["day", "what", "by", "proof"], map(_step, history)),
        "",
        f"Content on which parties decide: `{variation.content_sha256 or 'none'}`. A change of "
        "content lapses every decision taken on it.",
    ]
    return "\n".join(lines) + "\n"


def html(desk: VariationDesk, variation_id: str, today: date) -> str:
    """Return the pack as one HTML page without anything to fetch."""
    return page(f"Variation {variation_id}", markdown(desk, variation_id, today))


def page(title: str, text: str) -> str:
    """Return Markdown as one HTML page without anything to fetch."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return (
        "<!doctype html>\n<html lang='en-GB'><head><meta charset='utf-8'>"
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _facts(variation: Variation, content: Mapping[str, Any]) -> list[str]:
    rows = [
        ("kind", variation.kind),
        ("supplier", variation.supplier_code),
        ("mechanism", variation.mechanism_id),
        ("plan cycle", variation.cycle_id),
        ("requesting boards", ", ".join(content.get("requesting_icbs", ()))),
        ("practices affected", ", ".join(content.get("practices_affected", ()))),
    ]
    told = [(name, value) for name, value in rows if value]
    return _table(["what is asked", ""], told) if told else []


def _narrative(content: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    plain = {name: value for name, value in content.items() if isinstance(value, str)}
    for name, text in {**plain, **content.get("case", {})}.items():
        if name in ("kind", "supplier_code", "mechanism_id", "title", "cycle_id"):
            continue
        lines += ["", f"## {name.replace('_', ' ').capitalize()}", "", str(text)]
    return lines


def _waiting(found: Evidence, today: date) -> list[str]:
    """Tell which practices have no data because the supplier is not live, board by board."""
    if not found.boards:
        return []
    waiting = _practices(sum(len(board.practices) for board in found.boards))
    lines = [
        "",
        f"## Practices that wait for {found.supplier_code}",
        "",
        f"{found.supplier_code} is not live on {today:%-d %B %Y}; the register knows of "
        f"{waiting} without data for that reason. They stay in every denominator of coverage, and "
        "are evidence for `practices_affected`.",
    ]
    for board in found.boards:
        lines += _waiting_of(board)
    return lines


def _waiting_of(board: Board) -> list[str]:
    named = f"{board.name} ({board.code})" if board.code else "No London board on record"
    lines = ["", f"### {named}{', requesting' if board.is_requesting else ''}", ""]
    if not board.practices:
        return [*lines, "No practice of this board is known to wait."]
    told = f"{_practices(len(board.practices))}, {board.registered:,} registered patients"
    if board.without_list:
        told += f"; list size **not known** of {board.without_list}"
    heads = ["practice", "name", "how", "coverage ends", "registered", "list of", "in the request"]
    return [*lines, f"{told}.", "", *_table(heads, map(_waiting_row, board.practices))]


def _practices(number: int) -> str:
    return f"{number} practice{'' if number == 1 else 's'}"


def _waiting_row(each: Waiting) -> tuple[str, ...]:
    ends = f"{each.coverage_ends_on}" if each.coverage_ends_on else "**not known**"
    size = each.registered
    return (
        each.practice_code,
        each.name or "**not known**",
        each.standing,
        f"{ends} (planned)" if each.standing == PLANS else ends,
        f"{size.registered_count:,}" if size else "**not known**",
        size.told if size else "-",
        "yes" if each.is_named else "no",
    )


def _decisions(variation: Variation) -> list[str]:
    lines: list[str] = []
    for round_ in Round:
        held = [each for each in variation.decisions.values() if each.round is round_]
        if not held:
            continue
        rows = [
            (
                each.party + (f" for {each.on_behalf_of}" if each.on_behalf_of else ""),
                each.choice,
                "this content" if each.content_sha256 == variation.content_sha256 else "lapsed",
                "; ".join(each.conditions),
            )
            for each in sorted(held, key=lambda one: (one.party != BOARD, one.party))
        ]
        name = round_.replace("_", " ").lower()
        lines += ["", f"## Decisions on the {name}", ""]
        lines += _table(["party", "decision", "on", "conditions"], rows)
        missing = ", ".join(variation.missing(round_, {}))
        lines += ["", f"Assent to this content is missing from: {missing or 'nobody'}."]
    return lines


def _conditions(variation: Variation) -> list[str]:
    if not variation.open_conditions:
        return []
    return ["", "## Open conditions", "", *(f"- {each}" for each in variation.open_conditions)]


def _engagements(variation: Variation) -> list[str]:
    if not variation.notes:
        return []
    return [
        "",
        "## Engagement",
        "",
        "Exploratory engagement is no commitment and satisfies no step.",
        "",
        *(f"- {each}" for each in variation.notes),
    ]


def _step(event: Event) -> tuple[str, str, str, str]:
    payload = event.payload
    what = {
        "moved": f"{event.from_state or 'opened'} → {event.to_state}",
        "decided": f"{payload.get('party')}: {payload.get('choice')}",
        "revised": "content changed",
        "condition_closed": f"condition met: {payload.get('condition')}",
        "noted": "engagement noted",
    }.get(event.event_type, event.event_type)
    day = london_day(datetime.fromisoformat(event.effective_at))
    return day.isoformat(), what, f"{event.actor} ({event.actor_role})", event.evidence_ref


def _table(headings: list[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    for row in rows:
        cells = [str(cell).replace("|", "/").replace("\n", " ") for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
