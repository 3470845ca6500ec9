//! Units of columns and of cells.

use super::*;

#[test]
fn amounts_with_another_unit_than_their_column_are_told() {
    let told = |text: &str| {
        let found = checked(text).notices.into_iter().filter(|notice| notice.row().id == words::money_own_unit::ID);
        found.map(|notice| notice.message).collect::<Vec<_>>()
    };
    let message = |column: &str, count: usize, text: &str, amount: &str| {
        [format!(
            "amounts in \"{column}\" with a sign or unit of their own do not follow the unit in its name: {count}, such as {text} as {amount}"
        )]
    };
    assert_eq!(
        told("title,id,成本（万元）\na,1,568\nb,2,¥568\nc,3,568元\nd,4,568万元\n"),
        message("成本（万元）", 2, "¥568", "¥568.00")
    );
    assert_eq!(
        told("title,id,成本（分）\na,1,12800\nb,2,￥12800\nc,3,5分\n"),
        message("成本（分）", 1, "￥12800", "¥12800.00")
    );
    for text in [
        "title,id,成本（元）\na,1,¥568\n",
        "title,id,成本（万元）\na,1,568\nb,2,5万\n",
        "title,id,成本（分）\na,1,5 fen\n",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}
