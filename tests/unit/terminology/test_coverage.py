"""Records are counted by whether their code stands for a SNOMED CT concept."""

import duckdb

from lds_assets.canonical.tables import CANONICAL_TABLES
from lds_assets.terminology.coverage import ConceptCoverage, coded_tables, concept_coverage


def test_every_event_table_has_a_code_that_says_what_a_record_is() -> None:
    assert sorted(coded_tables(CANONICAL_TABLES)) == [
        "allergy_intolerance",
        "diagnostic_order",
        "encounter",
        "medication_order",
        "medication_statement",
        "observation",
        "procedure_request",
        "referral_request",
    ]


def test_a_record_counts_once_however_its_code_is_mapped() -> None:
    connection = duckdb.connect()
    connection.execute(
        """
        create table concept as select * from (values
            ('own', 'http://snomed.info/sct'), ('twice', 'urn:a'), ('none', 'urn:a'),
            ('undecided', 'urn:a'), ('given-up', 'urn:a'), ('elsewhere', 'urn:a')
        ) as rows (concept_id, system);
        create table concept_map as select * from (values
            ('twice', 'http://snomed.info/sct', true, 'EQUIVALENT'),
            ('twice', 'http://snomed.info/sct', true, 'EQUAL'),
            ('own', 'http://snomed.info/sct', true, 'EQUAL'),
            ('undecided', 'http://snomed.info/sct', false, 'EQUIVALENT'),
            ('given-up', 'http://snomed.info/sct', true, 'UNMATCHED'),
            ('elsewhere', 'urn:a', true, 'EQUAL')
        ) as rows (source_concept_id, target_system, is_primary, equivalence);
        create table observation as select * from (values
            ('E', 'own', false), ('E', 'twice', false), ('E', 'none', false), ('E', null, false),
            ('E', 'undecided', false), ('E', 'given-up', false), ('E', 'elsewhere', false),
            ('E', 'own', true), ('T', 'twice', false)
        ) as rows (lds_source_dataset, observation_source_concept_id, lds_is_deleted)
        """
    )
    found = concept_coverage(connection, "main", ["observation", "patient"])
    assert found == [
        ConceptCoverage("observation", "E", rows=7, coded=6, mapped=2),
        ConceptCoverage("observation", "T", rows=1, coded=1, mapped=1),
    ]
    assert [round(each.share, 3) for each in found] == [0.286, 1.0]
