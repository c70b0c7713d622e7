//! Keys inside a job that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{
        compute::{has_block, is_left_out},
        tasks::{self, Task},
    },
    facts::clusters::NEED_ENVIRONMENT,
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Looks at the keys inside a `databricks_job`: finds tasks that name a job cluster, an environment or
    /// a task that the job does not have, keys that are there twice, tasks that wait for one another in a
    /// circle, tasks with two computes, and tasks that do nothing or two things. A Python or dbt task with
    /// neither compute nor `environment_key` is a warning, a job cluster that no task uses a note.
    ///
    /// ## Why is this bad?
    /// The keys are plain strings to Terraform. The API compares them: the apply fails with "Job cluster
    /// 'x' is not defined in field 'job_clusters'".
    /// Source: databricks/terraform-provider-databricks#2668;
    /// [databricks_job](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/job).
    ///
    /// ## How to fix it
    /// Name what the job has:
    ///
    /// ```terraform
    /// job_cluster {
    ///   job_cluster_key = "main"
    ///   # …
    /// }
    /// task {
    ///   task_key        = "load"
    ///   job_cluster_key = "main"
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A key that is known only after the apply is held against no other. The rule is silent where one of
    /// the keys that a name may mean is such a one, or the blocks are not known.
    pub static RULE = {
        id: "cmp-job-references",
        summary: "key inside a job leads nowhere or is there twice",
        severity: Error,
        also: [
            (Warning, "a task that needs an environment has none, and no compute"),
            (Note, "no task uses a job cluster"),
        ],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_job"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    cx.each(&["databricks_job"], out, judge);
}

fn judge(job: Res<'_>, out: &mut Findings<'_>) {
    let tasks = tasks::of(job);
    let clusters = Keys::of(blocks(job, "job_cluster", "job_cluster_key"));
    let environments = Keys::of(blocks(job, "environment", "environment_key"));
    let outer = tasks.iter().filter(|task| !task.is_nested);
    let steps =
        Keys::of((outer.map(|task| task.at.member("task_key")).collect(), is_open(job, "task")));
    for (keys, what) in
        [(&steps, "task"), (&clusters, "job cluster"), (&environments, "environment")]
    {
        keys.twice(what, out);
    }
    for task in &tasks {
        clusters.named(&task.at.member("job_cluster_key"), task, "job cluster", out);
        environments.named(&task.at.member("environment_key"), task, "environment", out);
        let mut seen = BTreeSet::new();
        let waits = task.at.member("depends_on").items().map(|wait| wait.member("task_key"));
        for wait in waits.filter(|wait| !task.is_nested && seen.insert(wait.text())) {
            steps.named(&wait, task, "task", out);
        }
        kinds(task, out);
        computes(task, out);
    }
    circle(job, &tasks, out);
    unused(&clusters, &tasks, out);
}

/// The keys of a job's blocks, and whether there may be more.
fn blocks<'a>(job: Res<'a>, name: &'a str, key: &'static str) -> (Vec<View<'a>>, bool) {
    (job.get(name).items().map(|block| block.member(key)).collect(), is_open(job, name))
}

fn is_open(job: Res<'_>, name: &str) -> bool {
    has_block(&job.root().member(name.to_owned())) == Tri::Maybe
}

/// Keys of one kind.
struct Keys<'a> {
    all: Vec<View<'a>>,
    by_text: BTreeMap<&'a str, Vec<usize>>,
    /// One of them may be any key.
    is_open: bool,
}

impl<'a> Keys<'a> {
    fn of((all, is_open): (Vec<View<'a>>, bool)) -> Keys<'a> {
        let mut by_text: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
        for (at, key) in all.iter().enumerate() {
            key.note_unknown();
            if let Some(text) = key.text() {
                by_text.entry(text).or_default().push(at);
            }
        }
        let is_hidden = |key: &View<'_>| matches!(key.val(), Val::Unknown(_));
        let is_open = is_open || all.iter().any(is_hidden);
        Keys { all, by_text, is_open }
    }

    /// Reports keys that are there more than once.
    fn twice(&self, what: &str, out: &mut Findings<'_>) {
        for (text, places) in self.by_text.iter().filter(|(_, places)| places.len() > 1) {
            let Some(key) = places.get(1).and_then(|at| self.all.get(*at)) else { continue };
            out.deny(Tri::Yes, key.res(), key, || {
                format!("the {what} key {} is there {} times", key.show(), places.len())
            })
            .key(text)
            .help(|| format!("give each {what} a key of its own"));
        }
    }

    /// Reports a key that names none of them.
    fn named(&self, key: &View<'_>, task: &Task<'_>, what: &str, out: &mut Findings<'_>) {
        if is_left_out(key) {
            return;
        }
        key.note_unknown();
        let Some(text) = key.text().filter(|_| !self.is_open) else { return };
        let is_missing = Tri::from(!self.by_text.contains_key(text));
        out.deny(is_missing, key.res(), key, || format!("the job has no {what} {}", key.show()))
            .key(&format!("{what}\0{text}\0{}", task.key))
            .help(|| match self.closest(text) {
                Some(close) => format!("did you mean {}?", close.show()),
                None => format!("add the {what}, or name one that the job has"),
            });
    }

    fn closest(&self, text: &str) -> Option<&View<'a>> {
        let known: Vec<&str> = self.by_text.keys().copied().collect();
        let close = similar::get_close_matches(text, &known, 1, 0.6);
        self.all.get(*self.by_text.get(close.first()?)?.first()?)
    }
}

/// What a task does: exactly one thing.
fn kinds(task: &Task<'_>, out: &mut Findings<'_>) {
    let here = task.at.glance();
    let is_there = |name: &&str| name.ends_with("_task") && !here.member(name).has_nothing();
    let names: BTreeSet<&str> = match here.set_names() {
        Some(names) => names.filter(is_there).collect(),
        None => task.at.member_names().into_iter().filter(is_there).collect(),
    };
    let (mut there, mut is_open) = (Vec::new(), false);
    for name in names {
        match has_block(&task.at.member(name)) {
            Tri::Yes => there.push(name),
            Tri::Maybe => is_open = true,
            Tri::No => {}
        }
    }
    let is_wrong = there.len() > 1 || (there.is_empty() && !is_open);
    out.deny(Tri::from(is_wrong), task.at.res(), &task.at, || match there.as_slice() {
        [] => "the task does nothing: it has no block such as notebook_task".to_owned(),
        all => format!("the task does {} things: {}", all.len(), all.join(", ")),
    })
    .key(&format!("kind\0{}", task.key))
    .help(|| "give each task one block that says what it runs".to_owned());
}

/// Where a task runs: on one compute at most, and on one where it needs that.
fn computes(task: &Task<'_>, out: &mut Findings<'_>) {
    let of = |name: &'static str| task.at.member(name);
    let given = |name: &'static str| match name {
        "new_cluster" => has_block(&of(name)),
        _ if is_left_out(&of(name)) => Tri::No,
        _ => of(name).is_given(),
    };
    let all =
        ["new_cluster", "existing_cluster_id", "job_cluster_key"].map(|name| (name, given(name)));
    let there: Vec<&str> =
        all.iter().filter(|(_, tri)| *tri == Tri::Yes).map(|(name, _)| *name).collect();
    out.deny(Tri::from(there.len() > 1), task.at.res(), &task.at, || {
        format!("the task has {} computes: {}", there.len(), there.join(", "))
    })
    .key(&format!("compute\0{}", task.key))
    .help(|| "leave one of them".to_owned());
    let Some(kind) = NEED_ENVIRONMENT.iter().find(|name| has_block(&of(name)) == Tri::Yes) else {
        return;
    };
    // What is only known after the apply names one, whichever.
    let has_none = !has_block(&of("new_cluster"))
        & Tri::from(
            ["existing_cluster_id", "job_cluster_key"].iter().all(|name| is_left_out(&of(name))),
        );
    let is_serverless = Tri::from(is_left_out(&of("environment_key")));
    out.deny(has_none & is_serverless, task.at.res(), &task.at, || {
        format!("the {kind} has no compute, and no environment_key for serverless compute")
    })
    .at(Severity::Warning)
    .key(&format!("environment\0{}", task.key))
    .help(|| "name a job cluster, or an `environment` of the job".to_owned());
}

/// Tasks that wait for one another, reported where the circle closes first in the order of the job.
fn circle(job: Res<'_>, tasks: &[Task<'_>], out: &mut Findings<'_>) {
    let mut waits: BTreeMap<&str, Vec<(&str, View<'_>)>> = BTreeMap::new();
    for task in tasks.iter().filter(|task| !task.is_nested) {
        let Some(own) = task.at.member("task_key").text() else { continue };
        let keys = task.at.member("depends_on").items().map(|wait| wait.member("task_key"));
        let known = keys.filter_map(|key| Some((key.text()?, key)));
        waits.entry(own).or_default().extend(known);
    }
    let mut done = BTreeSet::new();
    for task in tasks.iter().filter(|task| !task.is_nested) {
        let Some(own) = task.at.member("task_key").text() else { continue };
        if done.contains(own) {
            continue;
        }
        let reached = reach(&waits, own);
        if !reached.contains(own) {
            continue;
        }
        let round: Vec<&str> =
            reached.iter().copied().filter(|other| reach(&waits, other).contains(own)).collect();
        done.extend(round.iter().copied());
        let first = waits.get(own).and_then(|all| all.iter().find(|(key, _)| round.contains(key)));
        let Some((_, at)) = first else { continue };
        let is_masked = task.at.member("task_key").has_sensitive();
        out.deny(Tri::Yes, job, at, || match is_masked {
            true => "tasks wait for one another".to_owned(),
            false => format!("tasks wait for one another: {}", round.join(", ")),
        })
        .key(&round.join("\0"))
        .help(|| "take one of the waits out".to_owned());
    }
}

/// Every task that one waits for, directly or not.
fn reach<'k>(waits: &BTreeMap<&'k str, Vec<(&'k str, View<'_>)>>, from: &str) -> BTreeSet<&'k str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(at) = open.pop() {
        for (key, _) in waits.get(at).into_iter().flatten() {
            if reached.insert(*key) {
                open.push(key);
            }
        }
    }
    reached
}

/// Job clusters that no task names.
fn unused(clusters: &Keys<'_>, tasks: &[Task<'_>], out: &mut Findings<'_>) {
    let named: Vec<View<'_>> = tasks.iter().map(|task| task.at.member("job_cluster_key")).collect();
    let is_open = named.iter().any(|key| matches!(key.val(), Val::Unknown(_)));
    // Tasks of a plan that nobody knows yet may use any.
    if is_open || tasks.is_empty() {
        return;
    }
    for (text, places) in &clusters.by_text {
        let Some(key) = places.first().and_then(|at| clusters.all.get(*at)) else { continue };
        let is_unused = !named.iter().any(|it| it.text() == Some(text));
        out.deny(Tri::from(is_unused), key.res(), key, || {
            format!("no task uses the job cluster {}", key.show())
        })
        .at(Severity::Note)
        .key(&format!("unused\0{text}"))
        .help(|| "remove it, or let a task run on it".to_owned());
    }
}
