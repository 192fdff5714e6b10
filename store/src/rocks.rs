//! Columns in RocksDB.

use std::path::Path;

use chortle_kernel::{Entries, Halt, KeyRange, Order};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, IteratorMode,
    Options as RocksOptions, ReadOptions, WriteBatch, WriteOptions,
};

use crate::backend::{Backend, Batch, Operation};
use crate::column::Column;
use crate::error::OpenError;

/// Memtables of one column: large enough that a block of 10,000 updates does not flush each time.
const WRITE_BUFFER_BYTES: usize = 32 << 20;
/// Memtables of all columns together.
const WRITE_BUFFERS_TOTAL_BYTES: usize = 128 << 20;
/// About one false positive in a hundred.
const BLOOM_BITS_PER_KEY: f64 = 10.0;
/// Flushed and compacted files reach the disk in pieces of this size, not in one burst at the end.
const BYTES_PER_SYNC: u64 = 1 << 20;
/// Info logs kept: enough to look into an accident, never a full disk.
const INFO_LOGS_KEPT: usize = 4;
/// Size at which an info log is turned over.
const INFO_LOG_BYTES: usize = 8 << 20;

/// The backend on disk.
pub struct Rocks {
    db: DB,
}

impl Rocks {
    /// Opens the directory, or makes it. A second process is refused by RocksDB's own lock.
    pub fn open(path: &Path, cache_bytes: usize, open_files_max: u32) -> Result<Self, OpenError> {
        std::fs::create_dir_all(path)
            .map_err(|error| OpenError::Directory { path: path.to_owned(), cause: error.to_string() })?;
        let cache = Cache::new_lru_cache(cache_bytes);
        let columns = Column::ALL
            .map(|column| ColumnFamilyDescriptor::new(column.name(), column_options(column, &cache)))
            .into_iter()
            .chain([ColumnFamilyDescriptor::new("default", RocksOptions::default())]);
        let db = DB::open_cf_descriptors(&database_options(open_files_max), path, columns)
            .map_err(|error| explain(path, &error))?;
        Ok(Self { db })
    }

    fn column(&self, column: Column) -> Result<&ColumnFamily, Halt> {
        let missing = || Halt::new(format!("the database has no column {}", column.name()));
        self.db.cf_handle(column.name()).ok_or_else(missing)
    }
}

/// Turns the engine's sentence into a cause and a cure.
fn explain(path: &Path, error: &rocksdb::Error) -> OpenError {
    let path = path.to_owned();
    let cause = error.to_string();
    if cause.contains("While lock file") || cause.contains("lock hold by current process") {
        return OpenError::Locked { path };
    }
    match error.kind() {
        rocksdb::ErrorKind::Corruption => OpenError::Corrupt { path, cause },
        _ => OpenError::Engine { path, cause },
    }
}

fn database_options(open_files_max: u32) -> RocksOptions {
    let mut options = RocksOptions::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    options.set_max_open_files(i32::try_from(open_files_max).unwrap_or(i32::MAX));
    options.set_max_background_jobs(2);
    options.set_db_write_buffer_size(WRITE_BUFFERS_TOTAL_BYTES);
    options.set_bytes_per_sync(BYTES_PER_SYNC);
    options.set_keep_log_file_num(INFO_LOGS_KEPT);
    options.set_max_log_file_size(INFO_LOG_BYTES);
    options
}

fn column_options(column: Column, cache: &Cache) -> RocksOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_format_version(6);
    // History is only ever sought by range; a filter of whole keys would be built for nothing.
    if column != Column::History {
        table.set_bloom_filter(BLOOM_BITS_PER_KEY, false);
    }
    let mut options = RocksOptions::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_level_compaction_dynamic_level_bytes(true);
    options.set_compression_type(match column {
        // Hashes do not compress.
        Column::Preimage | Column::Tree | Column::TxHashes | Column::Txs => DBCompressionType::None,
        _ => DBCompressionType::Lz4,
    });
    options
}

fn halt(doing: &str, column: Column, error: &rocksdb::Error) -> Halt {
    Halt::new(format!("{doing} column {} of the database failed: {error}", column.name()))
}

impl Backend for Rocks {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.db.get_cf(self.column(column)?, key).map_err(|error| halt("reading", column, &error))
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt> {
        let family = self.column(column)?;
        let slices = self.db.batched_multi_get_cf(family, keys.iter(), true);
        let own = |slice: Result<Option<rocksdb::DBPinnableSlice<'_>>, rocksdb::Error>| match slice {
            Ok(value) => Ok(value.map(|value| value.to_vec())),
            Err(error) => Err(halt("reading", column, &error)),
        };
        slices.into_iter().map(own).collect()
    }

    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_> {
        if range.from >= range.to {
            return Box::new(std::iter::empty());
        }
        let family = match self.column(column) {
            Ok(family) => family,
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(range.from);
        options.set_iterate_upper_bound(range.to);
        let mode = match order {
            Order::Ascending => IteratorMode::Start,
            Order::Descending => IteratorMode::End,
        };
        let entries = self.db.iterator_cf_opt(family, options, mode);
        Box::new(entries.map(move |entry| match entry {
            Ok((key, value)) => Ok((key.into_vec(), value.into_vec())),
            Err(error) => Err(halt("scanning", column, &error)),
        }))
    }

    fn write(&self, batch: Batch, synced: bool) -> Result<(), Halt> {
        let mut writes = WriteBatch::with_capacity_bytes(batch.size_bytes());
        // A column is looked up by its name: once for all that is written to it in a row.
        for run in batch.operations.chunk_by(|a, b| a.column == b.column) {
            let Some(first) = run.first() else { continue };
            let family = self.column(first.column)?;
            for Operation { key, value, .. } in run {
                match value {
                    Some(value) => writes.put_cf(family, key, value),
                    None => writes.delete_cf(family, key),
                }
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(synced);
        self.db.write_opt(writes, &options).map_err(|error| {
            Halt::new(format!(
                "writing a block to the database failed: {error}; nothing of it may be trusted to be on \
                 disk, so the node stops: check the disk (space, health, permissions), then start again"
            ))
        })
    }

    fn fork(&self) -> Option<Box<dyn Backend>> {
        None
    }
}
