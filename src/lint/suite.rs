//! What came of the tests of scripts, as plain data.

use std::time::Duration;

use super::ScriptError;

/// What came of a run of tests.
#[derive(Debug, Default)]
pub struct Tested {
    /// By script, in the order of their paths.
    pub suites: Vec<Suite>,
    /// What could not be run: scripts that do not load, plans that belong to no script.
    pub broken: Vec<ScriptError>,
}

/// What came of the tests of one script.
#[derive(Debug)]
pub struct Suite {
    /// The script.
    pub path: String,
    /// The rule's id.
    pub id: String,
    /// Its tests: those in the script as they stand there, then plans by path.
    pub cases: Vec<Case>,
    /// Branches that no test took, in words, by line.
    pub untaken: Vec<String>,
    /// What the script asks for although nothing can have it: misspelt attributes and types.
    pub mistakes: Vec<ScriptError>,
    /// What the tests leave open, in words.
    pub open: Vec<String>,
}

/// One test.
#[derive(Debug)]
pub struct Case {
    /// The function, or the path of the plan.
    pub name: String,
    /// Where it stands: file and line.
    pub place: String,
    /// What came of it.
    pub result: CaseResult,
    /// How long it took.
    pub time: Duration,
}

/// Whether a test passed.
#[derive(Debug)]
pub enum CaseResult {
    /// It found what it was to find.
    Passed,
    /// Other findings than expected.
    Differs {
        /// Lines such as `definite aws_vpc.a`, sorted.
        expected: Vec<String>,
        /// The same, of what was found.
        found: Vec<String>,
        /// What was found, with its messages.
        messages: Vec<String>,
    },
    /// It could not be run, or the rule failed in it.
    Broken(Box<ScriptError>),
}

impl Case {
    /// Whether it passed.
    pub fn passed(&self) -> bool {
        matches!(self.result, CaseResult::Passed)
    }
}

impl Suite {
    /// Whether every test passed and nothing in the script is a mistake.
    pub fn passed(&self) -> bool {
        self.mistakes.is_empty() && self.cases.iter().all(Case::passed)
    }
}
