//! Columns whose names are only alike to those of parameters.

use super::*;
use crate::export::look::look;

#[test]
fn columns_that_may_be_parameters_are_named_for_a_person_to_decide() {
    let named = |text: &str, pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(param, column)| ((*param).to_owned(), (*column).to_owned())).collect();
        let mapping = Mapping { pairs, ..Mapping::default() };
        let looked = look(&sheet(text), &template(), &mapping);
        let own = looked.likely.into_iter().map(Option::unwrap_or_default);
        (own.collect::<Vec<_>>(), looked.targets.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>())
    };
    let text = "序号,title,id,价格\n1,花瓶,7,5\n";
    let none = String::new;
    let known = |price: &str| vec![none(), "title".to_owned(), "id".to_owned(), price.to_owned()];
    assert_eq!(named(text, &[]), (vec![none(), none(), none(), "price".to_owned()], known("")));
    // Once it is decided, nothing is asked.
    assert_eq!(named(text, &[("price", "价格")]), (vec![none(); 4], known("price")));
    assert_eq!(named(text, &[("价格", "")]), (vec![none(); 4], known("")));
    // Also if the parameter is required, which is an error until then.
    assert_eq!(named("titel,id\n花瓶,7\n", &[]).0, ["title", ""]);
}
