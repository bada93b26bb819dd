-- A message for one endpoint alone (a test): replays leave it out for all others.
alter table read.messages add column only_endpoint_id uuid;
update read.messages m set only_endpoint_id = d.endpoint_id
from (
    select d.tenant_id, d.message_id, min(d.endpoint_id::text)::uuid as endpoint_id
    from read.messages t
    join read.deliveries d on d.tenant_id = t.tenant_id and d.message_id = t.message_id and d.replay_id is null
    where t.event_type = 'hookreel.test' and t.source_id is null and t.uid is null
    group by d.tenant_id, d.message_id
    having count(*) = 1
) as d
where m.tenant_id = d.tenant_id and m.message_id = d.message_id;

alter table read.deliveries
    -- Attempts beside the schedule, asked for by people: the place in the schedule is `attempts` without them.
    add column manual_attempts integer not null default 0,
    -- The request (event delivery.resend_requested) of the attempt that is to be made beside the schedule. If it fails,
    -- the schedule goes on as it was: when, and by which job.
    add column resend_id uuid,
    add column scheduled_due_at timestamptz,
    add column scheduled_job_id text,
    -- Why the next attempt was put off without being made; null once one was made.
    add column deferred_because text,
    -- Why it was cancelled: endpoint_disabled, endpoint_deleted, endpoint_gone, replay_cancelled.
    add column cancelled_because text,
    -- Who cancelled it, and what led to it, until the event that says so is appended.
    add column cancelled_by jsonb;
-- What was cancelled and has no event yet: empty but for moments.
create index deliveries_cancelled_idx on read.deliveries (delivery_id) where cancelled_by is not null;

alter table read.deferrals drop constraint deferrals_reason_check;
alter table read.deferrals add constraint deferrals_reason_check check (
    reason in ('breaker_open', 'endpoint_busy', 'tenant_busy', 'endpoint_paused', 'endpoint_unreadable'));

-- running: making deliveries; sending: all are made, some have not ended.
alter table read.replays drop constraint replays_state_check;
alter table read.replays add constraint replays_state_check
    check (state in ('running', 'sending', 'finished', 'cancelled'));
-- Deliveries that were waiting to be retried anyway: not made again, but made due.
alter table read.replays add column brought_forward bigint not null default 0;
