use std::{path::Path, sync::Arc};

use bricklint::{
    graph::{Graph, Scope, Side},
    input::{self, Kind, Origin, Runner, Source},
    plan::{DocumentKind, Plan, Step, module_address, module_path, steps},
    source::tfconfig,
};

/// An address or a reference.
///
/// Steps written as Terraform writes them are the same steps again, and so are paths of modules.
pub fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let cut = steps(text);
    let written: Vec<String> = cut
        .iter()
        .map(|step| match step {
            Step::Name(name) => format!(".{name}"),
            Step::Key(key) => key.to_string(),
        })
        .collect();
    assert_eq!(steps(&written.concat()), cut);
    let path = module_path(text);
    assert_eq!(module_path(&module_address(&path)), path);
}

/// A document of `terraform show -json`, or a raw state: read, and every value of it looked at.
pub fn plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    super::with_stack(|| {
        super::parsed(text).into_iter().for_each(look);
        let state = Plan::parse("unit", "plan.json", DocumentKind::State, text.to_owned());
        state.into_iter().for_each(look);
        Plan::parse_tfstate("unit", "plan.json", text).into_iter().for_each(look);
    });
}

/// Looks at every value, in both worlds, as rules do.
fn look(plan: Plan) {
    let graph = Arc::new(Graph::new(plan));
    for side in [Side::Planned, Side::Prior] {
        let scope = Scope::new(&graph, side);
        for res in scope.all() {
            let _ = (res.key(), res.mode(), res.provider_name(), res.existed(), res.is_created());
            let _ = (res.block(), res.replace_paths(), res.previous_address());
            res.root().leaves(&mut |view| {
                let shown = view.show();
                let _ = (view.attribute(), view.is_set(), view.is_given());
                let text = view.text().filter(|text| view.is_sensitive() && text.len() >= 6);
                assert!(text.is_none_or(|text| !shown.contains(text)), "what is masked is shown");
            });
        }
    }
    let plan = &graph.plan;
    for id in (0..plan.len() as u32).filter(|id| (*id as usize) < 64) {
        let _ = (plan.raw(plan.resource(id), true), plan.has_mask(plan.resource(id), false));
    }
    let _ = (plan.recorded_dependencies(), plan.broken(), plan.variables().count());
}

/// No Terraform, which is what most machines of reviewers have.
struct NoTerraform;

impl Runner for NoTerraform {
    fn show_json(&self, _: &Path) -> Result<Vec<u8>, String> {
        Err("it is not there".to_owned())
    }
}

/// A file as somebody names it on the command line: JSON, UTF-16, gzip, zip, lines of other tools.
///
/// There is a document, or a sentence on one line that says why there is none.
pub fn input(bytes: &[u8]) {
    let Some(dir) = super::scratch("tfplan.json", bytes) else { return };
    let source = Source {
        origin: Origin::File(dir.path().join("tfplan.json")),
        unit: "unit".to_owned(),
        path: "tfplan.json".to_owned(),
        named: true,
    };
    let (documents, problems) = input::read(&source, &NoTerraform);
    assert!(!documents.is_empty() || !problems.is_empty(), "silence");
    for problem in problems {
        assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem:?}");
    }
    for document in documents {
        assert!(document.text.trim_start().starts_with('{'));
        let text = document.text;
        match document.kind {
            Kind::Plan => drop(super::parsed(&text)),
            Kind::State => drop(Plan::parse("unit", "path", DocumentKind::State, text)),
            Kind::TfState => drop(Plan::parse_tfstate("unit", "path", &text)),
        }
    }
    let _ = tfconfig(std::io::Cursor::new(bytes), "live");
}
