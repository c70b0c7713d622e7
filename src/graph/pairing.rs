//! Which block of the configuration made which member of a set, where there are as many of both: each block
//! made one, so what can only have made one member made no other.

use smallvec::SmallVec;

/// Of more it takes too long to hold each against each.
pub(super) const MOST: usize = 16;

/// By member: a bit for each block that may have made it.
type Fitting = SmallVec<[u16; MOST]>;

/// The blocks that may have made a member so that one is left for each other member. None where blocks and
/// members are not as many, or too many, or cannot be paired off.
pub(super) fn makers(
    blocks: usize,
    members: usize,
    index: usize,
    may_make: impl Fn(usize, usize) -> bool,
) -> Option<Vec<usize>> {
    if blocks != members || blocks > MOST || index >= members {
        return None;
    }
    let bits = |member| {
        let fitting = (0..blocks).filter(|block| may_make(*block, member));
        fitting.fold(0, |bits, block| bits | 1 << block)
    };
    let all: Fitting = (0..members).map(bits).collect();
    let is_left = |block: &usize| {
        let own = 1 << *block;
        let left = all.iter().enumerate();
        let left = left.map(|(at, bits)| if at == index { bits & own } else { bits & !own });
        can_be_paired(&left.collect())
    };
    let left: Vec<usize> = (0..blocks).filter(is_left).collect();
    (!left.is_empty()).then_some(left)
}

/// Whether each member can have a block of its own.
fn can_be_paired(all: &Fitting) -> bool {
    let mut owners = [None; MOST];
    (0..all.len()).all(|member| find_block(all, member, &mut 0, &mut owners))
}

/// Finds a block for a member, for which others may have to take another one.
fn find_block(
    all: &Fitting,
    member: usize,
    tried: &mut u16,
    owners: &mut [Option<usize>; MOST],
) -> bool {
    (0..MOST).any(|block| {
        let bit = 1 << block;
        if all[member] & bit == 0 || *tried & bit != 0 {
            return false;
        }
        *tried |= bit;
        let is_free = owners[block].is_none_or(|other| find_block(all, other, tried, owners));
        if is_free {
            owners[block] = Some(member);
        }
        is_free
    })
}

#[cfg(test)]
mod tests {
    use super::makers;

    /// Rows are members, `x` stands for a block that fits.
    fn left(rows: &[&str], index: usize) -> Option<Vec<usize>> {
        let blocks = rows.first().map_or(0, |row| row.len());
        makers(blocks, rows.len(), index, |block, member| rows[member].as_bytes()[block] == b'x')
    }

    #[test]
    fn what_made_one_member_made_no_other() {
        let rows = ["xx", "x."];
        assert_eq!(left(&rows, 0), Some(vec![1]));
        assert_eq!(left(&rows, 1), Some(vec![0]));
        // Two that may be either leave the third to the last.
        let rows = ["xx.", "xx.", "xxx"];
        assert_eq!(left(&rows, 0), Some(vec![0, 1]));
        assert_eq!(left(&rows, 2), Some(vec![2]));
        let rows = ["xxx", ".xx", "..x"];
        assert_eq!(left(&rows, 0), Some(vec![0]));
    }

    #[test]
    fn what_cannot_be_paired_off_settles_nothing() {
        assert_eq!(left(&["x.", "x."], 0), None);
        assert_eq!(left(&["x", "x"], 0), None);
        assert_eq!(left(&["xx", "xx"], 2), None);
        assert_eq!(makers(17, 17, 0, |_, _| true), None);
    }
}
