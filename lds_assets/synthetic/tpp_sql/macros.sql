-- Numbers of a practice start anew in every file and at every practice: no RowIdentifier is unique
-- beyond one file and one publisher. Staff alone is numbered over the whole system.
create or replace macro sr_own(n, places) as
    n - (getvariable('syn_practice') * 1000000 - 1000) * places;
create or replace macro sr_patient(n) as sr_own(n, 1);
create or replace macro sr_session(n) as sr_own(n, 1);
create or replace macro sr_slot(n) as sr_own(n, 100);
create or replace macro sr_event(n) as sr_own(n, 1000);
create or replace macro sr_code(n) as sr_own(n, 100000);
create or replace macro sr_issue(n) as sr_own(n, 1000000);
-- a template carries the number of its first issue
create or replace macro sr_template(n) as sr_own(n, 1000) * 1000;
create or replace macro sr_profile(staff_no) as staff_no * 10 + 1;

create or replace macro sr_when(t) as strftime(t::timestamp, '%d %b %Y %H:%M:%S');
-- SRPatient has no seconds
create or replace macro sr_minute(t) as strftime(t::timestamp, '%d %b %Y %H:%M');
-- 28 stays 28, 2.5 stays 2.5
create or replace macro sr_number(n) as regexp_replace(n::varchar, '[.]0$', '');
create or replace macro sr_flag(b) as case when b then 'TRUE' when not b then 'FALSE' end;

-- rows of the shared record: entered at the community unit, seen by the practice
create or replace macro sr_is_shared_in(k) as chance(k, 900, getvariable('rate_shared_in'));
create or replace macro sr_entered(staff_no, k) as
    case when sr_is_shared_in(k) then sr_profile(900001 + pick(k, 901, 2)) else sr_profile(staff_no) end;
create or replace macro sr_doer(staff_no, k) as
    case
        when chance(k, 902, 0.04) then null
        when sr_is_shared_in(k) then 900001 + pick(k, 901, 2)
        else staff_no
    end;
create or replace macro sr_typed_doer(k) as
    case when chance(k, 902, 0.04)
        then mark('Dr ' || one_of(getvariable('syn_surname'), k, 903) || ', locum') end;
create or replace macro sr_author(k, here) as case when sr_is_shared_in(k) then 'RYXZ1' else here end;
create or replace macro sr_controller(k, here, neighbour) as
    case when chance(k, 904, getvariable('rate_foreign_controller')) then neighbour else here end;
-- coded entries recorded in a consultation share its author
create or replace macro sr_entry_key(consultation_no, k) as
    coalesce(row_key(6, consultation_no), k);

-- an allergy to a drug stands among the drug sensitivities, any other among the coded entries
create or replace macro sr_culprit(code_key) as
    case code_key when 'allergy_penicillin' then 'amoxicillin' when 'allergy_aspirin' then 'aspirin' end;
create or replace macro sr_product(drug_no_of_list) as 40000 + drug_no_of_list;
