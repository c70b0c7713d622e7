//! What source lines cost: reading 10 MB of `.tf` files, and finding, drawing and rendering the
//! lines of 10,000 findings.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

use std::{fs, hint, path::Path, sync::Arc};

use bricklint::{
    engine::{self, Origins},
    lint::{Category, Change, Finding, Outcome, Place, Related, Severity, Verdict},
    plan::{DocumentKind, Plan},
    redact::Secrets,
    report::{self, Format, Options},
    source::{DirFiles, Search, Store, Tree},
};
use criterion::{BatchSize, Criterion, Throughput};

/// Modules, and resources in each: 10 MB.
const MODULES: usize = 100;
const RESOURCES: usize = 320;

const FINDINGS: usize = 10_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let dir = tempfile::tempdir().unwrap();
    let bytes = write(dir.path());
    files(&mut criterion, dir.path(), bytes);
    findings(&mut criterion, dir.path());
    criterion.final_summary();
}

/// A root that calls every module; how many bytes that is.
fn write(dir: &Path) -> u64 {
    let mut root = String::new();
    let mut bytes = 0;
    for module in 0..MODULES {
        root.push_str(&format!("module \"m{module}\" {{\n  source = \"./m{module}\"\n}}\n"));
        let text: String = (0..RESOURCES).map(|at| resource(module, at)).collect();
        let path = dir.join(format!("m{module}"));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("main.tf"), &text).unwrap();
        bytes += text.len() as u64;
    }
    fs::write(dir.join("main.tf"), &root).unwrap();
    bytes + root.len() as u64
}

fn resource(module: usize, at: usize) -> String {
    format!(
        r#"# The ingress of service {at}.
resource "aws_security_group" "s{at}" {{
  name        = "service-${{var.name}}-{module}-{at}"
  description = "Traffic of service {at}"
  vpc_id      = aws_vpc.this.id

  ingress {{
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.{module}.0.0/16"]
  }}
  tags = merge(var.tags, {{ Service = "s{at}" }})
}}

"#
    )
}

fn files(criterion: &mut Criterion, dir: &Path, bytes: u64) {
    let mut group = criterion.benchmark_group("source");
    group.throughput(Throughput::Bytes(bytes));
    group.sample_size(10);
    group.bench_function("read all", |bencher| {
        bencher.iter(|| {
            let tree = Tree::new(&Store::new(DirFiles::new(dir)), "");
            tree.read_all();
            assert_eq!(tree.problems(), []);
        });
    });
    group.finish();
}

/// Each about an attribute of another resource, and related to one in another module.
fn findings(criterion: &mut Criterion, dir: &Path) {
    let findings: Vec<Finding> = (0..FINDINGS).map(finding).collect();
    let texts = (0..100).map(|n| format!("secret-{n}-hunter2")).collect();
    let secrets = Secrets { texts, ..Secrets::default() };
    let mut located = findings.clone();
    let origins = origins(dir);
    engine::locate(located.iter_mut().collect(), &origins);
    assert!(located.iter().all(|it| it.source.is_some() && it.related[0].source.is_some()));
    let mut drawn = located.clone();
    engine::draw(&mut drawn, &origins, &secrets);
    assert!(drawn.iter().all(|it| it.picture.len() > 1));

    let mut group = criterion.benchmark_group("10000 findings");
    group.throughput(Throughput::Elements(FINDINGS as u64));
    group.sample_size(10);
    group.bench_function("read and locate", |bencher| {
        bencher.iter_batched(
            || (findings.clone(), self::origins(dir)),
            |(mut findings, origins)| {
                engine::locate(findings.iter_mut().collect(), &origins);
                (findings, origins)
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("draw", |bencher| {
        bencher.iter_batched(
            || located.clone(),
            |mut findings| {
                engine::draw(&mut findings, &origins, &secrets);
                findings
            },
            BatchSize::LargeInput,
        );
    });
    let outcome = Outcome { findings: drawn, ..Outcome::default() };
    for format in [Format::Terminal, Format::Concise, Format::Json, Format::Sarif] {
        group.bench_function(format!("{format:?}"), |bencher| {
            bencher.iter(|| {
                hint::black_box(report::render(format, &outcome, &Options::default()).len())
            });
        });
    }
    group.finish();
}

fn origins(dir: &Path) -> Origins {
    let change = r#"{"address":"module.m0.aws_security_group.s0","module_address":"module.m0",
        "mode":"managed","type":"aws_security_group","name":"s0","provider_name":"aws",
        "change":{"actions":["create"],"before":null,"after":{},"after_unknown":{}}}"#;
    let text = format!(r#"{{"format_version":"1.2","resource_changes":[{change}]}}"#);
    let plan = Plan::parse("unit", "plan.json", DocumentKind::Plan, text);
    let plan = plan.map_err(|(_, error)| error).unwrap();
    let origin = Search::new(dir, None, None, None).origin(&plan);
    Origins::from([("unit".to_owned(), Arc::new(origin))])
}

fn finding(at: usize) -> Finding {
    let address = |at: usize| {
        format!("module.m{}.aws_security_group.s{}", at % MODULES, at / MODULES % RESOURCES)
    };
    let place = |at: usize, attribute: &str| Place {
        unit: "unit".to_owned(),
        address: address(at),
        attribute: Some(attribute.to_owned()),
    };
    Finding {
        rule: "net-sg-open-ingress".into(),
        severity: Severity::Warning,
        verdict: Verdict::Definite,
        category: Category::Security,
        change: Change::Introduced,
        place: place(at, "ingress[0].cidr_blocks"),
        deposed: None,
        message: "the group accepts connections from outside of the network".to_owned(),
        help: Some("allow the group itself".to_owned()),
        peers: Vec::new(),
        related: vec![Related {
            place: place(at + 1, "vpc_id"),
            label: "the network, which has another range".to_owned(),
            source: None,
        }],
        actions: vec!["create"],
        cause: None,
        loss: None,
        source: None,
        picture: Vec::new(),
        excerpt: None,
        fingerprint: format!("{at:016x}"),
        fingerprint_before: None,
        written: None,
    }
}
