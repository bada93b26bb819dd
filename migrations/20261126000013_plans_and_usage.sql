-- Tenants that are Hookreel's own: nobody signs in to them, and they are neither counted nor limited.
alter table iam.tenants add column built_in boolean not null default false;
grant select (built_in) on iam.tenants to hookreel_engine;

-- What each tenant pays for: follows from its billing stream.
create table read.billing (
    tenant_id uuid not null,
    -- The plan that a subscription gave. Null: the default one, whichever that is.
    plan text,
    plan_title text,
    -- As whom Stripe knows the tenant.
    customer_id text,
    -- What Stripe said of the subscription last.
    subscription jsonb,
    -- A payment that failed and is still owed.
    owed jsonb,
    -- What was said about quotas: {"messages": {"month": "2026-11", "limit": 1000, "percent": 80}}.
    reached jsonb not null default '{}',
    stream_version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint billing_pkey primary key (tenant_id),
    constraint billing_customer_key unique (customer_id)
);

-- Messages by day of UTC, counted from the event store.
create table read.usage (
    tenant_id uuid not null,
    day date not null,
    -- Accepted at a source; released ones on the day of their release.
    received bigint not null default 0,
    -- Published by API.
    published bigint not null default 0,
    -- Genuine, and kept undelivered because the plan's messages were used up.
    held bigint not null default 0,
    constraint usage_pkey primary key (tenant_id, day)
);
create index usage_day_idx on read.usage (day);

-- Customers whose subscription is to be read at Stripe, and when.
create table ops.billing_checks (
    tenant_id uuid not null,
    due_at timestamptz not null,
    -- Counts how often somebody wanted it: what was wanted while it was read is read again.
    wanted bigint not null default 1,
    -- Who reads it now, and until when that is believed.
    claim uuid,
    claimed_until timestamptz,
    tries integer not null default 0,
    error text not null default '',
    constraint billing_checks_pkey primary key (tenant_id)
);
create index billing_checks_due_idx on ops.billing_checks (due_at);

select ops.protect_tenant_table('read.billing');
select ops.protect_tenant_table('read.usage');
select ops.protect_tenant_table('ops.billing_checks');

grant select, insert, update on read.billing to hookreel_app, hookreel_engine;
grant select on read.usage to hookreel_app;
grant select, insert, update, delete, truncate on read.usage to hookreel_engine;
grant select, insert, update, delete on ops.billing_checks to hookreel_app, hookreel_engine;

-- Old history is removed from what is shown. Of events nothing can be removed.
grant delete on read.messages, read.deliveries, read.attempts, read.deferrals, read.delivery_stats, read.source_counts
    to hookreel_engine;
