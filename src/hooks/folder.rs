//! The hooks' folder: which of its files are hooks, at which point, and which must not be trusted.
//!
//! ```text
//!  10-pre-backup-vacuum.sh      [digits and -] POINT [- . _ anything]; in the order of the names
//!  └┬┘└───┬────┘└───┬────┘
//!   order  point     free          # dbbackup: timeout=10m retries=2     among its first lines
//! ```
//! A hook runs with the rights of whoever runs the backup, often root: a file that somebody else
//! could have written is refused, and with it the jobs that would have run it.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::model::hook::HookPoint;
use crate::model::hook::draft::Draft;
use crate::model::hook::spec::{HookOrigin, HookSpec};

use super::set::{HookSet, Problem};

/// How much of a file is searched for settings.
const HEAD: u64 = 4096;
/// What stands before settings.
const MARK: &str = "dbbackup:";
/// Endings of files that editors and packages leave behind, and of those that are to rest.
const RESTING: [&str; 8] =
    ["~", ".bak", ".orig", ".disabled", ".sample", ".dpkg-new", ".dpkg-old", ".rpmsave"];

/// Reads the folder; one that is not there is as good as empty, unless it `must_exist`.
pub(super) fn read(folder: &Path, must_exist: bool) -> HookSet {
    let mut set = HookSet::default();
    let names = match names(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return set,
        Err(error) => {
            set.problems.push(refused(folder, format!("it cannot be read: {error}")));
            return set;
        }
    };
    if let Some(reason) = fs::metadata(folder).ok().and_then(|meta| untrusted(&meta)) {
        if !names.is_empty() {
            set.problems.push(refused(folder, reason));
        }
        return set;
    }
    for name in names {
        match look(&folder.join(&name), &name) {
            Looked::Hook(hook) => set.hooks.push(*hook),
            Looked::Problem(problem) => set.problems.push(problem),
            Looked::Nothing => {}
        }
    }
    set
}

/// The names in the folder, in their order, without what is hidden or at rest.
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !RESTING.iter().any(|ending| name.ends_with(ending)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn refused(path: &Path, reason: String) -> Problem {
    let path = path.display().to_string();
    Problem { path, reason, refused: HookPoint::ALL.to_vec() }
}

enum Looked {
    Hook(Box<HookSpec>),
    Problem(Problem),
    Nothing,
}

fn look(path: &Path, name: &str) -> Looked {
    let shown = path.display().to_string();
    let point = point_of(name);
    let problem = |reason: String, refuses: bool| {
        let refused = point.filter(|_| refuses).into_iter().collect();
        Looked::Problem(Problem { path: shown.clone(), reason, refused })
    };
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => return problem(format!("it cannot be read: {error}"), true),
    };
    let executable = meta.mode() & 0o111 != 0;
    let Some(at) = point else {
        let told = "its name tells no point, such as 10-pre-backup-NAME or on-error".to_owned();
        return if meta.is_file() && executable { problem(told, false) } else { Looked::Nothing };
    };
    if !meta.is_file() {
        return problem("it is not a regular file".to_owned(), true);
    }
    if !executable {
        return problem("it is not executable: chmod +x switches it on".to_owned(), false);
    }
    if let Some(reason) = untrusted(&meta).or_else(|| untrusted_place(path)) {
        return problem(reason, true);
    }
    match hook(path, name, at) {
        Ok(hook) => Looked::Hook(Box::new(hook)),
        Err(reason) => problem(reason, true),
    }
}

/// The point that a name tells: digits and signs first, then the point, then its end or a sign.
fn point_of(name: &str) -> Option<HookPoint> {
    let sign = |c: char| matches!(c, '-' | '_' | '.');
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit() || sign(c));
    HookPoint::ALL.into_iter().find(|point| {
        let after = rest.strip_prefix(point.word());
        after.is_some_and(|after| after.is_empty() || after.starts_with(sign))
    })
}

/// Why something must not be trusted: others could have written it.
fn untrusted(meta: &Metadata) -> Option<String> {
    let mode = meta.mode() & 0o7777;
    if mode & 0o002 != 0 {
        return Some(format!("everybody may write to it (mode {mode:04o}): chmod o-w"));
    }
    let (group, own_group) = (meta.gid(), rustix::process::getegid().as_raw());
    if mode & 0o020 != 0 && group != own_group && group != 0 {
        return Some(format!("all of group {group} may write to it (mode {mode:04o}): chmod g-w"));
    }
    let own = rustix::process::geteuid().as_raw();
    let owner = meta.uid();
    (owner != own && owner != 0).then(|| {
        format!("it belongs to user {owner}, neither to root nor to the user {own} that runs this")
    })
}

/// The same of the folder where a link leads to.
fn untrusted_place(path: &Path) -> Option<String> {
    let real = fs::canonicalize(path).ok()?;
    let parent = real.parent()?;
    let reason = untrusted(&fs::metadata(parent).ok()?)?;
    Some(format!("in its folder {}, {reason}", parent.display()))
}

fn hook(path: &Path, name: &str, point: HookPoint) -> Result<HookSpec, String> {
    let Some(program) = path.to_str() else {
        return Err("its path is not UTF-8: give it another name".to_owned());
    };
    let mut draft = Draft::program(point, program);
    for line in settings(path).map_err(|error| format!("it cannot be read: {error}"))? {
        for word in line.split_whitespace() {
            let Some((key, value)) = word.split_once('=') else {
                return Err(format!("'{word}' after '{MARK}' is no key=value"));
            };
            let values: Vec<String> = value.split(',').map(str::to_owned).collect();
            let key = key.replace('-', "_");
            draft.set_common(&key, &values).map_err(|error| format!("{key}: {error}"))?;
        }
    }
    draft.finish(name.to_owned(), HookOrigin::Folder(path.to_owned()))
}

/// What stands behind `# dbbackup:` in the first lines of a script.
fn settings(path: &Path) -> std::io::Result<Vec<String>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    if !head.starts_with(b"#!") {
        return Ok(Vec::new());
    }
    let head = String::from_utf8_lossy(&head);
    let after =
        |line: &str| line.strip_prefix('#')?.trim_start().strip_prefix(MARK).map(str::to_owned);
    Ok(head.lines().filter_map(after).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;
    use crate::model::hook::OnFailure;

    fn folder(files: &[(&str, u32, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, mode, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        folder
    }

    fn points(set: &HookSet) -> Vec<(&str, HookPoint)> {
        set.hooks.iter().map(|hook| (hook.name.as_str(), hook.points[0])).collect()
    }

    #[test]
    fn names_tell_order_and_point() {
        let cases = [
            ("10-pre-backup-vacuum.sh", Some(HookPoint::PreBackup)),
            ("pre-backup", Some(HookPoint::PreBackup)),
            ("on-error.py", Some(HookPoint::OnError)),
            ("20_post-database_x", Some(HookPoint::PostDatabase)),
            ("pre-backups", None),
            ("vacuum-pre-backup", None),
            ("10-prebackup.sh", None),
        ];
        for (name, point) in cases {
            assert_eq!(point_of(name), point, "{name}");
        }
    }

    #[test]
    fn executable_files_are_hooks_in_the_order_of_their_names() {
        let folder = folder(&[
            ("20-pre-backup-b", 0o755, ""),
            ("10-pre-backup-a", 0o700, ""),
            ("on-error", 0o755, ""),
            ("README", 0o644, ""),
            ("10-pre-backup-old.bak", 0o755, ""),
            (".pre-backup", 0o755, ""),
        ]);
        let set = read(folder.path(), true);
        let expected = [
            ("10-pre-backup-a", HookPoint::PreBackup),
            ("20-pre-backup-b", HookPoint::PreBackup),
            ("on-error", HookPoint::OnError),
        ];
        assert_eq!(points(&set), expected);
        assert_eq!(set.problems, []);
    }

    #[test]
    fn what_others_could_have_written_is_refused_at_its_point() {
        let folder = folder(&[("pre-backup", 0o757, ""), ("on-error", 0o755, "")]);
        let set = read(folder.path(), true);
        assert_eq!(points(&set), [("on-error", HookPoint::OnError)]);
        let error = set.refusal(&[HookPoint::PreBackup]).unwrap();
        assert!(error.to_string().contains("everybody may write to it (mode 0757)"), "{error}");
        assert!(set.refusal(&[HookPoint::PreRestore, HookPoint::OnError]).is_none());

        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let set = read(folder.path(), true);
        assert!(set.hooks.is_empty() && set.refusal(&[HookPoint::PreRestore]).is_some());
    }

    #[test]
    fn a_file_of_somebody_else_is_refused_and_so_is_a_link_to_a_place_of_all() {
        let place = folder(&[("real", 0o755, "")]);
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let folder = folder(&[("on-error", 0o755, "")]);
        symlink(place.path().join("real"), folder.path().join("pre-backup")).unwrap();
        symlink("/nowhere/at/all", folder.path().join("post-backup")).unwrap();
        let mut refused = 2;
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(folder.path().join("on-error"), Some(4242), None).unwrap();
            refused += 1;
        }
        let set = read(folder.path(), true);
        assert_eq!(set.hooks.len() + refused, 3);
        let told: Vec<String> = set.problems.iter().map(Problem::to_string).collect();
        assert!(told.iter().any(|told| told.contains("in its folder")), "{told:?}");
        if refused == 3 {
            assert!(told.iter().any(|told| told.contains("it belongs to user 4242")), "{told:?}");
            let group = folder.path().join("on-error");
            std::os::unix::fs::chown(&group, Some(0), Some(4242)).unwrap();
            fs::set_permissions(&group, fs::Permissions::from_mode(0o775)).unwrap();
            let set = read(folder.path(), true);
            let told: Vec<String> = set.problems.iter().map(Problem::to_string).collect();
            assert!(told.iter().any(|told| told.contains("all of group 4242 may")), "{told:?}");
        }
    }

    #[test]
    fn what_looks_like_a_hook_but_is_none_is_told_and_stops_nobody() {
        let folder = folder(&[("pre-backup", 0o644, ""), ("prebackup.sh", 0o755, "")]);
        let set = read(folder.path(), true);
        let told: Vec<String> = set.warnings().collect();
        assert_eq!((told.len(), set.hooks.len()), (2, 0));
        assert!(told[0].contains("pre-backup: it is not executable"), "{told:?}");
        assert!(told[1].contains("prebackup.sh: its name tells no point"), "{told:?}");
        assert!(set.refusal(&HookPoint::ALL).is_none());
    }

    #[test]
    fn a_missing_folder_is_empty_unless_it_was_named() {
        let missing = Path::new("/nowhere/hooks.d");
        assert_eq!(read(missing, false), HookSet::default());
        let error = read(missing, true).refusal(&[HookPoint::PreBackup]).unwrap();
        assert!(error.to_string().contains("/nowhere/hooks.d: it cannot be read"), "{error}");
    }

    #[test]
    fn a_script_has_its_settings_in_its_first_lines() {
        let text = "#!/bin/sh\n# dbbackup: timeout=90s retries=2 on-failure=continue\n\
                    # dbbackup: databases=shop*,crm\n";
        let wrong = "#!/bin/sh\n# dbbackup: colour=red\n";
        let folder = folder(&[("pre-backup", 0o755, text), ("post-backup", 0o755, wrong)]);
        let set = read(folder.path(), true);
        let hook = &set.hooks[0];
        assert_eq!((hook.timeout, hook.retries), (Duration::from_secs(90), 2));
        assert_eq!(hook.on_failure, OnFailure::Continue);
        assert_eq!(hook.conditions.describe(), "databases shop*,crm");
        let error = set.refusal(&[HookPoint::PostBackup]).unwrap();
        assert!(error.to_string().contains("'colour' is not known"), "{error}");
    }
}
