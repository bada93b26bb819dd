-- Appending as a function: a statement that writes rows can append the events that say so, and is a transaction by itself.
--
-- From then to the commit the transaction holds the row that orders everything. Positions are assigned here, so commit order
-- is position order. Nothing given is nothing done, and null. The events' order is that of the arrays; needs_predecessor
-- names those whose version follows on one that is stored already.
create function event_store.append(
    buckets integer[], tenant_ids uuid[], stream_kinds text[], stream_ids uuid[], stream_versions integer[],
    event_ids uuid[], kinds text[], revisions smallint[], payloads text[], bodies bytea[], all_metadata text[],
    needs_predecessor boolean[]
) returns bigint
language plpgsql as $$
declare
    wanted bigint := coalesce(cardinality(event_ids), 0);
    first_position bigint;
begin
    if wanted = 0 then
        return null;
    end if;
    -- By a statement of its own: to prepare a look into all partitions costs as much as to append, and few need it.
    if true = any (needs_predecessor) then
        if exists (
            select from unnest(buckets, stream_ids, stream_versions, needs_predecessor)
                as e (bucket, stream_id, stream_version, needs_predecessor)
            where e.needs_predecessor and not exists (
                select from event_store.events as p
                where p.bucket = e.bucket and p.stream_id = e.stream_id and p.stream_version = e.stream_version - 1
            )
        ) then
            raise exception 'a stream has changed in the meantime, or a version was left out' using errcode = 'HR001';
        end if;
    end if;
    with head as (
        update event_store.head as h set position = h.position + wanted
        returning h.position - wanted as before
    ),
    -- In the order of the ids: two appenders never wait for each other crosswise (the head row is locked before any of
    -- these anyway).
    tenants as (
        insert into event_store.tenant_heads as t (tenant_id, sequence)
        select u.tenant_id, count(*) from unnest(tenant_ids) as u (tenant_id), head
        group by u.tenant_id order by u.tenant_id
        on conflict (tenant_id) do update set sequence = t.sequence + excluded.sequence
        returning t.tenant_id, t.sequence
    ),
    inserted as (
        insert into event_store.events (
            bucket, position, tenant_id, tenant_sequence, stream_kind, stream_id, stream_version,
            event_id, kind, revision, payload, body, metadata, recorded_at
        )
        select e.bucket, head.before + e.ord, e.tenant_id,
               tenants.sequence - count(*) over (partition by e.tenant_id)
                   + row_number() over (partition by e.tenant_id order by e.ord),
               e.stream_kind, e.stream_id, e.stream_version, e.event_id, e.kind, e.revision,
               e.payload::jsonb, e.body, e.metadata::jsonb, now()
        from unnest(
            buckets, tenant_ids, stream_kinds, stream_ids, stream_versions, event_ids, kinds, revisions, payloads, bodies,
            all_metadata
        ) with ordinality as e (
            bucket, tenant_id, stream_kind, stream_id, stream_version, event_id, kind, revision, payload, body,
            metadata, ord
        )
        cross join head
        join tenants on tenants.tenant_id = e.tenant_id
        returning position
    )
    select min(inserted.position) into first_position from inserted;
    return first_position;
end
$$;
revoke all on function event_store.append(
    integer[], uuid[], text[], uuid[], integer[], uuid[], text[], smallint[], text[], bytea[], text[], boolean[]
) from public;
grant execute on function event_store.append(
    integer[], uuid[], text[], uuid[], integer[], uuid[], text[], smallint[], text[], bytea[], text[], boolean[]
) to hookreel_app, hookreel_engine;
