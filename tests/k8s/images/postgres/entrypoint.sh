#!/bin/sh
# Makes the database at the first start, then is the server; arguments are the server's.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  partial=$PGDATA.part # a start that was killed half-way begins again
  rm -rf "$partial"
  mkdir -p "$partial"
  if [ -z "${POSTGRES_PASSWORD_FILE:-}" ]; then
    POSTGRES_PASSWORD_FILE=$PGDATA.password
    (umask 077 && printf '%s\n' "${POSTGRES_PASSWORD:?or POSTGRES_PASSWORD_FILE}" >"$POSTGRES_PASSWORD_FILE")
  fi
  # shellcheck disable=SC2086  # several arguments in one variable
  initdb --pgdata="$partial" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" ${POSTGRES_INITDB_ARGS:-}
  rm -f "$PGDATA.password"
  echo "host all all all scram-sha-256" >>"$partial/pg_hba.conf"
  pg_ctl --pgdata="$partial" --options="-c listen_addresses= -k /tmp" --wait start
  [ "$POSTGRES_DB" = postgres ] || createdb --host=/tmp --username="$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl --pgdata="$partial" --mode=fast --wait stop
  mv "$partial" "$PGDATA"
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' "$@"
