//! What judging costs, in process: reading a plan, every rule on one plan, and on an estate of
//! many. The estate is the good company of the fixtures, several times over.
//!
//! `benches/compare.py` measures the whole binary on large plans.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

use std::{fs, hint, path::Path};

use bricklint::{
    catalog::{self, Selection},
    engine::{self, Input, Job, Loaded, Making},
    plan::{DocumentKind, Plan},
    report::{self, Format, Options},
    source::Origin,
};
use criterion::{BatchSize, Criterion, Throughput};

/// A unit and its plan.
type Source = (String, String);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let company = company();
    plans(&mut criterion, &company);
    estates(&mut criterion, &company);
    reports(&mut criterion, &company);
    criterion.final_summary();
}

fn company() -> Vec<Source> {
    let mut found = Vec::new();
    walk(Path::new("fixtures/_estate/good/plans"), &mut found);
    found.sort();
    found
}

fn walk(dir: &Path, out: &mut Vec<Source>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|it| it == "json") {
            out.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn repeated(company: &[Source], times: usize) -> Vec<Source> {
    (0..times)
        .flat_map(|at| {
            company.iter().map(move |(unit, text)| (format!("{at}/{unit}"), text.clone()))
        })
        .collect()
}

fn bytes(sources: &[Source]) -> Throughput {
    Throughput::Bytes(sources.iter().map(|(_, text)| text.len() as u64).sum())
}

fn jobs() -> Vec<Job> {
    Selection::default().apply(catalog::shipped()).unwrap()
}

fn load((unit, text): &Source) -> Loaded {
    let plan = Plan::parse(unit, unit, DocumentKind::Plan, text.clone());
    let plan = plan.map_err(|(_, error)| error).unwrap();
    let input = Input { plan, kind: "plan", origin: Origin::none() };
    Loaded { plans: vec![input], failures: Vec::new() }
}

fn plans(criterion: &mut Criterion, company: &[Source]) {
    let largest = company.iter().max_by_key(|(_, text)| text.len()).unwrap();
    let jobs = jobs();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Bytes(largest.1.len() as u64));
    group.bench_function("read", |bencher| {
        bencher.iter_batched(
            || largest,
            |source| hint::black_box(load(source)),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("judge", |bencher| {
        bencher.iter(|| {
            engine::run(std::slice::from_ref(largest), load, &jobs, Making::default(), || ())
        });
    });
    group.finish();
}

fn estates(criterion: &mut Criterion, company: &[Source]) {
    let jobs = jobs();
    let mut group = criterion.benchmark_group("estate");
    for times in [1, 8] {
        let sources = repeated(company, times);
        group.throughput(bytes(&sources));
        group.bench_function(format!("{} plans", sources.len()), |bencher| {
            bencher.iter(|| engine::run(&sources, load, &jobs, Making::default(), || ()));
        });
    }
    group.finish();
}

fn reports(criterion: &mut Criterion, company: &[Source]) {
    let judged = engine::run(&repeated(company, 8), load, &jobs(), Making::default(), || ());
    let outcome = bricklint::lint::Outcome {
        inputs: judged.inputs,
        findings: judged.findings,
        failures: judged.failures,
        coverage: judged.coverage,
        rules: jobs().iter().map(|job| job.rule.meta().clone()).collect(),
        ..Default::default()
    };
    let mut group = criterion.benchmark_group("report");
    for format in [Format::Terminal, Format::Json, Format::Sarif] {
        group.bench_function(format!("{format:?}"), |bencher| {
            bencher.iter(|| report::render(format, &outcome, &Options::default()));
        });
    }
    group.finish();
}
