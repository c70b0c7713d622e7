//! One source to its documents.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::{
    Document, MAX_BYTES, Origin, Problem, Source,
    decode::{self, Text, decode},
    memory::{self, Limit},
    refusal::Refusal,
    runner::Runner,
    sieve::{self, Gap, Kept},
    split::{Parts, split},
};

/// Reads and decodes one source.
///
/// gzip, UTF-16 and a byte order mark are undone, and a binary plan is turned into JSON by `runner`.
/// A file with several documents in a row (`terragrunt run --all -- show -json`) gives several, the
/// second with the unit `UNIT#2` and so on; lines of other tools before, between and after them are
/// left out.
///
/// A document that stands alone in its file is not read to its end here: its text may turn out to be
/// cut off. There are documents or problems, or both where only some documents of a file are broken.
pub fn read(source: &Source, runner: &dyn Runner) -> (Vec<Document>, Vec<Problem>) {
    read_within(source, runner, memory::limit())
}

/// As [`read`], with a given memory limit.
pub(super) fn read_within(
    source: &Source,
    runner: &dyn Runner,
    limit: Option<Limit>,
) -> (Vec<Document>, Vec<Problem>) {
    let text = match &source.origin {
        Origin::File(path) => load_file(path, runner, limit),
        Origin::Stdin => load_stream(io::stdin().lock(), limit),
    };
    documents(source, text)
}

/// What a decoded text holds, under the source's names.
pub(super) fn documents(
    source: &Source,
    text: Result<Text, Refusal>,
) -> (Vec<Document>, Vec<Problem>) {
    let parts = match text {
        Ok(text) => split(text, &source.path),
        Err(why) => Parts { refusals: vec![why], ..Parts::default() },
    };
    let gap = parts.gap;
    let document = |(index, (kind, text))| Document {
        unit: numbered(&source.unit, index),
        path: source.path.clone(),
        kind,
        text,
        gap,
    };
    let problem = |why: &Refusal| Problem {
        path: source.path.clone(),
        unit: Some(source.unit.clone()),
        message: why.message(&source.path),
    };
    (
        parts.documents.into_iter().enumerate().map(document).collect(),
        parts.refusals.iter().map(problem).collect(),
    )
}

/// The unit of the document at `index`, from 0.
fn numbered(unit: &str, index: usize) -> String {
    if index == 0 { unit.to_owned() } else { format!("{unit}#{}", index + 1) }
}

fn load_file(path: &Path, runner: &dyn Runner, limit: Option<Limit>) -> Result<Text, Refusal> {
    // Before opening: opening a pipe waits for its writer.
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        return Err(Refusal::Directory);
    }
    if !metadata.is_file() {
        return Err(Refusal::Special);
    }
    let size = metadata.len();
    if size > MAX_BYTES {
        return Err(Refusal::TooLarge(size));
    }
    let mut file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut head = [0; 4];
    let length = fill(&mut file, &mut head).map_err(|error| unreadable(&error))?;
    let head = &head[..length];
    if decode::is_zip(head) {
        return shown(path, runner);
    }
    if let Some(limit) = limit.filter(|limit| size > limit.largest_file()) {
        return Err(Refusal::NoMemory { bytes: size, limit });
    }
    if head.starts_with(&decode::GZIP) {
        return unpacked(head.chain(file), limit);
    }
    let expected = usize::try_from(size).unwrap_or_default();
    // It may have grown since, and may never stop.
    let kept = sieve::read(file.take(most(limit).saturating_add(1)), head, expected);
    let kept = kept.map_err(|error| unreadable(&error))?;
    sized(kept.read, limit, Refusal::TooLarge)?;
    decode(kept.bytes, kept.gap)
}

/// Standard input, whose size is known only at its end.
pub(super) fn load_stream(mut stream: impl Read, limit: Option<Limit>) -> Result<Text, Refusal> {
    let mut head = [0; 4];
    let length = fill(&mut stream, &mut head).map_err(|error| unreadable(&error))?;
    let head = &head[..length];
    if head.starts_with(&decode::GZIP) {
        return unpacked(head.chain(stream), limit);
    }
    let kept = sieve::read(stream.take(most(limit).saturating_add(1)), head, 0);
    let kept = kept.map_err(|error| unreadable(&error))?;
    sized(kept.read, limit, Refusal::TooLarge)?;
    text(kept)
}

fn unpacked(packed_bytes: impl Read, limit: Option<Limit>) -> Result<Text, Refusal> {
    let kept = decode::unpack(packed_bytes, most(limit))?;
    sized(kept.read, limit, |_| Refusal::UnpacksTooLarge)?;
    text(kept)
}

fn text(kept: Kept) -> Result<Text, Refusal> {
    if decode::is_zip(&kept.bytes) {
        Err(packed(&kept.bytes))
    } else {
        decode(kept.bytes, kept.gap)
    }
}

/// The most bytes that are read where the size is not known beforehand.
fn most(limit: Option<Limit>) -> u64 {
    limit.map_or(MAX_BYTES, |limit| limit.largest_file().min(MAX_BYTES))
}

fn sized(size: u64, limit: Option<Limit>, too_large: fn(u64) -> Refusal) -> Result<(), Refusal> {
    match limit {
        _ if size > MAX_BYTES => Err(too_large(size)),
        Some(limit) if size > limit.largest_file() => Err(Refusal::StreamNoMemory(limit)),
        _ => Ok(()),
    }
}

/// A zip that did not come from a file of its own.
fn packed(bytes: &[u8]) -> Refusal {
    is_binary_plan(io::Cursor::new(bytes)).err().unwrap_or(Refusal::PackedPlan)
}

/// A binary plan through `terraform show -json`.
fn shown(path: &Path, runner: &dyn Runner) -> Result<Text, Refusal> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    is_binary_plan(io::BufReader::new(file))?;
    decode(runner.show_json(path).map_err(Refusal::Runner)?, Gap::default())
}

/// Whether a zip archive is a plan of `terraform plan -out`.
pub(super) fn is_binary_plan(zip: impl Read + io::Seek) -> Result<(), Refusal> {
    let archive = zip::ZipArchive::new(zip).map_err(|_| Refusal::Zip)?;
    archive.index_for_name("tfplan").map(|_| ()).ok_or(Refusal::OtherZip)
}

/// Reads until `buffer` is full or the input ends.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match reader.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// The words for an error of the file system.
pub(super) fn unreadable(error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refusal::Missing,
        io::ErrorKind::PermissionDenied => {
            Refusal::Unreadable("permission denied; check its owner and mode".to_owned())
        }
        _ => Refusal::Unreadable(error.to_string()),
    }
}
