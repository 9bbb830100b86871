//! Any reader or writer at a limit's pace, asynchronous or blocking.
//!
//! ```text
//!  write:  pay for a slice ─► write as much of it ─► what was not taken stays paid for
//!  read:   read a slice ─► owe what came ─► pay it before the next read
//! ```
//! With a limit a call moves at most a slice, so that even a slow limit flows instead of halting
//! for seconds. A failed or an interrupted call loses nothing that was paid.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Throttle, Waited};

type Payment = Pin<Box<dyn Future<Output = Waited> + Send + Sync>>;

/// A reader or a writer that pays for what it moves.
pub struct Paced<T> {
    inner: T,
    throttle: Arc<Throttle>,
    stopped: Box<dyn Fn() -> bool + Send + Sync>,
    /// A payment under way, and how much it is.
    paying: Option<(u64, Payment)>,
    /// Bytes that may be written already.
    credit: u64,
    /// Bytes that were read and are not paid for.
    debt: u64,
}

impl<T: std::fmt::Debug> std::fmt::Debug for Paced<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paced").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<T> Paced<T> {
    /// Moves the bytes of `inner` at this pace.
    pub fn new(inner: T, throttle: Arc<Throttle>) -> Self {
        let stopped = Box::new(|| false);
        Self { inner, throttle, stopped, paying: None, credit: 0, debt: 0 }
    }

    /// The same; blocking calls fail as interrupted, and wait no longer, once `stopped` says so.
    #[must_use]
    pub fn until(self, stopped: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { stopped: Box::new(stopped), ..self }
    }

    /// What is inside.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// What is inside.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// The most that one call moves.
    fn most(&self, wanted: usize) -> usize {
        let slice = usize::try_from(self.throttle.slice()).unwrap_or(usize::MAX);
        wanted.min(slice)
    }

    fn poll_pay(&mut self, cx: &mut Context<'_>, bytes: u64) -> Poll<u64> {
        if self.paying.is_none() && self.throttle.is_open() {
            self.throttle.stats.add_bytes(bytes);
            return Poll::Ready(bytes);
        }
        let throttle = &self.throttle;
        let (amount, payment) = self.paying.get_or_insert_with(|| {
            let throttle = Arc::clone(throttle);
            (bytes, Box::pin(async move { throttle.acquire(bytes).await }))
        });
        ready!(payment.as_mut().poll(cx));
        let amount = *amount;
        self.paying = None;
        Poll::Ready(amount)
    }

    fn pay_blocking(&self, bytes: u64) -> io::Result<()> {
        self.throttle.acquire_blocking(bytes, &*self.stopped);
        // Not "interrupted", which `write_all` and `copy` would try again for ever.
        if (self.stopped)() { Err(io::Error::other("stopped")) } else { Ok(()) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Paced<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.debt > 0 {
            let paid = ready!(this.poll_pay(cx, this.debt));
            this.debt = this.debt.saturating_sub(paid);
        }
        let most = this.most(out.remaining());
        let count = if most == out.remaining() {
            let before = out.filled().len();
            ready!(Pin::new(&mut this.inner).poll_read(cx, out))?;
            out.filled().len().saturating_sub(before)
        } else {
            let mut part = ReadBuf::new(out.initialize_unfilled_to(most));
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut part))?;
            let count = part.filled().len();
            out.advance(count);
            count
        };
        this.debt += count as u64;
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Paced<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let most = this.most(bytes.len());
        if this.credit < most as u64 {
            this.credit += ready!(this.poll_pay(cx, most as u64 - this.credit));
        }
        let allowed = usize::try_from(this.credit).unwrap_or(usize::MAX).min(bytes.len());
        let part = bytes.get(..allowed).unwrap_or(bytes);
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, part))?;
        this.credit = this.credit.saturating_sub(written as u64);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

impl<T: Read> Read for Paced<T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.debt > 0 {
            self.pay_blocking(self.debt)?;
            self.debt = 0;
        }
        let most = self.most(out.len());
        let count = self.inner.read(out.get_mut(..most).unwrap_or_default())?;
        self.debt = count as u64;
        Ok(count)
    }
}

impl<T: Write> Write for Paced<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = bytes.get(..self.most(bytes.len())).unwrap_or(bytes);
        let missing = (part.len() as u64).saturating_sub(self.credit);
        self.pay_blocking(missing)?;
        self.credit += missing;
        let written = self.inner.write(part)?;
        self.credit = self.credit.saturating_sub(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
