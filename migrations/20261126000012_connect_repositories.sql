-- The repository whose webhook sends to a source. Its token is in ops.secrets, owned by the connection.
alter table read.sources
    add column connection_id uuid,
    -- owner/name
    add column repository text,
    add column repository_events text[],
    -- Null: it may or may not have been made.
    add column hook_id bigint;
-- One source per repository: a second try finds the first one's.
create unique index sources_repository_key on read.sources (tenant_id, lower(repository))
    where deleted_at is null and repository is not null;

-- What a provider failed to deliver, asked for again.
create table read.recoveries (
    tenant_id uuid not null,
    recovery_id uuid not null,
    source_id uuid not null,
    repository text not null,
    hook_id bigint not null,
    since timestamptz not null,
    until timestamptz not null,
    state text not null,
    -- Why it was stopped.
    reason text not null default '',
    -- While it runs: when somebody else has to go on with it, because whoever did is gone or waits until then.
    due_at timestamptz not null default now(),
    -- Why it waits.
    waits_for text not null default '',
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz,
    constraint recoveries_pkey primary key (tenant_id, recovery_id),
    constraint recoveries_state_check check (state in ('running', 'finished', 'stopped', 'cancelled'))
);
create unique index recoveries_running_key on read.recoveries (tenant_id, source_id) where state = 'running';
create index recoveries_source_idx on read.recoveries (tenant_id, source_id, recovery_id);
create index recoveries_due_idx on read.recoveries (due_at) where state = 'running';

create table read.recovery_deliveries (
    tenant_id uuid not null,
    recovery_id uuid not null,
    -- They are asked for in this order.
    place integer not null,
    -- The provider's id of the event, by which a repetition is recognised.
    guid text not null,
    -- The attempt that is repeated.
    hook_delivery_id bigint not null,
    event text not null,
    action text,
    -- Of the last attempt; 0: there was no answer.
    status_code integer not null,
    failed_at timestamptz not null,
    outcome text not null default 'waiting',
    reason text not null default '',
    constraint recovery_deliveries_pkey primary key (tenant_id, recovery_id, place),
    constraint recovery_deliveries_outcome_check check (outcome in ('waiting', 'requested', 'refused', 'arrived'))
);

select ops.protect_tenant_table('read.recoveries');
select ops.protect_tenant_table('read.recovery_deliveries');
grant select, insert, update on read.recoveries, read.recovery_deliveries to hookreel_app, hookreel_engine;
