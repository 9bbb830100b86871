//! The one query of a look: only what was chosen is asked for.

use crate::model::throttle::Signal;

/// Whether statistics of other roles' sessions are shown; and what kind of server it is.
const COMMON: &str = "pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') as sees, \
     pg_catalog.pg_is_in_recovery() as recovery";

/// Client sessions that run something, those of this program left aside: they have this role, this
/// name, and come from here.
const SESSIONS: &str = "(select count(*) from pg_catalog.pg_stat_activity a \
     where a.state = 'active' and a.backend_type = 'client backend' and not exists \
       (select from pg_catalog.pg_stat_activity own where own.pid = pg_catalog.pg_backend_pid() \
         and own.usesysid = a.usesysid and own.application_name = a.application_name \
         and own.client_addr is not distinct from a.client_addr)) as sessions";

/// Positions as numbers; replicas that only store the log have no replayed position.
const LAG: &str = "\
     case when pg_catalog.pg_is_in_recovery() \
       then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), '0/0') \
       else pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0') end as position, \
     case when pg_catalog.pg_is_in_recovery() \
       then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), '0/0') \
       end as replayed_here, \
     case when pg_catalog.pg_is_in_recovery() then greatest(0, extract(epoch from \
       pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) * 1000)::int8 \
       end as behind_here, \
     (select min(pg_catalog.pg_wal_lsn_diff(r.replay_lsn, '0/0')) \
        from pg_catalog.pg_stat_replication r \
       where r.state in ('streaming', 'catchup')) as replayed, \
     (select (max(extract(epoch from r.replay_lag)) * 1000)::int8 \
        from pg_catalog.pg_stat_replication r \
       where r.state in ('streaming', 'catchup') and r.replay_lsn is not null) as behind";

const ARCHIVER: &str = "\
     pg_catalog.current_setting('archive_mode') as archive_mode, \
     pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) as segment_size, \
     (select last_archived_wal from pg_catalog.pg_stat_archiver) as archived, \
     (select last_failed_wal from pg_catalog.pg_stat_archiver) as failed, \
     case when pg_catalog.pg_is_in_recovery() \
       then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), '0/0') \
       else pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0') end as written";

/// The query for these signals.
pub(super) fn text(signals: &[Signal]) -> String {
    let mut sql = format!("select {COMMON}");
    for signal in signals {
        let part = match signal {
            Signal::Sessions => SESSIONS,
            Signal::Lag => LAG,
            Signal::Archiver => ARCHIVER,
            Signal::Commit | Signal::Disk => continue,
        };
        sql.push_str(", ");
        sql.push_str(part);
    }
    sql
}
