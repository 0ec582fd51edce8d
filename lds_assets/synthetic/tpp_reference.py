"""Files of a TPP configuration that belong to no practice: lists, codes, organisations, roles.

Code files and lists come whole in every delivery, organisations and staff with the bulk alone.
Each query names its columns as the file does and leaves out ``RemovedData``.
"""

from collections.abc import Callable, Iterable

from lds_assets.synthetic.form import Delivery, RunPlan
from lds_assets.synthetic.literal import literal, rows_of
from lds_assets.synthetic.population import PROVIDERS
from lds_assets.synthetic.tpp_lists import list_rows

#: unit of a trust that shares its records with the practices; the unit is invented
COMMUNITY_UNIT = "RYXZ1"
_COMMUNITY_TRUST = ("RYX", "Central London Community Healthcare NHS Trust")
#: staff of the community unit; their numbers lie beyond those of any practice
_COMMUNITY_STAFF = ((900001, "Sister Ada Fieldgate"), (900002, "Mr Noël Harbour"))

#: delivered whole every time; the others are deltas after the bulk
WHOLE_FILES = frozenset(
    {
        "SRMapping",
        "SRMappingGroup",
        "SRConfiguredListOption",
        "SRCtv3",
        "SRCtv3Hierarchy",
        "SRCtv3ToSnomed",
        "SRMedicationReadCodeDetails",
        "SRImmunisationContent",
    }
)
#: not split by publisher
REFERENCE_FILES = WHOLE_FILES | {
    "SROrganisation",
    "SROrganisationBranch",
    "SRCcg",
    "SRTrust",
    "SRStaffMember",
    "SRStaffMemberProfile",
    "SRStaffMemberProfileRole",
}


def reference_rows(table: str, plan: RunPlan, delivery: Delivery) -> str | None:
    """Return the query of a reference file's rows in a delivery, or None when it has none."""
    make = _QUERIES.get(table)
    if make is None or (delivery.day > 0 and table not in WHOLE_FILES):
        return None
    return make(plan, delivery)


def _table(columns: str, rows: Iterable[tuple[object, ...]]) -> str:
    named = ", ".join(f'"{name}"' for name in columns.split())
    return f"select * from (values {rows_of(rows)}) as listed({named})"


def _mapping(_plan: RunPlan, _delivery: Delivery) -> str:
    rows = [(row.row_id, row.list_id, row.term) for row in list_rows() if row.kind == "mapping"]
    return _table("RowIdentifier IdMappingGroup Mapping", rows)


def _mapping_group(_plan: RunPlan, _delivery: Delivery) -> str:
    groups = {row.list_id: row.list_name for row in list_rows() if row.kind == "mapping"}
    return _table("RowIdentifier Group", groups.items())


def _configured(_plan: RunPlan, _delivery: Delivery) -> str:
    rows = [
        (row.row_id, row.list_id, row.term, row.national_code or None)
        for row in list_rows()
        if row.kind == "configured"
    ]
    return _table("RowIdentifier ConfiguredList ConfiguredListOption CDSCode", rows)


def _roles(_plan: RunPlan, _delivery: Delivery) -> str:
    rows = [(row.row_id, row.term, "TRUE") for row in list_rows() if row.kind == "role"]
    return _table("RowIdentifier RoleDescription IsSpineRole", rows)


def _publisher(delivery: Delivery) -> str:
    """Return the practice that stands in a reference row: any will do, it owns nothing."""
    admitted = [each for each in delivery.practices if each.case == "consented"]
    return literal((admitted or list(delivery.practices))[0].practice_code)


def _codes_in_use(delivery: Delivery) -> str:
    # a new code reaches the code files a day after its first use
    return "kind <> 'late'" if delivery.day == 0 else "true"


def _ctv3(_plan: RunPlan, delivery: Delivery) -> str:
    return f"""select code_no + {1000000 * delivery.number} as "RowIdentifier",
        {_publisher(delivery)} as "IDOrganisationVisibleTo",
        ctv3_code as "Ctv3Code", term as "Ctv3Text"
    from (
        select code_no, ctv3_code, term from syn.code where {_codes_in_use(delivery)}
        union all select 500000 + drug_no_of_list, {_drug_code("")}, term from syn.drugcode
        union all values (600001, 'Xa1pQ', 'Allergic disorder'), (600002, 'X0003', 'Disorders'),
            (600003, 'X0001', 'Procedures')
    )"""


def _drug_code(prefix: str) -> str:
    return f"'?D' || lpad({prefix}drug_no_of_list::varchar, 3, '0')"


def _hierarchy(_plan: RunPlan, delivery: Delivery) -> str:
    return f"""select code_no + {1000000 * delivery.number} as "RowIdentifier",
        {_publisher(delivery)} as "IDOrganisationVisibleTo",
        case kind when 'allergy' then 'Xa1pQ' when 'procedure' then 'X0001' else 'X0003' end
            as "Ctv3CodeParent",
        ctv3_code as "Ctv3CodeChild", 1 as "ChildLevel"
    from syn.code where kind in ('allergy', 'diagnosis', 'procedure')"""


def _ctv3_to_snomed(_plan: RunPlan, delivery: Delivery) -> str:
    return f"""select code_no + {1000000 * delivery.number} as "RowIdentifier",
        {_publisher(delivery)} as "IDOrganisationVisibleTo",
        ctv3_code as "Ctv3Code", snomed_code as "SnomedCode"
    from syn.code where snomed_code is not null and {_codes_in_use(delivery)}"""


def _drug_codes(_plan: RunPlan, _delivery: Delivery) -> str:
    return f"""select drug_no_of_list as "RowIdentifier",
        sr_product(drug_no_of_list) as "IDMultiLexProduct",
        {_drug_code("")} as "DrugReadCode", term as "DrugReadCodeDesc"
    from syn.drugcode"""


def _vaccines(_plan: RunPlan, _delivery: Delivery) -> str:
    return """select code_no as "RowIdentifier", term as "Name", term as "Content"
    from syn.code where kind = 'immunisation'"""


def _ccg_numbers(plan: RunPlan) -> dict[str, int]:
    codes = sorted({practice.sub_icb_code for practice in plan.practices})
    return {code: number for number, code in enumerate(codes, 1)}


def _ccgs(plan: RunPlan, _delivery: Delivery) -> str:
    rows = [(n, f"Sub-ICB location {code}", code) for code, n in _ccg_numbers(plan).items()]
    return _table("RowIdentifier Name OdsCode", rows)


def _trusts(_plan: RunPlan, _delivery: Delivery) -> str:
    rows = [(n, name, code) for n, (code, name) in enumerate((_COMMUNITY_TRUST, *PROVIDERS), 1)]
    return _table("RowIdentifier Name OdsCode", rows)


def _organisations(plan: RunPlan, delivery: Delivery) -> str:
    ccgs = _ccg_numbers(plan)
    rows: list[tuple[object, ...]] = [
        (each.index, each.name, each.practice_code, each.postcode, -1, ccgs[each.sub_icb_code])
        for each in plan.practices
        if each.supplier_code == delivery.supplier_code
    ]
    rows.append((9001, "Community nursing, west", COMMUNITY_UNIT, "W2 1AA", 1, -1))
    # units without a code occur; nothing refers to them
    rows.append((9002, "Unit closed before 1999", None, None, -1, -1))
    named = _table("RowIdentifier Name ID FullPostCode IDTrust IDCcg", rows)
    return f"""select *, 'London' as "NameOfTown", (10 + "RowIdentifier" % 90) as "HouseNumber",
        'High Road' as "NameOfRoad",
        '020 7946 0' || lpad(("RowIdentifier" % 1000)::varchar, 3, '0') as "Telephone",
        case when "ID" is null then 'TRUE' else 'FALSE' end as "MadeObsolete"
    from ({named})"""


def _community_staff(_plan: RunPlan, _delivery: Delivery) -> str:
    rows = [(n, name, "NMC", 0) for n, name in _COMMUNITY_STAFF]
    return _table("RowIdentifier StaffName NationalIdType Obsolete", rows)


def _community_profiles(_plan: RunPlan, _delivery: Delivery) -> str:
    return f"""select staff_no * 10 + 1 as "RowIdentifier", [[role:Community Nurse]]
        as "IDStaffMemberProfileRole", 'Community Nurse' as "StaffRole",
        staff_no as "IDStaffMember", {literal(COMMUNITY_UNIT)} as "IDOrganisation"
    from (values {rows_of(_COMMUNITY_STAFF)}) as listed(staff_no, name)"""


_QUERIES: dict[str, Callable[[RunPlan, Delivery], str]] = {
    "SRMapping": _mapping,
    "SRMappingGroup": _mapping_group,
    "SRConfiguredListOption": _configured,
    "SRStaffMemberProfileRole": _roles,
    "SRCtv3": _ctv3,
    "SRCtv3Hierarchy": _hierarchy,
    "SRCtv3ToSnomed": _ctv3_to_snomed,
    "SRMedicationReadCodeDetails": _drug_codes,
    "SRImmunisationContent": _vaccines,
    "SRCcg": _ccgs,
    "SRTrust": _trusts,
    "SROrganisation": _organisations,
    "SRStaffMember": _community_staff,
    "SRStaffMemberProfile": _community_profiles,
}
