-- Once per database, as its owner or a superuser: the groups that Vault's logins belong to, and Vault's own login, which
-- makes and removes them. Vault changes its password at once (`gridata vault bootstrap`). What a group may do comes with
-- the tables.
--   GRIDATA_VAULT_DATABASE_PASSWORD=… psql … --file policies/postgres/vault.sql
\getenv password GRIDATA_VAULT_DATABASE_PASSWORD
CREATE ROLE gridata_catalog NOLOGIN;
CREATE ROLE gridata_ledger NOLOGIN;
CREATE ROLE gridata_vault LOGIN CREATEROLE PASSWORD :'password';
GRANT gridata_catalog, gridata_ledger TO gridata_vault WITH ADMIN OPTION;
