//! The workers of a restore as their leader sees them: hired, given tasks, heard, dismissed.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::error::{Error, ErrorKind, Result};

use super::entry::Ended;
use super::job::Job;
use super::worker::{self, Report, Task, Told};

/// Reports that may wait for the leader.
const REPORTS: usize = 64;

/// All workers.
pub(super) struct Crew {
    job: Arc<Job>,
    members: Vec<Member>,
    sender: mpsc::Sender<Report>,
    reports: mpsc::Receiver<Report>,
}

struct Member {
    tasks: mpsc::Sender<Task>,
    state: MemberState,
    thread: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MemberState {
    Connecting,
    Idle,
    Busy,
    Gone,
}

impl Crew {
    pub(super) fn new(job: Arc<Job>) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS);
        Self { job, members: Vec::new(), sender, reports }
    }

    /// Hires workers until there are so many. They connect on their own.
    pub(super) fn grow(&mut self, size: u16) -> Result<()> {
        for number in u16::try_from(self.members.len()).unwrap_or(u16::MAX)..size {
            let (tasks, queue) = mpsc::channel(1);
            let thread = worker::start(number, Arc::clone(&self.job), queue, self.sender.clone())?;
            self.members.push(Member { tasks, state: MemberState::Connecting, thread });
        }
        Ok(())
    }

    /// A worker that has nothing to do.
    pub(super) fn idle(&self) -> Option<u16> {
        let at = self.members.iter().position(|member| member.state == MemberState::Idle)?;
        u16::try_from(at).ok()
    }

    /// Whether a worker may still report something without a new task.
    pub(super) fn is_expecting(&self) -> bool {
        let expecting = |state| matches!(state, MemberState::Connecting | MemberState::Busy);
        self.members.iter().any(|member| expecting(member.state))
    }

    /// Gives a task to an idle worker.
    pub(super) fn give(&mut self, worker: u16, task: Task) -> Result<()> {
        let gone = || Error::new(ErrorKind::Internal, format!("worker {worker} takes no task"));
        let member = self.members.get_mut(usize::from(worker)).ok_or_else(gone)?;
        member.tasks.try_send(task).map_err(|_| gone())?;
        member.state = MemberState::Busy;
        Ok(())
    }

    /// Waits for the next report. A worker that is lost is an error only if it was busy, or the
    /// last.
    pub(super) async fn hear(&mut self) -> Result<Heard> {
        let Some(report) = self.reports.recv().await else {
            return Err(Error::new(ErrorKind::Internal, "all workers are gone"));
        };
        let Some(member) = self.members.get_mut(usize::from(report.worker)) else {
            return Err(Error::new(ErrorKind::Internal, "a report came from nobody"));
        };
        let before = member.state;
        match report.what {
            Told::Ready => {
                member.state = MemberState::Idle;
                Ok(Heard::Ready)
            }
            Told::Ended(task, ended) => {
                member.state = MemberState::Idle;
                Ok(Heard::Ended(task, ended?))
            }
            Told::Unavailable(error) => {
                member.state = MemberState::Gone;
                let alone = self.members.iter().all(|member| member.state == MemberState::Gone);
                let lost = before == MemberState::Busy || alone;
                if lost || error.kind() == ErrorKind::Cancelled {
                    Err(error)
                } else {
                    Ok(Heard::Short(error))
                }
            }
        }
    }

    /// Runs one task on the first worker while nothing else runs.
    pub(super) async fn call(&mut self, task: Task) -> Result<Ended> {
        self.give(0, task.clone())?;
        loop {
            if let Heard::Ended(ended, result) = self.hear().await?
                && ended == task
            {
                return Ok(result);
            }
        }
    }

    /// Lets all workers end and waits for their threads.
    pub(super) async fn dismiss(self) -> Result<()> {
        let Self { members, reports, .. } = self;
        drop(reports);
        let threads: Vec<JoinHandle<()>> =
            members.into_iter().map(|member| member.thread).collect();
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().map(JoinHandle::join).all(|ended| ended.is_ok())
        });
        match joined.await {
            Ok(true) => Ok(()),
            _ => Err(Error::new(ErrorKind::Internal, "a worker thread crashed")),
        }
    }
}

/// What the leader has to know of a report.
pub(super) enum Heard {
    /// A worker can take tasks.
    Ready,
    /// A task has ended.
    Ended(Task, Ended),
    /// A further worker could not connect; the others go on.
    Short(Error),
}
