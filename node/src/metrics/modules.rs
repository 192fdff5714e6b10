//! What modules show to Prometheus, by their own lists: a new gauge of a module has no line here.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chortle_app::MODULES;
use chortle_kernel::{Gauge, GaugeValue, ReadState};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// Every gauge of every module, read after each block.
#[derive(Clone, Default)]
pub(super) struct Modules(Arc<Mutex<Vec<Read>>>);

struct Read {
    name: String,
    help: String,
    values: Vec<GaugeValue>,
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Modules")
    }
}

impl Modules {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        registry.register_collector(Box::new(this.clone()));
        this
    }

    /// Measures a state. A gauge that cannot be read shows nothing, rather than the value of an earlier block.
    pub(super) fn measure(&self, state: &dyn ReadState) {
        let gauges =
            MODULES.modules().flat_map(|module| module.gauges.iter().map(|gauge| (module.name, gauge)));
        let read = gauges.filter_map(|(module, gauge)| read(module, gauge, state)).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = read;
    }
}

fn read(module: &str, gauge: &Gauge, state: &dyn ReadState) -> Option<Read> {
    match (gauge.read)(state) {
        Ok(values) => {
            let (name, help) = (format!("chortle_{module}_{}", gauge.name), format!("{}.", gauge.help));
            Some(Read { name, help, values })
        }
        Err(halt) => {
            tracing::error!(%halt, module, gauge = gauge.name, "a gauge cannot be read");
            None
        }
    }
}

impl Collector for Modules {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for read in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let mut metric = encoder.encode_descriptor(&read.name, &read.help, None, MetricType::Gauge)?;
            for one in &read.values {
                if one.labels.is_empty() {
                    metric.encode_gauge(&one.value)?;
                } else {
                    ConstGauge::new(one.value).encode(metric.encode_family(&one.labels)?)?;
                }
            }
        }
        Ok(())
    }
}
