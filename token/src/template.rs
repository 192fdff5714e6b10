//! What a creator picks first: each template is a named set of capabilities, taxes and limits, with the bounds within
//! which they may be overridden. README.md shows the same table.

use chortle_kernel::{Amount, Reject, ensure, record};

use crate::{
    capability::{Capabilities, Capability},
    error::Error,
    limits::{CeilingChoice, LimitsChoice},
    tax::Tax,
    totals::{ONE, Payout},
};

record! {
    /// What kind of asset it is.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Template {
        /// Plain, and never more of it.
        Fixed = 0,
        /// Plain, and the admin mints up to the cap.
        MintableCapped = 1,
        /// Every transfer burns a little, down to a floor supply.
        Deflationary = 2,
        /// Every transfer pays all holders a little.
        Reflection = 3,
        /// Every transfer pays a treasury that the holders govern.
        Community = 4,
        /// Nobody buys too much too early.
        Fair = 5,
        /// Plain, with a part of the supply locked for the team: its distribution has a lock at least.
        Vested = 6,
        /// Reserved for the bridge.
        Wrapped = 7,
        /// LOL.
        Native = 8,
    }
}

impl Template {
    /// Its word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::MintableCapped => "mintable_capped",
            Self::Deflationary => "deflationary",
            Self::Reflection => "reflection",
            Self::Community => "community",
            Self::Fair => "fair",
            Self::Vested => "vested",
            Self::Wrapped => "wrapped",
            Self::Native => "native",
        }
    }

    /// Whether a transfer of it follows rules: its number is in the upper range.
    pub const fn is_ruled(self) -> bool {
        matches!(self, Self::Deflationary | Self::Reflection | Self::Community | Self::Fair)
    }

    /// Whether its holders govern its treasury and what is still open of it, by proposals.
    pub const fn is_community(self) -> bool {
        matches!(self, Self::Community)
    }

    /// Capabilities that it has unless others are chosen.
    pub const fn capabilities(self) -> Capabilities {
        match self {
            Self::Fixed | Self::Vested | Self::Native => Capabilities::of(&[Capability::Burn]),
            Self::MintableCapped | Self::Wrapped => Capabilities::of(&[Capability::Mint, Capability::Burn]),
            Self::Deflationary | Self::Reflection | Self::Community => {
                Capabilities::of(&[Capability::Burn, Capability::Tax])
            }
            Self::Fair => Capabilities::of(&[Capability::Burn, Capability::Limits]),
        }
    }

    /// Capabilities that may be chosen.
    pub const fn capabilities_allowed(self) -> Capabilities {
        let plain = Capabilities::of(&[Capability::Burn, Capability::Metadata]);
        let ruled = plain.or(Capabilities::of(&[
            Capability::Freeze,
            Capability::AllowList,
            Capability::Limits,
            Capability::Pause,
            Capability::ForceTransfer,
        ]));
        match self {
            Self::Fixed | Self::Vested | Self::Native => plain,
            Self::MintableCapped | Self::Wrapped => plain.or(Capabilities::of(&[Capability::Mint])),
            Self::Deflationary | Self::Reflection => ruled.or(Capabilities::of(&[Capability::Tax])),
            Self::Community => ruled.or(Capabilities::of(&[Capability::Tax, Capability::Mint])),
            Self::Fair => ruled,
        }
    }

    /// The tax unless another is chosen.
    pub const fn tax(self) -> Tax {
        let mut tax = Tax { burn_bps: 0, reflect_bps: 0, treasury_bps: 0, liquidity_bps: 0, max_fee: None };
        match self {
            Self::Deflationary => tax.burn_bps = 200,
            Self::Reflection => tax.reflect_bps = 200,
            Self::Community => tax.treasury_bps = 200,
            _ => {}
        }
        tax
    }

    /// Which legs a tax may ever have, in their order: burn, reflect, treasury, liquidity.
    pub const fn legs_allowed(self) -> [bool; 4] {
        match self {
            Self::Deflationary => [true, false, false, true],
            Self::Reflection => [true, true, false, true],
            Self::Community => [true, true, true, true],
            _ => [false; 4],
        }
    }

    /// In what holders are paid unless something else is chosen.
    pub const fn payout(self) -> Payout {
        match self {
            Self::Reflection | Self::Community => Payout::Own,
            _ => Payout::None,
        }
    }

    /// Supply below which transfers burn nothing, unless another is chosen: a tenth where burning is the point.
    pub fn burn_floor(self, supply: Amount) -> Amount {
        match self {
            Self::Deflationary => supply.mul_div_ceil(1, 10).unwrap_or_default(),
            _ => Amount::ZERO,
        }
    }

    /// Limits unless others are chosen: a fair launch lets nobody hold over 2 % or move over 1 % for 100,800 blocks.
    pub fn limits(self, supply: Amount) -> LimitsChoice {
        if self != Self::Fair {
            return LimitsChoice::default();
        }
        let percent = |part: u64| CeilingChoice {
            amount: supply.mul_div_ceil(part, 100).unwrap_or_default().max(ONE),
            lasts_blocks: 100_800,
        };
        LimitsChoice {
            max_transfer: Some(percent(1)),
            max_wallet: Some(percent(2)),
            ..LimitsChoice::default()
        }
    }

    /// Refuses what only the protocol creates.
    pub fn ensure_open(self) -> Result<(), Reject> {
        let open = !matches!(self, Self::Wrapped | Self::Native);
        ensure(open, Error::TemplateReserved { template: self.name() })
    }

    /// Refuses capabilities that it cannot have.
    pub fn ensure_capabilities(self, chosen: Capabilities) -> Result<(), Reject> {
        let beyond = chosen.without(self.capabilities_allowed());
        ensure(beyond.is_empty(), self.lacks(&format!("capability {beyond}")))
    }

    /// Refuses a tax with a leg that it cannot have, or above the ceiling.
    pub fn ensure_tax(self, tax: &Tax, payout: Payout) -> Result<(), Reject> {
        const LEGS: [&str; 4] = ["burn", "reflect", "treasury", "liquidity"];
        for ((leg, bps), allowed) in LEGS.into_iter().zip(tax.legs_bps()).zip(self.legs_allowed()) {
            ensure(bps == 0 || allowed, self.lacks(&format!("tax that goes to {leg}")))?;
        }
        let shared = tax.reflect_bps == 0 || payout == Payout::Own;
        ensure(shared, self.lacks("tax that goes to reflect while holders are paid in LOL"))?;
        tax.ensure_within_ceiling()
    }

    /// Refuses another payout where holders earn nothing, and none where they do.
    pub fn ensure_payout(self, payout: Payout) -> Result<(), Reject> {
        let same = (self.payout() == Payout::None) == (payout == Payout::None);
        ensure(same, self.lacks("such payout to its holders"))
    }

    pub(crate) fn lacks(self, what: &str) -> Error {
        Error::OutsideTemplate { template: self.name(), what: what.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Template; 9] = [
        Template::Fixed,
        Template::MintableCapped,
        Template::Deflationary,
        Template::Reflection,
        Template::Community,
        Template::Fair,
        Template::Vested,
        Template::Wrapped,
        Template::Native,
    ];

    #[test]
    fn every_template_keeps_its_own_bounds() {
        for template in ALL {
            template.ensure_capabilities(template.capabilities()).unwrap();
            template.ensure_tax(&template.tax(), template.payout()).unwrap();
            template.ensure_payout(template.payout()).unwrap();
            for units in [1, 7, 1_000, i64::MAX as u64] {
                let supply = Amount::new(units).unwrap();
                template.limits(supply).ensure_within_bounds(supply).unwrap();
                assert!(template.burn_floor(supply) <= supply);
            }
        }
    }

    #[test]
    fn nothing_dangerous_is_on_unless_it_is_chosen() {
        let dangerous = Capabilities::of(&[
            Capability::Freeze,
            Capability::AllowList,
            Capability::Pause,
            Capability::ForceTransfer,
        ]);
        for template in ALL {
            assert!(template.capabilities().and(dangerous).is_empty(), "{}", template.name());
            let plain = !template.is_ruled();
            assert_eq!(
                template.capabilities_allowed().and(dangerous).is_empty(),
                plain,
                "{}",
                template.name()
            );
        }
    }

    #[test]
    fn burning_stops_at_a_tenth_where_it_is_the_point_and_nowhere_else() {
        let supply = Amount::new(1_001).unwrap();
        for template in ALL {
            let floor = if template == Template::Deflationary { 101 } else { 0 };
            assert_eq!(template.burn_floor(supply).base_units(), floor, "{}", template.name());
        }
    }

    #[test]
    fn only_the_protocol_creates_what_is_reserved_for_it() {
        for template in ALL {
            let reserved = matches!(template, Template::Wrapped | Template::Native);
            assert_eq!(template.ensure_open().is_err(), reserved, "{}", template.name());
        }
    }
}
