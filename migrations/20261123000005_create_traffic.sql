create table read.messages (
    tenant_id uuid not null,
    message_id uuid not null,
    application_id uuid not null,
    source_id uuid,
    event_type text not null,
    -- accepted, or quarantined: refused, kept, never delivered.
    state text not null,
    -- The publisher's own id of the message: unique per application.
    uid text,
    -- The provider's id of it: unique per source among accepted messages.
    provider_event_id text,
    channels text[],
    body_bytes integer not null,
    refusal text,
    received_at timestamptz not null,
    constraint messages_pkey primary key (tenant_id, message_id),
    constraint messages_state_check check (state in ('accepted', 'quarantined'))
);
create index messages_application_idx on read.messages (tenant_id, application_id, message_id);
create unique index messages_uid_key on read.messages (tenant_id, application_id, uid) where uid is not null;
create unique index messages_provider_event_id_key on read.messages (tenant_id, source_id, provider_event_id)
    where provider_event_id is not null and state = 'accepted';
create index messages_source_idx on read.messages (tenant_id, source_id, message_id) where source_id is not null;
create index messages_quarantined_idx on read.messages (tenant_id, message_id) where state = 'quarantined';

create table read.deliveries (
    tenant_id uuid not null,
    delivery_id uuid not null,
    message_id uuid not null,
    endpoint_id uuid not null,
    application_id uuid not null,
    event_type text not null,
    state text not null,
    replay_id uuid,
    stream_version integer not null default 0,
    attempts integer not null default 0,
    -- When the next attempt is due; null when there is none, or while the endpoint is paused.
    due_at timestamptz,
    -- The job that will make it. A delivery that is due and whose job does not live is given a new one.
    job_id text,
    -- The next attempt was asked for by a person; if it fails it is not retried.
    manual boolean not null default false,
    last_status smallint,
    last_failure text,
    created_at timestamptz not null,
    last_attempt_at timestamptz,
    constraint deliveries_pkey primary key (tenant_id, delivery_id),
    constraint deliveries_state_check
        check (state in ('pending', 'in_flight', 'succeeded', 'retrying', 'exhausted', 'cancelled'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index deliveries_endpoint_idx on read.deliveries (tenant_id, endpoint_id, delivery_id);
create index deliveries_message_idx on read.deliveries (tenant_id, message_id);
create index deliveries_due_idx on read.deliveries (due_at) where due_at is not null;
-- What a paused endpoint is to get later: found at once when it is resumed, and no cost to what is not held.
create index deliveries_held_idx on read.deliveries (tenant_id, endpoint_id)
    where due_at is null and state in ('pending', 'retrying');
create index deliveries_unsuccessful_idx on read.deliveries (tenant_id, delivery_id)
    where state in ('retrying', 'exhausted', 'cancelled');
create index deliveries_replay_idx on read.deliveries (tenant_id, replay_id, state) where replay_id is not null;

-- One row an attempt, for lists; headers and bodies are in the event (the delivery's stream, at stream_version).
create table read.attempts (
    tenant_id uuid not null,
    endpoint_id uuid not null,
    attempt_id uuid not null,
    delivery_id uuid not null,
    message_id uuid not null,
    event_type text not null,
    stream_version integer not null,
    number integer not null,
    manual boolean not null,
    succeeded boolean not null,
    status smallint,
    failure text,
    duration_ms integer not null,
    attempted_at timestamptz not null,
    constraint attempts_pkey primary key (tenant_id, endpoint_id, attempt_id)
);

-- Per minute and endpoint, folded from delivery.attempted by position.
-- latency_counts[i] counts attempts that took less than 2^i ms (and at least 2^(i-1)), i = 1..16.
create table read.delivery_stats (
    tenant_id uuid not null,
    endpoint_id uuid not null,
    minute timestamptz not null,
    succeeded bigint not null,
    failed bigint not null,
    latency_counts bigint[] not null,
    constraint delivery_stats_pkey primary key (tenant_id, endpoint_id, minute)
);
create index delivery_stats_minute_idx on read.delivery_stats (tenant_id, minute);

-- The breaker of each endpoint that has had failures; a missing row is a closed breaker.
create table ops.breakers (
    tenant_id uuid not null,
    endpoint_id uuid not null,
    state text not null,
    consecutive_failures integer not null,
    trips integer not null,
    first_failure_at timestamptz,
    probe_at timestamptz,
    updated_at timestamptz not null default now(),
    constraint breakers_pkey primary key (tenant_id, endpoint_id),
    constraint breakers_state_check check (state in ('closed', 'open', 'half_open'))
);

select ops.protect_tenant_table('read.messages');
select ops.protect_tenant_table('read.deliveries');
select ops.protect_tenant_table('read.attempts');
select ops.protect_tenant_table('read.delivery_stats');
select ops.protect_tenant_table('ops.breakers');

grant select on read.messages, read.attempts, read.delivery_stats, ops.breakers to hookreel_app;
grant select, insert, update on read.deliveries to hookreel_app;
grant select, insert, update on read.messages, read.deliveries, read.attempts, read.delivery_stats, ops.breakers
    to hookreel_engine;
