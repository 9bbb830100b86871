//! From the events of one database's job to those of the whole: every name gets its database, workers
//! their number in the whole, totals are added up.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::model::job::JobEvent;
use crate::work::WorkContext;

use super::share::Loan;

/// Events of one database that may wait.
const QUEUE: usize = 64;

/// What is to be done in one database, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    objects: u64,
    bytes: u64,
    rows: Option<u64>,
}

/// What was moved in one database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Objects with rows.
    pub(super) objects: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// The whole job's side.
#[derive(Clone)]
pub(super) struct Relay {
    work: WorkContext,
    expected: Arc<Mutex<Vec<Expected>>>,
}

impl Relay {
    /// For databases of about these sizes.
    pub(super) fn new(work: &WorkContext, bytes: &[u64]) -> Self {
        let expected = |bytes: &u64| Expected { bytes: *bytes, ..Expected::default() };
        let expected = bytes.iter().map(expected).collect();
        Self { work: work.clone(), expected: Arc::new(Mutex::new(expected)) }
    }

    /// Reports the totals as they are known now.
    pub(super) async fn totals(&self) {
        let event = {
            let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
            JobEvent::Totals {
                objects: expected.iter().map(|one| one.objects).sum(),
                bytes: expected.iter().map(|one| one.bytes).sum(),
                rows: expected.iter().map(|one| one.rows).sum(),
            }
        };
        self.work.emit(event).await;
    }

    /// A context for the job of one database, and what counts it until the context is dropped.
    pub(super) fn open(
        &self,
        at: usize,
        name: &str,
        loan: Loan,
    ) -> (WorkContext, JoinHandle<Tally>) {
        let (events, queue) = mpsc::channel(QUEUE);
        let context =
            WorkContext { events, cancel: self.work.cancel.child_token(), ..self.work.clone() };
        let relaying = self.clone().relay(at, name.to_owned(), loan, queue);
        (context, tokio::spawn(relaying))
    }

    async fn relay(
        self,
        at: usize,
        name: String,
        loan: Loan,
        mut queue: mpsc::Receiver<JobEvent>,
    ) -> Tally {
        let mut tally = Tally::default();
        while let Some(event) = queue.recv().await {
            if let JobEvent::ObjectDone { rows, bytes, data: true, .. } = &event {
                tally.objects += 1;
                tally.bytes += bytes;
                tally.rows += rows;
            }
            if let JobEvent::Totals { objects, bytes, rows } = event {
                self.expect(at, Expected { objects, bytes, rows });
                self.totals().await;
            } else if let Some(event) = of_database(&name, &loan, event) {
                self.work.emit(event).await;
            }
        }
        tally
    }

    fn expect(&self, at: usize, new: Expected) {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = expected.get_mut(at) {
            *one = new;
        }
    }
}

/// The event as one of the whole job; phases are the whole job's own.
fn of_database(name: &str, loan: &Loan, event: JobEvent) -> Option<JobEvent> {
    Some(match event {
        JobEvent::ObjectStarted { worker, object, bytes } => JobEvent::ObjectStarted {
            worker: loan.number(worker),
            object: format!("{name}: {object}"),
            bytes,
        },
        JobEvent::ObjectDone { worker, object, rows, bytes, data } => JobEvent::ObjectDone {
            worker: loan.number(worker),
            object: format!("{name}: {object}"),
            rows,
            bytes,
            data,
        },
        JobEvent::Message { level, text } => {
            JobEvent::Message { level, text: format!("{name}: {text}") }
        }
        event @ (JobEvent::HookStarted { .. }
        | JobEvent::HookLine { .. }
        | JobEvent::HookEnded { .. }) => event,
        JobEvent::Accepted { .. }
        | JobEvent::Phase(_)
        | JobEvent::Totals { .. }
        | JobEvent::Throttle { .. }
        | JobEvent::Verified { .. }
        | JobEvent::Finished { .. } => return None,
    })
}
