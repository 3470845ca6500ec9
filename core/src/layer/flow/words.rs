//! Findings of containers.

crate::words! {
    error flow_depth(maximum): "containers nested deeper than {maximum} levels";
}
