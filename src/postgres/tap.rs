//! Takes the rows of `COPY … TO STDOUT` off a connection before the driver sees them.
//!
//! The driver keeps every message whole and wakes its reader for each few kilobytes. A row can have
//! hundreds of megabytes, and many sessions read at once. So the rows leave the stream underneath
//! the driver, in parts of bounded size, without their headers. The beginning and the end of a COPY
//! are dropped: the driver takes it for a statement without rows, which may stand among others in one
//! simple query. Everything else passes through, but for one thing: behind a `COPY … FROM STDIN` that
//! fails at its beginning, the driver asks twice whether the server is ready, and would take the
//! second answer for that to its next question. The server is never ready twice in a row otherwise,
//! so the second one is dropped.
//!
//! ```text
//!  server ─► input ─┬─ CopyData ─► filling ─► ready ─► Tap::next()      (a full `ready` stops reading)
//!                   ├─ CopyOutResponse, CopyDone ─► dropped
//!                   └─ the rest ─► driver
//!
//!  message: tag (1 byte) · length (4 bytes, itself included) · body
//! ```
//! A part holds whole rows; only a row that is larger than a part is cut.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// As much as is read from the socket at once.
const INPUT: usize = 64 << 10;
const HEADER: usize = 5;
const COPY_DATA: u8 = b'd';
const COPY_OUT_RESPONSE: u8 = b'H';
const COPY_DONE: u8 = b'c';
const READY: u8 = b'Z';
/// Notices, settings, notifications: they come at any time.
const UNASKED: [u8; 3] = *b"NSA";

/// Rows as the server sent them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// COPY text.
    pub(super) bytes: Vec<u8>,
    /// Rows that end in it.
    pub(super) rows: u64,
}

/// The consumer's end.
#[derive(Debug, Clone)]
pub(super) struct Tap(Arc<Mutex<Flow>>);

#[derive(Debug)]
struct Flow {
    limit: usize,
    filling: Part,
    ready: Option<Part>,
    spare: Vec<u8>,
    /// Rows that nobody wants are dropped.
    discard: bool,
    consumer: Option<Waker>,
    connection: Option<Waker>,
}

impl Tap {
    /// Parts will have at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Flow {
            limit: limit.max(1),
            filling: Part::default(),
            ready: None,
            spare: Vec::new(),
            discard: true,
            consumer: None,
            connection: None,
        })))
    }

    /// Wants the rows from now on: call it before the statement, with no other one under way.
    pub(super) fn begin(&self) {
        let mut flow = self.lock();
        flow.clear();
        flow.discard = false;
    }

    /// Wants no more rows; what still comes is dropped.
    pub(super) fn end(&self) {
        let mut flow = self.lock();
        flow.clear();
        flow.discard = true;
        wake(&mut flow.connection);
    }

    /// The next full part. Never ends by itself: whether the rows are over is the driver's news.
    pub(super) async fn next(&self) -> Part {
        std::future::poll_fn(|cx| {
            let mut flow = self.lock();
            if let Some(part) = flow.ready.take() {
                wake(&mut flow.connection);
                return Poll::Ready(part);
            }
            flow.consumer = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// What is left once the rows are over, in order.
    pub(super) fn rest(&self) -> Option<Part> {
        let mut flow = self.lock();
        let part = flow.ready.take().unwrap_or_else(|| std::mem::take(&mut flow.filling));
        (!part.bytes.is_empty()).then_some(part)
    }

    /// Gives a part's memory back to be filled again.
    pub(super) fn recycle(&self, part: Part) {
        let mut bytes = part.bytes;
        bytes.clear();
        self.lock().spare = bytes;
    }

    fn lock(&self) -> MutexGuard<'_, Flow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl Flow {
    fn clear(&mut self) {
        self.filling = Part::default();
        self.ready = None;
    }

    /// Makes room for a row of this length, or says that there is none yet.
    fn make_room(&mut self, row: usize) -> bool {
        let fits = self.filling.bytes.len().saturating_add(row) <= self.limit;
        fits || self.filling.bytes.is_empty() || self.hand_over()
    }

    /// Hands the part over, unless the last one was not taken yet.
    fn hand_over(&mut self) -> bool {
        if self.ready.is_some() {
            return false;
        }
        let spare = std::mem::take(&mut self.spare);
        let next = Part { bytes: spare, rows: 0 };
        self.ready = Some(std::mem::replace(&mut self.filling, next));
        wake(&mut self.consumer);
        true
    }

    /// Takes as much of a row's bytes as there is room for; 0 means to wait.
    fn take(&mut self, bytes: &[u8]) -> usize {
        if self.discard {
            return bytes.len();
        }
        if self.filling.bytes.len() >= self.limit && !self.hand_over() {
            return 0;
        }
        let room = self.limit.saturating_sub(self.filling.bytes.len()).min(bytes.len());
        let (taken, _) = bytes.split_at(room);
        if self.filling.bytes.capacity() == 0 {
            self.filling.bytes.reserve_exact(self.limit);
        }
        self.filling.bytes.extend_from_slice(taken);
        room
    }
}

/// Where the reader stands in the stream of messages.
#[derive(Debug, Clone, Copy)]
enum At {
    Header,
    /// In a message for the driver, its header included.
    Pass(usize),
    /// In a row.
    Row(usize),
    /// In a message for nobody.
    Skip(usize),
}

/// A stream whose rows go to a [`Tap`].
#[derive(Debug)]
pub(super) struct Tapped<S> {
    inner: S,
    tap: Tap,
    input: Box<[u8]>,
    from: usize,
    to: usize,
    at: At,
    /// Whether the server has answered nothing since it was last ready.
    is_ready: bool,
}

/// Why the reader stopped.
enum Stop {
    /// The input is used up.
    Input,
    /// The driver's buffer is full.
    Output,
    /// The consumer has to take a part first.
    Consumer,
}

impl<S> Tapped<S> {
    /// Reads the stream from its first message on.
    pub(super) fn new(inner: S, tap: Tap) -> Self {
        let input = vec![0; INPUT].into_boxed_slice();
        Self { inner, tap, input, from: 0, to: 0, at: At::Header, is_ready: false }
    }

    /// The stream itself.
    pub(super) fn inner(&self) -> &S {
        &self.inner
    }

    /// Moves input to where it belongs.
    fn advance(&mut self, cx: &Context<'_>, out: &mut ReadBuf<'_>) -> io::Result<Stop> {
        let mut flow = self.tap.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let input = self.input.get(self.from..self.to).unwrap_or_default();
            match self.at {
                At::Header => {
                    let Some(header) = input.first_chunk::<HEADER>() else {
                        return Ok(Stop::Input);
                    };
                    let [tag, length @ ..] = *header;
                    let body = body_length(length)?;
                    let again = tag == READY && self.is_ready;
                    self.is_ready = tag == READY || (self.is_ready && UNASKED.contains(&tag));
                    if again || matches!(tag, COPY_OUT_RESPONSE | COPY_DONE) {
                        self.from += HEADER;
                        self.at = At::Skip(body);
                    } else if tag != COPY_DATA {
                        self.at = At::Pass(HEADER.saturating_add(body));
                    } else if flow.discard || flow.make_room(body) {
                        self.from += HEADER;
                        self.at = At::Row(body);
                    } else {
                        flow.connection = Some(cx.waker().clone());
                        return Ok(Stop::Consumer);
                    }
                }
                At::Pass(0) | At::Skip(0) => self.at = At::Header,
                At::Row(0) => {
                    flow.filling.rows += u64::from(!flow.discard);
                    self.at = At::Header;
                }
                _ if input.is_empty() => return Ok(Stop::Input),
                At::Pass(left) => {
                    let count = left.min(input.len()).min(out.remaining());
                    if count == 0 {
                        return Ok(Stop::Output);
                    }
                    out.put_slice(input.get(..count).unwrap_or_default());
                    self.from += count;
                    self.at = At::Pass(left - count);
                }
                At::Skip(left) => {
                    let count = left.min(input.len());
                    self.from += count;
                    self.at = At::Skip(left - count);
                }
                At::Row(left) => {
                    let count = left.min(input.len());
                    let count = flow.take(input.get(..count).unwrap_or_default());
                    if count == 0 {
                        flow.connection = Some(cx.waker().clone());
                        return Ok(Stop::Consumer);
                    }
                    self.from += count;
                    self.at = At::Row(left - count);
                }
            }
        }
    }
}

fn body_length(length: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_be_bytes(length).checked_sub(4).and_then(|n| usize::try_from(n).ok());
    length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a message without a length"))
}

impl<S: AsyncRead + Unpin> Tapped<S> {
    /// Reads more behind what is left of the input.
    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.input.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        let mut space = ReadBuf::new(self.input.get_mut(self.to..).unwrap_or_default());
        std::task::ready!(Pin::new(&mut self.inner).poll_read(cx, &mut space))?;
        let count = space.filled().len();
        self.to += count;
        Poll::Ready(Ok(count))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        loop {
            let passed = match this.advance(cx, out)? {
                Stop::Input => match this.poll_input(cx)? {
                    // The driver takes nothing for the end of the stream.
                    Poll::Ready(0) => return Poll::Ready(Ok(())),
                    Poll::Ready(_) => continue,
                    Poll::Pending => out.filled().len() > before,
                },
                Stop::Output => true,
                Stop::Consumer => out.filled().len() > before,
            };
            return if passed { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[tag], length.as_slice(), body].concat()
    }

    /// Sends the messages through a pipe of a few bytes, and takes what arrives on both sides.
    async fn flow(messages: Vec<(u8, Vec<u8>)>, limit: usize, pipe: usize) -> (Vec<u8>, Vec<Part>) {
        let (mut server, client) = tokio::io::duplex(pipe);
        let tap = Tap::new(limit);
        tap.begin();
        let mut tapped = Tapped::new(client, tap.clone());
        let sender = async move {
            for (tag, body) in messages {
                server.write_all(&message(tag, &body)).await.unwrap();
            }
        };
        let driver = async move {
            let mut passed = Vec::new();
            tapped.read_to_end(&mut passed).await.unwrap();
            passed
        };
        let mut parts = Vec::new();
        let passed = {
            let driver = async { tokio::join!(sender, driver).1 };
            tokio::pin!(driver);
            loop {
                tokio::select! {
                    part = tap.next() => parts.push(part),
                    passed = &mut driver => break passed,
                }
            }
        };
        parts.extend(std::iter::from_fn(|| tap.rest()));
        (passed, parts)
    }

    fn check(messages: &[(u8, Vec<u8>)], limit: usize, passed: &[u8], parts: &[Part]) {
        let heard = |(tag, _): &&(u8, Vec<u8>)| !b"Hc".contains(tag);
        let of = |rows: bool| {
            messages.iter().filter(heard).filter(move |(tag, _)| (*tag == b'd') == rows)
        };
        let others: Vec<u8> = of(false).flat_map(|(tag, body)| message(*tag, body)).collect();
        assert!(passed == others, "the driver got something else");
        let rows: Vec<u8> = of(true).flat_map(|(_, body)| body.clone()).collect();
        let joined: Vec<u8> = parts.iter().flat_map(|part| part.bytes.clone()).collect();
        assert!(joined == rows, "the rows are others");
        assert_eq!(parts.iter().map(|part| part.rows).sum::<u64>(), of(true).count() as u64);
        assert!(parts.iter().all(|part| part.bytes.len() <= limit));
        // A part ends where a row ends, unless it is full of one row.
        let mut ends = vec![0];
        ends.extend(of(true).scan(0, |end, (_, body)| {
            *end += body.len();
            Some(*end)
        }));
        let mut end = 0;
        for part in parts {
            end += part.bytes.len();
            assert!(ends.contains(&end) || part.bytes.len() == limit, "cut within a row");
        }
    }

    fn messages() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
        let tag = prop_oneof![4 => Just(b'd'), 1 => Just(b'D'), 1 => Just(b'H'), 1 => Just(b'c')];
        // Rows have a line feed at least.
        proptest::collection::vec((tag, proptest::collection::vec(any::<u8>(), 1..400)), 0..60)
    }

    proptest! {
        #[test]
        fn rows_go_to_the_tap_in_bounded_parts_and_the_rest_to_the_driver(
            messages in messages(), limit in 1_usize..300, pipe in 1_usize..100,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (passed, parts) = runtime.block_on(flow(messages.clone(), limit, pipe));
            check(&messages, limit, &passed, &parts);
        }
    }

    #[tokio::test]
    async fn a_server_that_is_ready_twice_in_a_row_is_ready_once() {
        let ready = (b'Z', b"I".to_vec());
        let notice = (b'N', b"n".to_vec());
        let messages = vec![
            ready.clone(),
            (b'C', b"x".to_vec()),
            ready.clone(),
            notice.clone(),
            ready.clone(),
            (b'E', b"e".to_vec()),
            ready.clone(),
        ];
        let (passed, _) = flow(messages.clone(), 10, 64).await;
        let expected: Vec<u8> = messages
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != 4)
            .flat_map(|(_, (tag, body))| message(*tag, body))
            .collect();
        assert_eq!(passed, expected);
    }

    #[tokio::test]
    async fn rows_that_nobody_wants_do_not_stop_the_driver() {
        let (mut server, client) = tokio::io::duplex(64);
        let tap = Tap::new(8);
        let mut tapped = Tapped::new(client, tap.clone());
        tap.begin();
        tap.end();
        let sender = tokio::spawn(async move {
            for _ in 0..100 {
                server.write_all(&message(b'd', b"0123456789abcdef\n")).await.unwrap();
            }
            server.write_all(&message(b'Z', b"I")).await.unwrap();
        });
        let mut passed = Vec::new();
        tapped.read_to_end(&mut passed).await.unwrap();
        sender.await.unwrap();
        assert_eq!(passed, message(b'Z', b"I"));
        assert_eq!(tap.rest(), None);
    }

    #[tokio::test]
    async fn a_length_that_cannot_be_is_an_error() {
        let (mut server, client) = tokio::io::duplex(64);
        let mut tapped = Tapped::new(client, Tap::new(8));
        server.write_all(&[b'd', 0, 0, 0, 3, 0]).await.unwrap();
        let error = tapped.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
