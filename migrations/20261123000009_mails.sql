-- Mails that are to be sent, and what became of them.
create table ops.mails (
    tenant_id uuid not null,
    mail_id uuid not null,
    recipient text not null,
    kind text not null,
    -- The mail, encrypted: some links in mails are as good as a password. Null once it is sent.
    sealed bytea,
    -- queued; sent; failed: not tried any more; shown: there is no mail server, so the operator is shown it.
    state text not null default 'queued',
    tries integer not null default 0,
    due_at timestamptz not null default now(),
    error text not null default '',
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint mails_pkey primary key (tenant_id, mail_id),
    constraint mails_state_check check (state in ('queued', 'sent', 'failed', 'shown'))
);
create index mails_due_idx on ops.mails (due_at) where state = 'queued';
select ops.protect_tenant_table('ops.mails');
grant select, insert, update, delete on ops.mails to hookreel_engine;
grant select, insert on ops.mails to hookreel_app;

-- What a link in a mail proves: found by the SHA-256 of the token in it.
create table iam.mail_tokens (
    token_hash bytea not null,
    tenant_id uuid not null,
    member_id uuid not null,
    -- reset_password, verify_address
    purpose text not null,
    -- The address that the mail went to: a token proves nothing about another.
    email text not null,
    expires_at timestamptz not null,
    constraint mail_tokens_pkey primary key (token_hash),
    constraint mail_tokens_member_fkey foreign key (tenant_id, member_id)
        references iam.members (tenant_id, member_id) on delete cascade,
    constraint mail_tokens_purpose_check check (purpose in ('reset_password', 'verify_address'))
);
select ops.protect_tenant_table('iam.mail_tokens');
alter table iam.members add column email_verified_at timestamptz;
grant select, insert, delete on iam.mail_tokens to hookreel_auth;

-- Mails about a tenant's endpoints and sources go to its members.
grant usage on schema iam to hookreel_engine;
grant select (tenant_id, member_id, email) on iam.members to hookreel_engine;
grant select (tenant_id, name) on iam.tenants to hookreel_engine;
