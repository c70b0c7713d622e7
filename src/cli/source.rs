//! Where the run looks for source: `--source-root` and what stands for it.

use std::path::{Path, PathBuf};

use crate::{
    config::Config,
    input,
    source::{Origin, Search},
};

use super::{args::Check, streams::Failed};

/// The word for reading no source at all.
const NONE: &str = "none";

/// The run's search for source; none where source is not wanted.
pub(super) fn search(
    args: &Check,
    config: &Config,
    input: &input::Options,
) -> Result<Option<Search>, Failed> {
    let root = match source_root(args, config, &input.cwd)? {
        Some(root) if root.as_os_str() == NONE => return Ok(None),
        root => root,
    };
    let unit_root = input::unit_root(input);
    Ok(Some(Search::new(&input.cwd, unit_root.as_deref(), root.as_deref())))
}

/// The source of a plan.
pub(super) fn origin(search: Option<&Search>, plan: &crate::plan::Plan) -> Origin {
    search.map_or_else(Origin::none, |search| search.origin(plan))
}

/// The directory that is to be taken, `none`, or nothing where the user does not say.
fn source_root(args: &Check, config: &Config, cwd: &Path) -> Result<Option<PathBuf>, Failed> {
    let problem = |dir: &Path| {
        let dir = dir.display();
        format!(
            "source-root: {dir} is no directory; name the one that the .tf files are in, or `{NONE}`"
        )
    };
    if let Some(dir) = &args.source_root {
        let fits = dir.as_os_str() == NONE || cwd.join(dir).is_dir();
        return if fits {
            Ok(Some(dir.clone()))
        } else {
            Err(Failed::usage(format!("--{}", problem(dir))))
        };
    }
    let Some(word) = &config.source_root else { return Ok(None) };
    if word == NONE {
        return Ok(Some(word.into()));
    }
    let dir = config.resolve(word);
    if cwd.join(&dir).is_dir() {
        return Ok(Some(dir));
    }
    Err(config.error_at_word("source-root", word, problem(&dir)).into())
}
