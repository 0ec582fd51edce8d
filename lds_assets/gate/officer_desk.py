"""Where officers are appointed and dismissed, and drafted from who signed before there were any."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lds_assets.gate.events import Event, NewEvent, day_start, london_day
from lds_assets.gate.evidence import DESK
from lds_assets.gate.faults import Line
from lds_assets.gate.file_rules import row_faults, rule_faults
from lds_assets.gate.formats import cell_faults, file_forms
from lds_assets.gate.names import person_key, spelling_key
from lds_assets.gate.officers import OFFICER, OFFICER_FILE, PERSONS_ROLES, Officer
from lds_assets.gate.register import Register
from lds_assets.gate.variation_desk import Signature
from lds_assets.resources import REPOSITORY

Row = dict[str, str]


@dataclass(frozen=True)
class OfficerDesk:
    """Records who becomes an officer, and who is one no longer.

    Attributes:
        today: London day on which the desk is open.
    """

    register: Register
    today: date

    def appoint(self, told: Mapping[str, str], by: Signature) -> Officer:
        """Record a person in a role, as two persons sign.

        Args:
            told: cells of ``officer.csv``.
            by: an information-governance officer, and the second person.

        Raises:
            Refused: a rule says no (which is recorded).
        """
        form = file_forms()[OFFICER_FILE]
        row = dict.fromkeys(form.names, "") | {name: told.get(name, "") for name in form.names}
        event = self._event(form.entity_id(row), "appointed", row, by)
        rules = cell_faults(form, row) or self._broken(row)
        if rules:
            self.register.refuse(event, rules[0])
        self.register.record([event])
        return Officer.from_row(row)

    def dismiss(self, person: str, role: str, on: date, by: Signature) -> list[Officer]:
        """Record that a person holds a role no longer, from a day on; what was signed stays.

        Raises:
            Refused: the person does not hold the role (which is recorded).
        """
        events = []
        for key, each in self.register.state().officers.items():
            named = (spelling_key(each.person), each.role) == (spelling_key(person), role)
            if named and (each.valid_to is None or on < each.valid_to):
                row = self._row(key) | {"valid_to": max(on, each.valid_from or on).isoformat()}
                events.append(self._event(key, "dismissed", row, by))
        if not events:
            missing = self._event(f"{person}|{role}", "dismissed", {}, by)
            self.register.refuse(missing, "S0-14 the person does not hold the role")
        self.register.record(events)
        return [Officer.from_row(each.payload["row"]) for each in events]

    def _broken(self, row: Row) -> list[str]:
        state, form = self.register.state(), file_forms()[OFFICER_FILE]
        held = [self._row(key) for key, each in state.officers.items() if each.role == row["role"]]
        lines = [Line(1, row)]
        faults = [*row_faults(form, lines), *rule_faults(form, lines, state, REPOSITORY)]
        if not faults:
            # what the register holds of the same person and role may not overlap either
            lines = [*(Line(1, each) for each in held if each["person"] == row["person"]), *lines]
            faults = list(rule_faults(form, lines, state, REPOSITORY))
        return [each.rule for each in faults]

    def _row(self, key: str) -> Row:
        """Return the newest row of an officer."""
        rows: list[Row] = [
            each.payload["row"]
            for each in self.register.events()
            if (each.entity_type, each.entity_id) == (OFFICER, key) and '"row"' in each.payload_json
        ]
        return rows[-1]

    def _event(
        self, entity_id: str, event_type: str, row: Mapping[str, str], by: Signature
    ) -> NewEvent:
        signed = {"second": by.second, "second_role": by.second_role} if by.second else {}
        return NewEvent(
            entity_type=OFFICER,
            entity_id=entity_id or "unnamed",
            event_type=event_type,
            effective_at=day_start(self.today),
            actor=by.actor,
            actor_role=by.role,
            reason_code=event_type.upper() if by.reason else "",
            reason_text=by.reason,
            evidence_ref=row.get("evidence_ref", ""),
            evidence_sha256=row.get("evidence_sha256", ""),
            payload={"source": DESK, "row": dict(row), **signed},
        )


def draft(events: Iterable[Event]) -> list[Row]:
    """Return rows of ``officer.csv`` for everybody who signed events, from their first day on.

    Organisation and letter of appointment stay empty, so that the file is refused until somebody
    who reviews it has named them.
    """
    first: dict[tuple[str, str], tuple[str, date]] = {}
    for event in events:
        if event.event_type == "refused":
            continue
        day = min(event.effective_on, london_day(datetime.fromisoformat(event.recorded_at)))
        second, second_role = (event.payload.get(name) for name in ("second", "second_role"))
        for name, role in ((event.actor, event.actor_role), (str(second or ""), second_role)):
            if role not in PERSONS_ROLES or not name.strip():
                continue
            key = (person_key(name), str(role))
            spelt, since = first.get(key, (" ".join(name.split()), day))
            first[key] = (spelt, min(since, day))
    names = file_forms()[OFFICER_FILE].names
    return [
        dict.fromkeys(names, "") | {"person": spelt, "role": role, "valid_from": since.isoformat()}
        for (_, role), (spelt, since) in sorted(first.items())
    ]
