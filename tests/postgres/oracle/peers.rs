//! The peers' tools as they are used on a source, and what they find wrong.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Way;
use super::fixture::Source;
use crate::formats::decompressed;
use crate::support;

/// pg_dump and pg_restore of one version.
pub(super) struct Tools {
    bin: PathBuf,
    pub(super) major: u32,
}

/// The first version whose tools know lz4 and zstd and which writes them in every format.
const ALL_CODECS: u32 = 16;

/// What a newer pg_restore and newer scripts set on servers that do not know it.
const NEW_SETTING: &str = "SET transaction_timeout = 0;\n";
const NEW_SETTING_SINCE: u32 = 17;

impl Tools {
    /// The newest on this machine, which speak to every server.
    pub(super) fn newest() -> Self {
        let tools = support::installations().into_iter().rev();
        tools
            .map(|(major, bin)| Self { bin, major })
            .find(|tools| tools.bin.join("pg_dump").exists())
            .expect("no pg_dump: run tests/prepare")
    }

    /// The server's own, where it has them and they are not the newest.
    pub(super) fn own(source: &Source) -> Option<Self> {
        let bin = source.server.bin.clone();
        let own = Self { bin, major: source.major };
        (own.bin.join("pg_dump").exists() && own.major != Self::newest().major).then_some(own)
    }

    pub(super) fn name(&self) -> String {
        format!("by-{}", self.major)
    }

    /// The way's codec, or the next that these know.
    pub(super) fn codec(&self, way: Way) -> &'static str {
        match way.codec {
            "lz4" if self.major < ALL_CODECS => "none",
            "zstd" if self.major < ALL_CODECS => "gzip",
            other => other,
        }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn command(&self, source: &Source, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command.args(["-h", "127.0.0.1", "-p", &source.server.port.to_string(), "-U", "postgres"]);
        command
    }

    /// Writes an archive or a script of a database.
    pub(super) fn dump(
        &self,
        source: &Source,
        database: &str,
        way: Way,
        output: &Path,
    ) -> Result<(), String> {
        let codec = match way.codec {
            "none" => "0",
            "gzip" if self.major < ALL_CODECS => "6",
            other => other,
        };
        let mut command = self.command(source, "pg_dump");
        command.args(["-F", way.format, "-Z", codec, "-f"]).arg(output).arg(database);
        outcome(&mut command)
    }

    /// Restores an archive, or runs a script, into a database: without any error but that about the
    /// newer setting.
    pub(super) fn restore(
        &self,
        source: &Source,
        way: Way,
        archive: &Path,
        database: &str,
    ) -> Result<(), String> {
        if way.format == "plain" {
            let script = decompressed(archive, way.codec);
            return self.run_script(source, &script, database);
        }
        let mut command = self.command(source, "pg_restore");
        if way.format != "tar" {
            command.arg("-j2");
        }
        command.args(["-d", database]).arg(archive);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let real = errors
            .lines()
            .filter(|line| line.contains("error:") && !line.contains("\"transaction_timeout\""));
        match real.count() {
            0 if output.status.success() || source.major < NEW_SETTING_SINCE => Ok(()),
            _ => Err(format!("pg_restore: {errors}")),
        }
    }

    fn run_script(&self, source: &Source, script: &[u8], database: &str) -> Result<(), String> {
        let mut psql = self
            .command(source, "psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = psql.stdin.take().unwrap();
        let (before, after) = around_new_setting(script, source.major);
        let reading = std::thread::spawn(move || psql.wait_with_output().unwrap());
        // A psql that stopped tells why itself.
        let _ = stdin.write_all(before).and_then(|()| stdin.write_all(after));
        drop(stdin);
        let output = reading.join().unwrap();
        if output.status.success() {
            return Ok(());
        }
        Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// A script without the setting that an older server does not know.
fn around_new_setting(script: &[u8], major: u32) -> (&[u8], &[u8]) {
    let setting = NEW_SETTING.as_bytes();
    let place = script.windows(setting.len()).position(|window| window == setting);
    match place {
        Some(at) if major < NEW_SETTING_SINCE => (&script[..at], &script[at + setting.len()..]),
        _ => (script, &[]),
    }
}

/// Runs a command, which must succeed.
pub(super) fn outcome(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}
