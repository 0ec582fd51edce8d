-- Grain: one row per event that is a problem.
select
    event_guid(event_no) as "ObservationGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    is_deleted as "Deleted",
    live(is_deleted, problem_end_date) as "EndDate",
    live(is_deleted, case when problem_end_date is not null then 'YMD' end) as "EndDatePrecision",
    live(is_deleted, 0) as "ExpectedDuration",
    live(is_deleted, event_date) as "LastReviewDate",
    live(is_deleted, case when event_date is not null then 'YMD' end) as "LastReviewDatePrecision",
    live(is_deleted, user_guid(staff_no)) as "LastReviewUserInRoleGuid",
    live(is_deleted, case when problem_end_date is null then 'Active Problem' else 'Past Problem' end)
        as "ProblemStatusDescription",
    live(is_deleted, problem_significance) as "SignificanceDescription"
from syn.event_day(day_no())
where is_problem
