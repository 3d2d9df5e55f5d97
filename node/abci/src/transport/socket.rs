//! The socket file: private from its first moment, never taken from a living owner.
//!
//! Two guards together say whether a path is free. `<socket>.lock` is locked for as long as a
//! server of ours lives; the kernel drops the lock with the process, however it dies. A connection
//! attempt finds any other program that listens there. What passes both is stale and is replaced
//! by a rename, so that no moment shows a path without a listener behind it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::{ServeError, ShutdownError};

/// Connections the kernel queues before they are accepted; there are never more than a few.
const BACKLOG: i32 = 16;

/// Permission bits of the socket and lock files: the owner alone.
const PRIVATE: u32 = 0o600;

/// Folder permission bits: writable by every user, and sticky (only owners may rename or remove).
const OTHERS_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// A listening socket, its file, and the lock that keeps the path ours.
#[derive(Debug)]
pub(super) struct BoundSocket {
    listener: UnixListener,
    file: SocketFile,
}

/// The socket's place in the file system; outlives the listener by a moment at shutdown.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// (device, inode) of the file we made: another's file at the path is never removed.
    identity: (u64, u64),
    _lock: File,
}

impl BoundSocket {
    /// Listens at `path`, replacing a stale socket there.
    pub(super) fn bind(path: &Path) -> Result<Self, ServeError> {
        let failed = |step| ServeError::io(path, step);
        refuse_open_folder(path)?;
        let lock = lock(path)?;
        refuse_live_or_foreign(path)?;

        let staging = with_suffix(path, ".new");
        match fs::remove_file(&staging) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove the remains of an interrupted start")(error));
            }
            _ => {}
        }
        let listener = listen(&staging).map_err(failed("create the socket"))?;
        let made = fs::symlink_metadata(&staging).map_err(failed("inspect the new socket"))?;
        fs::rename(&staging, path).map_err(failed("put the socket in its place"))?;
        Ok(Self {
            listener,
            file: SocketFile {
                path: path.to_owned(),
                identity: (made.dev(), made.ino()),
                _lock: lock,
            },
        })
    }

    pub(super) fn into_parts(self) -> (UnixListener, SocketFile) {
        (self.listener, self.file)
    }
}

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file, if it is still the one we made.
    pub(super) fn remove(&self) -> Result<(), ShutdownError> {
        let removed = match fs::symlink_metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == self.identity => fs::remove_file(&self.path),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ShutdownError::Remove {
                socket: self.path.clone(),
                source: error,
            }),
            _ => Ok(()),
        }
    }
}

/// User and process id of a connection's other end, as the kernel noted them at `connect`.
pub(super) fn peer(stream: &UnixStream) -> io::Result<(u32, i32)> {
    let credentials = rustix::net::sockopt::socket_peercred(stream)?;
    Ok((
        credentials.uid.as_raw(),
        credentials.pid.as_raw_nonzero().get(),
    ))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn refuse_open_folder(path: &Path) -> Result<(), ServeError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mode = fs::metadata(folder)
        .map_err(ServeError::io(path, "inspect its folder"))?
        .mode();
    if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
        return Err(ServeError::OpenFolder {
            socket: path.to_owned(),
        });
    }
    Ok(())
}

/// Takes the path's lock and notes our process id in it, for the message another one will show.
fn lock(path: &Path) -> Result<File, ServeError> {
    let failed = || ServeError::io(path, "take its lock file");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(with_suffix(path, ".lock"))
        .map_err(failed())?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::Error(error)) => return Err(failed()(error)),
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = (&mut file).take(20).read_to_string(&mut pid);
            let holder = match (read, pid.trim().parse::<u32>()) {
                (Ok(_), Ok(pid)) => format!("process {pid}"),
                _ => "another process".to_owned(),
            };
            return Err(ServeError::InUse {
                socket: path.to_owned(),
                holder,
            });
        }
    }
    file.set_len(0).map_err(failed())?;
    writeln!(file, "{}", std::process::id()).map_err(failed())?;
    Ok(file)
}

/// Refuses a path that holds anything but a socket without a listener.
fn refuse_live_or_foreign(path: &Path) -> Result<(), ServeError> {
    let failed = |step| ServeError::io(path, step);
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("inspect what lies at its path")(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(ServeError::NotASocket {
                socket: path.to_owned(),
            });
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(failed("find out whether the socket there is alive")(error)),
        Ok(stream) => Err(ServeError::InUse {
            socket: path.to_owned(),
            holder: match peer(&stream) {
                Ok((_, pid)) => format!("process {pid}"),
                Err(_) => "another process".to_owned(),
            },
        }),
    }
}

/// A listener whose file has mode 0600 from the start: Linux gives the file the mode of the
/// unbound socket, less the umask, so there is no moment to slip in and no umask to change for
/// the whole process.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let socket = rustix::net::socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    rustix::fs::fchmod(&socket, Mode::from_raw_mode(PRIVATE))?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(UnixListener::from(socket))
}
