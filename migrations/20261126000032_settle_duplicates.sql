-- What was quarantined and repeats an accepted message leaves quarantine as its duplicate. What is there obeys the narrower
-- rule, and is not read again for the wider one.
alter table read.messages
    drop constraint messages_state_check,
    add constraint messages_state_check check (state in ('accepted', 'quarantined', 'duplicate')) not valid;
