//! What a path leads to: a folder, a file that can be read at random, or a pipe that gives its bytes
//! once.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Bytes;
use super::medium::{self, Medium, Stored};
use crate::archive::head::{Kind, START, kind_of};
use crate::error::{Error, Result};
use crate::model::spec::is_standard_stream;

/// Bytes handed over at once, and how often.
const PIECE: usize = 256 << 10;
const PIECES: usize = 4;
/// How long a wait for a pipe goes on before it is asked whether to go on.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a path leads to.
pub(super) enum Input {
    Folder(Medium),
    File(Kind, Medium),
    /// What is in it, and its bytes from the first on.
    Pipe(Kind, Bytes),
}

impl Input {
    /// Finds out what is there; of a pipe, the beginning is read.
    pub(super) fn open(path: &Path, give_up: &CancellationToken) -> Result<Self> {
        let doing = format!("opening {}", path.display());
        let io = |error| Error::io(&doing, error);
        if is_standard_stream(path) {
            let file = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(io)?);
            let facts = file.metadata().map_err(io)?;
            if facts.is_dir() {
                return Err(Error::usage("standard input is a folder")
                    .with_hint("name the folder instead of -"));
            }
            return pipe(file, give_up).map_err(|error| error.while_doing("standard input"));
        }
        let medium = medium::at(path, give_up)?;
        if medium.is_folder()? {
            return Ok(Self::Folder(medium));
        }
        let mut stored = match medium.open().map_err(io)? {
            Stored::File(file) if !file.metadata().map_err(io)?.is_file() => {
                return pipe(file, give_up).map_err(|error| error.while_doing(&doing));
            }
            stored => stored,
        };
        let start = beginning(&mut stored).map_err(io)?;
        Ok(Self::File(kind_of(&start), medium))
    }
}

fn beginning(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(START as u64).read_to_end(&mut start)?;
    Ok(start)
}

fn pipe(file: File, give_up: &CancellationToken) -> Result<Input> {
    let mut bytes = Pipe::start(file, give_up.clone())?;
    let start = beginning(&mut bytes).map_err(crate::archive::primitive::into_error)?;
    let kind = kind_of(&start);
    Ok(Input::Pipe(kind, Bytes::new(Cursor::new(start).chain(bytes))))
}

/// Bytes of a pipe, which a thread of its own waits for, so that who reads them can be stopped.
#[derive(Debug)]
struct Pipe {
    pieces: Receiver<io::Result<Vec<u8>>>,
    current: Cursor<Vec<u8>>,
    ended: bool,
    give_up: CancellationToken,
}

impl Pipe {
    fn start(mut file: File, give_up: CancellationToken) -> Result<Self> {
        let (sender, pieces) = sync_channel(PIECES);
        let read = move || loop {
            let mut piece = vec![0; PIECE];
            let result = match file.read(&mut piece) {
                Ok(length) => {
                    piece.truncate(length);
                    Ok(piece)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let last = result.as_ref().map_or(true, Vec::is_empty);
            // Without a reader nobody waits for it.
            if sender.send(result).is_err() || last {
                return;
            }
        };
        std::thread::Builder::new()
            .name("restore-pipe".to_owned())
            .spawn(read)
            .map_err(|error| Error::io("starting a thread", error))?;
        Ok(Self { pieces, current: Cursor::default(), ended: false, give_up })
    }

    fn next_piece(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(piece) => return piece,
                Err(RecvTimeoutError::Disconnected) => return Ok(Vec::new()),
                Err(RecvTimeoutError::Timeout) if self.give_up.is_cancelled() => {
                    return Err(io::Error::other(Error::cancelled()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.current.read(buf)?;
            if read > 0 || self.ended || buf.is_empty() {
                return Ok(read);
            }
            let piece = self.next_piece()?;
            self.ended = piece.is_empty();
            self.current = Cursor::new(piece);
        }
    }
}
