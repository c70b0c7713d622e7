//! A known secret in an attribute without a mask.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        leaks::{self, Leak},
        secrets,
        taint::Tainted,
    },
    graph::{Res, Side, View},
    lint::{Check, Findings, PlanCx},
    plan::{Mode, ResId, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds secrets of a plan that turn up again where nothing masks them: in a tag, a description,
    /// user data, an environment variable, the parameters of a job, as the whole value, as a part of a
    /// longer text, in base64, JSON or percent encoding. A secret is the value of a sensitive root
    /// variable, of an attribute that a provider's table knows to be one, and a masked value with the
    /// form of a token. Short values, identifiers and plain words do not count, even if they are masked,
    /// nor do versions, types of instances, regions, zones, dates and numbers.
    ///
    /// Authors declare more sensitive than secrets. So the value of a variable whose name promises none
    /// (`db_password` does) is one where it looks like it: of eight characters or more, of three kinds of
    /// letters, digits and signs, or of two kinds and long. Else it is possible: a name that was masked for
    /// tidiness stands in other places by right.
    ///
    /// ## Why is this bad?
    /// Terraform carries the mark of a sensitive value along. Where it is missing, somebody took it off,
    /// with `nonsensitive()`, or a provider lost it: the secret is printed by each plan and apply, and by
    /// everything that shows the attribute.
    /// Source: [nonsensitive](https://developer.hashicorp.com/terraform/language/functions/nonsensitive).
    ///
    /// Rules about the form of a value or about its name may find a secret at the same place; this one says
    /// where it comes from.
    ///
    /// ## How to fix it
    /// Have it read when it is used, and rotate what was printed:
    ///
    /// ```terraform
    /// resource "aws_launch_template" "gateway" {
    ///   # ...
    ///   user_data = base64encode("aws secretsmanager get-secret-value --secret-id gateway")
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Secrets that were hashed, encrypted or compressed, parts of a secret, and values that are known only
    /// after the apply. `tags_all` is not looked at: it repeats the tags. Outputs are looked at by
    /// `sec-output-leak`.
    pub static RULE = {
        id: "sec-taint-in-plain-attribute",
        summary: "a known secret stands in an attribute that is not sensitive",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["*"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let suspects = cx.graph.once(|_| Suspects::of(cx));
    let here = suspects.of_side(cx.side()).iter().filter(|id| cx.holds(**id)).map(|id| cx.res(*id));
    let here: Vec<Res<'_>> = here.collect();
    if here.is_empty() {
        return;
    }
    let tainted = Tainted::of(cx);
    let found = here.into_iter().flat_map(|res| leaks_of(res, &tainted));
    leaks::report(found.collect(), out);
}

/// Managed instances whose values hold a known secret somewhere, after the apply and before.
struct Suspects([Vec<ResId>; 2]);

impl Suspects {
    /// What does not change is searched once for both worlds.
    fn of(cx: &PlanCx<'_>) -> Suspects {
        let tainted = Tainted::of(cx);
        let mut all = [Vec::new(), Vec::new()];
        let plan = &cx.graph.plan;
        for id in (0..plan.len() as ResId).filter(|id| plan.resource(*id).mode == Mode::Managed) {
            let resource = plan.resource(id);
            let is_after = tainted.is_in(plan.raw(resource, false));
            let is_same = plan.raw(resource, true) == plan.raw(resource, false);
            let is_before =
                if is_same { is_after } else { tainted.is_in(plan.raw(resource, true)) };
            for (ids, is_suspect) in all.iter_mut().zip([is_after, is_before]) {
                ids.extend(is_suspect.then_some(id));
            }
        }
        Suspects(all)
    }

    fn of_side(&self, side: Side) -> &[ResId] {
        &self.0[(side == Side::Prior) as usize]
    }
}

fn leaks_of(res: Res<'_>, tainted: &Tainted) -> Vec<Leak> {
    let declared: BTreeSet<String> =
        secrets::places(res).iter().map(|place| place.view.attribute()).collect();
    let mut leaks = Vec::new();
    res.root().leaves(&mut |view| {
        let is_open = !view.is_sensitive() && !view.path().starts_with("tags_all.");
        if is_open && !declared.contains(&view.attribute()) {
            leaks.extend(leak(&view, tainted));
        }
    });
    leaks
}

fn leak(view: &View<'_>, tainted: &Tainted) -> Option<Leak> {
    let found = tainted.in_text(view.text()?);
    let first = found.first()?;
    let source = first.sources.first()?;
    let secrets = found.iter().map(|it| it.text.to_owned());
    let scope = view.res().scope();
    let (subject, at) = source.place(scope);
    let (message, label) = match first.tri {
        Tri::Yes => (format!("the secret of {}", source.show(scope)), "holds the secret"),
        _ => (
            format!("the value of {}, which may be a secret,", source.show(scope)),
            "holds the value",
        ),
    };
    let message = format!("{message} stands here without a mask");
    let help = "have the secret read when it is used, and rotate what was printed";
    let leak = Leak::new(view.res(), view, first.tri).with(secrets).saying(message, help);
    Some(leak.related(subject, at, label))
}
