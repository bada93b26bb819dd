-- Whether payloads are held against the schema of their event type: not at all, accepted and flagged, or refused.
alter table read.event_types
    add column validation text not null default 'off',
    add constraint event_types_validation_check check (validation in ('off', 'flag', 'reject'));

-- What did not fit, of what was accepted all the same: a list of places and phrases. Null: it fitted, or nobody looked.
alter table read.messages
    add column schema_faults jsonb,
    add constraint messages_schema_faults_check check (jsonb_typeof(schema_faults) = 'array');
create index messages_flagged_idx on read.messages (tenant_id, message_id) where schema_faults is not null;
grant update (schema_faults) on read.messages to hookreel_app;

-- As before, and if asked for, only flagged messages.
drop function read.search_messages(tsquery, text, uuid, uuid, bigint);
create function read.search_messages(
    wanted tsquery, kept_state text, since uuid, before uuid, rows_max bigint, only_flagged boolean default false
) returns setof uuid
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant', true), '')::uuid;
    newest constant integer := 4000;
    is_any constant boolean := kept_state is null and not only_flagged;
    looked_until uuid := before;
    looked_at bigint;
    found_rows bigint := 0;
    hit uuid;
begin
    for hit in
        select w.message_id from (
            select m.message_id, m.words from read.message_words m
            where m.tenant_id = tenant and m.message_id >= since and m.message_id < before
            order by m.message_id desc limit newest
        ) w
        where w.words @@ wanted and (is_any or exists (
            select from read.messages m
            where m.tenant_id = tenant and m.message_id = w.message_id
              and (kept_state is null or m.state = kept_state)
              and (not only_flagged or m.schema_faults is not null)))
        order by w.message_id desc limit rows_max
    loop
        found_rows := found_rows + 1;
        return next hit;
    end loop;
    if found_rows >= rows_max then
        return;
    end if;
    select count(*), min(w.message_id::text)::uuid into looked_at, looked_until from (
        select m.message_id from read.message_words m
        where m.tenant_id = tenant and m.message_id >= since and m.message_id < before
        order by m.message_id desc limit newest
    ) w;
    if looked_at < newest then
        return;
    end if;
    return query
        with hits as materialized (
            select m.message_id from read.message_words m
            where m.words @@ (('''@' || replace(tenant::text, '-', '') || '''')::tsquery && wanted)
              and m.tenant_id = tenant
        )
        select h.message_id from hits h
        where h.message_id >= since and h.message_id < looked_until and (is_any or exists (
            select from read.messages m
            where m.tenant_id = tenant and m.message_id = h.message_id
              and (kept_state is null or m.state = kept_state)
              and (not only_flagged or m.schema_faults is not null)))
        order by h.message_id desc limit rows_max - found_rows;
end
$$;
revoke execute on function read.search_messages from public;
grant execute on function read.search_messages to hookreel_app;
