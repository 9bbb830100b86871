//! A spec as the command line that would do the same: shown in the plan dialog, copied, printed.

use super::spec::JobSpec;

/// The command line, quoted for a POSIX shell, without any secret.
pub fn render(spec: &JobSpec) -> String {
    format!("dbbackup {}", spec.title())
}
