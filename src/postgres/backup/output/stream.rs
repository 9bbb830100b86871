//! Standard output as the place of a backup. Nothing that was written can be taken back.
//!
//! A reader may stop reading and stay: whoever writes then waits, but not for longer than the backup
//! lasts.

use std::fs::File;
use std::io::{self, ErrorKind::BrokenPipe, ErrorKind::Interrupted, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use crate::archive::stretches::Stretches;
use crate::error::{Error, ErrorKind, Result};
use crate::model::size::Bytes;
use crate::work::Meter;

use super::file::proof;
use super::seal::Published;
use super::{Seal, Wish};

/// As much as a pipe that has any room takes without making the writer wait.
const ATOMIC: usize = 4096;
/// How often a writer that waits looks whether the backup goes on.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// How long a reader has to take the last words of a backup that was stopped.
const FAREWELL: Duration = Duration::from_secs(2);

/// Standard output.
#[derive(Debug)]
pub(in crate::postgres::backup) struct Stream {
    file: File,
    /// A file takes everything at once.
    is_file: bool,
    pub(super) meter: Arc<Meter>,
    pub(super) seal: Arc<Seal>,
    stop: CancellationToken,
}

impl Stream {
    /// Takes standard output, until the token fires.
    pub(super) fn open(wish: Wish, stop: CancellationToken) -> Result<Self> {
        let opening = |error| Error::io("opening standard output", error);
        let file = rustix::io::dup(rustix::stdio::stdout()).map_err(|e| opening(e.into()))?;
        Self::of(file.into(), wish.meter, wish.seal, stop).map_err(opening)
    }

    fn of(
        file: File,
        meter: Arc<Meter>,
        seal: Arc<Seal>,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let is_file = file.metadata()?.is_file();
        Ok(Self { file, is_file, meter, seal, stop })
    }

    /// Writes all bytes behind the others, of which there are so many.
    pub(super) fn write(&mut self, bytes: &[u8], after: u64) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.wait_for_room(after)?;
            let most = if self.is_file { rest.len() } else { rest.len().min(ATOMIC) };
            match self.file.write(rest.get(..most).unwrap_or_default()) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == Interrupted => {}
                Err(error) => return Err(failed(after, error)),
            }
        }
        Ok(())
    }

    /// Writes the manifest, once everything is written.
    pub(super) fn seal(&self, bytes: u64, stretches: Stretches) -> Result<()> {
        let reread = |_, _, _: &mut _| Err(Error::new(ErrorKind::Internal, "a stream was changed"));
        let proof = proof(Path::new("stdout"), bytes, stretches.finish(reread)?);
        match self.seal.write(vec![proof], true)? {
            Some(manifest) => manifest.publish().map(Published::keep),
            None => Ok(()),
        }
    }

    fn wait_for_room(&self, after: u64) -> Result<()> {
        if self.is_file {
            return Ok(());
        }
        let mut stopped_since = None;
        loop {
            let mut fds = [PollFd::new(&self.file, PollFlags::OUT)];
            match poll(&mut fds, Some(&LOOK)) {
                Ok(0) | Err(Errno::INTR) => {}
                // Whatever is wrong with it, the write will say.
                Ok(_) => return Ok(()),
                Err(error) => return Err(failed(after, error.into())),
            }
            if self.stop.is_cancelled() {
                let since: &mut Instant = stopped_since.get_or_insert_with(Instant::now);
                if since.elapsed() > FAREWELL {
                    return Err(Error::cancelled());
                }
            }
        }
    }
}

fn failed(after: u64, error: io::Error) -> Error {
    let after = Bytes(after);
    if error.kind() == BrokenPipe {
        let text = format!("whoever read standard output went away after {after}");
        return Error::io(text, error).with_hint("look for the error of the other program");
    }
    Error::io(format!("writing to standard output (after {after})"), error)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn pipe() -> (File, Stream, CancellationToken) {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let stop = CancellationToken::new();
        let stream =
            Stream::of(File::from(writer), Arc::default(), Arc::default(), stop.clone()).unwrap();
        (File::from(reader), stream, stop)
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let (mut reader, mut stream, _stop) = pipe();
        let sent: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let expected = sent.clone();
        let writer = std::thread::spawn(move || stream.write(&sent, 0));
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        writer.join().unwrap().unwrap();
        assert!(received == expected);
    }

    #[test]
    fn nobody_waits_for_ever_for_a_reader_that_does_not_read() {
        let (_reader, mut stream, stop) = pipe();
        stop.cancel();
        let error = stream.write(&vec![0; 1 << 20], 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn a_reader_that_went_away_is_named() {
        let (reader, mut stream, _stop) = pipe();
        drop(reader);
        let error = stream.write(b"x", 5 << 20).unwrap_err();
        assert!(error.to_string().contains("went away after 5.0 MiB"), "{error}");
    }
}
