//! What stands between two things that must not follow one another at once: a sleep, a script, or
//! something that takes minutes.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jiff::SignedDuration;
use regex::Regex;

use crate::{
    facts,
    graph::{Before, BlockId, Expr, Res, Scope},
    plan::Tri,
    secrecy::regex,
};

/// Everything in a plan that takes time while it is created, one for each block: Terraform orders
/// whole blocks, so that whichever instance sleeps, all that is ordered after the block waits.
#[derive(Debug)]
pub struct Waits<'a>(Vec<Wait<'a>>);

/// Something that takes time.
#[derive(Debug)]
struct Wait<'a> {
    res: Res<'a>,
    pause: Pause,
    block: BlockId,
    /// Everything that it waits for.
    before: Arc<Before>,
}

/// How an instance spends its time, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pause {
    /// It sleeps in this apply.
    Sleeps,
    /// It runs something that may take long or not.
    Script,
    /// It takes minutes by its nature.
    Slow,
    /// It would have slept, but is not created in this apply.
    Slept,
    /// It has no duration for its creation.
    NoDuration,
}

/// What stands between two resources.
#[derive(Debug)]
pub struct Gap<'a> {
    /// Whether something sleeps there.
    pub sleep: Tri,
    /// Everything that sleeps there, or may.
    pub sleeps: Vec<Res<'a>>,
    /// A script that runs there, or may.
    pub script: Option<Res<'a>>,
    /// Something that takes minutes, which the later one waits for and the earlier one does not.
    pub slow: Option<Res<'a>>,
    /// Sleeps that look as if they were meant for it, and why they do not help, nearest first.
    pub misses: Vec<(Miss, Res<'a>)>,
}

/// Why a sleep does not help, nearest to right first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// It stands between, but exists already: a sleep only sleeps while it is created.
    Slept,
    /// It stands between, but has no `create_duration`.
    NoDuration,
    /// The later resource waits for it, but it does not wait for the earlier one.
    Beside,
    /// The earlier resource waits for it.
    TooEarly,
    /// It waits for the earlier resource, but the later one does not wait for it.
    Unused,
}

impl Miss {
    /// What a sleep does instead of sleeping between an object and what tells Databricks of it.
    pub fn words(self, object: &str) -> String {
        match self {
            Miss::Slept => "exists already and does not sleep again".to_owned(),
            Miss::NoDuration => {
                "has no create_duration, or one of nothing, so it does not sleep on create"
                    .to_owned()
            }
            Miss::Beside => format!("does not wait for the {object}"),
            Miss::TooEarly => format!("sleeps before the {object} is created, not after"),
            Miss::Unused => {
                format!(
                    "sleeps after the {object}, but no argument or depends_on of the registration \
                     leads to it"
                )
            }
        }
    }
}

/// How long something sleeps. None where the text is no duration of Terraform's `time` provider, such as
/// `30s`, `0.5m` or `60000ms`.
pub fn duration(text: &str) -> Option<SignedDuration> {
    text.parse().ok()
}

impl<'a> Waits<'a> {
    /// Finds everything that takes time in a plan.
    pub fn of(scope: &'a Scope<'a>) -> Waits<'a> {
        let mut types: Vec<&str> = facts::waits::SLOW.to_vec();
        types.push("time_sleep");
        let blocks = scope.graph.plan.config.modules.iter().flat_map(|module| &module.resources);
        types.extend(
            blocks.filter(|block| block.provisioners.is_some()).map(|block| block.type_.as_str()),
        );
        types.sort_unstable();
        types.dedup();
        let mut waits: BTreeMap<BlockId, (Pause, Res<'a>)> = BTreeMap::new();
        for res in types.into_iter().flat_map(|type_| scope.of(type_)) {
            let (Some(pause), Some(block)) = (pause(res), scope.graph.block_id(res.id)) else {
                continue;
            };
            let best = waits.entry(block).or_insert((pause, res));
            if (pause, res.address()) < (best.0, best.1.address()) {
                *best = (pause, res);
            }
        }
        let wait = |(block, (pause, res)): (BlockId, (Pause, Res<'a>))| {
            let before = scope.graph.before(res.id);
            Wait { res, pause, block, before }
        };
        Waits(waits.into_iter().map(wait).collect())
    }

    /// Those that the later of two resources may wait for, or that wait for the earlier: no other stands between.
    fn near(&self, earlier: Res<'a>, later: Res<'a>) -> impl Iterator<Item = &Wait<'a>> {
        let graph = later.scope().graph;
        let (all, may_be_any) = (graph.before(later.id), later.may_be_after());
        let earlier = graph.block_id(earlier.id);
        self.0.iter().filter(move |it| {
            let follows =
                || earlier.is_none_or(|block| it.block == block || it.before.has(graph, block));
            may_be_any || all.has(graph, it.block) || follows()
        })
    }

    /// What stands between two resources of the plan.
    pub fn between(&self, earlier: Res<'a>, later: Res<'a>) -> Gap<'a> {
        let mut gap = Gap {
            sleep: Tri::No,
            sleeps: Vec::new(),
            script: None,
            slow: None,
            misses: Vec::new(),
        };
        for Wait { pause, res, .. } in self.near(earlier, later) {
            let (pause, res) = (*pause, *res);
            // A provisioner of the earlier resource itself ends before that is done.
            let follows = if res == earlier { Tri::Yes } else { res.is_after(earlier) };
            let holds_up = later.is_after(res);
            match (pause, follows & holds_up) {
                (Pause::Sleeps, Tri::No) => {
                    gap.misses.extend(miss(earlier, res, follows, holds_up).map(|it| (it, res)));
                }
                (Pause::Sleeps, between) => {
                    gap.sleep = gap.sleep | between;
                    gap.sleeps.push(res);
                }
                (Pause::Slow, _) => {
                    if holds_up != Tri::No && earlier.is_after(res) == Tri::No {
                        gap.slow = Some(gap.slow.map_or(res, |other| slower(other, res)));
                    }
                }
                (_, Tri::No) => {}
                (Pause::Script, _) => gap.script = gap.script.or(Some(res)),
                (Pause::Slept, _) => gap.misses.push((Miss::Slept, res)),
                (Pause::NoDuration, _) => gap.misses.push((Miss::NoDuration, res)),
            }
        }
        gap.misses.sort_by_key(|(miss, _)| *miss);
        gap
    }
}

/// A workspace takes longer than an endpoint; otherwise the first stays.
fn slower<'a>(first: Res<'a>, other: Res<'a>) -> Res<'a> {
    let rank = |res: Res<'_>| facts::waits::SLOW.iter().position(|type_| *type_ == res.type_());
    if rank(other) < rank(first) { other } else { first }
}

/// Why something that sleeps does not sleep between.
fn miss(earlier: Res<'_>, sleep: Res<'_>, follows: Tri, holds_up: Tri) -> Option<Miss> {
    match (follows, holds_up) {
        (Tri::Yes, _) => Some(Miss::Unused),
        (_, Tri::Yes) if earlier.is_after(sleep) == Tri::Yes => Some(Miss::TooEarly),
        (_, Tri::Yes) => Some(Miss::Beside),
        _ => None,
    }
}

fn pause(res: Res<'_>) -> Option<Pause> {
    let pause = if res.type_() == "time_sleep" {
        let duration = res.get("create_duration").test_text(|text| text.contains(NOT_ZERO));
        if duration == Tri::No { Pause::NoDuration } else { Pause::Sleeps }
    } else if let Some(script) = script(res) {
        script
    } else if is_slow(res) {
        Pause::Slow
    } else {
        return None;
    };
    match pause {
        _ if res.is_created() => Some(pause),
        Pause::Sleeps => Some(Pause::Slept),
        Pause::NoDuration => Some(Pause::NoDuration),
        _ => None,
    }
}

/// A digit that makes a duration such as `60s` or `0.5m` longer than nothing.
const NOT_ZERO: [char; 9] = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

fn is_slow(res: Res<'_>) -> bool {
    facts::waits::SLOW.contains(&res.type_())
        && (res.type_() != "aws_vpc_endpoint"
            || res.get("vpc_endpoint_type").is("Interface") == Tri::Yes)
}

/// What a resource's provisioners do. Plan JSON does not tell those of its creation from those of
/// its destruction, source does.
fn script(res: Res<'_>) -> Option<Pause> {
    let provisioners = res.block()?.provisioners.as_ref()?;
    let Expr::Block(list) = res.scope().graph.expr(provisioners)? else { return None };
    let mut found = None;
    for (place, provisioner) in list.items().enumerate() {
        if res.runs_on_destroy(place) {
            continue;
        }
        let kind = provisioner.get("type").and_then(|kind| kind.as_str());
        if !matches!(kind, Some("local-exec" | "remote-exec")) {
            continue;
        }
        let mut sleeps = false;
        for name in ["command", "inline"] {
            let argument = provisioner.get("expressions").and_then(|all| all.get(name));
            if let Some(Expr::Constant(text)) = argument.map(Expr::of) {
                text.strings(&mut |text| sleeps |= has_sleep(text));
            }
        }
        let pause = if sleeps { Pause::Sleeps } else { Pause::Script };
        found = Some(found.map_or(pause, |other: Pause| other.min(pause)));
    }
    found
}

/// Whether a command sleeps: `sleep 60`, `Start-Sleep -Seconds 60`, `time.sleep(60)`.
fn has_sleep(command: &str) -> bool {
    static REGEX: LazyLock<Option<Regex>> =
        LazyLock::new(|| regex(r"(?i)\bsleep(?:\s*\(\s*|\s+(?:-\w+\s+)?)(?:[0-9]*\.)?0*[1-9]"));
    REGEX.as_ref().is_some_and(|regex| regex.is_match(command))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{duration, has_sleep};

    #[test]
    fn durations() {
        for (text, seconds) in
            [("30s", 30), ("0.5m", 30), ("60000ms", 60), ("1h", 3600), ("1.5m", 90)]
        {
            assert_eq!(duration(text), Some(SignedDuration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("soon"), None);
        assert_eq!(duration(""), None);
    }

    #[test]
    fn commands() {
        for command in [
            "sleep 60",
            "aws iam wait instance-profile-exists --instance-profile-name x; sleep 10s",
            "Start-Sleep -Seconds 30",
            "Start-Sleep 30",
            "import time; time.sleep( 45 )",
            "sleep 0.5m",
            "sleep 10.0",
        ] {
            assert!(has_sleep(command), "{command}");
        }
        for command in ["./sleepy.sh 60", "sleep $DELAY", "sleep 0", "echo asleep 60", "true"] {
            assert!(!has_sleep(command), "{command}");
        }
    }
}
