#!/bin/sh
# Create the roles and the database when the primary starts for the first time.
set -eu

psql --set=ON_ERROR_STOP=1 --username=postgres \
    --set=database_password="$DATABASE_PASSWORD" --set=replication_password="$REPLICATION_PASSWORD" <<'END'
CREATE ROLE allotment LOGIN PASSWORD :'database_password';
CREATE ROLE replication LOGIN REPLICATION PASSWORD :'replication_password';
CREATE DATABASE allotment OWNER allotment;
GRANT pg_read_all_stats TO allotment;
SELECT pg_create_physical_replication_slot('replica', true);
END
echo "host replication replication all scram-sha-256" >> "$PGDATA/pg_hba.conf"
