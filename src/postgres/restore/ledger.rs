//! What went well and what did not, and the words for it at the end. Pure.

use std::collections::{BTreeMap, HashMap};

use crate::error::Error;

/// From this many failures with the same words on, one line stands for all of them.
const MANY: usize = 100;
/// How many objects are named in such a line.
const NAMED: usize = 3;

/// The account of a restore.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Ledger {
    /// One line for each failure.
    failures: Vec<String>,
    /// Objects that were not tried, by the object that was to blame.
    skipped: BTreeMap<String, Vec<String>>,
    /// Objects with data that were to be loaded, and those that were.
    pub(super) data: (u64, u64),
    /// Definitions that were to be made, and those that were.
    pub(super) definitions: (u64, u64),
    /// Rows that are there now.
    pub(super) rows: u64,
}

impl Ledger {
    /// Notes a failure; returns its line for the log.
    pub(in crate::postgres) fn fail(&mut self, error: &Error) -> String {
        let text = line(error);
        self.failures.push(text.clone());
        text
    }

    /// Notes an object that is not tried.
    pub(super) fn skip(&mut self, object: String, because_of: String) -> String {
        let text = format!("{object} was not restored: {because_of} could not be");
        self.skipped.entry(because_of).or_default().push(object);
        text
    }

    /// Why the restore is not complete; empty if it is.
    pub(in crate::postgres) fn reasons(&self) -> Vec<String> {
        let mut reasons = self.grouped_failures();
        for (because_of, objects) in &self.skipped {
            if objects.len() < MANY {
                let one = |object| format!("{object} was not restored: {because_of} could not be");
                reasons.extend(objects.iter().map(one));
            } else {
                let (count, names) = (objects.len(), some(objects));
                reasons.push(format!(
                    "{count} objects were not restored, such as {names}: {because_of} could not be"
                ));
            }
        }
        reasons
    }

    fn grouped_failures(&self) -> Vec<String> {
        let mut groups: HashMap<&str, Vec<String>> = HashMap::new();
        for failure in &self.failures {
            let (object, words) = parts(failure);
            groups.entry(words).or_default().push(object.to_owned());
        }
        let mut reasons = Vec::new();
        for failure in &self.failures {
            let (_, words) = parts(failure);
            if groups.get(words).is_some_and(|objects| objects.len() < MANY) {
                reasons.push(failure.clone());
            } else if let Some(objects) = groups.remove(words) {
                let (count, names) = (objects.len(), some(&objects));
                reasons.push(format!("{count} times, such as {names}: {words}"));
            }
        }
        reasons
    }

    /// What a target holds when the restore ended early.
    pub(super) fn state(&self, database: &str) -> String {
        let ((tables, loaded), (definitions, made)) = (self.data, self.definitions);
        if loaded == 0 && made == 0 {
            return format!("nothing was restored into database {database}");
        }
        format!(
            "database {database} keeps what was restored until then: {made} of {definitions} \
             definitions, and the rows of {loaded} of {tables} tables; to restore again, use a new \
             database, or --clean --if-exists"
        )
    }
}

/// The error in one line, with the server's code.
pub(super) fn line(error: &Error) -> String {
    match error.sqlstate() {
        Some(code) => format!("{} [{code}]", error.chain()),
        None => error.chain(),
    }
}

/// What was being done, and what the server said.
fn parts(failure: &str) -> (&str, &str) {
    failure.split_once(" failed: ").unwrap_or((failure, failure))
}

fn some(objects: &[String]) -> String {
    let named: Vec<&str> = objects.iter().take(NAMED).map(String::as_str).collect();
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn failure(text: &str) -> Error {
        Error::new(ErrorKind::Database, text).with_sqlstate("42704")
    }

    #[test]
    fn each_failure_and_each_skipped_object_is_a_reason_with_its_code() {
        let mut ledger = Ledger::default();
        ledger.fail(&failure("restoring TABLE a.b failed: no such type"));
        ledger.skip("INDEX a.i".into(), "TABLE a.b".into());
        assert_eq!(
            ledger.reasons(),
            [
                "restoring TABLE a.b failed: no such type [42704]",
                "INDEX a.i was not restored: TABLE a.b could not be"
            ]
        );
    }

    #[test]
    fn a_failure_that_repeats_hundreds_of_times_is_one_reason() {
        let mut ledger = Ledger::default();
        for n in 0..250 {
            ledger.fail(&failure(&format!("giving TABLE t{n} to bob failed: no role bob")));
        }
        ledger.fail(&failure("restoring TABLE x failed: other"));
        let reasons = ledger.reasons();
        assert_eq!(reasons.len(), 2);
        assert_eq!(
            reasons[0],
            "250 times, such as giving TABLE t0 to bob, giving TABLE t1 to bob, giving TABLE t2 \
             to bob: no role bob [42704]"
        );
    }

    #[test]
    fn an_early_end_says_what_is_there() {
        let mut ledger = Ledger { data: (5, 0), definitions: (9, 0), ..Ledger::default() };
        assert_eq!(ledger.state("shop"), "nothing was restored into database shop");
        ledger.definitions.1 = 4;
        assert!(ledger.state("shop").contains("4 of 9 definitions, and the rows of 0 of 5 tables"));
    }
}
