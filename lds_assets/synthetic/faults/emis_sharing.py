"""Scenarios of EMIS practices: agreements, mass deletions, second bulks, organisation codes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lds_assets.synthetic.emis_dictionary import read_columns, read_keys
from lds_assets.synthetic.faults.emis_edit import (
    AGREEMENT,
    OBSERVATION,
    ORGANISATION,
    PATIENT,
    Row,
    append,
    change,
    deletion,
    first,
    invented,
    is_live,
    of,
    path_of,
    read,
    scenario,
    state,
    template,
    write,
)
from lds_assets.synthetic.faults.scenario import FileFault, Scenario, Written

if TYPE_CHECKING:
    from lds_assets.synthetic.generate import GenerationReport

#: Tables that do not change with a practice's records.
_KEPT = frozenset({AGREEMENT, "Coding_ClinicalCode", "Coding_DrugCode"})
_CYRILLIC_IE = "\u0415"


def _list_branch(folder: Path, report: "GenerationReport") -> None:
    """Let the register list a branch of the first EMIS practice."""
    cases = ((each.supplier_code, each.case, each.code) for each in report.practices)
    code = next(code for supplier, case, code in cases if (supplier, case) == ("emis", "consented"))
    row = f"{code}001,{code},2015-01-01,"
    text = f"branch_code,practice_code,valid_from,valid_to\n{row}\n"
    (folder / "branch.csv").write_text(text, encoding="utf-8")


def _marked(day: int = -1, **flags: str) -> FileFault:
    """Return a fault that sets flags of the first practice's agreement row."""
    return lambda written: change(
        written[day][1], AGREEMENT, of(first(written), lambda row: row | flags)
    )


def _emptied(written: Written, day: int = -1) -> None:
    """Take every row of the first practice out of a delivery, but for its agreement."""
    for table, columns in read_columns().items():
        if "OrganisationGuid" in columns and table not in _KEPT:
            change(written[day][1], table, of(first(written), lambda _: None))


def _feed_vanished(written: Written) -> None:
    change(written[-1][1], AGREEMENT, of(first(written), lambda _: None))


def _feed_disabled_empty(written: Written) -> None:
    _marked(Disabled="true")(written)
    _emptied(written)


def _feed_disabled_deletes(written: Written) -> None:
    _marked(Disabled="true")(written)
    _mass_delete(written)


def _feed_reenabled(written: Written) -> None:
    day = min(1, len(written) - 1)
    _marked(day, Disabled="true")(written)
    _emptied(written, day)


def _practice_empty(written: Written) -> None:
    _emptied(written)


def _deletes(table: str, share: float, *, day: int = -1) -> FileFault:
    """Return a fault that deletes a share of the first practice's live records."""

    def fault(written: Written) -> None:
        delivery, folder = written[day]
        known = state(written[: written.index(written[day]) + 1], table)
        own = [row for row in known if row["OrganisationGuid"] == first(written)]
        append(folder, table, [deletion(row, delivery) for row in own[: int(len(own) * share)]])

    return fault


def _mass_delete(written: Written) -> None:
    rows = [row for row in read(written[0][1], PATIENT).rows if is_live(row)]
    own = [row for row in rows if row["OrganisationGuid"] == first(written)]
    append(written[-1][1], PATIENT, [deletion(row, written[-1][0]) for row in own])


def _rebulk(written: Written, keep: Callable[[int, Row], bool] = lambda _place, _row: True) -> None:
    """Turn the newest delivery into a full one; ``keep`` chooses the first practice's patients."""
    delivery, folder = written[-1]
    own = [row for row in state(written, PATIENT) if row["OrganisationGuid"] == first(written)]
    gone = {row["PatientGuid"] for place, row in enumerate(own) if not keep(place, row)}
    gone |= _deleted_patients(written)
    rows = {table: _full(written, table, gone) for table in read_columns() if table not in _KEPT}
    for table, columns in read_columns().items():
        if table in rows:
            number = {"ProcessingId": str(delivery.number)}
            write(folder, table, columns, [row | number for row in rows[table]])
        path = path_of(folder, table)
        path.rename(path.with_name(path.name.replace("delta_", "bulk_", 1)))


def _full(written: Written, table: str, gone: Iterable[str]) -> list[Row]:
    """Return all rows of a table but those of patients who are gone."""
    left_out = set(gone)
    rows = state(written, table) if table in read_keys() else _every(written, table)
    return [row for row in rows if row.get("PatientGuid") not in left_out]


def _every(written: Written, table: str) -> list[Row]:
    return [row for _, folder in written for row in read(folder, table).rows]


def _deleted_patients(written: Written) -> set[str]:
    live = {row["PatientGuid"] for row in state(written, PATIENT)}
    return {row["PatientGuid"] for row in _every(written, PATIENT)} - live


def _rebulk_short(written: Written) -> None:
    _rebulk(written, lambda place, _: place % 2 == 0)


def _coded(code: Callable[[str], str], *, day: int = 0) -> FileFault:
    """Return a fault that gives the first practice another ODS code in its organisation row."""

    def fault(written: Written) -> None:
        own = of(first(written), lambda row: row | {"ODSCode": code(row["ODSCode"])})
        change(written[day][1], ORGANISATION, own)

    return fault


def _ods_code_changed(written: Written, day: int = -1) -> None:
    row = template(written, ORGANISATION)
    append(written[day][1], ORGANISATION, [row | {"ODSCode": "A99999"}])


def _ods_code_changed_before(written: Written) -> None:
    _ods_code_changed(written, min(1, len(written) - 1))


def _own_commissioner(written: Written) -> None:
    own = of(first(written), lambda row: row | {"CCGOrganisationGuid": row["OrganisationGuid"]})
    change(written[0][1], ORGANISATION, own)


def _blank_owner(written: Written) -> None:
    rows = [
        template(written, OBSERVATION)
        | {"OrganisationGuid": "", "ObservationGuid": invented(number)}
        for number in range(3)
    ]
    append(written[-1][1], OBSERVATION, rows)


def _unknown_owner(written: Written) -> None:
    unknown = {"OrganisationGuid": invented(100)}
    rows = [template(written, OBSERVATION) | unknown | {"ObservationGuid": invented(1)}]
    append(written[-1][1], OBSERVATION, rows)


def _another_practice(code: Callable[[str], str]) -> FileFault:
    """Return a fault that adds an organisation with a code, its agreement and two of its rows."""

    def fault(written: Written) -> None:
        folder = written[-1][1]
        organisation = {"OrganisationGuid": invented(200)}
        own = template(written, ORGANISATION)
        append(folder, ORGANISATION, [own | organisation | {"ODSCode": code(own["ODSCode"])}])
        append(folder, AGREEMENT, [template(written, AGREEMENT) | organisation])
        append(folder, PATIENT, [template(written, PATIENT) | organisation])

    return fault


SCENARIOS: tuple[Scenario, ...] = (
    scenario(
        "feed_disabled",
        "the newest EMIS delivery marks its first practice as disabled",
        _marked(Disabled="true"),
    ),
    scenario(
        "feed_deleted",
        "the newest EMIS delivery marks its first practice as taken out of the group",
        _marked(Deleted="true"),
    ),
    scenario(
        "feed_not_activated",
        "the newest EMIS delivery marks its first practice as not activated",
        _marked(IsActivated="false"),
    ),
    scenario(
        "feed_vanished",
        "the newest EMIS delivery has no agreement row of its first practice",
        _feed_vanished,
    ),
    scenario(
        "agreement_goes_back",
        "the newest EMIS delivery shows its first practice as disabled, in a row older than before",
        _marked(Disabled="true", LastModifiedDate="2024-01-31 09:30:00"),
    ),
    scenario(
        "feed_disabled_empty",
        "the newest EMIS delivery marks its first practice as disabled and holds none of its rows",
        _feed_disabled_empty,
    ),
    scenario(
        "feed_disabled_deletes",
        "the newest EMIS delivery marks its first practice as disabled and deletes its patients",
        _feed_disabled_deletes,
    ),
    scenario(
        "feed_reenabled",
        "the first EMIS delta marks the first practice as disabled, the next one goes on",
        _feed_reenabled,
    ),
    scenario(
        "practice_empty",
        "the newest EMIS delivery holds no row of its first practice, which is active",
        _practice_empty,
    ),
    scenario(
        "mass_delete",
        "the newest EMIS delta deletes every patient of its first practice",
        _mass_delete,
    ),
    scenario(
        "delete_storm",
        "the newest EMIS delta deletes 60 % of the patients of its first practice",
        _deletes(PATIENT, 0.6),
    ),
    scenario(
        "delete_storm_of_entries",
        "the newest EMIS delta deletes 60 % of the observations of its first practice",
        _deletes(OBSERVATION, 0.6),
    ),
    scenario(
        "delete_storm_before",
        "the first EMIS delta deletes 60 % of the patients of its first practice, the next goes on",
        _deletes(PATIENT, 0.6, day=1),
    ),
    scenario(
        "deletes_of_few",
        "the newest EMIS delta deletes 10 % of the patients of its first practice",
        _deletes(PATIENT, 0.1),
    ),
    scenario(
        "rebulk",
        "the newest EMIS delivery is a second bulk that nobody announced",
        _rebulk,
    ),
    scenario(
        "rebulk_short",
        "the newest EMIS delivery is a second bulk without half of the first practice's patients",
        _rebulk_short,
    ),
    scenario(
        "ods_code_changed",
        "the newest EMIS delivery gives its first practice another ODS code",
        _ods_code_changed,
    ),
    scenario(
        "ods_code_changed_before",
        "the first EMIS delta gives its first practice another ODS code, the next one goes on",
        _ods_code_changed_before,
    ),
    replace(
        scenario(
            "ods_code_of_branch",
            "the EMIS bulk gives the first practice the ODS code of one of its branches",
            _coded(lambda code: f"{code}001"),
        ),
        register=_list_branch,
    ),
    scenario(
        "ods_code_of_unknown_branch",
        "the EMIS bulk gives the first practice the ODS code of a branch no register lists",
        _coded(lambda code: f"{code}002"),
    ),
    scenario(
        "ods_code_padded",
        "the EMIS bulk writes the first practice's ODS code in small letters between blanks",
        _coded(lambda code: f" {code.lower()} "),
    ),
    scenario(
        "ods_code_look_alike",
        "the EMIS bulk writes the first practice's ODS code with a Cyrillic letter",
        _coded(lambda code: _CYRILLIC_IE + code[1:]),
    ),
    scenario(
        "ods_code_not_registered",
        "the EMIS bulk gives the first practice an ODS code that no register holds",
        _coded(lambda _: "A99998"),
    ),
    scenario(
        "own_commissioner",
        "the EMIS bulk names the first practice as its own commissioner",
        _own_commissioner,
    ),
    scenario(
        "blank_owner",
        "the newest EMIS delivery has three observations without an organisation",
        _blank_owner,
    ),
    scenario(
        "unknown_owner",
        "the newest EMIS delivery has an observation of an organisation it does not name",
        _unknown_owner,
    ),
    scenario(
        "practice_not_registered",
        "the newest EMIS delivery holds rows of a practice that no register knows",
        _another_practice(lambda _: "A99998"),
    ),
    scenario(
        "practice_look_alike",
        "the newest EMIS delivery holds rows of a practice whose code has a Cyrillic letter",
        _another_practice(lambda code: _CYRILLIC_IE + code[1:]),
    ),
)
