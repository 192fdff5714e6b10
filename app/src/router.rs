//! The one gate of every message of every origin: user, multisig, governance, scheduler.

use chortle_kernel::{Ctx, Failure, message::AnyMessage};

/// Runs messages in order, all of them or none: the first failure unwinds every write and every event.
pub fn run(ctx: &mut Ctx<'_>, messages: &[Box<dyn AnyMessage>]) -> Result<(), Failure> {
    let savepoint = ctx.state.savepoint();
    let (events, updates) = (ctx.events.len(), ctx.validator_updates.len());
    let result = messages.iter().try_for_each(|message| message.execute(ctx));
    if result.is_err() {
        ctx.state.rollback(savepoint);
        ctx.events.truncate(events);
        ctx.validator_updates.truncate(updates);
    }
    result
}
