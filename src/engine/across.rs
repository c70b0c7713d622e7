//! Judges what plans know of one another, once all of them were seen.

use rayon::prelude::*;

use crate::{
    estate::{Estate, Lacks, Mocks, Outputs, Row, hide_mocks},
    graph::Side,
    lint::{EstateCx, Findings, Judge},
    redact::Redactor,
};

use super::{Job, Part, failed, finished, isolate, merge::Worlds};

type JudgeRows = fn(&EstateCx<'_>, &mut Findings<'_>);

/// What the plans of the run have in common, for every rule.
struct Run {
    redactor: Redactor,
    lacks: Lacks,
    mocks: Mocks,
    outputs: Outputs,
}

/// Adds what the estate rules say of the rows that were taken.
pub(super) fn judge(all: &mut Part, jobs: &[Job]) {
    let mut rows = std::mem::take(&mut all.rows);
    let secrets = std::mem::take(&mut all.secrets);
    let run = Run {
        redactor: Redactor::new(secrets).unwrap_or_else(|_| Redactor::everything()),
        lacks: std::mem::take(&mut all.lacks),
        mocks: std::mem::take(&mut all.mocks),
        outputs: std::mem::take(&mut all.outputs),
    };
    let mut work = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        if let Judge::Estate { judge, .. } = job.rule.judge() {
            let sides = [Side::Planned, Side::Prior]
                .map(|side| (side, rows.remove(&(at, side)).unwrap_or_default()));
            work.push((at, job, judge, sides));
        }
    }
    let parts: Vec<Part> = work
        .into_par_iter()
        .map(|(at, job, judge, sides)| judge_rule(at, job, judge, sides, &run))
        .collect();
    parts.into_iter().for_each(|part| all.add(part));
}

fn judge_rule(
    at: usize,
    job: &Job,
    judge: JudgeRows,
    sides: [(Side, Vec<Row>); 2],
    run: &Run,
) -> Part {
    let mut part = Part::default();
    let mut worlds = Worlds::default();
    for (side, mut rows) in sides {
        run.outputs.join(&mut rows);
        hide_mocks(&mut rows, &run.mocks);
        let lacks = if side == Side::Planned { run.lacks.clone() } else { Lacks::default() };
        let estate = Estate::new(rows).lacking(lacks);
        let mut out = Findings::new(job.rule.meta(), side);
        let result = isolate::run(|| {
            judge(&EstateCx::new(&estate, &job.params), &mut out);
            Ok(())
        });
        if let Err(error) = result {
            worlds.set_torn();
            part.failures.push(failed(job.rule.meta(), "", error));
        }
        let done = out.finish();
        if side == Side::Planned {
            part.count_hanging(at, &done.hangs);
        }
        worlds.set(side, done.reported);
    }
    let findings = worlds.merge(job.rule.meta());
    part.findings.extend(findings.into_iter().map(|it| finished(it, job, &run.redactor)));
    part
}
