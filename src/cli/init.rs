//! `bricklint init policy`: a rule to start from.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::{
    catalog,
    script::{self, LoadError},
};

use super::{
    streams::{self, Failed},
    test::settings,
};

/// Writes the rule and says what to do next.
pub(super) fn policy(name: &str, dir: Option<&Path>) -> Result<(), Failed> {
    let dir = match dir {
        Some(dir) => dir.to_owned(),
        None => {
            let configured = settings()?.rules_dir.into_iter().next();
            configured.unwrap_or_else(|| PathBuf::from("policies"))
        }
    };
    let path = dir.join(format!("{name}.rhai"));
    let shown = path.display().to_string();
    // What is wrong with the name is wrong with the script.
    let text = script::scaffold(name).map_err(|error| wrong_name(name, &error))?;
    if catalog::shipped().iter().any(|rule| rule.meta().id == name) {
        let fix = "put your own word in front, such as `acme-`";
        return Err(Failed::usage(format!("`{name}` is the id of a rule of bricklint's: {fix}")));
    }
    if dir.exists() && !dir.is_dir() {
        return Err(Failed::usage(format!("{} is no directory", dir.display())));
    }
    let fail = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failed::usage(format!("{shown} is there already: choose another name, or delete it"))
        }
        _ => Failed::usage(format!("{shown}: could not be written: {error}")),
    };
    fs::create_dir_all(&dir).map_err(fail)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    let dir = dir.display();
    let next = format!(
        "wrote {shown}\n\nIts tests pass: bricklint test {dir}\nIts page:       bricklint explain {name} --rules {dir}\nRun it:         bricklint check --rules {dir} tfplan.json\n"
    );
    streams::stdout(next.as_bytes())
}

/// What is wrong with a name, and one that is right.
fn wrong_name(name: &str, error: &LoadError) -> Failed {
    let words = name.trim_end_matches(".rhai").split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let close = words.join("-");
    let hint = match script::scaffold(&close) {
        Ok(_) => format!("; did you mean `{close}`?"),
        Err(_) => String::new(),
    };
    Failed::usage(format!("{}{hint}", error.message))
}
