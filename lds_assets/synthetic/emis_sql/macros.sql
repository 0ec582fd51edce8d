-- EMIS GUIDs: upper case in braces, made from the kind of record and its number.
create or replace macro guid_of(k) as
    '{' || upper((hex(hash(k) | 9223372036854775808::ubigint)
        || hex(hash(xor(k, 77::ubigint)) | 9223372036854775808::ubigint))::uuid::varchar) || '}';
create or replace macro guid(entity, n) as case when n is not null then guid_of(row_key(entity, n)) end;
create or replace macro patient_guid(n) as guid(31, n);
create or replace macro person_guid(n) as guid(32, n);
create or replace macro user_guid(n) as guid(33, n);
create or replace macro session_guid(n) as guid(34, n);
create or replace macro slot_guid(n) as guid(35, n);
create or replace macro consultation_guid(n) as guid(36, n);
-- a GUID is unique only with its organisation: now and then two practices have the same one
create or replace macro event_guid(n) as
    guid(37, case
        when chance(row_key(50, n % 100000000000), 1, getvariable('rate_guid_at_two_practices'))
            then n % 100000000000
        else n
    end);
create or replace macro diary_guid(n) as guid(38, n);
create or replace macro drug_guid(n) as guid(39, n);
create or replace macro issue_guid(n) as guid(40, n);
create or replace macro location_guid(n) as guid(41, n);
create or replace macro organisation_guid() as getvariable('out_organisation');
create or replace macro day_no() as getvariable('out_day');
-- a deleted row carries keys only
create or replace macro live(is_deleted, x) as case when not is_deleted then x end;
create or replace macro clock(moment) as strftime(moment, '%H:%M:%S');
