"""Reviewed governance files become events: a whole file or nothing of it.

Reading a file again changes nothing: an unchanged file is known by its hash, an unchanged row by
its content. Faults are told by rule and line number; no cell is quoted.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate import practices
from lds_assets.gate.consent_rules import consent_moves
from lds_assets.gate.events import Event, NewEvent, canonical_json, day_start, london_day
from lds_assets.gate.faults import Fault, Line
from lds_assets.gate.file_rules import row_faults, rule_faults
from lds_assets.gate.formats import FileForm, schema_of
from lds_assets.gate.lifecycle import CONSENT
from lds_assets.gate.officers import advice, unauthorised
from lds_assets.gate.state import RegisterState

#: Faults told in one message; the rest is counted.
#: Columns named in a message about a header.
_NAMED = 6
FAULTS_TOLD = 12


@dataclass(frozen=True)
class Source:
    """One file to read and the name under which the register knows it, whatever its folder."""

    path: Path
    label: str
    form: FileForm

    def sha256(self) -> str:
        """Return the hash of the file and of what is read with it."""
        digest = hashlib.sha256(self.path.read_bytes())
        beside = self.path.parent / practices.AS_AT_FILE
        if self.form.entity_type == "practice" and beside.is_file():
            digest.update(beside.read_bytes())
        return digest.hexdigest()


def is_unchanged(source: Source, events: Iterable[Event]) -> bool:
    """Say whether the register's last word on a file is this very file, taken."""
    last = [each for each in events if each.entity_id == source.label and _of_file(each)]
    return bool(last) and (last[-1].event_type, last[-1].evidence_sha256) == (
        "file_imported",
        source.sha256(),
    )


def _of_file(event: Event) -> bool:
    return event.entity_type == "governance_file"


def plan(
    source: Source, events: tuple[Event, ...], state: RegisterState, now: datetime
) -> list[NewEvent]:
    """Return the events a file adds, the last one saying that the file was taken.

    Raises:
        FileRefused: a row breaks a rule; nothing of the file may be recorded.
    """
    rows, absent = _read(source)
    known = _known_rows(source, events)
    lines = [
        Line(number, row, canonical_json(row) not in known.get(source.form.entity_id(row), ()))
        for number, row in rows
    ]
    faults = list(row_faults(source.form, lines))
    faults += rule_faults(source.form, lines, state, source.path.parent)
    if faults:
        raise refusal(source, faults)
    planned: list[NewEvent] = []
    for line in lines:
        if line.is_changed:
            events_of_row = row_events(source.form, source.label, line.row, state, now)
            faults += _unauthorised(line, events_of_row, state, now)
            planned += events_of_row
    if faults:
        raise refusal(source, faults)
    told: dict[str, Any] = {"rows": len(lines)}
    if absent:
        told["columns_read_as_empty"] = list(absent)
    return [*planned, _file_event(source, "file_imported", now, told)]


def _unauthorised(
    line: Line, planned: list[NewEvent], state: RegisterState, now: datetime
) -> list[Fault]:
    """Return what the register would refuse of a row for who signs its events."""
    known, today = state.officers.values(), london_day(now)
    rules = dict.fromkeys(unauthorised(each, known, today) for each in planned)
    return [Fault(rule, (line.number,)) for rule in rules if rule]


class FileRefused(Refused):
    """One governance file was refused whole."""

    faults: tuple[Fault, ...] = ()


def refusal(source: Source, faults: list[Fault]) -> FileRefused:
    """Return the error that tells a file's faults by rule and line."""
    told = "; ".join(str(each) for each in faults[:FAULTS_TOLD])
    more = len(faults) - FAULTS_TOLD
    error = FileRefused(
        f"{source.path.name} breaks {len(faults)} rule(s)",
        f"{source.label}: {told}" + (f"; and {more} more" if more > 0 else ""),
        "the file was refused whole; what the register held before stays in force",
        advice(faults[0].rule) or "correct the lines (seeds/governance/README.md) and import again",
        faults[0].rule.split(" ", 1)[0],
    )
    error.faults = tuple(faults)
    return error


def refused_faults(source: Source, recorded: Sequence[Mapping[str, Any]]) -> FileRefused:
    """Return the error of a refused file as the register recorded it."""
    return refusal(source, [Fault(str(e["rule"]), tuple(e["lines"])) for e in recorded])


def refused_event(source: Source, error: FileRefused, now: datetime) -> NewEvent:
    """Return the event that records a refused file."""
    faults = [{"rule": each.rule, "lines": list(each.lines)} for each in error.faults]
    return _file_event(source, "refused", now, {"faults": faults}, error.code, error.what)


def _file_event(
    source: Source,
    event_type: str,
    now: datetime,
    payload: dict[str, Any],
    reason_code: str = "",
    reason_text: str = "",
) -> NewEvent:
    return NewEvent(
        entity_type="governance_file",
        entity_id=source.label,
        event_type=event_type,
        effective_at=now,
        actor="import",
        actor_role="SYSTEM",
        reason_code=reason_code,
        reason_text=reason_text,
        evidence_ref=source.label,
        evidence_sha256=source.sha256(),
        payload=payload,
    )


def _read(source: Source) -> tuple[list[tuple[int, dict[str, str]]], tuple[str, ...]]:
    """Read a file and check the form of every cell; return its rows and the columns it lacks.

    A column that came to the form later may be absent: it is read as empty in every row.

    Raises:
        FileRefused: not UTF-8, another header, a row of another width, or a cell of another form.
    """
    try:
        text = source.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(source, [Fault("G-1 the file is not UTF-8", (1,))]) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    absent = source.form.absent(header)
    if absent is None:
        differs = _columns_told(header, source.form)
        raise refusal(source, [Fault(f"G-1 the columns are not those of this file{differs}", (1,))])
    rows: list[tuple[int, dict[str, str]]] = []
    ragged: list[int] = []
    for cells in reader:
        if len(cells) != len(header):
            ragged.append(reader.line_num)
        else:
            row = source.form.complete(dict(zip(header, cells, strict=True)))
            rows.append((reader.line_num, row))
    if ragged:
        raise refusal(source, [Fault("G-1 a row has another number of cells", tuple(ragged))])
    faults = _form_faults(source.form, rows)
    if faults:
        raise refusal(source, faults)
    if source.form.entity_type == "practice":
        folder = source.path.parent
        told = practices.column_dates(folder), practices.column_sources(folder)
        return [(number, practices.dated(row, *told)) for number, row in rows], absent
    return rows, absent


def _columns_told(header: Sequence[str], form: FileForm) -> str:
    """Say how a header differs from a form; its own words may be values and are not repeated."""
    needed = [each.name for each in form.columns if not each.may_be_absent]
    lacking = [name for name in needed if name not in header]
    strange = len([name for name in header if name not in form.names])
    told = [f"lacks {', '.join(lacking[:_NAMED])}{' ...' if len(lacking) > _NAMED else ''}"]
    told = told if lacking else []
    told += [f"{strange} it does not know"] if strange else []
    return f": {', '.join(told) or 'one stands twice'}"


def _form_faults(form: FileForm, rows: list[tuple[int, dict[str, str]]]) -> list[Fault]:
    """Return the cells of a wrong form, by rule, column and line; pandera's own text is dropped."""
    if not rows:
        return []
    import pandas as pd  # noqa: PLC0415 - as pandera: only when a file changed
    import pandera.errors  # noqa: PLC0415

    frame = pd.DataFrame([row for _, row in rows], columns=list(form.names), dtype=str)
    try:
        schema_of(form).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as fault:
        cases = fault.failure_cases
    else:
        return []
    broken: dict[tuple[str, str], set[int]] = {}
    for column, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True):
        numbers = broken.setdefault((str(check), str(column)), set())
        numbers.add(rows[int(index)][0])
    return [
        Fault(f"{check} in {column}", tuple(sorted(numbers)))
        for (check, column), numbers in sorted(broken.items())
    ]


def _known_rows(source: Source, events: Iterable[Event]) -> dict[str, set[str]]:
    """Return by entity the rows that are no change: the newest of all, and this file's newest."""
    newest: dict[str, dict[str, str]] = {}
    for event in events:
        if event.entity_type != source.form.entity_type or '"row"' not in event.payload_json:
            continue
        payload = event.payload
        # a row recorded before a column came is no change for want of it
        row = canonical_json(source.form.complete(payload["row"]))
        newest.setdefault(event.entity_id, {}).update({"": row, payload.get("source", ""): row})
    return {
        key: {rows[name] for name in ("", source.label) if name in rows}
        for key, rows in newest.items()
    }


def row_events(
    form: FileForm, label: str, row: dict[str, str], state: RegisterState, now: datetime
) -> list[NewEvent]:
    """Return the events of one new or changed row of a file known as ``label``."""
    payload = {"source": label, "row": row}
    if form.entity_type == CONSENT:
        return _consent_events(row, state, payload, now)
    return [
        NewEvent(
            entity_type=form.entity_type,
            entity_id=form.entity_id(row),
            event_type="recorded",
            effective_at=now,
            actor="import",
            actor_role="SYSTEM",
            evidence_ref=label,
            payload=payload,
        )
    ]


def _consent_events(
    row: dict[str, str], state: RegisterState, payload: dict[str, Any], now: datetime
) -> list[NewEvent]:
    """Return the moves a consent row tells that are not recorded yet, or one amendment."""
    known = state.consent(row["consent_id"])
    last = known.moves[-1].state if known else ""
    planned: list[NewEvent] = []
    for to_state, day in _new_moves(row, last):
        planned.append(
            NewEvent(
                entity_type=CONSENT,
                entity_id=row["consent_id"],
                event_type="moved",
                from_state=last,
                to_state=to_state,
                effective_at=day_start(day),
                actor=row["requested_by"] if to_state == "REQUESTED" else row["recorded_by"],
                actor_role="PRACTICE_LIAISON" if to_state == "REQUESTED" else "IG_OFFICER",
                reason_code=to_state if to_state not in ("REQUESTED", "GRANTED") else "",
                reason_text=row["void_reason"] or row["notice_ref"],
                evidence_ref=row["evidence_ref"],
                evidence_sha256=row["evidence_sha256"],
                payload=payload,
                acted_on=day,
            )
        )
        last = to_state
    return planned or [_amendment(row, payload, now)]


def _new_moves(row: dict[str, str], last: str) -> list[tuple[str, date]]:
    """Return the states a row tells beyond the last one recorded."""
    moves = consent_moves(row)
    states = [state for state, _ in moves]
    if last == states[-1]:
        return []
    return moves[states.index(last) + 1 :] if last in states else moves[-1 if last else 0 :]


def _amendment(row: dict[str, str], payload: dict[str, Any], now: datetime) -> NewEvent:
    """Return the event of a consent whose row changed and whose state did not."""
    return NewEvent(
        entity_type=CONSENT,
        entity_id=row["consent_id"],
        event_type="amended",
        effective_at=now,
        actor=row["recorded_by"] or row["requested_by"],
        actor_role="IG_OFFICER" if row["recorded_by"] else "PRACTICE_LIAISON",
        evidence_ref=row["evidence_ref"],
        evidence_sha256=row["evidence_sha256"],
        payload=payload,
    )
