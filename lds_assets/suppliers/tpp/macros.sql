-- Expressions that several selects of this folder share. Rule source: tpp_to_olids.csv.

-- the code of an entry: SNOMED CT when its number is positive, else CTV3, a leading Y being TPP's
create or replace macro tpp_code_id(snomed_code, ctv3_code) as
case
    when snomed_code > 0 then lds_concept_id('http://snomed.info/sct', snomed_code)
    when ctv3_code like 'Y%' then lds_concept_id('urn:lds:tpp:code', ctv3_code)
    else lds_concept_id('http://read.info/ctv3', ctv3_code)
end;

-- how precise a wall-clock time is; a removed row says nothing
create or replace macro tpp_precision_id(wall_clock, is_removed) as
lds_concept_id(
    'urn:lds:tpp:date-precision',
    case
        when is_removed then null
        when wall_clock is null then 'unknown'
        when cast(wall_clock as time) = time '00:00:00' then 'day'
        else 'minute'
    end
);

-- a word of a list: its label where the cell held the list's number, else as it came
create or replace macro tpp_word(label, cell) as nullif(trim(coalesce(label, cell)), '');

-- who did it: the person at the place, else the person behind the profile that entered it
create or replace macro tpp_practitioner_id(done_at, id_done_by, publisher, id_enterer) as
coalesce(
    lds_id('practitioner', upper(trim(done_at)), case when id_done_by > 0 then id_done_by end),
    lds_id('practitioner', publisher, id_enterer)
);

-- "28 tablet(s)", "2.5 ml": the leading number as text, empty where there is none or it is no
-- amount (a range, a fraction, a date)
create or replace macro tpp_amount(quantity) as
regexp_extract(quantity, '(?s)^\s*([0-9]+(?:[.][0-9]+)?|[.][0-9]+)(?:[^-0-9.,/].*)?$', 1);

create or replace macro tpp_amount_unit(quantity) as
case
    when tpp_amount(quantity) <> ''
        then nullif(trim(substr(trim(quantity), length(tpp_amount(quantity)) + 1)), '')
end;

-- days of a course, none where it ends before it starts
create or replace macro tpp_course_days(started, ended) as
date_diff(
    'day', cast(started as date), case when ended >= started then cast(ended as date) end
);

-- dm+d as text: long numbers lose digits elsewhere; -1 and 0 stand for none
create or replace macro tpp_dmd(number) as
nullif(nullif(nullif(trim(number), '-1'), '0'), '');

-- a typed drug without its prefix
create or replace macro tpp_drug_name(name) as
nullif(trim(regexp_replace(name, '^\s*TEXTUAL DRUG\s*:', '')), '');
