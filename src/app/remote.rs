//! A value that the engine fetches: what there is of it now, how old it is, and what went wrong.

use jiff::Timestamp;

use crate::model::id::RequestId;
use crate::model::job::ErrorReport;

/// A fetched value. Old data stays while new data is on its way or cannot be had.
#[derive(Debug, Clone)]
pub struct Remote<T> {
    /// The last value there was.
    pub value: Option<T>,
    /// When it came.
    pub at: Option<Timestamp>,
    /// The question that is open.
    pub pending: Option<RequestId>,
    /// Why the last question had no answer.
    pub error: Option<ErrorReport>,
    /// The connection was lost since the value came.
    pub stale: bool,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, at: None, pending: None, error: None, stale: false }
    }
}

impl<T> Remote<T> {
    /// Notes that a question was asked; its answer replaces all earlier ones.
    pub fn ask(&mut self, request: RequestId) {
        self.pending = Some(request);
    }

    /// Takes the answer, unless it belongs to an older question; says whether it was taken.
    pub fn answer(
        &mut self,
        request: RequestId,
        now: Timestamp,
        result: Result<T, ErrorReport>,
    ) -> bool {
        if self.pending != Some(request) {
            return false;
        }
        self.pending = None;
        match result {
            Ok(value) => {
                *self = Self { value: Some(value), at: Some(now), ..Self::default() };
            }
            Err(error) => self.error = Some(error),
        }
        true
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.pending.is_some()
    }

    /// The connection was lost: what there is stays, marked, and no answer will come.
    pub fn lose(&mut self) {
        self.pending = None;
        self.stale = self.value.is_some();
    }
}
