-- What a handler could not do at once. Its checkpoint has moved on; later events of the same stream wait behind.
create table ops.handler_backlog (
    handler text not null,
    position bigint not null,
    tenant_id uuid not null,
    stream_id uuid not null,
    kind text not null,
    -- retrying: tried again when due; waiting: behind an earlier event of its stream; parked: until a person says so.
    state text not null,
    tries integer not null default 0,
    due_at timestamptz not null default now(),
    error text not null default '',
    noted_at timestamptz not null default now(),
    constraint handler_backlog_pkey primary key (tenant_id, handler, position),
    constraint handler_backlog_state_check check (state in ('retrying', 'waiting', 'parked'))
);
create unique index handler_backlog_position_key on ops.handler_backlog (handler, position);
create index handler_backlog_stream_idx on ops.handler_backlog (handler, stream_id, position);
select ops.protect_tenant_table('ops.handler_backlog');
grant select, insert, update, delete on ops.handler_backlog to hookreel_engine;

-- What is found of messages: words of their payload, type, ids and headers, and values at paths of the payload.
create table read.message_words (
    tenant_id uuid not null,
    message_id uuid not null,
    words tsvector not null,
    constraint message_words_pkey primary key (tenant_id, message_id)
);
create index message_words_idx on read.message_words using gin (words) with (fastupdate = on);
select ops.protect_tenant_table('read.message_words');
grant select, insert, update, delete, truncate on read.message_words to hookreel_engine;

-- Messages of the transaction's tenant that contain all words, newest first. A function of the owner's, because under
-- row-level security no index on words is used: comparing texts might tell something about other tenants' rows.
-- What is frequent is found among the newest; what is rare, by its word.
create function read.search_messages(
    wanted tsquery, kept_state text, since uuid, before uuid, rows_max bigint
) returns setof uuid
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant', true), '')::uuid;
    newest constant integer := 4000;
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
        where w.words @@ wanted and (kept_state is null or exists (
            select from read.messages m
            where m.tenant_id = tenant and m.message_id = w.message_id and m.state = kept_state))
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
        where h.message_id >= since and h.message_id < looked_until and (kept_state is null or exists (
            select from read.messages m
            where m.tenant_id = tenant and m.message_id = h.message_id and m.state = kept_state))
        order by h.message_id desc limit rows_max - found_rows;
end
$$;
revoke execute on function read.search_messages from public;
grant execute on function read.search_messages to hookreel_app;
