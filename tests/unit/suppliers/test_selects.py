"""What a select says of itself, read from its text alone."""

import pytest

from lds_assets.plugin.selects import UNKNOWN, NotASelect, macro_facts, select_facts

RELATIONS = {
    "person": {"uid": "VARCHAR", "name": "VARCHAR", "born": "DATE", "gone": "BOOLEAN"},
    "visit": {"uid": "VARCHAR", "person": "VARCHAR", "note": "VARCHAR"},
}

EMPTY = [
    ("null", True),
    ("cast(null as varchar)", True),
    ("case when gone then null end", True),
    ("case when gone then null else cast(null as date) end", True),
    ("coalesce(null, cast(null as varchar))", True),
    ("nullif(null, 1)", True),
    ("upper(trim(null))", True),
    ("case when gone then null else name end", False),
    ("coalesce(null, name)", False),
    ("nullif(gone, true)", False),
    ("count(null)", False),
    ("name", False),
    ("false", False),
]


@pytest.mark.parametrize(("value", "is_empty"), EMPTY)
def test_a_column_is_empty_only_where_that_is_certain(value: str, is_empty: bool) -> None:
    facts = select_facts(f"select {value} as told from raw.person", RELATIONS)
    assert facts.columns == {"told": is_empty}
    assert facts.empty_columns == (frozenset({"told"}) if is_empty else frozenset())


def test_an_empty_column_is_followed_through_ctes_stars_and_subqueries() -> None:
    facts = select_facts(
        "with base as (select *, null as nothing, uid as something from raw.person), "
        "middle as (select * from base) "
        "select lost.nothing, middle.something, middle.nothing as again "
        "from middle inner join (select nothing, uid from base) as lost on lost.uid = middle.uid",
        RELATIONS,
    )
    assert facts.columns == {"nothing": True, "something": False, "again": True}


def test_a_column_of_a_union_is_empty_when_every_part_is() -> None:
    facts = select_facts(
        "with both as (select null as a, null as b from raw.person union all "
        "select uid as a, null as b from raw.visit) select * from both",
        RELATIONS,
    )
    assert facts.columns == {"a": False, "b": True}


RECIPES = [
    ("select lds_id('p', uid) as id from raw.person", {"LDS_ID('p', person.uid)"}),
    # both relations of a table hold its rows
    (
        "with own as (select uid as k from raw.person union all select uid from raw_all.person) "
        "select lds_id('p', k) as id from own",
        {"LDS_ID('p', person.uid)"},
    ),
    # the part that makes a row decides, though both are made of one column
    (
        "select lds_id('a', uid) as id from raw.person where gone "
        "union all select lds_id('b', uid) as id from raw.person",
        {"LDS_ID('a', person.uid)", "LDS_ID('b', person.uid)"},
    ),
    (
        "select lds_id('p', uid) as id, name from raw.person "
        "union all by name select name, uid as id from raw.person",
        {"LDS_ID('p', person.uid)", "person.uid"},
    ),
    (
        "with own as (select *, case when gone then 'a' end as kind from raw.person) "
        "select lds_id(kind, uid) as id from own",
        {"LDS_ID(CASE WHEN person.gone THEN 'a' END, person.uid)"},
    ),
]


@pytest.mark.parametrize(("text", "recipes"), RECIPES)
def test_an_id_is_followed_to_the_raw_columns_it_is_made_of(text: str, recipes: set[str]) -> None:
    assert {each.text for each in select_facts(text, RELATIONS).recipes["id"]} == recipes


@pytest.mark.parametrize(
    "value",
    [
        "row_number() over (order by uid)",
        "(select max(note) from raw.visit as v where v.person = p.uid)",
    ],
)
def test_an_id_made_of_more_than_its_row_is_of_unknown_columns(value: str) -> None:
    found = select_facts(f"select {value} as id from raw.person as p", RELATIONS).recipes["id"]
    assert [each.columns for each in found] == [frozenset({UNKNOWN})]


def test_an_id_of_a_made_relation_has_no_recipe() -> None:
    text = "select one.id from raw.person cross join unnest(['a', 'b']) as one (id)"
    found = select_facts(text, RELATIONS).recipes["id"]
    assert all(UNKNOWN in each.columns for each in found)


def test_only_columns_the_result_depends_on_are_read() -> None:
    facts = select_facts(
        "with own as (select * from raw.person where not gone) "
        "select own.uid from own inner join raw_all.visit as v on v.person = own.uid",
        RELATIONS,
    )
    assert facts.reads == {("person", "uid"), ("person", "gone"), ("visit", "person")}


def test_a_correlated_subquery_reads_what_it_names() -> None:
    facts = select_facts(
        "select uid from raw.person as p where exists "
        "(select 1 from raw.visit as v where v.person = p.uid and v.note <> p.name)",
        RELATIONS,
    )
    assert facts.reads == {
        ("person", "uid"),
        ("person", "name"),
        ("visit", "person"),
        ("visit", "note"),
    }


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        ("raw.person", set()),
        ("raw.other", {"raw.other"}),
        ("person", {"person"}),
        ("stored.person", {"stored.person"}),
        ("lake.raw.person", {"lake.raw.person"}),
        ("'/etc/passwd'", {"/etc/passwd"}),
    ],
)
def test_relations_that_are_not_the_suppliers_are_foreign(source: str, foreign: set[str]) -> None:
    assert select_facts(f"select 1 as one from {source}", RELATIONS).foreign == foreign


@pytest.mark.parametrize(
    "call",
    [
        "now()",
        "current_date",
        "today()",
        "random()",
        "uuid()",
        "getenv('HOME')",
        "current_timestamp",
    ],
)
def test_functions_that_differ_between_runs_are_forbidden(call: str) -> None:
    assert select_facts(f"select {call} as one from raw.person", RELATIONS).forbidden


@pytest.mark.parametrize(
    "source",
    ["read_csv('x')", "read_parquet('x')", "glob('*')", "delta_scan('x')", "read_text('x')"],
)
def test_functions_that_read_files_are_forbidden(source: str) -> None:
    assert select_facts(f"select 1 as one from {source}", RELATIONS).forbidden


@pytest.mark.parametrize(
    "text",
    ["", "select 1; select 2", "drop table raw.person", "copy (select 1) to 'x'", "select ("],
)
def test_what_is_not_one_select_is_refused(text: str) -> None:
    with pytest.raises(NotASelect):
        select_facts(text, RELATIONS)


def test_a_macro_is_told_by_name_and_reach() -> None:
    (plain, reaching) = macro_facts(
        "create or replace macro own_a(x) as upper(x);\n"
        "create macro own_b() as (select max(uid) from read_csv('x'));"
    )
    assert (plain.name, plain.reads, plain.forbidden) == ("own_a", frozenset(), frozenset())
    assert reaching.name == "own_b"
    assert reaching.forbidden


def test_words_are_read_as_the_rows_of_concept_that_they_become() -> None:
    facts = select_facts(
        "with word as (select 'system' as system, name as code, null as display from raw.person) "
        "select * from lds_words('word')",
        RELATIONS,
    )
    assert ("person", "name") in facts.reads and facts.foreign == facts.unread == frozenset()
    assert facts.columns["display"] is True
    assert facts.columns["concept_id"] is False
    assert facts.forbidden == frozenset()


@pytest.mark.parametrize("named", ["'raw.person'", "'person'", "'word' || 's'", "name", ""])
def test_words_are_of_a_relation_of_the_select_itself(named: str) -> None:
    with pytest.raises(NotASelect, match="takes the name of a relation of the select"):
        select_facts(
            f"with word as (select name from raw.person) select * from lds_words({named})",
            RELATIONS,
        )


def test_a_relation_that_nothing_reads_is_told() -> None:
    facts = select_facts(
        "with used as (select uid from raw.person), spare as (select * from used) "
        "select * from used",
        RELATIONS,
    )
    assert facts.unread == {"spare"}
