-- Why deliveries were put off, without an attempt: for people who ask why something took so long.
create table read.deferrals (
    tenant_id uuid not null,
    delivery_id uuid not null,
    -- breaker_open; endpoint_busy: as many attempts under way as it takes; endpoint_paused;
    -- endpoint_unreadable: its secret cannot be decrypted
    reason text not null,
    times integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    constraint deferrals_pkey primary key (tenant_id, delivery_id, reason),
    constraint deferrals_reason_check check (reason in ('breaker_open', 'endpoint_busy', 'endpoint_paused', 'endpoint_unreadable'))
);
select ops.protect_tenant_table('read.deferrals');
grant select, insert, update on read.deferrals to hookreel_engine;
grant select on read.deferrals to hookreel_app;
