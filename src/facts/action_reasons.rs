//! Terraform's reasons for destroying or replacing an instance, in people's words.
//!
//! Source: developer.hashicorp.com/terraform/internals/json-format, "action_reason".

use super::look_up;

/// What a reason means, and the way around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Goes on after "destroyed because".
    pub words: &'static str,
    /// What to do where it was not meant.
    pub advice: &'static str,
}

/// What a value of `action_reason` means; `None` where it needs no word of its own.
pub fn reason(action_reason: &str) -> Option<Reason> {
    look_up(REASONS, action_reason)
}

const MOVED: &str = "if it only has another address now, write a `moved` block";

static REASONS: &[(&str, Reason)] = &[
    (
        "delete_because_count_index",
        Reason {
            words: "count no longer reaches its index",
            advice: "raise count again; to take away an element in the middle, use for_each",
        },
    ),
    ("delete_because_each_key", Reason { words: "its key is gone from for_each", advice: MOVED }),
    (
        "delete_because_no_module",
        Reason { words: "its module is gone from the configuration", advice: MOVED },
    ),
    (
        "delete_because_no_move_target",
        Reason {
            words: "its `moved` block leads to no resource",
            advice: "let the `moved` block lead to a resource",
        },
    ),
    (
        "delete_because_no_resource_config",
        Reason {
            words: "its block is gone from the configuration",
            advice: "if it only has another address now, write a `moved` block; to let go of it \
                     without destroying it, write a `removed` block with `destroy = false`",
        },
    ),
    (
        "delete_because_wrong_repetition",
        Reason { words: "its block gained or lost count or for_each", advice: MOVED },
    ),
    (
        "replace_because_tainted",
        Reason {
            words: "it is tainted: an apply failed halfway, or `terraform taint` was run",
            advice: "if the object is whole, run `terraform untaint` on it and plan again",
        },
    ),
    (
        "replace_by_request",
        Reason { words: "-replace names it", advice: "plan again without -replace" },
    ),
    (
        "replace_by_triggers",
        Reason {
            words: "something that its replace_triggered_by names changes",
            advice: "narrow its replace_triggered_by",
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn reasons() {
        let each_key = reason("delete_because_each_key").unwrap();
        assert_eq!(each_key.words, "its key is gone from for_each");
        // The attributes say more than this one does.
        assert!(reason("replace_because_cannot_update").is_none());
        assert_sorted(REASONS.iter().map(|(name, _)| *name));
    }
}
