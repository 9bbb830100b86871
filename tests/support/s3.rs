//! A throwaway S3-compatible server (moto), shared by the tests of one process.

use std::collections::HashMap;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::{free_port, new_folder, wait_for, watch};

/// A running server.
#[derive(Debug)]
pub struct S3 {
    /// Its address.
    pub endpoint: String,
    port: u16,
    _process: Child,
    /// Closing it tells the watchdog to clean up.
    _watchdog: ChildStdin,
}

fn program() -> PathBuf {
    let servers = std::env::var_os("DBBACKUP_TEST_SERVERS").map(PathBuf::from);
    servers
        .map(|servers| servers.join("moto/bin/moto_server"))
        .filter(|program| program.exists())
        .expect("no moto_server in DBBACKUP_TEST_SERVERS: run tests/prepare")
}

impl S3 {
    /// The server that the tests of this process share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<S3> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let (port, folder) = (free_port(), new_folder());
        let log = fs::File::create(folder.join("s3.log")).unwrap();
        let process = Command::new(program())
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let watchdog = watch(process.id(), &folder);
        wait_for("the S3 server to listen", Duration::from_mins(1), || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let endpoint = format!("http://127.0.0.1:{port}");
        Self { endpoint, port, _process: process, _watchdog: watchdog }
    }

    /// What a program needs in its environment to use the server.
    pub fn variables(&self) -> HashMap<String, String> {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2-secret"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }

    /// A new empty bucket.
    pub fn bucket(&self, hint: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{hint}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let answer = self.request("PUT", &format!("/{name}"));
        assert!(answer.contains(" 200 "), "{answer}");
        name
    }

    /// Names of uploads that were begun and neither completed nor given up.
    pub fn open_uploads(&self, bucket: &str) -> String {
        let answer = self.request("GET", &format!("/{bucket}?uploads"));
        answer.split("<Upload>").skip(1).collect()
    }

    /// The project's own binary, which finds this server.
    pub fn dbbackup(&self, home: &Path) -> Command {
        let mut command = super::dbbackup(home);
        command.envs(self.variables());
        command
    }

    fn request(&self, verb: &str, path: &str) -> String {
        use std::io::{Read, Write};
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = "Host: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        write!(stream, "{verb} {path} HTTP/1.1\r\n{head}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}
