//! Writing: a closed pipe is no error, files are written whole or not at all.

use std::{
    ffi::OsString,
    io::{ErrorKind, IsTerminal, Write},
    path::Path,
};

use crate::{config::ConfigError, lint::ScriptError, report};

use super::progress;

/// Why a command could not do its job. Always exit code 2.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// A sentence for the user.
    #[error("{0}")]
    Said(String),
    /// A script that is not right; drawn on its own line.
    #[error("{0}")]
    Script(Box<ScriptError>),
}

impl Failed {
    /// A sentence for the user.
    pub(super) fn usage(message: impl Into<String>) -> Failed {
        Failed::Said(message.into())
    }

    /// Says so on stderr.
    pub(super) fn report(&self) {
        match self {
            Failed::Said(text) => note(&format!("error: {text}")),
            Failed::Script(error) => {
                let options = options(std::io::stderr().is_terminal());
                stderr(&report::draw_script_error(error, &options));
            }
        }
    }
}

impl From<ScriptError> for Failed {
    fn from(error: ScriptError) -> Failed {
        Failed::Script(Box::new(error))
    }
}

/// How to render for people on a stream that is a terminal or not.
pub(super) fn options(is_terminal: bool) -> report::Options {
    report::Options {
        color: use_color(is_terminal),
        width: progress::width(is_terminal),
        ..report::Options::default()
    }
}

/// Whether to write colours to a stream that is a terminal or not.
fn use_color(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes harmless text to stderr.
pub(super) fn stderr(text: &str) {
    // Nobody reads a closed stderr.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Failed {
        Failed::usage(error.to_string())
    }
}

/// Makes a limit on the size of files (`ulimit -f`) an error of writing. By default it is a signal, which
/// kills before anything is said, and leaves what was being written.
pub(super) fn survive_limits() {
    #[cfg(unix)]
    {
        use signal_hook::{consts::SIGXFSZ, flag};
        // Once somebody handles the signal, the write that caused it fails; nobody asks for the flag.
        drop(flag::register(SIGXFSZ, std::sync::Arc::default()));
    }
}

/// Writes to stdout. Whoever closed the pipe has seen enough.
pub(super) fn stdout(bytes: &[u8]) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failed::usage(format!("stdout could not be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line about the run to stderr.
pub(super) fn note(text: &str) {
    // Nobody reads a closed stderr.
    let _ = writeln!(std::io::stderr().lock(), "bricklint: {}", crate::redact::neutralise(text));
}

/// Writes a file beside its name first, so that a reader never sees half of it.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    let fail = |what: &str, error: std::io::Error| {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty() && !dir.exists());
        let why = match dir {
            Some(dir) => format!("there is no directory {}, make it first", dir.display()),
            None => error.to_string(),
        };
        Failed::usage(format!("{}: {what}: {why}", path.display()))
    };
    if path.exists() && !path.is_file() {
        // A device or a pipe, such as /dev/stdout: it cannot be replaced.
        return std::fs::write(path, bytes).map_err(|error| fail("could not be written", error));
    }
    // Through a link the file it leads to is replaced, not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = target.as_path();
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    std::fs::write(&beside, bytes).map_err(|error| {
        drop(std::fs::remove_file(&beside));
        fail("could not be written", error)
    })?;
    std::fs::rename(&beside, path).map_err(|error| {
        drop(std::fs::remove_file(&beside));
        fail("could not be put in place", error)
    })
}
