//! TLS as libpq means it.
//!
//! ```text
//! sslmode      first try            then, if that was refused     certificate
//! disable      plain                                              
//! allow        plain                TLS                           chain, where there is a root file
//! prefer       TLS if offered       plain                         chain, where there is a root file
//! require      TLS                                                chain, where there is a root file
//! verify-ca    TLS                                                chain
//! verify-full  TLS                                                chain and host name
//! ```
//! Over a Unix socket there is no TLS at all.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::layers::Layers;
use super::values::{SWITCH, Words};
use crate::error::{Error, ErrorKind, Result};

mod files;
mod verifier;

use files::Identity;
pub(super) use verifier::Negotiated;
use verifier::{Check, Verifier};

/// How much encryption is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const MODES: Words<SslMode> = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = MODES.iter().find(|(_, mode)| mode == self).map_or("", |(word, _)| word);
        f.write_str(word)
    }
}

/// One way of talking to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Plain,
    TlsIfOffered,
    Tls,
}

impl SslMode {
    /// The ways to try, in order.
    pub(super) fn ways(self) -> &'static [Way] {
        match self {
            Self::Disable => &[Way::Plain],
            Self::Allow => &[Way::Plain, Way::Tls],
            Self::Prefer => &[Way::TlsIfOffered, Way::Plain],
            Self::Require | Self::VerifyCa | Self::VerifyFull => &[Way::Tls],
        }
    }
}

/// Where the trusted roots are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Roots {
    /// The operating system's.
    System,
    /// A file that was named: it must be there.
    Named(PathBuf),
    /// libpq's usual file: used where it is there.
    Usual(PathBuf),
}

/// What was asked for; nothing is read yet.
#[derive(Debug, Clone)]
pub(super) struct TlsWish {
    pub(super) mode: SslMode,
    /// Begin with TLS at once instead of asking for it (servers from 17 on).
    pub(super) direct: bool,
    roots: Roots,
    identity: files::IdentityWish,
    sni: bool,
    versions: Vec<&'static SupportedProtocolVersion>,
}

/// The lowest and highest version of TLS, by libpq's names; the old ones are below what is spoken.
const VERSIONS: Words<u8> = &[("TLSv1", 10), ("TLSv1.1", 11), ("TLSv1.2", 12), ("TLSv1.3", 13)];

impl TlsWish {
    /// Reads the parameters; `home` is where the usual files are.
    pub(super) fn from_layers(layers: &Layers, home: &Path) -> Result<Self> {
        let folder = home.join(".postgresql");
        let roots = match layers.get("sslrootcert") {
            None => Roots::Usual(folder.join("root.crt")),
            Some("system") => Roots::System,
            Some(file) => Roots::Named(file.into()),
        };
        let mode = mode(layers, &roots)?;
        let direct = layers
            .choice("sslnegotiation", &[("postgres", false), ("direct", true)])?
            .unwrap_or(false);
        if direct && mode < SslMode::Require {
            return Err(layers
                .complain("sslnegotiation", &format!("does not go with sslmode={mode}"))
                .with_hint("use sslmode=require or a stricter one"));
        }
        Ok(Self {
            mode,
            direct,
            roots,
            identity: files::IdentityWish::from_layers(layers, &folder)?,
            sni: layers.choice("sslsni", SWITCH)?.unwrap_or(true),
            versions: versions(layers)?,
        })
    }

    /// Reads the files.
    pub(super) fn load(&self) -> Result<Tls> {
        let (roots, source) = match &self.roots {
            Roots::System => (Some(files::system_roots()?), "the system's roots".to_owned()),
            Roots::Named(file) => (Some(files::roots(file)?), file.display().to_string()),
            Roots::Usual(file) if file.exists() => {
                (Some(files::roots(file)?), file.display().to_string())
            }
            Roots::Usual(file) if self.mode >= SslMode::VerifyCa => {
                return Err(no_roots(self.mode, file));
            }
            Roots::Usual(_) => (None, String::new()),
        };
        let check = match roots {
            None => Check::Nothing,
            Some(roots) if self.mode == SslMode::VerifyFull => Check::ChainAndName(roots),
            Some(roots) => Check::Chain(roots),
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let identity = self.identity.load()?;
        Ok(Tls { wish: self.clone(), check: Arc::new(check), identity, source, provider })
    }
}

fn mode(layers: &Layers, roots: &Roots) -> Result<SslMode> {
    let given = layers.choice("sslmode", MODES)?;
    if *roots != Roots::System {
        return Ok(given.unwrap_or(SslMode::Prefer));
    }
    match given {
        None | Some(SslMode::VerifyFull) => Ok(SslMode::VerifyFull),
        Some(_) => Err(layers
            .complain("sslmode", "is too weak for sslrootcert=system")
            .with_hint("anybody can get a certificate of a public authority: use verify-full")),
    }
}

fn versions(layers: &Layers) -> Result<Vec<&'static SupportedProtocolVersion>> {
    let lowest = layers.choice("ssl_min_protocol_version", VERSIONS)?.unwrap_or(12);
    let highest = layers.choice("ssl_max_protocol_version", VERSIONS)?.unwrap_or(13);
    let all = [(12, &rustls::version::TLS12), (13, &rustls::version::TLS13)];
    let wanted = all.into_iter().filter(|(number, _)| (lowest..=highest).contains(number));
    let versions: Vec<_> = wanted.map(|(_, version)| version).collect();
    if versions.is_empty() {
        return Err(Error::usage("no version of TLS is left between the lowest and the highest")
            .with_hint("1.2 and 1.3 are spoken; change ssl_min_ or ssl_max_protocol_version"));
    }
    Ok(versions)
}

fn no_roots(mode: SslMode, file: &Path) -> Error {
    let message =
        format!("sslmode={mode} needs a root certificate, and {} is not there", file.display());
    Error::usage(message).with_hint(
        "put the authority's certificate there, name it by sslrootcert=FILE, or use \
         sslrootcert=system for a public authority",
    )
}

/// Everything that a TLS handshake needs. `Debug` is not there: it holds the private key.
#[derive(Clone)]
pub(super) struct Tls {
    wish: TlsWish,
    check: Arc<Check>,
    identity: Option<Arc<Identity>>,
    source: String,
    provider: Arc<CryptoProvider>,
}

impl Tls {
    /// A connector for one session, and what it will have agreed on.
    pub(super) fn connector(&self) -> Result<(MakeRustlsConnect, Negotiated)> {
        let negotiated = Negotiated::default();
        let verifier = Verifier::new(&self.check, &self.provider, &negotiated);
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&self.wish.versions)
            .map_err(setup)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(|error| identity.mismatch(error))?,
        };
        config.enable_sni = self.wish.sni;
        // A resumed session shows no certificate to check.
        config.resumption = Resumption::disabled();
        if self.wish.direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok((MakeRustlsConnect::new(config), negotiated))
    }

    /// Where the roots came from, for people.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

fn setup(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Internal, "setting up TLS failed").with_source(error)
}
