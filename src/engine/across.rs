//! Judges what plans know of one another, once all of them were seen.

use std::{collections::BTreeMap, mem::take, sync::Arc};

use rayon::prelude::*;

use crate::{
    estate::{Estate, Lacks, Mocks, Outputs, Row, hide_mocks, real_texts},
    graph::Side,
    lint::{Change, EstateCx, Findings, Judge},
    redact::Redactor,
};

use super::{
    Job, Part, failed, finished, isolate,
    merge::Worlds,
    rows::{For, Taking},
};

type JudgeRows = fn(&EstateCx<'_>, &mut Findings<'_>);

/// What the plans of the run have in common, for every rule.
struct Rows {
    redactor: Redactor,
    lacks: Arc<Lacks>,
    taking: Taking,
    estates: BTreeMap<(Side, For), Estate>,
}

impl Rows {
    /// The rows that a job judges: its own, and those it shares.
    fn estate(&self, at: usize, side: Side) -> Estate {
        let shared = self.taking.uses.get(&(at, side)).into_iter().flatten();
        let all = shared.map(|name| For::All(name)).chain([For::Job(at)]);
        let estates = all.filter_map(|whose| self.estates.get(&(side, whose)));
        let whole = estates.fold(Estate::default(), Estate::and);
        if side == Side::Planned { whole.lacking(&self.lacks) } else { whole }
    }
}

/// Adds what the estate rules say of the rows that were taken.
pub(super) fn judge(all: &mut Part, jobs: &[Job]) {
    let mut taking = take(&mut all.taking);
    let run = Rows {
        redactor: Redactor::new(take(&mut taking.secrets))
            .unwrap_or_else(|_| Redactor::everything()),
        lacks: Arc::new(take(&mut all.lacks)),
        estates: estates(&mut taking, &take(&mut all.mocks), &take(&mut all.outputs)),
        taking,
    };
    let parts: Vec<Part> = jobs
        .par_iter()
        .enumerate()
        .filter_map(|(at, job)| match job.rule.judge() {
            Judge::Estate { judge, .. } => Some(judge_rule(at, job, judge, &run)),
            Judge::Plan(_) => None,
        })
        .collect();
    parts.into_iter().for_each(|part| all.add(part));
}

/// Joins and orders all rows, those that are shared only once.
fn estates(taking: &mut Taking, mocks: &Mocks, outputs: &Outputs) -> BTreeMap<(Side, For), Estate> {
    let mut rows: Vec<((Side, For), Vec<Row>)> = take(&mut taking.rows).into_iter().collect();
    rows.par_iter_mut().for_each(|(_, rows)| outputs.join(rows));
    let [planned, prior] = [Side::Planned, Side::Prior].map(|side| {
        let of_side = rows.iter().filter(|((of, _), _)| *of == side);
        real_texts(of_side.flat_map(|(_, rows)| rows), mocks)
    });
    let finished = rows.into_par_iter().map(|(key, mut rows)| {
        let real = if key.0 == Side::Planned { &planned } else { &prior };
        hide_mocks(&mut rows, mocks, real);
        (key, Estate::new(rows))
    });
    finished.collect()
}

fn judge_rule(at: usize, job: &Job, judge: JudgeRows, run: &Rows) -> Part {
    let mut part = Part::default();
    let mut worlds = Worlds::default();
    for side in [Side::Planned, Side::Prior] {
        let estate = run.estate(at, side);
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
    for mut reported in worlds.merge(job.rule.meta()) {
        // Excerpts show the planned world.
        if reported.finding.change != Change::Fixed {
            reported.subject.excerpt = run.taking.excerpt(&reported.subject);
        }
        part.findings.push(finished(reported, job, &run.redactor));
    }
    part
}
