-- Grain: one row per person on the hypertension register.
{{ disease_register('HTN') }}
