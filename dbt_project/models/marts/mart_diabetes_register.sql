-- Grain: one row per person on the diabetes register.
{{ disease_register('DM', [('diabetes_type', "coalesce(subtype, 'unknown')")]) }}
