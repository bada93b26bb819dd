-- A new password is written in the tenant's transaction that uses the link up and records the event: together or not at
-- all. Reading the hashes stays with hookreel_auth alone.
grant update (password_hash) on iam.members to hookreel_app;
