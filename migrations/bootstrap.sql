-- Run once per database by a user who may create roles; `hookreel migrate` runs it by itself where it may.
-- It can be run again without harm.
do $$
declare
    -- Whoever Hookreel connects as.
    member_name constant name := current_user;
    role_name text;
begin
    foreach role_name in array array['hookreel_owner', 'hookreel_app', 'hookreel_engine', 'hookreel_auth'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I nologin nosuperuser nobypassrls', role_name);
        end if;
        if not pg_has_role(member_name, role_name, 'member')
            or (select rolsuper from pg_roles where rolname = member_name) then
            execute format('grant %I to %I', role_name, member_name);
        end if;
    end loop;
    execute format('grant create, connect on database %I to hookreel_owner', current_database());
    execute format('grant connect on database %I to hookreel_app, hookreel_engine, hookreel_auth', current_database());
end
$$;
grant create, usage on schema public to hookreel_owner;
