//! Where source text comes from. Paths are relative to one directory and have `/`.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read, Seek},
    path::PathBuf,
};

/// Source files by path.
pub trait Files: Send + Sync {
    /// A file's text; none where there is no such file.
    ///
    /// # Errors
    /// Where there is one and it cannot be read: what is wrong with it, to be read after its path.
    fn read(&self, path: &str) -> Result<Option<String>, String>;

    /// Names of the files directly in a directory, sorted; none where there is no such directory.
    ///
    /// # Errors
    /// Where there is one and it cannot be read.
    fn list(&self, dir: &str) -> Result<Vec<String>, String>;

    /// Whether a directory may be there, so that it is worth looking into it. Nothing is read.
    fn may_have(&self, dir: &str) -> bool {
        let _ = dir;
        true
    }

    /// One name for a directory, through whichever links it is reached.
    fn real(&self, dir: &str) -> String {
        join("", dir)
    }

    /// The directory that paths are relative to, absolute and with `/`; empty where there is none.
    fn base(&self) -> &str {
        ""
    }

    /// The configuration inside a binary plan, its root module in `mount`; none where `path` is no
    /// binary plan.
    fn tfconfig(&self, path: &str, mount: &str) -> Option<MemoryFiles> {
        let _ = (path, mount);
        None
    }
}

/// No source file is larger, and none of a plan's configuration.
const MAX_BYTES: u64 = 64 << 20;
/// All of a plan's configuration together.
const MAX_TOTAL: u64 = 256 << 20;

/// The real thing: files below (or, by `..`, beside) a directory.
#[derive(Clone, Debug)]
pub struct DirFiles {
    base: PathBuf,
    name: String,
}

impl DirFiles {
    /// Files by their path from `base`, usually the working directory.
    pub fn new(base: impl Into<PathBuf>) -> DirFiles {
        let base = base.into();
        let name =
            if base.is_absolute() { join("", &base.to_string_lossy()) } else { String::new() };
        DirFiles { base, name }
    }
}

impl Files for DirFiles {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        let path = self.base.join(path);
        // Asked before opening: opening a named pipe would wait for ever.
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(words(&error)),
        };
        if !about.is_file() {
            return Ok(None);
        }
        let file = fs::File::open(&path).map_err(|error| words(&error))?;
        text(file).map(Some)
    }

    fn list(&self, dir: &str) -> Result<Vec<String>, String> {
        let entries = match fs::read_dir(self.base.join(dir)) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(words(&error)),
        };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn may_have(&self, dir: &str) -> bool {
        match fs::metadata(self.base.join(dir)) {
            Ok(about) => about.is_dir(),
            Err(error) => !is_absent(&error),
        }
    }

    fn real(&self, dir: &str) -> String {
        let real = fs::canonicalize(self.base.join(dir));
        real.map_or_else(|_| join("", dir), |real| real.to_string_lossy().into_owned())
    }

    fn base(&self) -> &str {
        &self.name
    }

    fn tfconfig(&self, path: &str, mount: &str) -> Option<MemoryFiles> {
        let path = self.base.join(path);
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut file = fs::File::open(path).ok()?;
        let mut magic = [0; 4];
        file.read_exact(&mut magic).ok()?;
        if &magic != b"PK\x03\x04" {
            return None;
        }
        file.rewind().ok()?;
        let files = tfconfig(file, mount)?.files;
        let files = files.into_iter().map(|(path, text)| (from(&self.name, &path), text));
        Some(MemoryFiles { files: files.collect(), base: self.name.clone() })
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Without the path, which the caller knows, and without what differs between systems.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

fn text(reader: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| words(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("is larger than 64 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

/// Files in memory: those of a binary plan, or of a test.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, String>,
    base: String,
}

impl MemoryFiles {
    /// Adds a file.
    pub fn add(&mut self, path: &str, text: impl Into<String>) {
        self.files.insert(join("", path), text.into());
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl<P: AsRef<str>, T: Into<String>> FromIterator<(P, T)> for MemoryFiles {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> MemoryFiles {
        let mut all = MemoryFiles::default();
        for (path, text) in files {
            all.add(path.as_ref(), text);
        }
        all
    }
}

impl Files for MemoryFiles {
    fn base(&self) -> &str {
        &self.base
    }

    fn read(&self, path: &str) -> Result<Option<String>, String> {
        Ok(self.files.get(path).cloned())
    }

    fn list(&self, dir: &str) -> Result<Vec<String>, String> {
        let in_dir = |path: &String| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent == dir).then(|| name.to_owned())
        };
        Ok(self.files.keys().filter_map(in_dir).collect())
    }
}

/// Reads `tfconfig/` of a binary plan, laid out as it was on disk: the root module in `mount`, other
/// modules where `modules.json` says they were. None where the archive holds no configuration.
pub fn tfconfig(archive: impl Read + Seek, mount: &str) -> Option<MemoryFiles> {
    let mut archive = zip::ZipArchive::new(archive).ok()?;
    let mut members: BTreeMap<String, String> = BTreeMap::new();
    let mut total = 0;
    for at in 0..archive.len() {
        let Ok(member) = archive.by_index(at) else { continue };
        let path =
            member.name().ok().and_then(|it| it.strip_prefix("tfconfig/").map(str::to_owned));
        let Some(path) = path else { continue };
        // Unreadable members are left out: what is missing is looked for elsewhere or not found.
        let Ok(text) = text(member) else { continue };
        total += text.len() as u64;
        if total > MAX_TOTAL {
            return None;
        }
        members.insert(path, text);
    }
    let manifest = members.remove("modules.json")?;
    let dirs = manifest_dirs(&manifest);
    let mut files = MemoryFiles::default();
    for (path, text) in members {
        let Some((key, file)) = path.strip_prefix("m-").and_then(|path| path.split_once('/'))
        else {
            continue;
        };
        let dir = dirs.get(key).map_or(".", String::as_str);
        files.add(&join(&join(mount, dir), file), text);
    }
    files.add(&join(&join(mount, DATA_DIR), MANIFEST), manifest);
    Some(files)
}

/// Where `terraform init` puts what it downloads, from the root module, unless `TF_DATA_DIR` says
/// otherwise. Source: <https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_data_dir>.
pub(super) const DATA_DIR: &str = ".terraform";

/// Where it notes the modules there.
pub(super) const MANIFEST: &str = "modules/modules.json";

/// Module keys such as `a.b`, and their directories from the root module. The file has been an
/// object with `Modules` on disk and a bare list inside plans.
pub(super) fn manifest_dirs(text: &str) -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Manifest {
        List(Vec<Module>),
        Object {
            #[serde(rename = "Modules")]
            modules: Vec<Module>,
        },
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Module {
        key: String,
        dir: String,
    }
    let modules = match serde_json::from_str(text) {
        Ok(Manifest::List(modules) | Manifest::Object { modules }) => modules,
        Err(_) => Vec::new(),
    };
    modules.into_iter().map(|module| (module.key, module.dir)).collect()
}

/// Joins paths and removes `.`, `..` and double slashes; an absolute `path` wins.
pub(super) fn join(dir: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    let root = if path.starts_with('/') || (!absolute && dir.starts_with('/')) { "/" } else { "" };
    let dir = if absolute { "" } else { dir };
    let mut all = String::with_capacity(root.len() + dir.len() + 1 + path.len());
    all.push_str(root);
    for part in segments(dir).chain(segments(&path)).filter(|part| *part != ".") {
        let last = &all[all.rfind('/').map_or(0, |at| at + 1)..];
        if part == ".." && !last.is_empty() && last != ".." {
            all.truncate((all.len() - last.len()).saturating_sub(1).max(root.len()));
        } else if part != ".." || root.is_empty() {
            if !last.is_empty() {
                all.push('/');
            }
            all.push_str(part);
        }
    }
    all
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// `path` as it is shown in the directory `base`, so that a file has one path only: relative where
/// the two have a directory in common besides the root, else absolute. Without a base, as it is.
pub(super) fn from(base: &str, path: &str) -> String {
    if base.is_empty() || !(path.starts_with('/') || path.contains("..") || path.contains(':')) {
        return join("", path);
    }
    let path = join(base, path);
    let common = segments(base).zip(segments(&path)).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return path;
    }
    let up = segments(base).skip(common).map(|_| "..");
    let parts: Vec<&str> = up.chain(segments(&path).skip(common)).collect();
    parts.join("/")
}

/// The directory of a path; empty where it has none.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}
