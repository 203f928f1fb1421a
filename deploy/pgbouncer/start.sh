#!/bin/sh
# PgBouncer needs the password itself to sign in at PostgreSQL with SCRAM.
set -eu

umask 077
printf '"allotment" "%s"\n' "$DATABASE_PASSWORD" > /tmp/userlist.txt
exec pgbouncer /etc/pgbouncer/pgbouncer.ini
