//! What tests and benchmarks of the whole chain stand on: networks of real processes, and a load generator.
