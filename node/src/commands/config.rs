//! `chortled config`.

use comfy_table::{Table, presets::NOTHING};

use super::Shared;
use crate::failure::Failure;

pub(super) fn run(shared: &Shared) -> Result<(), Failure> {
    let home = shared.node_home()?;
    let settings = shared.settings(&home, &[])?;
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["setting", "value", "from"]);
    for (name, value, source) in settings.rows() {
        table.add_row([name, value, &source.to_string()]);
    }
    println!("{}\n{table}", home.root().display());
    Ok(())
}
