//! One test binary: it links once and shares its helpers.
#![expect(clippy::unwrap_used, reason = "a failed helper of a test should panic")]
#![expect(clippy::expect_used, reason = "the same, with a sentence")]
#![expect(clippy::panic, reason = "a failed helper of a test should panic, with a sentence")]

/// Fixtures of rules, and what is expected of them.
mod case;
/// The built binary, golden files, collected errors.
mod common;
/// Every fixture, judged once for all tests that change plans.
mod judged;
/// Plans written anew, as Terraform would write them for other code.
mod rewrite;
/// The shipped rules, how texts read, examples.
mod rules;

/// Waivers, baselines and comments on the command line.
mod accept;
/// The GitHub Action and its scripts.
#[cfg(unix)]
mod action;
/// Exit codes, inputs, bad inputs, settings, streams.
mod cli;
/// What was judged, what could not be seen, and how plans were made.
mod coverage;
/// Files of facts, and what they join to.
mod facts;

/// What dependencies may do, and the command can; the page is of those on Linux.
#[cfg(target_os = "linux")]
mod dependencies;
/// The pages for users, and the commands on them.
#[cfg(unix)]
mod docs;
/// Killed, out of disk or memory, with files that change and a bare environment.
#[cfg(unix)]
mod faults;
/// The fuzz targets over their committed corpora.
mod fuzz;
/// Every fixture of every rule, and the whole companies.
mod golden;
/// Other names, another order, another module or plan: the same findings.
mod likeness;
/// Fingerprints and baselines, when code moves.
mod moves;
/// Schemas, truth and secrets of the reports.
mod outputs;
/// The page about policies, and the scripts in it.
mod policies;
/// Removing knowledge never adds a definite finding.
mod property;
/// What is published: the package, archives, workflows.
mod release;
/// Scripts: mistakes, tests in them, the scaffold, the docs.
mod scripts;
/// Findings on source lines.
mod source;
/// What units of Terragrunt have from one another.
mod terragrunt;
/// Generated files, names, documentation, fixtures, layers, wording.
mod tidy;

/// What the source adds to the answers that a plan gives.
mod beyond_plan;
/// References resolved from a plan alone equal what the state holds after the apply.
mod resolve;
