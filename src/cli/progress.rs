//! Progress on stderr, once a run takes longer than people are patient.

use std::{io::IsTerminal, sync::Mutex, time::Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::check::PATIENCE;

/// A bar that shows itself late, and only on a terminal.
pub(super) struct Bar {
    started: Instant,
    total: usize,
    quiet: bool,
    state: Mutex<(usize, Option<ProgressBar>)>,
}

impl Bar {
    /// For that many inputs.
    pub(super) fn new(total: usize, quiet: bool) -> Bar {
        let quiet = quiet || !std::io::stderr().is_terminal();
        Bar { started: Instant::now(), total, quiet, state: Mutex::new((0, None)) }
    }

    /// One input is done.
    pub(super) fn tick(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        state.0 += 1;
        if self.quiet || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = state.1.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(
                Some(self.total as u64),
                ProgressDrawTarget::stderr(),
            );
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} plans");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        let bar = bar.clone();
        let done = state.0 as u64;
        drop(state);
        bar.set_position(done);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Ok(state) = self.state.lock()
            && let Some(bar) = &state.1
        {
            bar.finish_and_clear();
        }
    }
}

/// Columns to wrap at: the terminal's, within what reads well.
pub(super) fn width(is_terminal: bool) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
    let seen = terminal_size::terminal_size()
        .filter(|_| is_terminal)
        .map(|(width, _)| usize::from(width.0));
    asked.or(seen).unwrap_or(100).clamp(40, 160)
}
