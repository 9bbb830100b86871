//! Checks the server's certificate as far as sslmode asks, and notes the version of TLS.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Trusted roots: as anchors of chains, and as they are.
#[derive(Debug)]
pub(super) struct TrustedRoots {
    pub(super) anchors: RootCertStore,
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// How far to check.
#[derive(Debug)]
pub(super) enum Check {
    /// Only that the server holds the certificate's key.
    Nothing,
    /// That a root vouches for it.
    Chain(TrustedRoots),
    /// That a root vouches for it under this name.
    ChainAndName(TrustedRoots),
}

/// The version of TLS that a handshake agreed on.
#[derive(Debug, Clone, Default)]
pub(in crate::postgres::connect) struct Negotiated(Arc<OnceLock<&'static str>>);

impl Negotiated {
    /// The version, once the server's certificate was accepted.
    pub(in crate::postgres::connect) fn version(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// The verifier of one handshake.
pub(super) struct Verifier {
    check: Arc<Check>,
    algorithms: WebPkiSupportedAlgorithms,
    negotiated: Negotiated,
}

impl Verifier {
    pub(super) fn new(
        check: &Arc<Check>,
        provider: &CryptoProvider,
        negotiated: &Negotiated,
    ) -> Self {
        let algorithms = provider.signature_verification_algorithms;
        Self { check: Arc::clone(check), algorithms, negotiated: negotiated.clone() }
    }

    fn check_chain(
        &self,
        roots: &TrustedRoots,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let signed = verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &roots.anchors,
            intermediates,
            now,
            self.algorithms.all,
        );
        match signed {
            // A self-signed certificate that calls itself an authority, as `openssl req -x509`
            // makes it: no valid end of a chain by the book, but trusted when it is itself a root.
            // Its dates were checked before.
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if roots.certificates.iter().any(|root| root == end_entity) =>
            {
                Ok(())
            }
            other => other,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &*self.check {
            Check::Nothing => {}
            Check::Chain(roots) => self.check_chain(roots, end_entity, intermediates, now)?,
            Check::ChainAndName(roots) => {
                self.check_chain(roots, end_entity, intermediates, now)?;
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = verify_tls12_signature(message, cert, dss, &self.algorithms)?;
        let _ = self.negotiated.0.set("TLS 1.2");
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = verify_tls13_signature(message, cert, dss, &self.algorithms)?;
        let _ = self.negotiated.0.set("TLS 1.3");
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}
