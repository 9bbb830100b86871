//! The stream under the driver, with a tap on it where rows are to be taken off.
//!
//! The driver gives its stream away only to be encrypted. So where there is no TLS, a connector that
//! encrypts nothing puts the tap in, and the driver is told to begin with "TLS" at once.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::tap::{Tap, Tapped};

type RustlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type RustlsConnect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// Makes tapped streams, encrypted or not.
#[derive(Clone)]
pub(super) struct TapConnector {
    pub(super) tls: Option<MakeRustlsConnect>,
    pub(super) tap: Tap,
}

impl MakeTlsConnect<Socket> for TapConnector {
    type Stream = Tapped<Link>;
    type TlsConnect = TapConnect;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> io::Result<TapConnect> {
        let tls = self.tls.as_mut().map(|tls| {
            let made = MakeTlsConnect::<Socket>::make_tls_connect(tls, domain);
            made.map_err(io::Error::other)
        });
        Ok(TapConnect { tls: tls.transpose()?, tap: self.tap.clone() })
    }
}

/// Makes one tapped stream.
pub(super) struct TapConnect {
    tls: Option<RustlsConnect>,
    tap: Tap,
}

impl TlsConnect<Socket> for TapConnect {
    type Stream = Tapped<Link>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Tapped<Link>>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let Self { tls, tap } = self;
        Box::pin(async move {
            let link = match tls {
                None => Link::Plain(socket),
                Some(tls) => Link::Tls(Box::new(tls.connect(socket).await?)),
            };
            Ok(Tapped::new(link, tap))
        })
    }
}

/// A stream to the server.
pub(super) enum Link {
    Plain(Socket),
    Tls(Box<RustlsStream>),
}

impl TlsStream for Tapped<Link> {
    fn channel_binding(&self) -> ChannelBinding {
        match self.inner() {
            Link::Plain(_) => ChannelBinding::none(),
            Link::Tls(stream) => stream.channel_binding(),
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, out),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, out),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
