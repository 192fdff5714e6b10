//! Rows of two sources as one list.

use std::iter;

use chortle_kernel::Halt;

type Row<K, V> = Result<(K, V), Halt>;

/// Joins rows that are each in the order of their keys into one such list. A failure ends it.
pub(super) fn merge<K: Ord, V>(
    one: impl Iterator<Item = Row<K, V>>,
    other: impl Iterator<Item = Row<K, V>>,
) -> impl Iterator<Item = Row<K, V>> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(Ok((a, _))), Some(Ok((b, _)))) if b < a => other.next(),
        (None | Some(Ok(_)), Some(Err(_))) | (None, _) => other.next(),
        _ => one.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sorted_lists_join_to_one() {
        let rows =
            |keys: &[u8]| keys.iter().map(|key| Ok((*key, ()))).collect::<Vec<Row<u8, ()>>>().into_iter();
        for (one, other) in [(&[1, 3, 5][..], &[2, 6][..]), (&[], &[1, 2, 3, 5, 6]), (&[1, 2, 3, 5, 6], &[])]
        {
            let joined: Vec<u8> = merge(rows(one), rows(other)).map(|row| row.unwrap().0).collect();
            assert!(joined.is_sorted() && joined.len() == one.len() + other.len(), "{joined:?}");
        }
    }
}
