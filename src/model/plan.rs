//! What a job will do, worked out before it acts: the dialog shows it, `--dry-run` prints it.

use serde::{Deserialize, Serialize};

/// The plan of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// One line: what, where from, where to.
    pub title: String,
    /// Facts as label and value, in the order to show: server, snapshot, output, codec, workers.
    pub facts: Vec<(String, String)>,
    /// What will be copied or made, largest or first first.
    pub objects: Vec<PlannedObject>,
    /// Objects whose rows are copied.
    pub data_objects: u64,
    /// Estimate of the bytes to read or send, from sizes on disk.
    pub bytes: u64,
    /// Locks that will be taken, in words.
    pub locks: Vec<String>,
    /// What the user should know before saying yes.
    pub warnings: Vec<String>,
    /// Tables of the target that hold rows and would be written over or into. When not empty, the
    /// front asks for the target's name to be typed.
    pub endangers: Vec<String>,
    /// The same job as a command line.
    pub command_line: String,
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedObject {
    /// Kind, such as "TABLE DATA".
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Estimated bytes, where the object has data.
    pub bytes: Option<u64>,
    /// Estimated rows, where known.
    pub rows: Option<u64>,
    /// Why it is there when it was not asked for by name ("referenced by public.orders").
    pub because: Option<String>,
}
