"""Faults of single TPP rows, added to the newest delta of one configuration.

Added rows copy a live row of the first practice's bulk and carry numbers of their own, see
``number``. Rule source: TPP extract semantics 3 to 10.
"""

from lds_assets.synthetic.faults.scenario import FileFault, Written
from lds_assets.synthetic.faults.tpp_edit import (
    Row,
    append,
    change,
    first_practice,
    is_live,
    path_of,
    read,
    state,
    template,
    write,
)

#: beyond the numbers the generator gives; within 32 bit
_FIRST_NUMBER = 1_900_000_000
_PLACES = 10
#: numbers that a 32-bit integer, or a floating point number, cannot hold
HUGE_NUMBERS = ("9007199254740993", "9007199254740995")
HUGE_PATIENT = "5000000001"
UNUSUAL_TEXT = "½ tablet “as directed”, café €2"
BROKEN_TEXT = 'one, then\r\n"two" daily'
LOCAL_CODE = "Y0F99"
#: two codes that differ in their case alone
CASE_CODES = ("Xf4qA", "XF4Qa")
UNKNOWN_REGISTRATION = "Zodiac"
#: the list of patients that a content filter takes out names no unit
FILTERED = "SRPatientRemovedByContentFilter"
FILTERED_COLUMNS = ("IDPatient", "RemovedData")


def number(fault: str, place: int = 0) -> str:
    """Return the number of a row that a fault adds; every fault has ten.

    Raises:
        ValueError: no such fault.
    """
    return str(_FIRST_NUMBER + list(FAULTS).index(fault) * _PLACES + place)


def _others(written: Written) -> str:
    """Return another practice of the same configuration, else the only one."""
    return written[-1][0].practices[-1].practice_code


def _add(written: Written, table: str, fault: str, *changes: Row) -> None:
    """Append a row per change to the newest delta, numbered in order unless the change does it."""
    base = template(written, table, first_practice(written))
    rows = [
        base | {"RowIdentifier": number(fault, place)} | each for place, each in enumerate(changes)
    ]
    append(written[-1][1], table, rows)


def _removed(row: Row) -> Row:
    kept = {name: row[name] for name in ("RowIdentifier", "IDOrganisationVisibleTo")}
    return dict.fromkeys(row, "") | kept | {"RemovedData": "1"}


# -- removal -------------------------------------------------------------------------------------


def _removed_rows(written: Written) -> None:
    practice, (_, folder) = first_practice(written), written[-1]
    for table in ("SRCode", "SRAppointment", "SREvent", "SRPrimaryCareMedication"):
        sent = {row["RowIdentifier"] for row in read(folder, table).rows}
        row = next(
            row
            for row in read(written[0][1], table).rows
            if row["IDOrganisationVisibleTo"] == practice
            and row["IDPatient"] not in ("", "-1")
            and row["RowIdentifier"] not in sent
        )
        append(folder, table, [_removed(row)])


def _removed_patient(written: Written) -> None:
    row = template(written, "SRPatient", first_practice(written))
    append(written[-1][1], "SRPatient", [_removed(row)])


def _filtered_patient(written: Written) -> None:
    patient = template(written, "SRPatient", first_practice(written))["RowIdentifier"]
    folder = written[-1][1]
    write(folder, FILTERED, FILTERED_COLUMNS, [{"IDPatient": patient, "RemovedData": "0"}])
    manifest = read(folder, "SRManifest")
    like = next(row for row in manifest.rows if row["FileName"] == "SRPatient")
    listed = [*manifest.rows, like | {"FileName": FILTERED}]
    write(folder, "SRManifest", manifest.columns, listed)


# -- keys ----------------------------------------------------------------------------------------


def _same_number(written: Written) -> None:
    """Use one number in two pairs of files that feed one table, at two practices."""
    for practice in (first_practice(written), _others(written)):
        for table in ("SRCode", "SRImmunisation", "SRRepeatTemplate", "SRPrimaryCareMedication"):
            row = template(written, table, practice)
            append(written[-1][1], table, [row | {"RowIdentifier": number("tpp_same_number")}])


def _visit_and_appointment(written: Written) -> None:
    fault = "tpp_visit_and_appointment"
    patient = template(written, "SRPatient", first_practice(written))["RowIdentifier"]
    for table in ("SRVisit", "SRAppointment"):
        _add(written, table, fault, {"IDPatient": patient})


def _seen_by_two_units(written: Written) -> None:
    """Show a patient and an entry of the first practice to the other one, under their numbers."""
    practice, other = first_practice(written), _others(written)
    patient = template(written, "SRPatient", practice)
    code = template(written, "SRCode", practice, IDPatient=patient["RowIdentifier"])
    here = {"IDOrganisationVisibleTo": other}
    append(written[-1][1], "SRPatient", [patient | here])
    shared = {"RowIdentifier": number("tpp_seen_by_two_units")}
    # each answers for its own copy
    there = shared | here | {"IDOrganisationRegisteredAt": other}
    append(written[-1][1], "SRCode", [code | shared, code | there])


def _blank_key(written: Written) -> None:
    _add(written, "SRCode", "tpp_blank_key", {"RowIdentifier": ""})


def _blank_owner(written: Written) -> None:
    _add(written, "SRCode", "tpp_blank_owner", {"IDOrganisationVisibleTo": ""})


def _huge_ids(written: Written) -> None:
    practice = first_practice(written)
    patient = template(written, "SRPatient", practice)
    append(written[-1][1], "SRPatient", [patient | {"RowIdentifier": HUGE_PATIENT}])
    changes = [{"RowIdentifier": each, "IDPatient": HUGE_PATIENT} for each in HUGE_NUMBERS]
    _add(written, "SRCode", "tpp_huge_ids", *changes)


# -- text and values -----------------------------------------------------------------------------


def _unusual_text(written: Written) -> None:
    _add(written, "SRRepeatTemplate", "tpp_unusual_text", {"MedicationDosage": UNUSUAL_TEXT})


def _line_break(written: Written) -> None:
    _add(written, "SRRepeatTemplate", "tpp_line_break", {"MedicationDosage": BROKEN_TEXT})


def _bad_values(written: Written) -> None:
    _add(
        written,
        "SRCode",
        "tpp_bad_values",
        {"DateEvent": "2026-11-19"},
        {"IsNumeric": "perhaps"},
        {"IDPatient": "many"},
    )


def _filler_numbers(written: Written) -> None:
    _add(
        written,
        "SRCode",
        "tpp_filler_numbers",
        {"IsNumeric": "FALSE", "NumericValue": "0.0", "NumericUnit": ""},
        {"IsNumeric": "FALSE", "NumericValue": "-1", "NumericUnit": ""},
        {"IsNumeric": "TRUE", "NumericValue": "0.0", "NumericUnit": "mmol/L"},
    )


def _typed_drugs(written: Written) -> None:
    _add(
        written,
        "SRRepeatTemplate",
        "tpp_typed_drugs",
        {"NameOfMedication": "TEXTUAL DRUG : invented balm", "IDMultiLexDMD": "-1"},
        {"MedicationQuantity": "2.5 ml", "IDMultiLexDMD": "39720311000001101"},
    )


# -- codes ---------------------------------------------------------------------------------------


def _no_snomed(written: Written) -> None:
    _add(written, "SRCode", "tpp_no_snomed", *({"SNOMEDCode": each} for each in ("-1", "0", "")))


def _local_code(written: Written) -> None:
    row = {"CTV3Code": LOCAL_CODE, "SNOMEDCode": "-1", "SNOMEDText": ""}
    _add(written, "SRCode", "tpp_local_code", row)


def _case_of_codes(written: Written) -> None:
    rows = [{"CTV3Code": code, "SNOMEDCode": "-1", "SNOMEDText": ""} for code in CASE_CODES]
    _add(written, "SRCode", "tpp_case_of_codes", *rows)


def _two_problems(written: Written) -> None:
    """Put two problems on one entry; one has ended, the other goes on."""
    fault = "tpp_two_problems"
    _add(written, "SRCode", fault, {})
    of_entry = {"IDCode": number(fault)}
    _add(written, "SRProblem", fault, of_entry | {"DateEnd": "01 Nov 2026 00:00:00"}, of_entry)


def _renumbered_mapping(written: Written) -> None:
    """Give every word of the static lists another number, in the newest delivery alone."""
    folder = written[-1][1]
    numbers = {row["RowIdentifier"] for row in read(folder, "SRMapping").rows}
    change(
        folder,
        "SRMapping",
        lambda row: row.update(RowIdentifier=f"8{row['RowIdentifier']}"),
    )
    for table in ("SRAppointment", "SRVisit", "SRPatientAddressHistory", "SRCode"):

        def renumber(row: Row) -> None:
            listed = ("AppointmentStatus", "VisitStatus", "CurrentStatus", "AddressType")
            for name in (*listed, "EpisodeType"):
                if row.get(name) in numbers:
                    row[name] = f"8{row[name]}"

        change(folder, table, renumber)


# -- registration and owner ----------------------------------------------------------------------


def _unknown_registration(written: Written) -> None:
    _add(
        written,
        "SRPatientRegistration",
        "tpp_unknown_registration",
        {"RegistrationStatus": UNKNOWN_REGISTRATION},
        {"RegistrationStatus": f"{UNKNOWN_REGISTRATION}, GMS"},
    )


def _registration_null(written: Written) -> None:
    folder = written[-1][1]
    file, practice = read(folder, "SRPatientRegistration"), first_practice(written)
    # rows of others stay where they are
    kept = [
        row | {"RegistrationStatus": ""} if row["IDOrganisationVisibleTo"] == practice else row
        for row in file.rows
    ]
    rows = [
        row | {"RegistrationStatus": ""}
        for row in state(written, "SRPatientRegistration")
        if row["IDOrganisationVisibleTo"] == practice and row not in file.rows
    ]
    assert rows and is_live(rows[0])
    write(folder, "SRPatientRegistration", file.columns, [*kept, *rows])


def _foreign_controller(written: Written) -> None:
    """Add entries made elsewhere, at a practice where their patient was never registered."""
    rows = [{"IDOrganisationRegisteredAt": "Y99999"}, {"IDOrganisationRegisteredAt": ""}]
    _add(written, "SRCode", "tpp_foreign_controller", *rows)


# -- links ---------------------------------------------------------------------------------------


def _dangling_links(written: Written) -> None:
    fault = "tpp_dangling_links"
    nobody = number(fault, 9)
    _add(written, "SREvent", fault, {"IDProfileEnteredBy": nobody, "IDDoneBy": ""})
    _add(
        written,
        "SREventLink",
        fault,
        {"IDEvent": number(fault), "IDAppointment": nobody, "IDVisit": "-1"},
    )
    _add(written, "SRCode", fault, {"IDEvent": nobody, "IDProfileEnteredBy": nobody})
    issue = {"IsRepeatMedication": "TRUE", "IDRepeatTemplate": nobody}
    elsewhere = ("IsOtherMedication", "IsDentalMedication", "IsHospitalMedication")
    _add(written, "SRPrimaryCareMedication", fault, issue | dict.fromkeys(elsewhere, "FALSE"))


def _no_patient(written: Written) -> None:
    for table in ("SRAppointment", "SRVisit"):
        _add(written, table, "tpp_no_patient", {"IDPatient": "-1"}, {"IDPatient": ""})


def _staff_absent(written: Written) -> None:
    """Leave the staff files out of every delivery: they are chosen per configuration."""
    for _, folder in written:
        for table in ("SRStaffMember", "SRStaffMemberProfile"):
            path_of(folder, table).unlink()
        manifest = read(folder, "SRManifest")
        kept = [row for row in manifest.rows if not row["FileName"].startswith("SRStaffMember")]
        kept += [row for row in manifest.rows if row["FileName"] == "SRStaffMemberProfileRole"]
        write(folder, "SRManifest", manifest.columns, kept)


#: name -> (meaning, what it does)
FAULTS: dict[str, tuple[str, FileFault]] = {
    "tpp_removed_rows": ("records are removed by rows that hold their key alone", _removed_rows),
    "tpp_removed_patient": ("a patient is removed, their records are not", _removed_patient),
    "tpp_filtered_patient": ("the content filter takes a patient out", _filtered_patient),
    "tpp_same_number": ("one number in two files and at two practices", _same_number),
    "tpp_visit_and_appointment": (
        "a visit and an appointment share a number",
        _visit_and_appointment,
    ),
    "tpp_seen_by_two_units": ("a record is seen by two practices", _seen_by_two_units),
    "tpp_blank_key": ("a row has no RowIdentifier", _blank_key),
    "tpp_blank_owner": ("a row names no unit", _blank_owner),
    "tpp_huge_ids": ("numbers beyond 32 bit and beyond exact floats", _huge_ids),
    "tpp_unusual_text": ("typed text of characters beyond ASCII", _unusual_text),
    "tpp_line_break": ("typed text with a comma, quotes and a line break", _line_break),
    "tpp_bad_values": ("a date, a truth and a number that are none", _bad_values),
    "tpp_filler_numbers": ("filler numbers where no number was measured", _filler_numbers),
    "tpp_typed_drugs": ("a typed drug without a code, a quantity with decimals", _typed_drugs),
    "tpp_no_snomed": ("entries whose SNOMED code is -1, 0 or blank", _no_snomed),
    "tpp_local_code": ("an entry with a code of TPP's own, unknown to the code files", _local_code),
    "tpp_case_of_codes": ("two codes that differ in their case alone", _case_of_codes),
    "tpp_two_problems": ("two problems on one entry, one of them ended", _two_problems),
    "tpp_renumbered_mapping": (
        "the static lists have other numbers than before",
        _renumbered_mapping,
    ),
    "tpp_unknown_registration": ("registrations of a kind nobody knows", _unknown_registration),
    "tpp_registration_null": ("no registration of a practice has a kind", _registration_null),
    "tpp_foreign_controller": ("entries of patients registered elsewhere", _foreign_controller),
    "tpp_dangling_links": ("links to rows that never came", _dangling_links),
    "tpp_no_patient": ("appointments and visits without a patient", _no_patient),
    "tpp_staff_absent": ("the configuration holds no staff files", _staff_absent),
}
