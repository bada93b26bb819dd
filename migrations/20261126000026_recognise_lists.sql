-- By what a repetition is recognised: event_ids, too, the ids of all events of a body that is a list of them. What is there
-- obeys the narrower rule, and is not read again for the wider one.
alter table read.messages
    drop constraint messages_dedupe_rung_check,
    add constraint messages_dedupe_rung_check
        check (dedupe_rung in ('event_id', 'event_ids', 'webhook_id', 'content_hash')) not valid;
