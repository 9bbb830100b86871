//! A folder of this machine as a store.
//!
//! An object is a file; folders in between come and go with it. It is written under a hidden name,
//! synced, and put in its place by a rename, or by one that refuses to replace.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind as Io};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::partial::{folder_of, is_partial_name, lock, partial_path, remove_dead, rename_to_new};
use super::trouble::{missing, too_large, too_short};
use super::{Key, Listing, Meta, Mode, PAGE, Page, Put, Store, Upload};
use crate::error::{Error, ErrorKind, Result};

mod walk;

/// A folder.
#[derive(Debug, Clone)]
pub struct Local {
    root: PathBuf,
}

impl Local {
    /// The folder, which is made when something is put into it.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, key: &Key) -> Result<PathBuf> {
        if key.as_str().split('/').any(|name| is_partial_name(name.as_ref())) {
            return Err(Error::usage(format!("{key} is a name of what is under construction"))
                .with_hint("choose another name"));
        }
        Ok(self.root.join(key.as_str()))
    }
}

/// Runs what blocks where that disturbs nobody.
async fn off<T: Send + 'static>(run: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(run).await.map_err(|error| {
        Error::new(ErrorKind::Internal, "using the file system crashed").with_source(error)
    })?
}

fn doing<'a>(what: &'a str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |error| Error::io(format_args!("{what} {}", path.display()), error)
}

/// Nothing, where there is nothing.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), Io::NotFound | Io::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Store for Local {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        let path = self.path(key)?;
        off(move || {
            let file = Partial::create(path)?;
            file.write(&bytes, 0)?;
            file.publish(mode)
        })
        .await
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        let path = self.path(key)?;
        let file = Arc::new(off(move || Partial::create(path)).await?);
        Ok(Arc::new(Parts { file, part_bytes, mode, lengths: Mutex::default() }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        let (path, place, key) = (self.path(key)?, self.place(), key.clone());
        off(move || {
            let reading = doing("reading", &path);
            let Some(file) = found(File::open(&path)).map_err(&reading)? else { return Ok(None) };
            let length = file.metadata().map_err(&reading)?.len();
            if length > limit {
                return Err(too_large(&place, &key, limit));
            }
            read_exact(&file, 0..length).map(Some).map_err(reading)
        })
        .await
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        let (path, place, key) = (self.path(key)?, self.place(), key.clone());
        off(move || {
            let reading = doing("reading", &path);
            let file = found(File::open(&path)).map_err(&reading)?;
            let file = file.ok_or_else(|| missing(&place, &key))?;
            if range.start > range.end || range.end > file.metadata().map_err(&reading)?.len() {
                return Err(too_short(&place, &key, &range));
            }
            read_exact(&file, range.clone()).map_err(reading)
        })
        .await
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        let (path, key) = (self.path(key)?, key.clone());
        off(move || {
            let facts = found(fs::metadata(&path)).map_err(doing("looking at", &path))?;
            let file = facts.filter(fs::Metadata::is_file);
            Ok(file.map(|facts| Meta { key, size: facts.len() }))
        })
        .await
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        let (root, listing) = (self.root.clone(), listing.clone());
        off(move || {
            let mut objects = walk::objects(&root, &listing, PAGE + 1)?;
            let more = objects.len() > PAGE;
            objects.truncate(PAGE);
            Ok(Page { objects, more })
        })
        .await
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        let path = match under {
            Some(key) => self.path(key)?,
            None => self.root.clone(),
        };
        off(move || walk::folders(&path)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        let (path, root) = (self.path(key)?, self.root.clone());
        off(move || {
            found(fs::remove_file(&path)).map_err(doing("removing", &path))?;
            // Folders that held nothing else go with it; object storage has none.
            let around = path.ancestors().skip(1).take_while(|folder| *folder != root);
            for folder in around {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
            Ok(())
        })
        .await
    }
}

fn read_exact(file: &File, range: Range<u64>) -> io::Result<Bytes> {
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes.into())
}

/// How often a folder is made that somebody removes because it is empty.
const TRIES: usize = 100;

/// A file under construction.
#[derive(Debug)]
struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    gone: AtomicBool,
}

impl Partial {
    fn create(target: PathBuf) -> Result<Self> {
        let mut tries = 0;
        loop {
            make_folder(folder_of(&target))?;
            remove_dead(&target);
            let path = partial_path(&target);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true).mode(0o600);
            tries += 1;
            match options.open(&path) {
                Err(error) if error.kind() == Io::NotFound && tries < TRIES => {}
                Err(error) => return Err(doing("creating", &path)(error)),
                Ok(file) if lock(&file, &path) => {
                    return Ok(Self { file, path, target, gone: AtomicBool::new(false) });
                }
                // Another run took it for dead before it was locked.
                Ok(_) => {}
            }
        }
    }

    fn write(&self, bytes: &[u8], at: u64) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(doing("writing", &self.target))
    }

    fn publish(&self, mode: Mode) -> Result<Put> {
        self.file.sync_all().map_err(doing("syncing", &self.target))?;
        let moved = match mode {
            Mode::Replace => fs::rename(&self.path, &self.target),
            Mode::New => rename_to_new(&self.path, &self.target),
        };
        match moved {
            Ok(()) => self.gone.store(true, Ordering::Release),
            Err(error) if mode == Mode::New && error.kind() == Io::AlreadyExists => {
                self.remove();
                return Ok(Put::Exists);
            }
            Err(error) => return Err(doing("naming", &self.target)(error)),
        }
        sync_folder(folder_of(&self.target))?;
        Ok(Put::Done)
    }

    fn remove(&self) {
        if !self.gone.swap(true, Ordering::AcqRel)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the partial file could not be removed");
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Makes a folder and those around it, for their owner, and waits until they are on the disk.
fn make_folder(path: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == Io::AlreadyExists => Ok(()),
        Err(error) if error.kind() == Io::NotFound && path.parent().is_some() => {
            make_folder(folder_of(path))?;
            match DirBuilder::new().mode(0o700).create(path) {
                Err(error) if error.kind() != Io::AlreadyExists => {
                    Err(doing("making the folder", path)(error))
                }
                _ => sync_folder(folder_of(path)),
            }
        }
        Err(error) => Err(doing("making the folder", path)(error)),
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(doing("syncing", path))
}

/// A file that is written in parts.
#[derive(Debug)]
struct Parts {
    file: Arc<Partial>,
    part_bytes: usize,
    mode: Mode,
    /// By number.
    lengths: Mutex<std::collections::BTreeMap<usize, usize>>,
}

impl Parts {
    /// Whether the parts make a whole.
    fn check(&self) -> Result<()> {
        let lengths = self.lengths.lock().unwrap_or_else(PoisonError::into_inner);
        let last = lengths.len().saturating_sub(1);
        for (at, (number, length)) in lengths.iter().enumerate() {
            if at != *number || (at != last && *length != self.part_bytes) {
                let target = self.file.target.display();
                let text = format!("part {at} of {target} is missing or of another size");
                return Err(Error::new(ErrorKind::Internal, text));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Upload for Parts {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        let (file, length) = (Arc::clone(&self.file), bytes.len());
        let at = number as u64 * self.part_bytes as u64;
        off(move || file.write(&bytes, at)).await?;
        self.lengths.lock().unwrap_or_else(PoisonError::into_inner).insert(number, length);
        Ok(())
    }

    async fn finish(&self) -> Result<Put> {
        self.check()?;
        let (file, mode) = (Arc::clone(&self.file), self.mode);
        off(move || file.publish(mode)).await
    }

    async fn abort(&self) -> Result<()> {
        let file = Arc::clone(&self.file);
        off(move || {
            file.remove();
            Ok(())
        })
        .await
    }
}
