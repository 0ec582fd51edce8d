-- Randomness without state: every value is a hash of the seed, the row's number and a salt, so a
-- row is the same whatever is generated before it or beside it.
create or replace macro row_key(entity, n) as
    hash(hash(n::ubigint), (getvariable('syn_seed') * 64 + entity)::ubigint);
-- uniform in [0, 1)
create or replace macro rnd(k, salt) as
    (hash(xor(k, salt::ubigint)) >> 11) / 9007199254740992.0;
-- whole number in [0, n)
create or replace macro pick(k, salt, n) as (hash(xor(k, salt::ubigint)) % n::ubigint)::integer;
-- about normal, mean 0, deviation 1
create or replace macro bell(k, salt) as
    (rnd(k, salt) + rnd(k, salt + 1) + rnd(k, salt + 2) - 1.5) * 2.0;
create or replace macro chance(k, salt, rate) as rnd(k, salt) < rate;
-- delta day in 1..days on which something happens that happens with chance p a day, else null
create or replace macro day_of(k, salt, p) as
    case
        when rnd(k, salt) < p * getvariable('syn_days')
            then 1 + pick(k, salt + 1, greatest(getvariable('syn_days'), 1))
    end;
-- chance a day that a record is deleted; in a tiny practice high enough to be met
create or replace macro gone_rate() as
    case when getvariable('rate_deleted') > 0
        then greatest(getvariable('rate_deleted'), 0.1 / getvariable('syn_patients')) else 0 end;
create or replace macro one_of(items, k, salt) as items[1 + pick(k, salt, len(items))];
-- free text of a practice that must not be loaded carries its mark
create or replace macro mark(words) as
    case when getvariable('syn_canary') = '' then words
        else getvariable('syn_canary') || coalesce(' ' || words, '') end;
-- free text as people type it, once in a while with the characters that break careless readers
create or replace macro typed(words, k, salt) as
    case
        when chance(k, salt, getvariable('rate_awkward_text'))
            then words || one_of([', "as told"', chr(13) || chr(10) || 'second line', ' 🙂', ' naïve £5',
                ' O''Neil; 50% \ half', ' "quoted", with comma'], k, salt + 1)
        else words
    end;
create or replace macro bulk_date() as getvariable('syn_bulk_date');
-- 999 range with a valid check digit; one sixth digit in eleven gives none, so it is stepped over
create or replace macro nhs_weighted(prefix) as
    9 * 10 + 9 * 9 + 9 * 8 + (prefix // 10000) * 7 + (prefix // 1000 % 10) * 6
    + (prefix // 100 % 10) * 5 + (prefix // 10 % 10) * 4 + (prefix % 10) * 3;
create or replace macro nhs_last(n, prefix) as
    n % 9 + case when n % 9 >= (12 - nhs_weighted(prefix) % 11) * 6 % 11 then 1 else 0 end;
create or replace macro nhs_stem(n) as
    99900000 * 10 + (n // 9 % 100000) * 10 + nhs_last(n, n // 9 % 100000);
create or replace macro nhs_check(prefix, last) as (11 - (nhs_weighted(prefix) + 2 * last) % 11) % 11;
create or replace macro nhs_number(n) as
    nhs_stem(n)::varchar || nhs_check(n // 9 % 100000, nhs_last(n, n // 9 % 100000))::varchar;
