-- An index that begins with tenant_id looks to the planner, while a table is small and has no statistics, as good for
-- finding one row by (tenant_id, id) as the primary key does. The plan is kept while the table grows, and every lookup
-- then walks all rows of the tenant. So no index begins with tenant_id but the primary key and those in its order: ids
-- of endpoints, messages and the like are unique by themselves. They are smaller too.
drop index read.messages_application_idx;
drop index read.messages_uid_key;
drop index read.messages_provider_event_id_key;
drop index read.messages_source_idx;
create index messages_application_idx on read.messages (application_id, message_id);
create unique index messages_uid_key on read.messages (application_id, uid) where uid is not null;
create unique index messages_provider_event_id_key on read.messages (source_id, provider_event_id)
    where provider_event_id is not null and state = 'accepted';
create index messages_source_idx on read.messages (source_id, message_id) where source_id is not null;

drop index read.deliveries_endpoint_idx;
drop index read.deliveries_message_idx;
drop index read.deliveries_held_idx;
drop index read.deliveries_replay_idx;
create index deliveries_endpoint_idx on read.deliveries (endpoint_id, delivery_id);
create index deliveries_message_idx on read.deliveries (message_id);
create index deliveries_held_idx on read.deliveries (endpoint_id)
    where due_at is null and state in ('pending', 'retrying');
create index deliveries_replay_idx on read.deliveries (replay_id, state) where replay_id is not null;

drop index read.endpoints_application_idx;
drop index read.endpoints_uid_key;
create index endpoints_application_idx on read.endpoints (application_id) where deleted_at is null;
create unique index endpoints_uid_key on read.endpoints (application_id, uid) where deleted_at is null;
