-- Members: people who were invited, addresses that are confirmed, browsers that are known.

-- When somebody used the dashboard last, to the minute: sessions themselves go when they are over.
alter table iam.members add column last_seen_at timestamptz;
-- A member may be confirmed, get another address, or leave; hashes of passwords are still for hookreel_auth alone.
grant select (email_verified_at, last_seen_at), update (email, email_verified_at), delete
    on iam.members to hookreel_app;

-- Who has been asked to join a tenant. Gone once it is accepted or revoked.
create table iam.invitations (
    tenant_id uuid not null,
    invitation_id uuid not null,
    email text not null,
    -- Null once that member is gone.
    invited_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint invitations_pkey primary key (tenant_id, invitation_id),
    constraint invitations_tenant_fkey foreign key (tenant_id) references iam.tenants (tenant_id),
    constraint invitations_inviter_fkey foreign key (tenant_id, invited_by)
        references iam.members (tenant_id, member_id) on delete set null (invited_by),
    constraint invitations_email_key unique (email, tenant_id)
);
select ops.protect_tenant_table('iam.invitations');
grant select, insert, update, delete on iam.invitations to hookreel_app;
grant select, delete on iam.invitations to hookreel_auth;

-- A token is about a member or about an invitation. It is written and used up in the transaction of what it is for.
alter table iam.mail_tokens
    alter column member_id drop not null,
    add column invitation_id uuid,
    add constraint mail_tokens_invitation_fkey foreign key (tenant_id, invitation_id)
        references iam.invitations (tenant_id, invitation_id) on delete cascade,
    drop constraint mail_tokens_purpose_check,
    add constraint mail_tokens_purpose_check
        check (purpose in ('reset_password', 'verify_address', 'change_address', 'invitation')),
    add constraint mail_tokens_subject_check
        check ((purpose = 'invitation') = (invitation_id is not null)
            and (invitation_id is null) = (member_id is not null));
grant select, insert, delete on iam.mail_tokens to hookreel_app;

-- Browsers that members have signed in from, found by the SHA-256 of a cookie that the browser keeps. What the last
-- sign-in looked like stays here when its session has ended: the mail about it may be written after that.
create table iam.known_browsers (
    tenant_id uuid not null,
    browser_id uuid not null,
    member_id uuid not null,
    browser_hash bytea not null,
    user_agent text not null,
    address text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    constraint known_browsers_pkey primary key (tenant_id, browser_id),
    constraint known_browsers_hash_key unique (member_id, browser_hash),
    constraint known_browsers_member_fkey foreign key (tenant_id, member_id)
        references iam.members (tenant_id, member_id) on delete cascade
);
select ops.protect_tenant_table('iam.known_browsers');
grant select, insert, update on iam.known_browsers to hookreel_app;
grant select, delete on iam.known_browsers to hookreel_auth;
grant select on iam.known_browsers to hookreel_engine;

-- How a source's provider usually is heard of, and whether its silence has been told.
create table ops.source_rhythms (
    tenant_id uuid not null,
    source_id uuid not null,
    -- At least so many came in.
    messages bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    -- The longest pause between two of them that is known of, in seconds.
    longest_s double precision not null,
    -- When the last one before the silence came, while `source.went_silent` is the last word.
    silent_since timestamptz,
    constraint source_rhythms_pkey primary key (tenant_id, source_id)
);
select ops.protect_tenant_table('ops.source_rhythms');
grant select, insert, update on ops.source_rhythms to hookreel_engine;
grant select on ops.source_rhythms to hookreel_app;

-- The one rule by which a source is silent: nothing for longer than ever before, and for an hour at least. Before ten
-- messages, and before a day between the first and the last of them, nobody can tell what is usual.
create function ops.is_silent(
    messages bigint, first_at timestamptz, last_at timestamptz, longest_s double precision, at timestamptz
) returns boolean
language sql stable parallel safe as $$
    select messages >= 10 and last_at - first_at >= interval '1 day'
        and at - last_at > greatest(make_interval(secs => longest_s), interval '1 hour')
$$;
