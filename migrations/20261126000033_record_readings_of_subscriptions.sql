-- Operators may let subscriptions be read again that could not be read at Stripe.
alter table ops.operator_actions drop constraint operator_actions_action_check;
alter table ops.operator_actions add constraint operator_actions_action_check
    check (action in ('retry', 'skip', 'replay_parked', 'rebuild', 'retry_mail', 'read_subscriptions'));
