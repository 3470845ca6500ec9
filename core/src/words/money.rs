//! Amounts of money in parameters.

use crate::error::Message;

/// Whether a sentence is about an amount, and says the unit itself.
pub fn is_about_money(message: &Message) -> bool {
    ROWS.iter().any(|row| row.id == message.row().id)
}

crate::words! {
    message money_maximum(value, maximum): "{value} is more than the maximum of {maximum}";
    message money_minimum(value, minimum): "{value} is less than the minimum of {minimum}";
    message money_multiple(value, step): "{value} is not a multiple of {step}";
    message money_unreadable(value): "{value} is not an amount of money",
        hint: "write yuan with two decimals at most, such as ¥12.50 or 1,280.00";
    message money_not_ten_thousands(value): "{value} is not an amount of money",
        hint: "write a number of 万元 (10,000 yuan), such as 568 or 129.8";
    message money_not_in_fen(value): "{value} is not an amount of money",
        hint: "write a whole number of fen, such as 1280, or yuan with a sign, such as ¥12.80";
    message money_foreign(value): "{value} is an amount in another currency",
        hint: "write yuan, such as ¥12.50; other currencies are not converted";
    message money_date(value): "{value} is a date, not an amount of money",
        hint: "give the cell a format of numbers, and enter the amount again";
    message money_without_number(value): "{value} is not an amount of money",
        hint: "write a number; leave it empty if there is none and the template does not need it";
    message money_several(value, amounts, first): "{value} has several amounts: {amounts}",
        hint: "write one amount, such as {first}, and the others where the template has a place for them";
    message money_beside(value, amount, rest, exact): "{value} has more than the amount {amount}: {rest}",
        hint: "write {exact} alone; what stands beside it would not be drawn";
    message money_abbreviated(value, amount): "{value} is abbreviated", hint: "write the amount in full: {amount}";
    message money_fraction(value): "{value} has a fraction of a fen", hint: "write yuan with two decimals at most";
    message money_unclear(value, digits): "{value} could be fen or yuan",
        hint: "write \"{digits}分\" for fen, or \"¥{digits}\" for yuan";
    message money_not_fen(value, fen, yuan): "expected an integer number of fen, got {value}",
        hint: "write {fen}, or \"{yuan}\"";
}
