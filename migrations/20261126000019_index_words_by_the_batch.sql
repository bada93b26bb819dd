-- Inserted one row after the other, the words of a message cost 0.8 ms and 70 KB of WAL, since the list of messages of each
-- word is written anew each time; those of a batch together a third and a tenth of that. So words are collected in the
-- index's pending list, and whoever inserts a batch sorts it in. The list is never so long that an insert does it by itself,
-- which would hold it up for seconds.
alter index read.message_words_idx set (fastupdate = on, gin_pending_list_limit = 65536);

-- SECURITY DEFINER, because the engine inserts words but does not own the index.
create function read.sort_words_in() returns void
language sql security definer set search_path = '' as $$
    select pg_catalog.gin_clean_pending_list('read.message_words_idx')
$$;
revoke execute on function read.sort_words_in() from public;
grant execute on function read.sort_words_in() to hookreel_engine;
