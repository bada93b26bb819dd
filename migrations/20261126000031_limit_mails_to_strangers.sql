-- Whoever writes mails about what happened knows which addresses nobody has confirmed: those hear of so much a day.
grant select (email_verified_at) on iam.members to hookreel_engine;
