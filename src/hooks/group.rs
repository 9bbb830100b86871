//! A process group of its own for each program: so that whatever it started ends with it.
//!
//! ```text
//!  leader ended, or time is up, or cancelled ─► TERM to the group ─ grace ─► KILL to the group
//!                                             still there, or not ours to signal ─► said, left
//! ```
//! A process that made itself a session or a group of its own (a daemon) is out of reach on purpose.

use std::time::Duration;

use rustix::io::{self, Errno};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

/// How long a group may take to end by itself.
pub(super) const GRACE: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5_000 });
/// How often is looked whether it did.
const LOOK: Duration = Duration::from_millis(20);

/// Sends a signal to a group, or asks without one whether it is there.
type Send = fn(Pid, Option<Signal>) -> io::Result<()>;

/// A group that is killed when this goes away before [`Group::end`] was through.
#[derive(Debug)]
pub(super) struct Group {
    pid: Option<Pid>,
    send: Send,
}

impl Group {
    /// The group that the child leads.
    pub(super) fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        Self { pid: pid.and_then(Pid::from_raw), send }
    }

    /// Whether anybody is left in it: somebody who is not ours to signal is (sudo's).
    fn is_alive(&self, pid: Pid) -> bool {
        (self.send)(pid, None) != Err(Errno::SRCH)
    }

    /// Asks all in it to end, and ends those that do not. `reap` waits for the leader, who counts as
    /// alive until then. Returns the group's number where it could not be ended.
    pub(super) async fn end(mut self, reap: impl Future<Output = ()>) -> Option<Pid> {
        let pid = self.pid?;
        if self.is_alive(pid) {
            // One that is gone in this moment is what was wanted.
            let _ = (self.send)(pid, Some(Signal::TERM));
            // A stopped process would not see it.
            let _ = (self.send)(pid, Some(Signal::CONT));
        }
        let overdue = Instant::now() + GRACE;
        tokio::pin!(reap);
        let mut reaped = false;
        while self.is_alive(pid) && Instant::now() < overdue {
            tokio::select! {
                () = &mut reap, if !reaped => reaped = true,
                () = sleep(LOOK) => {}
            }
        }
        let killed = (self.send)(pid, Some(Signal::KILL));
        self.pid = None;
        // Nothing can be done about one that is out of reach; nobody waits for it for ever.
        reaped = reaped || timeout(GRACE, reap).await.is_ok();
        let ended = reaped && killed != Err(Errno::PERM);
        (!ended).then_some(pid)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            let _ = (self.send)(pid, Some(Signal::KILL));
        }
    }
}

fn send(pid: Pid, signal: Option<Signal>) -> io::Result<()> {
    match signal {
        Some(signal) => kill_process_group(pid, signal),
        None => test_kill_process_group(pid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(send: Send) -> Group {
        // Nothing is sent to it but by `send`.
        Group { pid: Pid::from_raw(4_711), send }
    }

    #[tokio::test(start_paused = true)]
    async fn a_group_that_is_not_ours_to_signal_is_waited_for_no_longer_than_its_grace_and_told() {
        let begun = Instant::now();
        let left = group(|_, _| Err(Errno::PERM)).end(std::future::pending()).await;
        assert_eq!(left, Pid::from_raw(4_711));
        assert!(begun.elapsed() < GRACE * 3, "{:?}", begun.elapsed());
        let left = group(|_, _| Err(Errno::PERM)).end(std::future::ready(())).await;
        assert_eq!(left, Pid::from_raw(4_711), "its leader ended, and others did not");
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_cannot_be_reaped_is_told_and_a_group_that_is_gone_is_not() {
        let left = group(|_, _| Ok(())).end(std::future::pending()).await;
        assert_eq!(left, Pid::from_raw(4_711));
        let left = group(|_, _| Err(Errno::SRCH)).end(std::future::ready(())).await;
        assert_eq!(left, None);
    }
}
