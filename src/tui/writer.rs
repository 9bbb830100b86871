//! The thread that writes to the terminal, so that the loop never does.
//!
//! At most one piece of output is under way. The loop asks [`Writer::is_idle`] before it makes the
//! next frame; how long a frame took comes back as a [`Written`].

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// A piece of output has left, after this long, or could not.
pub(super) type Written = io::Result<Duration>;

/// The loop's side.
#[derive(Debug)]
pub(super) struct Writer {
    pieces: SyncSender<Vec<u8>>,
    written: mpsc::UnboundedReceiver<Written>,
    under_way: usize,
}

impl Writer {
    /// Starts the thread; it ends when this value is dropped and the last piece is out.
    pub(super) fn spawn() -> io::Result<Self> {
        let (pieces, queue) = sync_channel(4);
        let (report, written) = mpsc::unbounded_channel();
        thread::Builder::new().name("screen".into()).spawn(move || serve(&queue, &report))?;
        Ok(Self { pieces, written, under_way: 0 })
    }

    /// Whether everything has left.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way == 0
    }

    /// Hands over a piece. A frame only while idle; short sequences may queue behind one. A piece
    /// that finds the queue full is dropped: the line is dead then, and the loop will hear of it.
    pub(super) fn send(&mut self, piece: Vec<u8>) {
        if !piece.is_empty() && self.pieces.try_send(piece).is_ok() {
            self.under_way += 1;
        }
    }

    /// Waits for the next piece to have left. Pending for ever while nothing is under way.
    pub(super) async fn next(&mut self) -> Written {
        if self.under_way == 0 {
            return std::future::pending().await;
        }
        let written = self.written.recv().await;
        self.under_way -= 1;
        written.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits until all has left, but not for ever: a stopped terminal must not hold up an exit.
    pub(super) async fn settle(&mut self, limit: Duration) {
        let all = async {
            while self.under_way > 0 {
                let _ = self.next().await;
            }
        };
        let _ = tokio::time::timeout(limit, all).await;
    }
}

fn serve(queue: &Receiver<Vec<u8>>, report: &mpsc::UnboundedSender<Written>) {
    while let Ok(piece) = queue.recv() {
        let begun = Instant::now();
        let result = write_all(&piece).map(|()| begun.elapsed());
        if report.send(result).is_err() {
            return;
        }
    }
}

/// Writes to standard output itself, past the line buffer of the standard library.
fn write_all(mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => rest = rest.get(n..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            // Some other program of the session made the terminal non-blocking.
            Err(rustix::io::Errno::AGAIN) => thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
