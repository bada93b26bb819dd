create table read.applications (
    tenant_id uuid not null,
    application_id uuid not null,
    uid text,
    name text not null,
    metadata jsonb not null default '{}',
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    constraint applications_pkey primary key (tenant_id, application_id)
);
create unique index applications_uid_key on read.applications (tenant_id, uid) where deleted_at is null;

create table read.event_types (
    tenant_id uuid not null,
    name text not null,
    description text not null default '',
    schemas jsonb,
    archived boolean not null default false,
    deprecated boolean not null default false,
    -- The stream of this event type (its name is not an id).
    stream_id uuid not null,
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint event_types_pkey primary key (tenant_id, name)
);

create table read.sources (
    tenant_id uuid not null,
    source_id uuid not null,
    application_id uuid not null,
    name text not null,
    provider text not null,
    -- How requests are verified: the ingest crate's SourceRule.
    rule jsonb not null,
    -- What follows /in/ in the URL: unguessable.
    token text not null,
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    constraint sources_pkey primary key (tenant_id, source_id),
    constraint sources_token_key unique (token)
);

create table read.endpoints (
    tenant_id uuid not null,
    endpoint_id uuid not null,
    application_id uuid not null,
    uid text,
    url text not null,
    description text not null default '',
    -- enabled: messages are sent. paused: deliveries are made and held. disabled: no deliveries are made.
    state text not null,
    disabled_reason text,
    -- Null: no filter, everything matches.
    filter_types text[],
    filter_channels text[],
    filter_sources uuid[],
    headers jsonb not null default '{}',
    metadata jsonb not null default '{}',
    -- Which header names carry the signature: standard, svix or legacy.
    signature_scheme text not null default 'standard',
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    constraint endpoints_pkey primary key (tenant_id, endpoint_id),
    constraint endpoints_state_check check (state in ('enabled', 'paused', 'disabled')),
    constraint endpoints_signature_scheme_check check (signature_scheme in ('standard', 'svix', 'legacy'))
);
create index endpoints_application_idx on read.endpoints (tenant_id, application_id) where deleted_at is null;
create unique index endpoints_uid_key on read.endpoints (tenant_id, application_id, uid) where deleted_at is null;

create table read.replays (
    tenant_id uuid not null,
    replay_id uuid not null,
    application_id uuid not null,
    -- Null: every endpoint of the application.
    endpoint_id uuid,
    since timestamptz not null,
    until timestamptz not null,
    event_types text[],
    -- Which earlier outcome is replayed: all, failed (not succeeded) or missing (never delivered).
    selection text not null,
    state text not null,
    matched bigint not null,
    created bigint not null default 0,
    -- The last message that was looked at.
    cursor_message_id uuid,
    job_id text,
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz,
    constraint replays_pkey primary key (tenant_id, replay_id),
    constraint replays_state_check check (state in ('running', 'finished', 'cancelled')),
    constraint replays_selection_check check (selection in ('all', 'failed', 'missing'))
);

-- Secrets of endpoints (they sign) and sources (they verify), encrypted; mutable, and never part of an event.
create table ops.secrets (
    tenant_id uuid not null,
    owner_id uuid not null,
    secret_id uuid not null,
    ciphertext bytea not null,
    created_at timestamptz not null default now(),
    -- Null: the current one. Otherwise it is valid, beside the current one, until then.
    expires_at timestamptz,
    constraint secrets_pkey primary key (tenant_id, owner_id, secret_id)
);

-- Facts about this installation that every process must agree on, such as the fingerprint of the encryption key.
create table ops.instance (
    key text not null,
    value text not null,
    constraint instance_pkey primary key (key)
);

create table ops.idempotency_keys (
    tenant_id uuid not null,
    key_hash bytea not null,
    request_hash bytea not null,
    created_at timestamptz not null default now(),
    locked_until timestamptz not null,
    -- Null while the first request is still running.
    status smallint,
    response_body bytea,
    constraint idempotency_keys_pkey primary key (tenant_id, key_hash)
);
create index idempotency_keys_created_at_idx on ops.idempotency_keys (created_at);

select ops.protect_tenant_table('read.applications');
select ops.protect_tenant_table('read.event_types');
select ops.protect_tenant_table('read.sources');
select ops.protect_tenant_table('read.endpoints');
select ops.protect_tenant_table('read.replays');
select ops.protect_tenant_table('ops.secrets');
select ops.protect_tenant_table('ops.idempotency_keys');

grant select, insert, update on read.applications, read.event_types, read.sources, read.endpoints, read.replays
    to hookreel_app, hookreel_engine;
grant select, insert, update, delete on ops.secrets, ops.idempotency_keys to hookreel_app, hookreel_engine;
grant select, insert on ops.instance to hookreel_app, hookreel_engine;
