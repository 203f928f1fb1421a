#!/bin/sh
# Copy the primary when the replica starts for the first time, then follow it.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    find "$PGDATA" -mindepth 1 -delete # what an interrupted copy has left
    pg_basebackup --host=primary --username=replication --pgdata="$PGDATA" --slot=replica --write-recovery-conf \
        --checkpoint=fast --wal-method=stream
    chmod 700 "$PGDATA"
fi
exec postgres -c hot_standby=on -c hot_standby_feedback=on
