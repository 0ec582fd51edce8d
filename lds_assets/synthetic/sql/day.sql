-- What a delivery of day d holds: rows that are new, changed, deleted or back on that day, in the
-- state of that day. `is_deleted` rows carry keys only in a supplier's file.
-- A practice that comes to a system on a later day is sent whole on that day, as it stands then.
create or replace macro comes(d) as d > 0 and d = getvariable('syn_first_day');
create or replace macro stands(d, born_day, deleted_day, readded_day) as
    born_day <= d and coalesce(deleted_day > d or readded_day <= d, deleted_day is null);
create or replace macro happens(d, born_day, changed_day, deleted_day, readded_day) as
    case when comes(d) then stands(d, born_day, deleted_day, readded_day)
        else coalesce(d in (born_day, changed_day, deleted_day, readded_day), false) end;
create or replace macro goes(d, deleted_day) as coalesce(deleted_day = d, false) and not comes(d);
-- its new system may begin the registration anew
create or replace macro begun_on(start_date, end_date, patient_no) as
    case when getvariable('syn_first_day') > 0 and end_date is null
        and rnd(row_key(61, patient_no), 1) < getvariable('syn_restart_share')
        then (bulk_date() + (getvariable('syn_first_day') - 1)::integer)::date else start_date end;
create or replace macro has_changed(d, changed_day) as coalesce(changed_day <= d, false);

create or replace macro syn.staff_day(d) as table
select *, false as is_deleted
from syn.staff
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.patient_day(d) as table
select * replace (
    case when has_changed(d, changed_day) then next_street else street end as street,
    case when has_changed(d, changed_day) then next_postcode else postcode end as postcode,
    case when has_changed(d, changed_day) then next_deducted_on else deducted_on end as deducted_on,
    begun_on(registered_on, case when has_changed(d, changed_day) then next_deducted_on
        else deducted_on end, patient_no) as registered_on
), goes(d, deleted_day) as is_deleted
from syn.patient
where happens(d, born_day, changed_day, deleted_day, readded_day);

-- the status row of a leaving patient is new on the day of the change
create or replace macro syn.registration_day(d) as table
select
    registration.patient_no,
    registration.seq,
    registration.registration_type,
    case when has_changed(d, registration.changed_day) and patient.next_deducted_on is not null
        and registration.seq = 2 and registration.status = 'Registered' then 'Left'
        else registration.status end as status,
    begun_on(registration.start_date, coalesce(registration.end_date, case when has_changed(
        d, registration.changed_day) then patient.next_deducted_on end), registration.patient_no)
        as start_date,
    case when has_changed(d, registration.changed_day) and registration.seq = 2
        then patient.next_deducted_on else registration.end_date end as end_date,
    registration.born_day,
    registration.changed_day
from syn.registration as registration
inner join syn.patient as patient on patient.patient_no = registration.patient_no
where happens(d, registration.born_day, registration.changed_day, null, null)
order by registration.patient_no, registration.seq;

create or replace macro syn.consultation_day(d) as table
select * replace (
    case when has_changed(d, changed_day) then next_staff_no else staff_no end as staff_no
), goes(d, deleted_day) as is_deleted
from syn.consultation
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.event_day(d) as table
select * replace (
    case when has_changed(d, changed_day) then next_value else value end as value,
    case when has_changed(d, changed_day) then next_problem_end_date else problem_end_date end
        as problem_end_date
), goes(d, deleted_day) as is_deleted
from syn.event
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.referral_day(d) as table
select *, goes(d, deleted_day) as is_deleted
from syn.referral
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.diary_day(d) as table
select *, goes(d, deleted_day) as is_deleted
from syn.diary
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.drug_day(d) as table
select * replace (
    case when has_changed(d, changed_day) then next_issues else issues end as issues
), goes(d, deleted_day) as is_deleted
from syn.drug
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.issue_day(d) as table
select *, goes(d, deleted_day) as is_deleted
from syn.issue
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.session_day(d) as table
select * replace (
    case when has_changed(d, changed_day) then next_name else name end as name
), goes(d, deleted_day) as is_deleted
from syn.session
where happens(d, born_day, changed_day, deleted_day, readded_day);

create or replace macro syn.slot_day(d) as table
select * replace (
    case when has_changed(d, changed_day) then next_patient_no else patient_no end as patient_no,
    case when has_changed(d, changed_day) then next_sent_in_at else sent_in_at end as sent_in_at,
    case when has_changed(d, changed_day) then next_left_at else left_at end as left_at,
    case when has_changed(d, changed_day) then next_did_not_attend else did_not_attend end
        as did_not_attend,
    case when has_changed(d, changed_day) then next_status else status end as status
), goes(d, deleted_day) as is_deleted
from syn.slot
where happens(d, born_day, changed_day, deleted_day, readded_day);
