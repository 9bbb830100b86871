//! Certificates and keys in files.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::verifier::TrustedRoots;
use crate::error::{Error, Result};
use crate::postgres::connect::layers::Layers;

/// The client's certificate, and the key that belongs to it.
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    certificate: PathBuf,
}

impl Identity {
    /// The error for a key that does not fit the certificate.
    pub(super) fn mismatch(&self, error: rustls::Error) -> Error {
        let message = format!("client certificate {} cannot be used", self.certificate.display());
        Error::usage(message)
            .with_hint("check that sslkey is the key of sslcert")
            .with_source(error)
    }
}

/// Where the client's certificate is.
#[derive(Debug, Clone)]
pub(super) struct IdentityWish {
    disabled: bool,
    named: bool,
    certificate: PathBuf,
    key: PathBuf,
}

impl IdentityWish {
    pub(super) fn from_layers(layers: &Layers, folder: &Path) -> Result<Self> {
        let disabled =
            layers.choice("sslcertmode", &[("disable", true), ("allow", false)])?.unwrap_or(false);
        let file = |name, usual| layers.get(name).map_or_else(|| folder.join(usual), PathBuf::from);
        Ok(Self {
            disabled,
            named: layers.get("sslcert").is_some(),
            certificate: file("sslcert", "postgresql.crt"),
            key: file("sslkey", "postgresql.key"),
        })
    }

    /// Reads both; the usual certificate need not be there.
    pub(super) fn load(&self) -> Result<Option<Arc<Identity>>> {
        if self.disabled || (!self.named && !self.certificate.exists()) {
            return Ok(None);
        }
        let certificate = self.certificate.clone();
        Ok(Some(Arc::new(Identity {
            chain: certificates(&certificate, "client certificate")?,
            key: private_key(&self.key, &certificate)?,
            certificate,
        })))
    }
}

/// The roots in a file.
pub(super) fn roots(file: &Path) -> Result<TrustedRoots> {
    let certificates = certificates(file, "root certificate")?;
    let mut anchors = RootCertStore::empty();
    for certificate in &certificates {
        anchors.add(certificate.clone()).map_err(|error| {
            Error::usage(format!("root certificate {} cannot be used", file.display()))
                .with_source(error)
        })?;
    }
    Ok(TrustedRoots { anchors, certificates })
}

/// The operating system's roots.
pub(super) fn system_roots() -> Result<TrustedRoots> {
    let found = rustls_native_certs::load_native_certs();
    let mut anchors = RootCertStore::empty();
    let (usable, _) = anchors.add_parsable_certificates(found.certs.iter().cloned());
    if usable == 0 {
        let error = Error::usage("sslrootcert=system: the system has no root certificates")
            .with_hint("install the package ca-certificates, or name a file by sslrootcert=");
        return Err(match found.errors.into_iter().next() {
            Some(cause) => error.with_source(cause),
            None => error,
        });
    }
    Ok(TrustedRoots { anchors, certificates: found.certs })
}

fn certificates(file: &Path, what: &str) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = read(file, what)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let fail = || Error::usage(format!("{what} {} is not a PEM certificate", file.display()));
    let found = found.map_err(|error| fail().with_source(error))?;
    if found.is_empty() { Err(fail()) } else { Ok(found) }
}

fn private_key(file: &Path, certificate: &Path) -> Result<PrivateKeyDer<'static>> {
    let meta = fs::metadata(file).map_err(|error| {
        let doing = format!("reading the key {} of {}", file.display(), certificate.display());
        Error::io(doing, error)
    })?;
    // The system's administrator may let a group read its keys.
    let open_to = if meta.uid() == 0 { 0o037 } else { 0o077 };
    if meta.permissions().mode() & open_to != 0 {
        let shown = file.display();
        return Err(Error::usage(format!("private key {shown} may be read by others"))
            .with_hint(format!("run chmod 0600 {shown}")));
    }
    let bytes = read(file, "private key")?;
    if bytes.windows(9).any(|word| word == b"ENCRYPTED") {
        return Err(Error::usage(format!("private key {} is encrypted", file.display()))
            .with_hint("give one without a passphrase: openssl pkey -in KEY -out KEY.plain"));
    }
    // The cause could quote the file: it stays out.
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| Error::usage(format!("{} is not a PEM private key", file.display())))
}

fn read(file: &Path, what: &str) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| Error::io(format!("reading {what} {}", file.display()), error))
}
