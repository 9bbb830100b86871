//! The words of `verify`.

use crate::model::spec::VerifySpec;

use super::Words;

pub(super) fn write(words: &mut Words, spec: &VerifySpec) {
    words.word("verify");
    words.target(&spec.target);
    words.flag(spec.restore, "--restore");
    words.rate(spec.rate, &spec.pacing);
    words.value("-j", spec.jobs.to_string());
    words.last(spec.backup.as_os_str());
}
