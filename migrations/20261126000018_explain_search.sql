-- Why the one function that reads tenants' data as their owner does so, where whoever looks at the catalogue finds it.
-- The narrowest it can be: it takes the tenant from the transaction and not from the caller, finds nothing when none is
-- set, gives back ids alone (what they name is then read under row-level security), and only hookreel_app may call it.
comment on function read.search_messages is
    'SECURITY DEFINER: under row-level security PostgreSQL uses no index for @@, which is not leakproof, so that every '
    'search would read all words of all tenants. Its owner sees every tenant: each read of read.message_words in it '
    'must say tenant_id = the tenant of the transaction. A test with two tenants holds it to that.';
