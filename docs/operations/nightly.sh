#!/bin/sh
# One night: take what arrived, score all tenders, lay them on the desk; then copy, tidy up and tell.
# A step whose exit code is 75 (somebody else is writing) is tried again after a pause.
# Exit code: that of the first step that failed.
set -u
: "${BIDLENS_WORKSPACE:?the workspace}" "${INBOX:?the folder in which exports arrive}" "${BACKUPS:?a folder}"
worst=0
step() {
    for pause in ${PAUSES-60 600 1800} last; do
        "$@"
        code=$?
        if [ "$code" -ne 75 ] || [ "$pause" = last ]; then break; fi
        sleep "$pause"
    done
    [ "$worst" -ne 0 ] || worst=$code
}

# shellcheck disable=SC2086
[ -n "${WATCHED:-}" ] || step bidlens watch "$INBOX" --once ${READER:-}
step bidlens score
step bidlens backup "$BACKUPS/bidlens-$(date -u +%Y%m%dT%H%M%SZ).tar"
# Old copies go only when there is a new one.
[ "$code" -ne 0 ] || step find "$BACKUPS" -maxdepth 1 -name 'bidlens-*.tar' -mtime "+${BACKUP_DAYS:-30}" -delete
# What a killed copy left holds the key as well.
step find "$BACKUPS" -maxdepth 1 -name '.bidlens-*.draft' -mtime +0 -exec rm -rf {} +
step bidlens prune
step bidlens health
[ -z "${METRICS:-}" ] || step bidlens metrics --to "$METRICS"
exit "$worst"
