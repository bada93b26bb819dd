-- Members who may see and steer the whole installation. Only hookreel_auth writes here: what runs in a tenant's own
-- transaction must never lift one of its members above all tenants.
create table iam.operators (
    tenant_id uuid not null,
    member_id uuid not null,
    granted_at timestamptz not null default now(),
    constraint operators_pkey primary key (tenant_id, member_id),
    constraint operators_member_fkey foreign key (tenant_id, member_id)
        references iam.members (tenant_id, member_id) on delete cascade
);
select ops.protect_tenant_table('iam.operators');
grant select, insert, delete on iam.operators to hookreel_auth;
grant select on iam.operators to hookreel_app;

-- What operators did about handlers and mails, which belong to no tenant's history. Only ever added to.
create table ops.operator_actions (
    action_id bigint generated always as identity,
    done_at timestamptz not null default now(),
    -- Null: on the command line.
    member_tenant_id uuid,
    member_id uuid,
    action text not null,
    -- The handler's name, or the mail's kind.
    subject text not null,
    -- Of one event: where it stands. Of a rebuild: up to where it has to come.
    position bigint,
    detail text not null default '',
    constraint operator_actions_pkey primary key (action_id),
    constraint operator_actions_action_check
        check (action in ('retry', 'skip', 'replay_parked', 'rebuild', 'retry_mail'))
);
create index operator_actions_rebuilds_idx on ops.operator_actions (subject, action_id) where action = 'rebuild';
grant select, insert on ops.operator_actions to hookreel_engine;

-- The parked, by place; and mails by state, newest first.
create index handler_backlog_state_idx on ops.handler_backlog (state, position, handler);
create index mails_newest_idx on ops.mails (mail_id);
create index mails_state_idx on ops.mails (state, mail_id);
