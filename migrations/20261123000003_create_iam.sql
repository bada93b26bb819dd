create table iam.tenants (
    tenant_id uuid not null,
    name text not null,
    created_at timestamptz not null default now(),
    constraint tenants_pkey primary key (tenant_id)
);
select ops.protect_tenant_table('iam.tenants');

create table iam.members (
    tenant_id uuid not null,
    member_id uuid not null,
    email text not null,
    password_hash text not null,
    created_at timestamptz not null default now(),
    constraint members_pkey primary key (tenant_id, member_id),
    constraint members_tenant_fkey foreign key (tenant_id) references iam.tenants (tenant_id),
    constraint members_email_key unique (email)
);
select ops.protect_tenant_table('iam.members');

-- A session is found by the SHA-256 of its cookie's value; the value itself is nowhere in the database.
create table iam.sessions (
    session_hash bytea not null,
    tenant_id uuid not null,
    session_id uuid not null,
    member_id uuid not null,
    record jsonb not null,
    user_agent text not null default '',
    address text not null default '',
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint sessions_pkey primary key (session_hash),
    constraint sessions_session_id_key unique (tenant_id, session_id),
    constraint sessions_member_fkey foreign key (tenant_id, member_id)
        references iam.members (tenant_id, member_id) on delete cascade
);
select ops.protect_tenant_table('iam.sessions');

create table iam.api_keys (
    tenant_id uuid not null,
    key_id uuid not null,
    name text not null,
    key_hash bytea not null,
    -- The last characters, so that people can tell their keys apart.
    hint text not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_keys_pkey primary key (tenant_id, key_id),
    constraint api_keys_tenant_fkey foreign key (tenant_id) references iam.tenants (tenant_id),
    constraint api_keys_hash_key unique (key_hash)
);
select ops.protect_tenant_table('iam.api_keys');

-- Failed sign-ins by account and by address: `subject` is `account:<sha256 of the e-mail>` or `address:<ip or /64>`.
create table ops.sign_in_failures (
    subject text not null,
    failures integer not null,
    blocked_until timestamptz not null,
    updated_at timestamptz not null default now(),
    constraint sign_in_failures_pkey primary key (subject)
);

grant select, insert, update, delete on all tables in schema iam to hookreel_auth;
grant select, insert, update, delete on ops.sign_in_failures to hookreel_auth;
-- A sign-up is one transaction with its first events, so it runs as hookreel_app: it may add, under row-level security,
-- but it never reads a password's hash.
grant select, insert on iam.tenants to hookreel_app;
grant select (tenant_id, member_id, email, created_at), insert on iam.members to hookreel_app;
grant select, delete on iam.sessions to hookreel_app;
grant select, insert, update on iam.api_keys to hookreel_app;
