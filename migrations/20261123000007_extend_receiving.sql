-- What is set about a source beside how its requests are verified: limits, answers, deduplication.
alter table read.sources
    add column settings jsonb not null default '{}',
    add column paused boolean not null default false;

-- The headers with which a provider sent a message go along to the endpoint.
alter table read.endpoints add column forward_headers boolean not null default false;

alter table read.messages
    -- The version of the stream's last event; the first says that the message came in.
    add column stream_version integer not null default 1,
    -- What is known about the origin: verified, authenticated, failed, unattempted. Null: published by API.
    add column verdict text,
    -- By what a repetition is recognised: event_id, webhook_id, content_hash.
    add column dedupe_rung text,
    add constraint messages_verdict_check check (verdict in ('verified', 'authenticated', 'failed', 'unattempted')),
    add constraint messages_dedupe_rung_check check (dedupe_rung in ('event_id', 'webhook_id', 'content_hash'));
update read.messages set verdict = case state when 'accepted' then 'verified' else 'failed' end
where source_id is not null;
update read.messages set dedupe_rung = 'event_id' where provider_event_id is not null and state = 'accepted';

-- What each source has accepted lately: a repetition within the source's window is a duplicate.
create table ops.dedupe_keys (
    tenant_id uuid not null,
    source_id uuid not null,
    -- The rung and what was found on it: 'event_id:evt_1'.
    key text not null,
    message_id uuid not null,
    seen_at timestamptz not null,
    constraint dedupe_keys_pkey primary key (tenant_id, source_id, key)
);
-- For forgetting old ones. Rows come in order of time: an index by block costs next to nothing.
create index dedupe_keys_seen_at_idx on ops.dedupe_keys using brin (seen_at);
insert into ops.dedupe_keys (tenant_id, source_id, key, message_id, seen_at)
select tenant_id, source_id, 'event_id:' || provider_event_id, message_id, received_at from read.messages
where provider_event_id is not null and source_id is not null and state = 'accepted';
drop index read.messages_provider_event_id_key;

-- What came in and is not a message: counted, not kept.
create table read.source_counts (
    tenant_id uuid not null,
    source_id uuid not null,
    hour timestamptz not null,
    duplicates bigint not null default 0,
    -- Refused, and not kept because the source had kept too much lately.
    dropped bigint not null default 0,
    handshakes bigint not null default 0,
    constraint source_counts_pkey primary key (tenant_id, source_id, hour)
);

select ops.protect_tenant_table('ops.dedupe_keys');
select ops.protect_tenant_table('read.source_counts');

grant select, insert, update, delete on ops.dedupe_keys to hookreel_engine;
grant select, insert, update on ops.dedupe_keys to hookreel_app;
grant select, insert, update on read.source_counts to hookreel_engine;
grant select on read.source_counts to hookreel_app;
grant update (state, stream_version, verdict, dedupe_rung, event_type, provider_event_id, refusal)
    on read.messages to hookreel_app;
