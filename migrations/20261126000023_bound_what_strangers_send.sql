-- How much of what nobody believes is kept of a source is asked for every few seconds while something comes that nobody
-- believes: from this index alone. What is believed (of a paused source, or over quota) is not in it.
create index messages_of_strangers_idx on read.messages (source_id) include (tenant_id, body_bytes)
    where state = 'quarantined' and verdict in ('failed', 'unattempted');

alter table read.source_counts
    -- Ended before their bodies had come.
    add column broken_off bigint not null default 0,
    -- Of the duplicates, those that were not byte for byte what came first.
    add column altered bigint not null default 0;
