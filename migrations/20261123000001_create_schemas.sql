create schema event_store;
create schema read;
create schema iam;
create schema ops;

grant usage on schema event_store, read, ops to hookreel_app, hookreel_engine;
grant usage on schema iam, ops to hookreel_auth;
grant usage on schema iam to hookreel_app;

-- Forces row-level security on a table with a tenant_id. hookreel_app sees the tenant that its transaction named
-- first (no tenant named: no rows); the other roles work across tenants, each only on what it was granted.
create function ops.protect_tenant_table(target regclass) returns void
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s to hookreel_app
           using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
           with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', target);
    execute format(
        'create policy across_tenants on %s to hookreel_engine, hookreel_auth, hookreel_owner
           using (true) with check (true)', target);
end
$$;
