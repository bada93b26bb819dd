-- The one order of everything: one row, locked last in a transaction, so that commit order is position order.
create table event_store.head (
    only_row boolean not null default true,
    position bigint not null,
    constraint head_pkey primary key (only_row),
    constraint head_only_row_check check (only_row)
);
insert into event_store.head (position) values (0);

-- The dense sequence of each tenant.
create table event_store.tenant_heads (
    tenant_id uuid not null,
    sequence bigint not null,
    constraint tenant_heads_pkey primary key (tenant_id)
);
select ops.protect_tenant_table('event_store.tenant_heads');

create table event_store.events (
    -- Birth month of a traffic stream as yyyymm, or 0 for the long-lived streams of the configuration:
    -- a stream lives in one partition, so its versions stay unique, and retention drops whole partitions.
    bucket integer not null,
    position bigint not null,
    tenant_id uuid not null,
    tenant_sequence bigint not null,
    stream_kind text not null,
    stream_id uuid not null,
    stream_version integer not null,
    event_id uuid not null,
    kind text not null,
    revision smallint not null,
    payload jsonb not null,
    body bytea,
    metadata jsonb not null,
    recorded_at timestamptz not null,
    constraint events_pkey primary key (bucket, stream_id, stream_version),
    constraint events_stream_version_check check (stream_version > 0)
) partition by list (bucket);

create index events_position_idx on event_store.events (position);
create index events_tenant_sequence_idx on event_store.events (tenant_id, tenant_sequence);
select ops.protect_tenant_table('event_store.events');

create function event_store.refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception 'event_store.events is append-only: % is refused', tg_op
        using errcode = 'insufficient_privilege';
end
$$;

-- For each statement, not for each row: it refuses also what would have changed nothing.
create trigger events_refuse_change before update or delete or truncate on event_store.events
    for each statement execute function event_store.refuse_change();

-- Makes the partition of a bucket. Indexes come from the parent; statement triggers and row security do not.
-- SECURITY DEFINER, because the engine makes the coming months' partitions but owns nothing.
create function event_store.create_partition(wanted integer) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
    name text := case when wanted = 0 then 'events_configuration' else 'events_' || wanted end;
begin
    if wanted <> 0 and (wanted not between 200001 and 999912 or wanted % 100 not between 1 and 12) then
        raise exception 'not a bucket: %', wanted;
    end if;
    perform pg_advisory_xact_lock(hashtext('event_store.create_partition'));
    if to_regclass('event_store.' || quote_ident(name)) is not null then
        return;
    end if;
    execute format('create table event_store.%I partition of event_store.events for values in (%s)', name, wanted);
    execute format('alter table event_store.%I enable row level security', name);
    execute format('alter table event_store.%I force row level security', name);
    execute format(
        'create trigger events_refuse_change before update or delete or truncate on event_store.%I
           for each statement execute function event_store.refuse_change()', name);
    execute format('alter table event_store.%I enable always trigger events_refuse_change', name);
end
$$;
revoke all on function event_store.create_partition(integer) from public;
grant execute on function event_store.create_partition(integer) to hookreel_engine;

alter table event_store.events enable always trigger events_refuse_change;

select event_store.create_partition(0);
select event_store.create_partition(to_char(now() at time zone 'UTC' + make_interval(months => ahead), 'YYYYMM')::integer)
from generate_series(0, 3) as ahead;

-- How far each reader has come.
create table event_store.checkpoints (
    reader text not null,
    position bigint not null,
    updated_at timestamptz not null default now(),
    constraint checkpoints_pkey primary key (reader)
);

grant select, update on event_store.head to hookreel_app, hookreel_engine;
grant select, insert, update on event_store.tenant_heads to hookreel_app, hookreel_engine;
grant select, insert on event_store.events to hookreel_app, hookreel_engine;
grant select, insert, update on event_store.checkpoints to hookreel_engine;
