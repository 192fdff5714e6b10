use chortle_kernel::{
    Address, Carried, Ctx, Failure, Halt, List, Message, Reject, Text, ensure,
    gas::{leaves_gas, leaves_of},
    message, record,
    tx::RawMessage,
};

use crate::{
    account,
    config::payload_of,
    error::Error,
    event::Proposed,
    proposal,
    state::{CONTENT, NEXT_ID, OPEN, PROPOSAL},
    types::{Account, Content, LIFE_MS_MAX, MESSAGES_MAX, OPEN_MAX, Open, Proposal, TITLE_MAX},
};

record! {
    /// Proposes messages that a shared account is to send, all of them or none, and approves them. For its members.
    pub struct Propose {
        /// The account that is to send them.
        pub account: Address,
        /// What it is about, in a line; may be left out.
        #[serde(default)]
        pub title: Text<TITLE_MAX>,
        /// What it sends, in order.
        pub messages: List<RawMessage, MESSAGES_MAX>,
        /// From when on nobody can approve or execute it, in milliseconds since 1970: at most 90 days beyond the
        /// account's delay.
        pub expires_unix_ms: u64,
    }
}

impl Propose {
    /// Refuses an expiry before which it could not run, or that is far away.
    fn ensure_expiry(&self, owner: &Account, now_unix_ms: u64) -> Result<(), Reject> {
        let (expires_unix_ms, delay_ms) = (self.expires_unix_ms, owner.config.delay_ms);
        let earliest_unix_ms = now_unix_ms.saturating_add(delay_ms);
        let latest_unix_ms = earliest_unix_ms.saturating_add(LIFE_MS_MAX);
        let soon = Error::ExpiryTooSoon { expires_unix_ms, earliest_unix_ms };
        ensure(expires_unix_ms > earliest_unix_ms, soon)?;
        ensure(expires_unix_ms <= latest_unix_ms, Error::ExpiryTooLate { expires_unix_ms, latest_unix_ms })
    }
}

impl Message for Propose {
    const TAG: u8 = 3;
    const NAME: &'static str = "propose";

    fn examples() -> Vec<Self> {
        message::example(concat!(
            r#"{"account":"lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf","title":"Pay the designer","messages":["#,
            r#"{"module":1,"tag":4,"body":"0x070707070707070707070707070707070707070700000000000000000500000000000000"}"#,
            r#"],"expires_unix_ms":9000}"#,
        ))
        .into_iter()
        .chain(message::example(concat!(
            r#"{"account":"lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf","messages":[{"module":1,"tag":4,"#,
            r#""body":"0x070707070707070707070707070707070707070700000000000000000500000000000000"}],"expires_unix_ms":9000}"#,
        )))
        .collect()
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.messages.is_empty(), Error::NothingProposed {})?;
        match self.title.is_empty() {
            true => Ok(()),
            // A line that turns what stands around it, or that nobody sees, is no title.
            false => chortle_naming::text::ensure_name(&self.title),
        }
    }

    /// Reads account, next number and how many are open; writes the last two, the record and what it says, which
    /// costs by its length.
    fn gas(&self) -> u64 {
        let leaves = leaves_of(RawMessage::bytes_of(&self.messages));
        leaves_gas(3, 4).saturating_add(leaves_gas(leaves, leaves))
    }

    fn carried(&self) -> Carried<'_> {
        Carried::Later(&self.messages)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (proposer, account, now) = (ctx.signer()?, self.account, ctx.block.time_unix_ms);
        let owner = account::find(ctx.state, &account)?;
        let weight = account::weight_of(&owner, &account, &proposer)?;
        self.ensure_expiry(&owner, now)?;
        let version = owner.version;
        let open = proposal::open(ctx.state, &account, &proposer, version)?;
        ensure(open < OPEN_MAX, Error::TooManyOpen { member: proposer, max: OPEN_MAX })?;
        proposal::ensure_carriable(ctx, &account, &self.messages)?;

        let (payload, expires_unix_ms) = (payload_of(&self.messages), self.expires_unix_ms);
        let mut record = Proposal {
            proposer,
            version,
            payload,
            approvals: List::default(),
            weight: 0,
            met_unix_ms: None,
            expires_unix_ms,
        };
        proposal::set_approvals(&mut record, &owner, vec![proposer], now)?;
        let id = NEXT_ID.get(ctx.state, &account)?.unwrap_or(1);
        let next = id.checked_add(1).ok_or_else(|| Halt::new("numbers of proposals are used up"))?;
        NEXT_ID.set(ctx.state, &account, &next);
        OPEN.set(ctx.state, &(account, proposer), &Open { version, count: open.saturating_add(1) });
        PROPOSAL.set(ctx.state, &(account, id), &record);
        let (title, messages) = (self.title.clone(), self.messages.clone());
        CONTENT.set(ctx.state, &(account, id), &Content { title, messages });
        let (title, threshold) = (self.title.to_string(), owner.config.threshold);
        ctx.emit(&Proposed {
            account,
            proposal: id,
            proposer,
            title,
            payload,
            weight,
            threshold,
            expires_unix_ms,
        });
        Ok(())
    }
}
