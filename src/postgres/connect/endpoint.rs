//! Where to connect to: host lists with their ports and addresses, as libpq pairs them.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The port where nothing else was said.
const DEFAULT_PORT: u16 = 5432;
/// Where servers put their Unix sockets: Debian's and Red Hat's place, then PostgreSQL's own.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// One place to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: Host,
    pub(super) port: u16,
}

/// The host part of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// The folder of a Unix socket.
    Socket(PathBuf),
    /// A name or an address; the name to verify is `name`, the address to dial is `addr`, where that
    /// was given apart.
    Tcp { name: String, addr: Option<IpAddr> },
}

impl Endpoint {
    /// How the password file names the host.
    pub(super) fn passfile_host(&self) -> &str {
        match &self.host {
            Host::Tcp { name, .. } => name,
            Host::Socket(folder)
                if SOCKET_FOLDERS.iter().any(|known| folder == Path::new(known)) =>
            {
                "localhost"
            }
            Host::Socket(folder) => folder.to_str().unwrap_or_default(),
        }
    }

    /// The same endpoint at this one of its addresses.
    pub(super) fn at(&self, found: Option<IpAddr>) -> Self {
        match &self.host {
            Host::Tcp { name, addr } => {
                let host = Host::Tcp { name: name.clone(), addr: found.or(*addr) };
                Self { host, port: self.port }
            }
            Host::Socket(_) => self.clone(),
        }
    }

    /// Whether it is reached over the network, where TLS applies.
    pub(super) fn is_tcp(&self) -> bool {
        matches!(self.host, Host::Tcp { .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Socket(folder) => write!(f, "{}", socket_file(folder, self.port).display()),
            Host::Tcp { name, .. } if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Host::Tcp { name, .. } => write!(f, "{name}:{}", self.port),
        }
    }
}

/// Pairs the comma-separated lists of hosts, addresses and ports.
pub(super) fn endpoints(hosts: &str, addrs: &str, ports: &str) -> Result<Vec<Endpoint>> {
    let (hosts, addrs, ports) = (list(hosts), list(addrs), list(ports));
    let count = hosts.len().max(addrs.len()).max(1);
    if !hosts.is_empty() && !addrs.is_empty() && hosts.len() != addrs.len() {
        return Err(uneven("hostaddr", addrs.len(), hosts.len()));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(uneven("port", ports.len(), count));
    }
    (0..count)
        .map(|index| {
            let text = ports.get(index).or(ports.first()).copied().unwrap_or_default();
            let port = parse_port(text)?;
            let host = hosts.get(index).copied().unwrap_or_default();
            let addr = addrs.get(index).copied().unwrap_or_default();
            Ok(Endpoint { host: parse_host(host, addr, port)?, port })
        })
        .collect()
}

fn list(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split(',').map(str::trim).collect() }
}

fn uneven(what: &str, found: usize, expected: usize) -> Error {
    Error::usage(format!("{found} values of {what} do not match {expected} hosts"))
        .with_hint(format!("give one {what} for each host, separated by commas"))
}

fn parse_port(text: &str) -> Result<u16> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    text.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
        Error::usage(format!("port '{text}' is not a port"))
            .with_hint("use a number from 1 to 65535")
    })
}

fn parse_host(host: &str, addr: &str, port: u16) -> Result<Host> {
    if !addr.is_empty() {
        let parsed = addr.parse().map_err(|_| {
            Error::usage(format!("hostaddr '{addr}' is not an IP address"))
                .with_hint("put names into host")
        })?;
        let name = if host.is_empty() || host.starts_with('/') { addr } else { host };
        return Ok(Host::Tcp { name: name.to_owned(), addr: Some(parsed) });
    }
    if host.starts_with('@') {
        return Err(Error::usage(format!("abstract socket '{host}' is not supported"))
            .with_hint("name the folder of a socket in the file system"));
    }
    if host.starts_with('/') {
        return Ok(Host::Socket(PathBuf::from(host)));
    }
    if host.is_empty() {
        return Ok(default_host(port, &SOCKET_FOLDERS.map(Path::new)));
    }
    Ok(Host::Tcp { name: host.to_owned(), addr: None })
}

/// The first folder that has a socket of this port, else the local network interface.
fn default_host(port: u16, folders: &[&Path]) -> Host {
    let found = folders.iter().find(|folder| socket_file(folder, port).exists());
    match found {
        Some(folder) => Host::Socket(folder.to_path_buf()),
        None => Host::Tcp { name: "localhost".to_owned(), addr: None },
    }
}

/// The socket that a server with this port makes in the folder.
pub(super) fn socket_file(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hosts: &str, addrs: &str, ports: &str) -> Vec<String> {
        endpoints(hosts, addrs, ports).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn hosts_addresses_and_ports_are_paired() {
        assert_eq!(shown("a,b", "", "1,2"), ["a:1", "b:2"]);
        assert_eq!(shown("a,b", "", "7"), ["a:7", "b:7"]);
        assert_eq!(shown("a,::1", "", "7,"), ["a:7", "[::1]:5432"]);
        assert_eq!(shown("/run/pg", "", ""), ["/run/pg/.s.PGSQL.5432"]);
        assert_eq!(shown("", "10.0.0.1", ""), ["10.0.0.1:5432"]);
        assert_eq!(shown("db1", "10.0.0.1", ""), ["db1:5432"]);
        let host = Host::Tcp { name: "db1".into(), addr: Some("10.0.0.1".parse().unwrap()) };
        assert_eq!(endpoints("db1", "10.0.0.1", "").unwrap()[0].host, host);
    }

    #[test]
    fn lists_that_do_not_match_are_refused() {
        for (hosts, addrs, ports) in [
            ("a,b", "::1", ""),
            ("a,b", "", "1,2,3"),
            ("a", "", "0"),
            ("a", "", "x"),
            ("a", "b", ""),
            ("@a", "", ""),
        ] {
            assert!(endpoints(hosts, addrs, ports).is_err(), "{hosts} {addrs} {ports}");
        }
    }

    #[test]
    fn without_a_host_a_socket_that_is_there_comes_before_the_network() {
        let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folders = [empty.path(), full.path()];
        let localhost = Host::Tcp { name: "localhost".into(), addr: None };
        assert_eq!(default_host(6000, &folders), localhost);
        std::fs::write(socket_file(full.path(), 6000), "").unwrap();
        assert_eq!(default_host(6000, &folders), Host::Socket(full.path().into()));
        assert_eq!(default_host(6001, &folders), localhost);
    }
}
