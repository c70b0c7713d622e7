//! What the first bytes of a file in a searched directory show.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use super::{
    HEAD,
    decode::{self, decode_head},
    read::is_binary_plan,
    split::{first_keys, is_cut_off, is_for_people, list_of_plans},
};

/// What a file is, as far as its beginning tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glance {
    /// A plan.
    Plan,
    /// A state.
    State,
    /// What Terraform wrote in the place of a plan: a log, or words for people; or a list of plans.
    /// [`super::read`] says which.
    Failed,
    /// What whatever command may have left behind: nothing, or a part of something.
    Broken,
    /// Something else, such as settings.
    Other,
}

/// The beginning of a file, unpacked.
struct Head {
    bytes: Vec<u8>,
    /// There is no more of it.
    whole: bool,
    /// It could be unpacked, as far as it goes.
    sound: bool,
}

/// Looks at the first 64 KiB of a file, or at the directory of a zip archive.
///
/// # Errors
/// Where it cannot be opened or read.
pub(super) fn glance(path: &Path) -> io::Result<Glance> {
    let head = head(path)?;
    if decode::is_zip(&head.bytes) {
        return Ok(if is_plan_archive(path)? { Glance::Plan } else { Glance::Broken });
    }
    if !head.sound {
        return Ok(Glance::Broken);
    }
    let text = decode_head(&head.bytes);
    let keys = first_keys(&text);
    Ok(if keys.as_ref().is_some_and(|keys| keys.shows()) {
        match keys.is_some_and(|keys| keys.is_state()) {
            true => Glance::State,
            false => Glance::Plan,
        }
    } else if keys.is_some_and(|keys| keys.is_log()) || list_of_plans(&text) || is_for_people(&text)
    {
        Glance::Failed
    } else if head.whole && (text.trim().is_empty() || is_cut_off(&text)) {
        Glance::Broken
    } else {
        Glance::Other
    })
}

/// Whether a file is a plan of `terraform plan -out`.
///
/// # Errors
/// Where it cannot be opened or read.
pub(super) fn is_plan_archive(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut magic = [0; 4];
    match file.read_exact(&mut magic) {
        Ok(()) if decode::is_zip(&magic) => Ok(is_binary_plan(BufReader::new(file)).is_ok()),
        _ => Ok(false),
    }
}

fn head(path: &Path) -> io::Result<Head> {
    let mut bytes = Vec::with_capacity(HEAD);
    File::open(path)?.take(HEAD as u64).read_to_end(&mut bytes)?;
    let whole = bytes.len() < HEAD;
    if !bytes.starts_with(&decode::GZIP) {
        return Ok(Head { bytes, whole, sound: true });
    }
    let mut unpacked = Vec::with_capacity(HEAD);
    let reader = flate2::read::MultiGzDecoder::new(bytes.as_slice());
    let read = reader.take(HEAD as u64).read_to_end(&mut unpacked);
    // The end of the beginning is no error.
    let sound = read.is_ok() || !whole;
    let whole = whole && unpacked.len() < HEAD;
    Ok(Head { bytes: unpacked, whole, sound })
}
