//! What every parameter was and became, from genesis on: an index, which execution writes and never reads. Nothing else
//! says it, so genesis carries it.

use std::collections::BTreeMap;

use chortle_kernel::{
    BlockInfo, GenesisError, Halt, Map, Order, ParamsKind, ReadState, State, effects::ParamChange, record,
};
use serde_json::Value;

record! {
    /// A parameter that changed. What it was and became stands as JSON.
    pub struct ParamPoint {
        /// Height of the block; that of genesis is the one before the first.
        pub height: u64,
        /// Time of the block.
        pub time_unix_ms: u64,
        /// The set that it belongs to: `staking/params`.
        pub path: String,
        /// Its name.
        pub name: String,
        /// What it was; none where nothing before it is known.
        pub old: Option<String>,
        /// What it became.
        pub new: String,
        /// Number of the proposal that said so; none if it stood in genesis, or if the program itself changed it.
        pub proposal: Option<u64>,
    }
}

/// Changes of parameters by height, in the order in which they happened: for queries.
pub const PARAM_HISTORY: Map<(u64, u32), ParamPoint> = Map::new("~app/param_history");
/// The same by set: for queries.
pub const PARAM_HISTORY_OF: Map<(String, u64, u32), ()> = Map::new("~app/param_history_of");

fn write(state: &mut State, place: usize, point: &ParamPoint) {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    PARAM_HISTORY.set(state, &(point.height, place), point);
    PARAM_HISTORY_OF.set(state, &(point.path.clone(), point.height, place), &());
}

/// Writes what changed in a block: two lines for each change.
pub fn record(state: &mut State, block: &BlockInfo, changes: Vec<ParamChange>) {
    for (place, ParamChange { path, changed, proposal }) in changes.into_iter().enumerate() {
        let (height, time_unix_ms) = (block.height, block.time_unix_ms);
        let (name, old, new) = (changed.name, Some(changed.old), changed.new);
        write(state, place, &ParamPoint { height, time_unix_ms, path, name, old, new, proposal });
    }
}

/// Refuses points that are out of order, or that no reader could show; [`carry`] refuses those after genesis.
pub(crate) fn validate(points: &[ParamPoint]) -> Result<(), GenesisError> {
    let mut last = 0;
    for (index, point) in points.iter().enumerate() {
        let at = |field: &str| format!("/param_history/{index}/{field}");
        if point.height < last {
            return Err(GenesisError::at(at("height"), "points are sorted by height"));
        }
        for (field, text) in [("old", point.old.as_deref()), ("new", Some(&*point.new))] {
            if text.is_some_and(|text| value_of(text).is_err()) {
                return Err(GenesisError::at(at(field), "this is no JSON"));
            }
        }
        last = point.height;
    }
    Ok(())
}

/// Writes the points of an export.
pub(crate) fn carry(
    state: &mut State,
    points: &[ParamPoint],
    genesis_height: u64,
) -> Result<(), GenesisError> {
    let (mut height, mut place) = (0, 0_usize);
    for (index, point) in points.iter().enumerate() {
        if point.height > genesis_height {
            let sentence = format!("height {} is after that of genesis, {genesis_height}", point.height);
            return Err(GenesisError::at(format!("/param_history/{index}/height"), sentence));
        }
        place = if index > 0 && point.height == height { place.saturating_add(1) } else { 0 };
        height = point.height;
        write(state, place, point);
    }
    Ok(())
}

/// Every point, in the order in which they happened.
pub(crate) fn export(state: &dyn ReadState) -> Result<Vec<ParamPoint>, Halt> {
    PARAM_HISTORY.iter(state, Order::Ascending).map(|row| row.map(|(_, point)| point)).collect()
}

/// What each parameter last became, by set and name.
fn ends(state: &dyn ReadState) -> Result<BTreeMap<(String, String), String>, Halt> {
    Ok(export(state)?.into_iter().map(|point| ((point.path, point.name), point.new)).collect())
}

/// A parameter's set and name, and its value as JSON.
type Held = ((String, String), String);

/// Every parameter in force.
fn in_force<'k>(
    sets: impl Iterator<Item = &'k ParamsKind>,
    state: &dyn ReadState,
) -> Result<Vec<Held>, Halt> {
    let mut values = Vec::new();
    for set in sets {
        if let Some(Value::Object(fields)) = (set.get)(state)? {
            let of = |(name, value): (String, Value)| ((set.path.to_owned(), name), value.to_string());
            values.extend(fields.into_iter().map(of));
        }
    }
    Ok(values)
}

/// Notes what stands in genesis, where the points that it carries do not end with it.
pub(crate) fn begin<'k>(
    sets: impl Iterator<Item = &'k ParamsKind>,
    block: &BlockInfo,
    state: &mut State,
) -> Result<(), Halt> {
    let mut ends = ends(state)?;
    let first = PARAM_HISTORY.iter_under(state, &block.height, None, Order::Ascending).count();
    let news = in_force(sets, state)?.into_iter().filter_map(|(of, new)| match ends.remove(&of) {
        Some(old) if old == new => None,
        old => Some((of, old, new)),
    });
    for (index, ((path, name), old, new)) in news.enumerate() {
        let (height, time_unix_ms) = (block.height, block.time_unix_ms);
        let point = ParamPoint { height, time_unix_ms, path, name, old, new, proposal: None };
        write(state, first.saturating_add(index), &point);
    }
    Ok(())
}

/// No parameter changes without a point.
pub(crate) fn check<'k>(
    sets: impl Iterator<Item = &'k ParamsKind>,
    state: &dyn ReadState,
) -> Result<(), String> {
    let ends = ends(state)?;
    for ((path, name), value) in in_force(sets, state)? {
        let last = ends.get(&(path.clone(), name.clone()));
        if last != Some(&value) {
            return Err(format!("{path} {name} is {value}, its history ends with {last:?}"));
        }
    }
    Ok(())
}

/// A value as it stands in a point.
pub(crate) fn value_of(text: &str) -> Result<Value, Halt> {
    serde_json::from_str(text)
        .map_err(|error| Halt::new(format!("a parameter's history has no JSON: {error}")))
}
