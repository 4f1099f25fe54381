-- Databases of their own for Airflow and DataHub, each with a role that reaches no other. Safe to repeat: what is there
-- stays, and its password becomes that of .env.
\set ON_ERROR_STOP on
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv datahub_password DATAHUB_DB_PASSWORD

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['airflow', 'datahub']) AS name
 WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE airflow LOGIN PASSWORD :'airflow_password';
ALTER ROLE datahub LOGIN PASSWORD :'datahub_password';
SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM unnest(ARRAY['airflow', 'datahub']) AS name
 WHERE name NOT IN (SELECT datname FROM pg_database) \gexec
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', datname) FROM pg_database WHERE NOT datistemplate \gexec
