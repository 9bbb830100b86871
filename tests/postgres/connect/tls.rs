//! TLS, judged by libpq: every combination is tried by psql too, and must end the same way.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use dbbackup::error::ErrorKind;

use super::{fail, open, try_open};
use crate::support::{self, Server, ServerOptions, newest_tool, run};

/// Certificates of one test process, made by the openssl command, in the shared server's folder:
/// they go with it.
struct Pki {
    folder: PathBuf,
}

impl Pki {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Pki> = OnceLock::new();
        SHARED.get_or_init(|| {
            let pki = Self { folder: Server::shared().folder.join("pki") };
            // The server's user makes the files, and so may read them.
            run(support::as_server_user(Path::new("mkdir")).arg(&pki.folder));
            pki.self_signed("ca", "/CN=right authority");
            pki.self_signed("other", "/CN=wrong authority");
            pki.self_signed("own", "/CN=localhost");
            pki.signed("server", "/CN=server", "subjectAltName=DNS:localhost");
            pki.signed("nameless", "/CN=localhost", "keyUsage=digitalSignature");
            pki.signed("client", "/CN=by_cert", "extendedKeyUsage=clientAuth");
            pki
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }

    fn openssl(&self, arguments: &str) {
        let mut command = support::as_server_user(Path::new("openssl"));
        run(command.current_dir(&self.folder).args(arguments.split('|')));
    }

    /// What `openssl req -x509` makes by itself: a certificate that calls itself an authority.
    fn self_signed(&self, name: &str, subject: &str) {
        self.openssl(&format!(
            "req|-x509|-newkey|ec|-pkeyopt|ec_paramgen_curve:prime256v1|-nodes|-days|2|-keyout|\
             {name}.key|-out|{name}.crt|-subj|{subject}|-addext|subjectAltName=DNS:localhost"
        ));
    }

    fn signed(&self, name: &str, subject: &str, extension: &str) {
        self.openssl(&format!(
            "req|-new|-newkey|ec|-pkeyopt|ec_paramgen_curve:prime256v1|-nodes|-keyout|{name}.key|\
             -out|{name}.csr|-subj|{subject}"
        ));
        fs::write(self.file(&format!("{name}.ext")), extension).unwrap();
        self.openssl(&format!(
            "x509|-req|-in|{name}.csr|-CA|ca.crt|-CAkey|ca.key|-CAcreateserial|-days|2|-extfile|\
             {name}.ext|-out|{name}.crt"
        ));
    }

    /// A server that shows this certificate.
    fn server(&self, certificate: &str) -> Server {
        let server = Server::start(&ServerOptions {
            config: vec![
                "ssl = on".to_owned(),
                format!("ssl_cert_file = '{}'", self.text(&format!("{certificate}.crt"))),
                format!("ssl_key_file = '{}'", self.text(&format!("{certificate}.key"))),
                format!("ssl_ca_file = '{}'", self.text("ca.crt")),
            ],
            hba: Some(
                "local all all trust\n\
                 host all postgres all trust\n\
                 hostssl all only_tls all trust\n\
                 hostnossl all only_plain all trust\n\
                 hostssl all by_cert all cert\n\
                 host all by_scram all scram-sha-256\n"
                    .to_owned(),
            ),
            ..ServerOptions::default()
        });
        server.psql(
            "postgres",
            "create role only_tls login; create role only_plain login; create role by_cert login;
             create role by_scram login password 'hunter2'",
        );
        server
    }
}

/// The server with the right certificate, shared by the tests of this file.
fn tls_server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Pki::shared().server("server"))
}

/// How psql fares with the same text: whether it got in, and whether by TLS.
fn judged(conninfo: &str) -> Option<bool> {
    let mut command = Command::new(newest_tool("psql"));
    let query = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    command.env_clear().env("HOME", "/nonexistent").args(["-XAtqc", query, conninfo]);
    let output = command.output().unwrap();
    output.status.success().then(|| output.stdout.starts_with(b"t"))
}

async fn ours(conninfo: &str) -> Option<bool> {
    try_open(conninfo).await.ok().map(|session| session.server.tls.is_some())
}

const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

#[tokio::test]
async fn every_sslmode_ends_as_it_does_with_libpq() {
    let (server, pki) = (tls_server(), Pki::shared());
    let roots = [
        String::new(),
        format!("sslrootcert={}", pki.text("ca.crt")),
        format!("sslrootcert={}", pki.text("other.crt")),
    ];
    let hosts = ["host=localhost hostaddr=127.0.0.1", "host=127.0.0.1"];
    let mut seen = [0; 3];
    for mode in MODES {
        for root in &roots {
            for host in hosts {
                for user in ["postgres", "only_tls", "only_plain"] {
                    let conninfo = format!(
                        "{host} port={} user={user} dbname=postgres sslmode={mode} {root}",
                        server.port
                    );
                    let expected = judged(&conninfo);
                    assert_eq!(ours(&conninfo).await, expected, "{conninfo}");
                    seen[expected.map_or(0, |tls| 1 + usize::from(tls))] += 1;
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count >= 10), "refused, plain, TLS: {seen:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_used_only_where_sslmode_lets_it() {
    let server = Server::shared();
    for mode in MODES {
        let conninfo = format!("host=127.0.0.1 port={} user=postgres sslmode={mode}", server.port);
        assert_eq!(ours(&conninfo).await, judged(&conninfo), "{conninfo}");
    }
    let error = fail(&format!("{}?sslmode=require", server.url("postgres"))).await;
    assert!(error.to_string().contains("does not offer TLS"), "{error}");
    assert!(!error.is_transient());
    // A socket has no TLS, whatever is asked for.
    let folder = server.folder.to_str().unwrap();
    let socket = format!("host={folder} port={} user=postgres sslmode=require", server.port);
    assert_eq!((ours(&socket).await, judged(&socket)), (Some(false), Some(false)));
}

#[tokio::test]
async fn the_reason_and_the_way_out_are_told() {
    let (server, pki) = (tls_server(), Pki::shared());
    let url = |host: &str, rest: &str| {
        format!("postgres://postgres@{host}:{}/postgres?hostaddr=127.0.0.1&{rest}", server.port)
    };
    let root = |name: &str| format!("sslmode=verify-full&sslrootcert={}", pki.text(name));
    for (url, message, hint) in [
        (url("localhost", &root("other.crt")), "UnknownIssuer", "other.crt"),
        (url("db1", &root("ca.crt")), "not valid for name", "verify-ca"),
        (url("localhost", "sslmode=verify-full"), "root.crt is not there", "sslrootcert="),
        (url("localhost", &root("missing.crt")), "missing.crt", "path exists"),
        (url("localhost", &root("ca.key")), "not a PEM certificate", ""),
        (url("localhost", "sslmode=require&sslrootcert=system"), "too weak", "verify-full"),
    ] {
        let error = match super::resolve(&url) {
            Ok(_) => fail(&url).await,
            Err(error) => error,
        };
        assert!(error.chain().contains(message), "{url}: {}", error.chain());
        assert!(error.hint().unwrap_or_default().contains(hint), "{url}: {:?}", error.hint());
        assert!(!error.is_transient(), "{url}");
    }
    let error = fail(&url("localhost", "sslmode=disable").replace("postgres@", "only_tls@")).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Authentication, Some("28000")));
    assert!(error.hint().unwrap().contains("sslmode=require"), "{:?}", error.hint());
}

#[tokio::test]
async fn a_certificate_that_is_its_own_root_is_accepted_by_that_root_only() {
    let pki = Pki::shared();
    let server = pki.server("own");
    for (mode, root, host) in [
        ("verify-full", "own", "host=localhost hostaddr=127.0.0.1"),
        ("verify-full", "own", "host=127.0.0.1"),
        ("verify-ca", "own", "host=127.0.0.1"),
        ("verify-ca", "ca", "host=localhost hostaddr=127.0.0.1"),
        ("prefer", "ca", "host=localhost hostaddr=127.0.0.1"),
    ] {
        let root = pki.text(&format!("{root}.crt"));
        let conninfo =
            format!("{host} port={} user=postgres sslmode={mode} sslrootcert={root}", server.port);
        assert_eq!(ours(&conninfo).await, judged(&conninfo), "{conninfo}");
    }
}

#[tokio::test]
async fn a_common_name_alone_is_refused_with_the_way_out() {
    let pki = Pki::shared();
    let server = pki.server("nameless");
    let conninfo = format!(
        "host=localhost hostaddr=127.0.0.1 port={} user=postgres sslrootcert={}",
        server.port,
        pki.text("ca.crt")
    );
    let error = fail(&format!("{conninfo} sslmode=verify-full")).await;
    assert!(error.hint().unwrap().contains("subjectAltName"), "{:?}", error.hint());
    assert_eq!(ours(&format!("{conninfo} sslmode=verify-ca")).await, Some(true));
}

#[tokio::test]
async fn the_version_of_tls_is_told_and_can_be_limited() {
    let server = tls_server();
    for (limit, version) in [
        ("", "TLS 1.3"),
        ("&ssl_max_protocol_version=TLSv1.2", "TLS 1.2"),
        ("&ssl_min_protocol_version=TLSv1", "TLS 1.3"),
    ] {
        let url = format!("{}?sslmode=require{limit}", server.url("postgres"));
        assert_eq!(open(&url).await.server.tls.as_deref(), Some(version), "{limit}");
    }
    let error = super::resolve("postgres://h?ssl_max_protocol_version=TLSv1.1").unwrap_err();
    assert!(error.to_string().contains("no version of TLS"), "{error}");
}

#[tokio::test]
async fn scram_is_bound_to_the_tls_connection() {
    let server = tls_server();
    let url = |rest: &str| {
        format!("postgres://by_scram:hunter2@127.0.0.1:{}/postgres?{rest}", server.port)
    };
    open(&url("sslmode=require&channel_binding=require")).await;
    open(&url("sslmode=require&channel_binding=disable")).await;
    open(&url("sslmode=disable")).await;
    let error = fail(&url("sslmode=disable&channel_binding=require")).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.chain().contains("channel binding"), "{}", error.chain());
}

#[tokio::test]
async fn a_client_certificate_logs_in_unless_others_may_read_its_key() {
    let (server, pki) = (tls_server(), Pki::shared());
    let key = pki.file("shared.key");
    fs::copy(pki.file("client.key"), &key).unwrap();
    let url = |key: &Path| {
        format!(
            "postgres://by_cert@127.0.0.1:{}/postgres?sslmode=require&sslcert={}&sslkey={}",
            server.port,
            pki.text("client.crt"),
            key.display()
        )
    };
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(open(&url(&key)).await.server.user, "by_cert");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = fail(&url(&key)).await;
    assert!(error.to_string().contains("may be read by others"), "{error}");
    let error = fail(&url(&pki.file("ca.key"))).await;
    assert!(error.hint().unwrap().contains("sslkey is the key of sslcert"), "{error:?}");
    let without = format!("postgres://by_cert@127.0.0.1:{}/postgres?sslmode=require", server.port);
    let error = fail(&without).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.hint().unwrap().contains("sslcert="), "{error:?}");
}

/// The first bytes that each connection through the proxy sends.
type Beginnings = Arc<Mutex<Vec<Vec<u8>>>>;

/// Passes connections on to a server and keeps how each begins.
fn proxy(port: u16) -> (u16, Beginnings) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let seen = Beginnings::default();
    let beginnings = Arc::clone(&seen);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (up, down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let index = seen.lock().unwrap().len();
            seen.lock().unwrap().push(Vec::new());
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || {
                pass(up, server, |bytes| {
                    seen.lock().unwrap()[index].extend_from_slice(bytes);
                });
            });
            std::thread::spawn(move || pass(down, client, |_| {}));
        }
    });
    (own, beginnings)
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        see(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[tokio::test]
async fn a_cancel_goes_by_the_same_tls_as_its_session() {
    let (port, beginnings) = proxy(tls_server().port);
    let root = Pki::shared().text("ca.crt");
    let session = open(&format!(
        "host=localhost hostaddr=127.0.0.1 port={port} user=postgres sslmode=verify-full \
         sslrootcert={root}"
    ))
    .await;
    let sleep = session.client.batch_execute("select pg_sleep(60)");
    let cancel = async {
        loop {
            session.canceller.cancel().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let ended = tokio::select! { ended = sleep => ended, () = cancel => unreachable!() };
    assert_eq!(ended.unwrap_err().code().unwrap().code(), "57014");
    let beginnings = beginnings.lock().unwrap();
    assert!(beginnings.len() >= 2, "a cancel has a connection of its own");
    for bytes in beginnings.iter() {
        // The request for TLS, and then a TLS handshake record.
        assert_eq!(bytes[..9], [0, 0, 0, 8, 4, 210, 22, 47, 22], "{bytes:?}");
    }
}
