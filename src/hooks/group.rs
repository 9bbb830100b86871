//! A process group of its own for each program: so that whatever it started ends with it.
//!
//! ```text
//!  leader ended, or time is up, or cancelled ─► TERM to the group ─ grace ─► KILL to the group
//! ```
//! A process that made itself a session or a group of its own (a daemon) is out of reach on purpose.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

/// How long a group may take to end by itself.
pub(super) const GRACE: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5_000 });
/// How often is looked whether it did.
const LOOK: Duration = Duration::from_millis(20);

/// A group that is killed when this goes away before [`Group::end`] was through.
#[derive(Debug)]
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group that the child leads.
    pub(super) fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    /// Whether anybody is left in it.
    fn is_alive(pid: Pid) -> bool {
        test_kill_process_group(pid).is_ok()
    }

    /// Asks all in it to end, and ends those that do not. `reap` waits for the leader, who counts as
    /// alive until then.
    pub(super) async fn end(mut self, reap: impl Future<Output = ()>) {
        let Some(pid) = self.0 else { return };
        if Self::is_alive(pid) {
            // One that is gone in this moment is what was wanted.
            let _ = kill_process_group(pid, Signal::TERM);
            // A stopped process would not see it.
            let _ = kill_process_group(pid, Signal::CONT);
        }
        let overdue = Instant::now() + GRACE;
        tokio::pin!(reap);
        let mut reaped = false;
        while Self::is_alive(pid) && Instant::now() < overdue {
            tokio::select! {
                () = &mut reap, if !reaped => reaped = true,
                () = sleep(LOOK) => {}
            }
        }
        let _ = kill_process_group(pid, Signal::KILL);
        self.0 = None;
        if !reaped {
            reap.await;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}
